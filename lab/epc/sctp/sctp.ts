/**
 * SCTP for the nodes of the packet core: S1AP and S6a run over it. Most kernels of virtual machines lack the sctp
 * module, so this is SCTP in user space (RFC 9260) over raw IP sockets; nothing outside of this file and raw.ts knows
 * that, and a kernel's sockets may take their place some day.
 *
 *     const mme = await connect({ local: '10.70.1.2', remote: '10.70.1.1', port: 36412 });
 *     mme.onMessage(({ stream, bytes }) => ...);
 *     mme.send(0, 18, bytes);
 */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../clock.ts';
import { Endpoint } from './endpoint.ts';
import type { Parameters } from './parameters.ts';
import { openRaw, type RawCarrier } from './raw.ts';
import { type SctpAssociation, SctpError } from './types.ts';

export type { Parameters } from './parameters.ts';
export {
  type CloseReason,
  describeClose,
  type Message,
  type SctpAssociation,
  SctpError,
  type Statistics,
} from './types.ts';

export interface ConnectOptions {
  /** Own IPv4 address. */
  readonly local: string;
  /** The peer's IPv4 address and port. */
  readonly remote: string;
  readonly port: number;
  /** Own port; an ephemeral one when absent. */
  readonly localPort?: number | undefined;
  /** Differences from the protocol parameters of RFC 9260, section 16. */
  readonly parameters?: Partial<Parameters> | undefined;
}

export interface ListenOptions {
  /** Own IPv4 address and port. */
  readonly local: string;
  readonly port: number;
  readonly parameters?: Partial<Parameters> | undefined;
}

export interface Listener {
  /** Accepts no more associations; the ones there are stay. */
  readonly close: () => void;
}

/** An address in use: its endpoint, its socket, and how many are on their way to use it. */
interface Open {
  readonly endpoint: Endpoint;
  readonly carrier: RawCarrier;
  users: number;
  linger: NodeJS.Timeout | undefined;
  /** It has let go of its socket: whoever needs the address has a new one. */
  closed: boolean;
}

const open = new Map<string, Promise<Open>>();
const closing = new Map<string, Promise<void>>();

/** A random integer below 2^32. */
const random = (): number => randomBytes(4).readUInt32BE();

const openAddress = async (address: string): Promise<Open> => {
  await closing.get(address);
  const carrier = await openRaw(address, (from, packet) => endpoint.receive(from, packet));
  const endpoint: Endpoint = new Endpoint({
    address,
    clock: systemClock,
    random,
    secret: randomBytes(32),
    transmit: carrier.send,
    idle: () => release(address, entry),
  });
  const entry: Open = { endpoint, carrier, users: 0, linger: undefined, closed: false };
  return entry;
};

/** Lets go of the socket when nothing uses the address any more, and nobody will ask for a last packet. */
const release = (address: string, entry: Open): void => {
  clearTimeout(entry.linger);
  // An endpoint may say more than once that it is idle, and then the address may be another's already.
  if (entry.closed || entry.users > 0 || !entry.endpoint.idle) return;
  entry.linger = setTimeout(() => {
    entry.closed = true;
    open.delete(address);
    closing.set(
      address,
      entry.carrier.close().finally(() => closing.delete(address)),
    );
  }, entry.endpoint.owing);
};

/** Does something with an address's endpoint, which is kept open meanwhile. */
const using = async <T>(address: string, work: (endpoint: Endpoint) => T | Promise<T>): Promise<T> => {
  const opening = open.get(address) ?? openAddress(address);
  open.set(address, opening);
  const entry = await opening.catch((error: unknown) => {
    open.delete(address);
    throw error;
  });
  clearTimeout(entry.linger);
  entry.users += 1;
  try {
    return await work(entry.endpoint);
  } finally {
    entry.users -= 1;
    release(address, entry);
  }
};

/**
 * Makes an association; resolves when it is established. The process stays alive while it has associations, and for
 * four seconds after it has shut one down: then it is sure that the peer knows.
 *
 * @throws SctpError with the reason when the peer refuses or does not answer; SystemError when there can be no socket.
 */
export const connect = ({ local, remote, port, localPort, parameters }: ConnectOptions): Promise<SctpAssociation> =>
  using(local, (endpoint) => endpoint.connect(remote, port, { ...parameters, localPort }));

/**
 * Accepts associations; `onAssociation` sets the handlers of each new one.
 *
 * @throws SctpError when the port is taken; SystemError when there can be no socket.
 */
export const listen = (
  { local, port, parameters }: ListenOptions,
  onAssociation: (association: SctpAssociation) => void,
): Promise<Listener> => using(local, (endpoint) => ({ close: endpoint.listen(port, onAssociation, parameters) }));

/** Packets that came to an open address and to nothing: too short, wrong checksum, malformed, for no association. */
export const dropped = async (local: string): Promise<Readonly<Endpoint['dropped']>> => {
  const entry = await open.get(local);
  if (entry === undefined) throw new SctpError(`nobody here speaks SCTP at ${local}`);
  return entry.endpoint.dropped;
};
