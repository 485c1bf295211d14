/** Signalling as frames of a capture: messages in their carriers, between nodes of a small network, at chosen points. */
import { ethernet, frame, ipv4, type Ipv4Fields, type Part, type Payload } from '../../src/packet/encode.ts';
import { gtpu, tcp, udp } from '../../src/packet/encode-transport.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { DIAMETER_PORT } from '../../src/signalling/diameter/message.ts';
import { GSMTAP_PORT } from '../../src/signalling/gsmtap.ts';
import { GTPV2_PORT } from '../../src/signalling/gtpv2/message.ts';
import { S1AP_PORT, S1AP_PPID } from '../../src/signalling/s1ap/s1ap.ts';
import type { Chunk, DataChunk } from '../../src/signalling/sctp/chunk.ts';
import { encodePacket } from '../../src/signalling/sctp/encode.ts';
import { epoch } from './journey-frames.ts';

const macs = { source: '02:00:00:00:01:00', destination: '02:00:00:00:02:00' } as const;
const SCTP = 132;

/** One address for each node of the network. */
export const addresses = {
  phone1: '169.254.1.11',
  phone2: '169.254.1.12',
  enb1: '10.70.0.1',
  enb2: '10.70.0.2',
  mme: '10.70.0.3',
  hss: '10.70.0.4',
  sgw: '10.70.0.5',
  pgw: '10.70.0.6',
  ocs: '10.70.0.7',
} as const;
export type NodeName = keyof typeof addresses;
/** eNodeBs have an address on the radio link besides. */
export const radioAddresses = { enb1: '169.254.1.1', enb2: '169.254.1.2' } as const;

export const roleOf = (node: string) =>
  node.startsWith('phone')
    ? 'phone'
    : node.startsWith('enb')
      ? 'enodeb'
      : (node as 'mme' | 'hss' | 'sgw' | 'pgw' | 'ocs');
/** What a lab would know of it. */
export const who = {
  owners: (address: string): readonly string[] =>
    [...Object.entries(addresses), ...Object.entries(radioAddresses)]
      .filter(([, own]) => own === address)
      .map(([node]) => node),
  role: (node: string) => (node in addresses ? roleOf(node) : undefined),
};

let identification = 1;

/** An IP packet with a number of its own, as the kernel gives it. */
export const packet = (from: string, to: string, payload: Payload, more: Partial<Ipv4Fields> = {}): Part => {
  identification = (identification + 1) % 0x1_0000;
  return ethernet(macs, ipv4({ source: from, destination: to, identification, ...more }, payload));
};

export const sctpPacket = (from: string, to: string, tag: number, ...chunks: readonly Chunk[]): Part =>
  packet(from, to, encodePacket(S1AP_PORT, S1AP_PORT, tag, chunks), { next: SCTP });

/** A DATA chunk with a whole message, or with the part of one that `more` says. */
export const dataChunk = (tsn: number, payload: Uint8Array, more: Partial<DataChunk> = {}): DataChunk => ({
  ...{ type: 'data', unordered: false, first: true, last: true, immediate: false },
  ...{ tsn, stream: 1, sequence: tsn & 0xffff, ppid: S1AP_PPID, payload },
  ...more,
});

export const gtpc = (from: string, to: string, datagram: Uint8Array, more: { identification?: number } = {}): Part =>
  packet(from, to, udp({ sourcePort: GTPV2_PORT, destinationPort: GTPV2_PORT }, datagram), more);

export const onAir = (from: string, to: string, datagram: Uint8Array): Part =>
  packet(from, to, udp({ sourcePort: GSMTAP_PORT, destinationPort: GSMTAP_PORT }, datagram));

/** A segment of Diameter; `toServer` says which end has the port. */
export const segment = (from: string, to: string, sequence: number, octets: Uint8Array, toServer = true): Part =>
  packet(
    from,
    to,
    tcp(
      {
        sourcePort: toServer ? 40_000 : DIAMETER_PORT,
        destinationPort: toServer ? DIAMETER_PORT : 40_000,
        sequence,
        flags: 0x18,
      },
      octets,
    ),
  );

/** A user's packet in a tunnel. */
export const tunnelled = (from: string, to: string, teid: number, inner: Payload): Part =>
  packet(from, to, udp({ sourcePort: 2152, destinationPort: 2152 }, gtpu({ teid }, inner)));

/** A frame at `node:interface >` or `<`, `at` microseconds after the epoch. */
export const at = (point: string, micros: number, part: Part, more: Partial<Frame> = {}): Frame => {
  const [place = '', arrow] = point.split(' ');
  const [node = '', name = ''] = place.split(':');
  const bytes = frame(part);
  return {
    ...{ node, interface: name, time: epoch + BigInt(micros) * 1000n, direction: arrow === '>' ? 'out' : 'in' },
    ...{ link: 'ethernet', bytes, wireLength: bytes.length },
    ...more,
  };
};

/** The same packet where it leaves, on both ports of a switch, and where it comes in. */
export const everywhere = (from: string, to: string, micros: number, part: Part): Frame[] => [
  at(`${from}:eth0 >`, micros, part),
  at(`switch:${from} <`, micros + 1, part),
  at(`switch:${to} >`, micros + 2, part),
  at(`${to}:eth0 <`, micros + 3, part),
];
