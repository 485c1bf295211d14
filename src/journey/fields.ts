/**
 * The difference of two copies of an IP packet, octet by octet, as names of header fields. Nothing is taken on trust:
 * an octet that differs is in some field, and that field needs a cause.
 */
import type { Ipv4, Ipv6 } from '../packet/layer.ts';
import type { Transport } from './sighting.ts';

export type Field =
  | 'version'
  | 'traffic class'
  | 'flow label'
  | 'length'
  | 'identification'
  | 'fragment'
  | 'ttl'
  | 'protocol'
  | 'header checksum'
  | 'source'
  | 'destination'
  | 'ip options'
  | 'source port'
  | 'destination port'
  | 'sequence'
  | 'acknowledgement'
  | 'flags'
  | 'window'
  | 'checksum'
  | 'urgent'
  | 'tcp options'
  | 'udp length'
  | 'icmp type'
  | 'icmp identifier'
  | 'icmp sequence'
  | 'payload';

/** Fields by the octet they begin with; the last row holds up to the header's end. */
type Map = readonly (readonly [at: number, field: Field])[];

/** RFC 791, 3.1. */
const ipv4Fields: Map = [
  [0, 'version'],
  [1, 'traffic class'],
  [2, 'length'],
  [4, 'identification'],
  [6, 'fragment'],
  [8, 'ttl'],
  [9, 'protocol'],
  [10, 'header checksum'],
  [12, 'source'],
  [16, 'destination'],
  [20, 'ip options'],
];
/** RFC 8200, 3. The traffic class shares its octets with the version and the flow label. */
const ipv6Fields: Map = [
  [0, 'traffic class'],
  [2, 'flow label'],
  [4, 'length'],
  [6, 'protocol'],
  [7, 'ttl'],
  [8, 'source'],
  [24, 'destination'],
  [40, 'ip options'],
];
const transportFields: Readonly<Record<Transport['protocol'], Map>> = {
  // RFC 9293, 3.1.
  tcp: [
    [0, 'source port'],
    [2, 'destination port'],
    [4, 'sequence'],
    [8, 'acknowledgement'],
    [12, 'flags'],
    [14, 'window'],
    [16, 'checksum'],
    [18, 'urgent'],
    [20, 'tcp options'],
  ],
  // RFC 768.
  udp: [
    [0, 'source port'],
    [2, 'destination port'],
    [4, 'udp length'],
    [6, 'checksum'],
  ],
  // RFC 792; RFC 4443 has the same places.
  icmp: [
    [0, 'icmp type'],
    [2, 'checksum'],
    [4, 'icmp identifier'],
    [6, 'icmp sequence'],
  ],
  icmpv6: [
    [0, 'icmp type'],
    [2, 'checksum'],
    [4, 'icmp identifier'],
    [6, 'icmp sequence'],
  ],
};

const fieldAt = (map: Map, at: number): Field => {
  let found: Field = 'payload';
  for (const [start, field] of map) {
    if (start > at) break;
    found = field;
  }
  return found;
};

/** One IP packet in a frame. */
export interface PacketView {
  readonly bytes: Uint8Array;
  readonly ip: Ipv4 | Ipv6;
  readonly transport: Transport | undefined;
}

/** Where the packet ends in the captured octets: padding behind it does not count. */
export const endOf = ({ bytes, ip }: PacketView): number => {
  const length = ip.protocol === 'ipv4' ? ip.totalLength : 40 + ip.payloadLength;
  return length === 0 ? bytes.length : Math.min(bytes.length, ip.offset + length);
};

/** The fields in which two copies of a packet differ, as far as both were captured. */
export const differences = (before: PacketView, after: PacketView): Set<Field> => {
  const fields = new Set<Field>();
  const [from, to] = [before.ip.offset, after.ip.offset];
  const length = Math.min(endOf(before) - from, endOf(after) - to);
  const headers = Math.min(length, after.ip.length + (after.transport?.length ?? 0));
  const ipMap = after.ip.protocol === 'ipv4' ? ipv4Fields : ipv6Fields;
  for (let at = 0; at < headers; at += 1) {
    if (before.bytes[from + at] === after.bytes[to + at]) continue;
    const inTransport = at >= after.ip.length && after.transport !== undefined;
    fields.add(
      inTransport ? fieldAt(transportFields[after.transport.protocol], at - after.ip.length) : fieldAt(ipMap, at),
    );
  }
  const rest = [
    before.bytes.subarray(from + headers, from + length),
    after.bytes.subarray(to + headers, to + length),
  ] as const;
  if (Buffer.compare(...rest) !== 0) fields.add('payload');
  return fields;
};
