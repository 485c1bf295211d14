/** What IP carries, as octets: UDP, TCP, ICMP, and the tunnels GTP-U and VXLAN. See encode.ts for how builders nest. */
import { octetsOf, type Part, type Payload } from './encode.ts';
import { checksum } from './checksum.ts';
import { echoType } from './icmp.ts';
import { gtpuMessages, ipProtocols } from './numbers.ts';
import { concatenate, put16, put24, put32 } from './octets.ts';
import { tcpFlag } from './layer.ts';

const empty = new Uint8Array();

/** Writes the checksum of a transport header and its payload at `at`, where zeros stand. Without IP around it stays 0. */
const seal = (octets: Uint8Array, at: number, pseudoHeaderSum: number | undefined): void => {
  if (pseudoHeaderSum !== undefined) put16(octets, at, checksum(octets, 0, octets.length, pseudoHeaderSum));
};

export interface UdpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** 0 says that there is none, as in the outer header of IPv4 tunnels; computed when absent. */
  readonly checksum?: number;
}

/** UDP (RFC 768). */
export const udp = (fields: UdpFields, payload: Payload = empty): Part => ({
  ipProtocol: ipProtocols.udp,
  octets: (pseudoHeader) => {
    const octets = concatenate(new Uint8Array(8), octetsOf(payload));
    put16(octets, 0, fields.sourcePort);
    put16(octets, 2, fields.destinationPort);
    put16(octets, 4, octets.length);
    if (fields.checksum !== undefined) put16(octets, 6, fields.checksum);
    else {
      seal(octets, 6, pseudoHeader?.(ipProtocols.udp, octets.length));
      // 0 would say that there is no checksum; the other zero of ones' complement takes its place.
      if (pseudoHeader !== undefined && octets[6] === 0 && octets[7] === 0) put16(octets, 6, 0xffff);
    }
    return octets;
  },
});

export interface TcpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** Bits of `tcpFlag`; ACK when absent. */
  readonly flags?: number;
  readonly window?: number;
  readonly urgent?: number;
  /** Whole options, padded here to a multiple of 4 octets. */
  readonly options?: Uint8Array;
}

/** TCP (RFC 9293). */
export const tcp = (fields: TcpFields, payload: Payload = empty): Part => ({
  ipProtocol: ipProtocols.tcp,
  octets: (pseudoHeader) => {
    const length = 20 + Math.ceil((fields.options?.length ?? 0) / 4) * 4;
    const octets = concatenate(new Uint8Array(length), octetsOf(payload));
    put16(octets, 0, fields.sourcePort);
    put16(octets, 2, fields.destinationPort);
    put32(octets, 4, fields.sequence ?? 0);
    put32(octets, 8, fields.acknowledgement ?? 0);
    octets[12] = (length / 4) << 4;
    octets[13] = fields.flags ?? tcpFlag.ack;
    put16(octets, 14, fields.window ?? 0xffff);
    put16(octets, 18, fields.urgent ?? 0);
    octets.set(fields.options ?? empty, 20);
    seal(octets, 16, pseudoHeader?.(ipProtocols.tcp, octets.length));
    return octets;
  },
});

export interface IcmpFields {
  /** An echo request when absent. */
  readonly type?: number;
  readonly code?: number;
  /** Octets 4 and 5. */
  readonly identifier?: number;
  /** Octets 6 and 7: the sequence number of an echo, the next hop's MTU of "fragmentation needed" (RFC 1191). */
  readonly sequence?: number;
}

const icmpPart = (ipProtocol: number, request: number, fields: IcmpFields, payload: Payload): Part => ({
  ipProtocol,
  octets: (pseudoHeader) => {
    const octets = concatenate(new Uint8Array(8), octetsOf(payload));
    octets[0] = fields.type ?? request;
    octets[1] = fields.code ?? 0;
    put16(octets, 4, fields.identifier ?? 0);
    put16(octets, 6, fields.sequence ?? 0);
    seal(octets, 2, pseudoHeader?.(ipProtocol, octets.length));
    return octets;
  },
});

/** ICMP (RFC 792). */
export const icmp = (fields: IcmpFields = {}, payload: Payload = empty): Part =>
  icmpPart(ipProtocols.icmp, echoType.icmp.request, fields, payload);

/** ICMPv6 (RFC 4443). */
export const icmpv6 = (fields: IcmpFields = {}, payload: Payload = empty): Part =>
  icmpPart(ipProtocols.icmpv6, echoType.icmpv6.request, fields, payload);

export interface GtpuFields {
  readonly teid: number;
  /** A G-PDU when absent. */
  readonly messageType?: number;
  readonly sequence?: number;
  readonly nPdu?: number;
  /** Extension headers: type, and content of 4 n + 2 octets (padded here). */
  readonly extensions?: readonly { readonly type: number; readonly content: Uint8Array }[];
}

/** An extension header: its length in units of 4 octets, content, the type of the next one (TS 29.281, 5.2.1). */
const gtpuExtension = (content: Uint8Array, next: number): Uint8Array => {
  const octets = new Uint8Array(Math.ceil((content.length + 2) / 4) * 4);
  octets[0] = octets.length / 4;
  octets.set(content, 1);
  octets[octets.length - 1] = next;
  return octets;
};

/** GTP-U version 1 (3GPP TS 29.281, 5.1): flags PT, and E, S, PN for what is there. */
export const gtpu = (fields: GtpuFields, payload: Payload = empty): Part => ({
  octets: () => {
    const { sequence, nPdu, extensions = [] } = fields;
    const flags = (extensions.length > 0 ? 4 : 0) | (sequence === undefined ? 0 : 2) | (nPdu === undefined ? 0 : 1);
    const optional = new Uint8Array(flags === 0 ? 0 : 4);
    if (flags !== 0) {
      put16(optional, 0, sequence ?? 0);
      optional[2] = nPdu ?? 0;
      optional[3] = extensions[0]?.type ?? 0;
    }
    const body = concatenate(
      optional,
      ...extensions.map(({ content }, index) => gtpuExtension(content, extensions[index + 1]?.type ?? 0)),
      octetsOf(payload),
    );
    const header = new Uint8Array(8);
    header[0] = 0x30 | flags;
    header[1] = fields.messageType ?? gtpuMessages.tPdu;
    put16(header, 2, body.length);
    put32(header, 4, fields.teid);
    return concatenate(header, body);
  },
});

/** VXLAN (RFC 7348, section 5) with the I flag set; the payload is an Ethernet frame. */
export const vxlan = (fields: { readonly vni: number }, payload: Payload): Part => ({
  octets: () => {
    const header = new Uint8Array(8);
    header[0] = 0x08;
    put24(header, 4, fields.vni);
    return concatenate(header, octetsOf(payload));
  },
});
