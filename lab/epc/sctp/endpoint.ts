/**
 * An SCTP endpoint: one address, any number of associations, told apart by the peer's address and both ports. It listens
 * without keeping anything about those who only knock (5.1), and answers packets out of the blue (8.4). No socket here:
 * packets come in by `receive` and go out by the function it was given.
 */
import { Association } from './association.ts';
import type { Chunk, InitChunk, Packet } from '../../../src/signalling/sctp/chunk.ts';
import type { Clock } from '../clock.ts';
import { bakeCookie, type Cookie, openCookie } from './cookie.ts';
import { decodePacket } from '../../../src/signalling/sctp/decode.ts';
import { encodePacket } from '../../../src/signalling/sctp/encode.ts';
import { defaults, type Parameters } from './parameters.ts';
import * as setup from './setup.ts';
import { causes } from '../../../src/signalling/sctp/tlv.ts';
import { describeClose, type SctpAssociation, SctpError } from './types.ts';

export interface EndpointOptions {
  /** The own IP address, as text. */
  readonly address: string;
  readonly clock: Clock;
  /** A random integer below 2^32, not to be guessed: tags come from it. */
  readonly random: () => number;
  /** Signs the cookies: 32 octets that nobody else knows. */
  readonly secret: Uint8Array;
  /** Sends a packet to an address. */
  readonly transmit: (to: string, packet: Uint8Array) => void;
  /** Called when the last association and the last listener have gone. */
  readonly idle?: (() => void) | undefined;
}

type Accept = (association: SctpAssociation) => void;

interface Listener {
  readonly accept: Accept;
  readonly parameters: Parameters;
}

/** Ephemeral ports (RFC 6335, section 6). */
const FIRST_EPHEMERAL = 49_152;
const EPHEMERAL_COUNT = 16_384;
/**
 * Milliseconds for which an endpoint should be there after it has sent a SHUTDOWN COMPLETE. If that was lost, the peer
 * sends its SHUTDOWN ACK again after its RTO - a second, then two more - and somebody has to answer (8.4, rule 5).
 */
const LINGER = 4000;

export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #associations = new Map<string, Association>();
  readonly #listeners = new Map<number, Listener>();
  #owesUntil = 0;
  /** Packets that came to nothing. */
  readonly dropped = { short: 0, checksum: 0, malformed: 0, outOfTheBlue: 0, badCookie: 0 };

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  get associations(): readonly SctpAssociation[] {
    return [...this.#associations.values()];
  }
  /** Milliseconds for which a peer may still ask for the last packet of a shutdown. */
  get owing(): number {
    return Math.max(0, this.#owesUntil - this.#options.clock.now());
  }
  get idle(): boolean {
    return this.#associations.size === 0 && this.#listeners.size === 0;
  }

  /**
   * Accepts associations to a port.
   *
   * @returns a function that accepts no more; the associations stay.
   * @throws SctpError when the port is taken.
   */
  listen(port: number, accept: Accept, parameters: Partial<Parameters> = {}): () => void {
    checkPort(port);
    if (this.#listeners.has(port))
      throw new SctpError(`SCTP port ${port} of ${this.#options.address} is listening already`);
    const listener = { accept, parameters: { ...defaults, ...parameters } };
    this.#listeners.set(port, listener);
    return () => {
      if (this.#listeners.get(port) === listener) this.#listeners.delete(port);
      this.#checkIdle();
    };
  }

  /**
   * Begins an association; resolves when it is established.
   *
   * @throws SctpError with the reason when it is refused or nobody answers, or when the local port is taken.
   */
  connect(
    remote: string,
    remotePort: number,
    { localPort, ...parameters }: Partial<Parameters> & { readonly localPort?: number | undefined } = {},
  ): Promise<SctpAssociation> {
    checkPort(remotePort);
    const port = localPort ?? this.#freePort(remote, remotePort);
    checkPort(port);
    const key = keyOf(port, remote, remotePort);
    if (this.#associations.has(key))
      throw new SctpError(`an SCTP association from port ${port} to ${remote}:${remotePort} exists already`);
    return new Promise((resolve, reject) => {
      const own = { tag: this.#newTag(), tsn: this.#options.random() };
      const association = this.#make(port, remote, remotePort, own, { ...defaults, ...parameters }, () =>
        resolve(association),
      );
      association.onClose((reason) =>
        reject(
          new SctpError(`no SCTP association with ${remote}:${remotePort}: the peer ${describeClose(reason)}`, reason),
        ),
      );
      association.connect();
    });
  }

  /** Aborts everything and listens no more. */
  close(): void {
    this.#listeners.clear();
    for (const association of this.#associations.values()) association.abort();
    this.#checkIdle();
  }

  /** Takes an SCTP packet, without IP header, that came from an address. The octets are kept. */
  receive(from: string, octets: Uint8Array): void {
    const packet = decodePacket(octets);
    if (typeof packet === 'string') {
      this.dropped[packet] += 1;
      return;
    }
    if (packet.malformed) this.dropped.malformed += 1;
    const [first] = packet.chunks;
    if (first === undefined || packet.sourcePort === 0 || packet.destinationPort === 0) return;
    const association = this.#associations.get(keyOf(packet.destinationPort, from, packet.sourcePort));
    // An INIT comes alone and without a tag (8.5.1, A).
    if (first.type === 'init') {
      if (packet.tag === 0 && packet.chunks.length === 1 && first.tag !== 0)
        this.#init(from, packet, first, association);
    } else if (first.type === 'cookieEcho') this.#cookieEcho(from, packet, first.cookie, association);
    else if (association === undefined || (first.type === 'shutdownAck' && association.settingUp))
      this.#outOfTheBlue(from, packet, first);
    else association.receive(packet);
  }

  #init(from: string, packet: Packet, init: InitChunk, association: Association | undefined): void {
    if (association !== undefined) {
      association.receiveInit(init);
      return;
    }
    const listener = this.#listeners.get(packet.destinationPort);
    const { clock, random } = this.#options;
    const answer =
      listener === undefined
        ? ({ type: 'abort', reflected: false, causes: [] } as const)
        : setup.answerInit(init, {
            now: clock.now(),
            parameters: listener.parameters,
            localPort: packet.destinationPort,
            remotePort: packet.sourcePort,
            own: { tag: this.#newTag(), tsn: random() },
            bake: (cookie) => this.#bake(cookie, from),
          });
    this.#reply(from, packet, init.tag, answer);
  }

  /** A cookie comes back (5.1.5, 5.2.4); the rest of its packet belongs to the association that it makes. */
  #cookieEcho(from: string, packet: Packet, octets: Uint8Array, existing: Association | undefined): void {
    const cookie = openCookie(octets, this.#options.secret, from);
    const { sourcePort, destinationPort, tag } = packet;
    if (cookie?.localPort !== destinationPort || cookie.remotePort !== sourcePort || cookie.localTag !== tag) {
      this.dropped.badCookie += 1;
      return;
    }
    const late = setup.staleness(cookie, this.#options.clock.now());
    if (late > 0 && existing?.owns(cookie) !== true) {
      this.dropped.badCookie += 1;
      this.#reply(from, packet, cookie.remoteTag, setup.staleCookieError(late));
      return;
    }
    const association = existing ?? this.#accept(from, cookie);
    if (association === undefined) {
      this.#reply(from, packet, cookie.remoteTag, { type: 'abort', reflected: false, causes: [] });
      return;
    }
    association.receiveEcho(cookie, packet);
  }

  #accept(from: string, cookie: Cookie): Association | undefined {
    const listener = this.#listeners.get(cookie.localPort);
    if (listener === undefined) return undefined;
    const own = { tag: cookie.localTag, tsn: cookie.localTsn };
    const association = this.#make(cookie.localPort, from, cookie.remotePort, own, listener.parameters, () =>
      listener.accept(association),
    );
    return association;
  }

  /** A packet for no association (8.4). */
  #outOfTheBlue(from: string, packet: Packet, first: Chunk): void {
    this.dropped.outOfTheBlue += 1;
    if (first.type === 'shutdownAck') {
      this.#reply(from, packet, packet.tag, { type: 'shutdownComplete', reflected: true });
      return;
    }
    // Answering these could go on for ever.
    const silent = packet.chunks.some(
      (chunk) =>
        chunk.type === 'abort' ||
        chunk.type === 'shutdownComplete' ||
        chunk.type === 'cookieAck' ||
        (chunk.type === 'error' && chunk.causes.some(({ type }) => type === causes.staleCookie)),
    );
    if (!silent) this.#reply(from, packet, packet.tag, { type: 'abort', reflected: true, causes: [] });
  }

  #make(
    localPort: number,
    remote: string,
    remotePort: number,
    own: setup.Side,
    parameters: Parameters,
    opened: () => void,
  ): Association {
    const key = keyOf(localPort, remote, remotePort);
    const { address, clock, random, transmit } = this.#options;
    const association: Association = new Association(
      { address, port: localPort },
      { address: remote, port: remotePort },
      {
        clock,
        random,
        parameters,
        transmit: (packet) => transmit(remote, packet),
        bake: (cookie) => this.#bake(cookie, remote),
        opened,
        gone: (owing) => {
          if (owing) this.#owesUntil = clock.now() + LINGER;
          if (this.#associations.get(key) === association) this.#associations.delete(key);
          this.#checkIdle();
        },
      },
      own,
    );
    this.#associations.set(key, association);
    return association;
  }

  #bake(cookie: Cookie, from: string): Uint8Array {
    return bakeCookie(cookie, this.#options.secret, from);
  }

  #reply(to: string, { sourcePort, destinationPort }: Packet, tag: number, chunk: Chunk): void {
    this.#options.transmit(to, encodePacket(destinationPort, sourcePort, tag, [chunk]));
  }

  /** A tag is never 0 (3.3.2). */
  #newTag(): number {
    return Math.max(1, this.#options.random());
  }

  #freePort(remote: string, remotePort: number): number {
    const start = this.#options.random();
    for (let tried = 0; tried < EPHEMERAL_COUNT; tried += 1) {
      const port = FIRST_EPHEMERAL + ((start + tried) % EPHEMERAL_COUNT);
      if (!this.#listeners.has(port) && !this.#associations.has(keyOf(port, remote, remotePort))) return port;
    }
    throw new SctpError(`no SCTP port is left for ${remote}:${remotePort}`);
  }

  #checkIdle(): void {
    if (this.idle) this.#options.idle?.();
  }
}

const keyOf = (localPort: number, remote: string, remotePort: number): string => `${localPort} ${remotePort} ${remote}`;

const checkPort = (port: number): void => {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`an SCTP port is 1 to 65535, not ${port}`);
};
