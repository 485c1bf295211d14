/**
 * The radio link. There is no radio in the lab: phones and base stations share an Ethernet, user packets are frames on
 * it, and what RRC says goes in UDP datagrams between link-local addresses (RFC 3927), behind a GSMTAP header that lets
 * Wireshark read it. Nothing is repeated when it is lost; RRC and NAS have timers for that.
 */
import { createSocket } from 'node:dgram';
import { PerError } from '../../src/signalling/asn1/per.ts';
import { decodeGsmtap, encodeGsmtap, GSMTAP_PORT, gsmtapType } from '../../src/signalling/gsmtap.ts';
import { decodeMac, encodeMac } from '../../src/signalling/mac.ts';
import {
  type Channel,
  channelOf,
  decodeRrc,
  encodeRrc,
  rrcDatagram,
  rrcName,
  type RrcMessage,
} from '../../src/signalling/rrc/rrc.ts';

/** A message with its channel. */
export type OnAir<C extends Channel = Channel> = {
  readonly [K in C]: { readonly channel: K; readonly message: RrcMessage<K> };
}[C];

/** Random access in a cell that expects the phone: the phone shows its C-RNTI, the cell lets it in (mac.ts). */
export interface RandomAccess {
  readonly channel: 'MAC';
  readonly uplink: boolean;
  readonly crnti: number;
}

export interface RadioLink {
  /** Sends a message to a link-local address, or to the link's broadcast address. */
  readonly send: (to: string, air: OnAir | RandomAccess) => void;
  /** Resolves when everything is sent and the port is free. */
  readonly close: () => Promise<void>;
}

export interface RadioOptions {
  /** Own link-local address. */
  readonly local: string;
  /** Takes what is said in this direction: messages of other directions on the same link are not for us. */
  readonly listensTo: 'uplink' | 'downlink';
  readonly receive: (from: string, air: OnAir | RandomAccess) => void;
  readonly log: (line: string) => void;
}

const nameOf = (air: OnAir | RandomAccess): string => {
  if (air.channel !== 'MAC') return rrcName(air.channel, air.message);
  return `${air.uplink ? 'C-RNTI' : 'random access granted to C-RNTI'} ${air.crnti}`;
};

const datagram = (air: OnAir | RandomAccess): Uint8Array =>
  air.channel === 'MAC'
    ? encodeGsmtap({ type: gsmtapType.lteMacFramed, subtype: 0, uplink: air.uplink, payload: encodeMac(air) })
    : rrcDatagram(air.channel, encodeRrc(air.channel, air.message));

/** Milliseconds for which identical complaints about the socket are not repeated. */
const QUIET = 5000;

/** The message in a datagram; undefined when it is for somebody else, or none that is known. */
const read = (octets: Uint8Array, options: RadioOptions, from: string): OnAir | RandomAccess | undefined => {
  const gsmtap = decodeGsmtap(octets);
  if (gsmtap?.uplink !== (options.listensTo === 'uplink')) return undefined;
  if (gsmtap.type === gsmtapType.lteMacFramed) {
    const pdu = decodeMac(gsmtap.payload);
    return pdu?.uplink === gsmtap.uplink ? { channel: 'MAC', ...pdu } : undefined;
  }
  if (gsmtap.type !== gsmtapType.lteRrc) return undefined;
  const channel = channelOf(gsmtap.subtype);
  if (channel === undefined) return undefined;
  try {
    return { channel, message: decodeRrc(channel, gsmtap.payload) } as OnAir;
  } catch (error) {
    if (!(error instanceof PerError)) throw error;
    options.log(`RRC < ${from} ${channel}: not understood: ${error.message}`);
    return undefined;
  }
};

/** Opens the link; resolves when the port is bound. Rejects with the error of bind(2). */
export const openRadioLink = (options: RadioOptions): Promise<RadioLink> =>
  new Promise((resolve, reject) => {
    const { local, log } = options;
    const socket = createSocket('udp4');
    let complained = Number.NEGATIVE_INFINITY;
    const complain = (error: Error | null): void => {
      if (error === null || performance.now() - complained < QUIET) return;
      complained = performance.now();
      log(`RRC: ${error.message}`);
    };
    /** Messages that the kernel has not taken yet. */
    let pending = 0;
    let flushed: (() => void) | undefined;
    socket.once('error', reject);
    socket.on('message', (octets, { address }) => {
      if (address === local) return;
      const air = read(octets, options, address);
      if (air === undefined) return;
      log(`RRC < ${address} ${nameOf(air)}`);
      options.receive(address, air);
    });
    // Not bound to the own address: paging comes to the link's broadcast address.
    socket.bind(GSMTAP_PORT, () => {
      socket.removeListener('error', reject);
      socket.on('error', complain);
      socket.setBroadcast(true);
      resolve({
        send: (to, air) => {
          log(`RRC > ${to} ${nameOf(air)}`);
          pending += 1;
          socket.send(datagram(air), GSMTAP_PORT, to, (error) => {
            pending -= 1;
            complain(error);
            if (pending === 0) flushed?.();
          });
        },
        close: async () => {
          if (pending > 0) await new Promise<void>((done) => (flushed = done));
          await new Promise<void>((done) => void socket.close(done));
        },
      });
    });
  });
