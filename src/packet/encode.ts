/**
 * From fields to octets: frames for tests and probes, with right lengths and checksums. Builders nest as the packet
 * does, and everything that one header says about the next is filled in:
 *
 *     frame(ethernet({ source, destination },
 *       ipv4({ source: '10.1.0.1', destination: '10.1.0.2' },
 *         udp({ sourcePort: 2152, destinationPort: 2152 },
 *           gtpu({ teid: 101 }, ipv4({ source: '10.45.0.2', destination: '192.0.2.10' }, icmp({ sequence: 1 })))))))
 *
 * This file has links and IP; encode-transport.ts what IP carries, and the tunnels. Every builder throws a RangeError
 * for an address that is none; numbers are cut to their field.
 */
import { arpOperation } from './arp.ts';
import { ipOctets, macOctets } from './address-text.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import { etherTypes, ipProtocols } from './numbers.ts';
import { concatenate, put16, put32 } from './octets.ts';

/** The sum of the pseudo-header of the IP packet around a part (see checksum.ts). */
export type PseudoHeader = (protocol: number, length: number) => number;

/** A header with its payload, whose checksum may depend on the IP addresses around it. */
export interface Part {
  /** How an Ethernet header or a VLAN tag announces it. */
  readonly etherType?: number;
  /** How an IP header announces it. */
  readonly ipProtocol?: number;
  readonly octets: (pseudoHeader?: PseudoHeader) => Uint8Array;
}
export type Payload = Part | Uint8Array;

const isPart = (payload: Payload): payload is Part => 'octets' in payload;

/** The octets of a payload inside an IP packet, or on a link. */
export const octetsOf = (payload: Payload, pseudoHeader?: PseudoHeader): Uint8Array =>
  isPart(payload) ? payload.octets(pseudoHeader) : payload;

/** The octets of a whole frame. */
export const frame = (part: Part): Uint8Array => part.octets();

const etherTypeOf = (payload: Payload): number => (isPart(payload) ? (payload.etherType ?? 0) : 0);
const ipProtocolOf = (payload: Payload): number => (isPart(payload) ? (payload.ipProtocol ?? 0) : 0);
const empty = new Uint8Array();

export interface EthernetFields {
  readonly source: string;
  readonly destination: string;
  /** Taken from the payload when absent. */
  readonly etherType?: number;
}

/** IEEE 802.3; without padding to 60 octets, which virtual links do not do either. */
export const ethernet = (fields: EthernetFields, payload: Payload): Part => ({
  octets: () => {
    const header = concatenate(macOctets(fields.destination), macOctets(fields.source), new Uint8Array(2));
    put16(header, 12, fields.etherType ?? etherTypeOf(payload));
    return concatenate(header, octetsOf(payload));
  },
});

/** A VLAN tag (IEEE 802.1Q); `service` makes it an outer tag of two. */
export const vlan = (
  fields: { readonly id: number; readonly priority?: number; readonly etherType?: number; readonly service?: boolean },
  payload: Payload,
): Part => ({
  etherType: fields.service === true ? etherTypes.serviceVlan : etherTypes.vlan,
  octets: () => {
    const header = new Uint8Array(4);
    put16(header, 0, ((fields.priority ?? 0) << 13) | (fields.id & 0xfff));
    put16(header, 2, fields.etherType ?? etherTypeOf(payload));
    return concatenate(header, octetsOf(payload));
  },
});

export interface ArpFields {
  /** A request when absent. */
  readonly operation?: number;
  readonly senderMac: string;
  readonly senderIp: string;
  /** Unknown, that is zeros, when absent. */
  readonly targetMac?: string;
  readonly targetIp: string;
}

/** ARP for IPv4 over Ethernet (RFC 826). */
export const arp = (fields: ArpFields): Part => ({
  etherType: etherTypes.arp,
  octets: () =>
    concatenate(
      Uint8Array.of(0, 1, 8, 0, 6, 4, 0, fields.operation ?? arpOperation.request),
      macOctets(fields.senderMac),
      ipOctets(fields.senderIp, 4),
      macOctets(fields.targetMac ?? '00:00:00:00:00:00'),
      ipOctets(fields.targetIp, 4),
    ),
});

export interface Ipv4Fields {
  readonly source: string;
  readonly destination: string;
  /** 64 when absent. */
  readonly ttl?: number;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** In octets, a multiple of 8. */
  readonly fragmentOffset?: number;
  readonly tos?: number;
  /** Whole options, padded here to a multiple of 4 octets. */
  readonly options?: Uint8Array;
  /** The payload's protocol number; taken from the payload when absent. */
  readonly next?: number;
}

/** IPv4 (RFC 791). */
export const ipv4 = (fields: Ipv4Fields, payload: Payload = empty): Part => ({
  etherType: etherTypes.ipv4,
  ipProtocol: ipProtocols.ipv4,
  octets: () => {
    const [source, destination] = [ipOctets(fields.source, 4), ipOctets(fields.destination, 4)];
    const body = octetsOf(payload, (protocol, length) => pseudoHeaderSum(source, destination, protocol, length));
    const length = 20 + Math.ceil((fields.options?.length ?? 0) / 4) * 4;
    const header = new Uint8Array(length);
    header[0] = 0x40 | (length / 4);
    header[1] = fields.tos ?? 0;
    put16(header, 2, length + body.length);
    put16(header, 4, fields.identification ?? 0);
    const flags = (fields.dontFragment === true ? 0x4000 : 0) | (fields.moreFragments === true ? 0x2000 : 0);
    put16(header, 6, flags | ((fields.fragmentOffset ?? 0) >> 3));
    header[8] = fields.ttl ?? 64;
    header[9] = fields.next ?? ipProtocolOf(payload);
    header.set(source, 12);
    header.set(destination, 16);
    header.set(fields.options ?? empty, 20);
    put16(header, 10, checksum(header));
    return concatenate(header, body);
  },
});

export interface Ipv6Fields {
  readonly source: string;
  readonly destination: string;
  /** 64 when absent. */
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  /** The number of the first header behind the fixed one; taken from the payload when absent. */
  readonly next?: number;
}

/** IPv6 (RFC 8200). Extension headers are parts between it and its payload: `extension`, `fragment`. */
export const ipv6 = (fields: Ipv6Fields, payload: Payload = empty): Part => ({
  etherType: etherTypes.ipv6,
  ipProtocol: ipProtocols.ipv6,
  octets: () => {
    const [source, destination] = [ipOctets(fields.source, 6), ipOctets(fields.destination, 6)];
    const body = octetsOf(payload, (protocol, length) => pseudoHeaderSum(source, destination, protocol, length));
    const header = new Uint8Array(40);
    put32(header, 0, 0x6000_0000 | ((fields.trafficClass ?? 0) << 20) | ((fields.flowLabel ?? 0) & 0xf_ffff));
    put16(header, 4, body.length);
    header[6] = fields.next ?? (isPart(payload) ? ipProtocolOf(payload) : ipProtocols.none);
    header[7] = fields.hopLimit ?? 64;
    header.set(source, 8);
    header.set(destination, 24);
    return concatenate(header, body);
  },
});

/** A hop-by-hop, routing or destination options header (RFC 8200, 4.2 to 4.6); `content` is padded to 8 n + 6 octets. */
export const extension = (type: number, content: Uint8Array, payload: Part): Part => ({
  ipProtocol: type,
  octets: (pseudoHeader) => {
    const header = new Uint8Array(Math.ceil((2 + content.length) / 8) * 8);
    header[0] = ipProtocolOf(payload);
    header[1] = header.length / 8 - 1;
    header.set(content, 2);
    return concatenate(header, payload.octets(pseudoHeader));
  },
});

/** The fragment header (RFC 8200, 4.5); `offset` in octets, a multiple of 8; `next` when the payload is bare octets. */
export const fragment = (
  fields: {
    readonly identification: number;
    readonly offset?: number;
    readonly more?: boolean;
    readonly next?: number;
  },
  payload: Payload,
): Part => ({
  ipProtocol: ipProtocols.fragment,
  octets: (pseudoHeader) => {
    const header = new Uint8Array(8);
    header[0] = fields.next ?? ipProtocolOf(payload);
    put16(header, 2, ((fields.offset ?? 0) & 0xfff8) | (fields.more === true ? 1 : 0));
    put32(header, 4, fields.identification);
    return concatenate(header, octetsOf(payload, pseudoHeader));
  },
});
