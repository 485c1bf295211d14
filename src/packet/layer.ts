/**
 * Layers: what the dissector finds in a frame, outermost first. Every layer knows where its header begins and ends
 * in the frame (`offset`, `length` in octets), so that changes can be named down to the octet.
 */
interface Base {
  readonly offset: number;
  /** Octets of this layer's header, without its payload. */
  readonly length: number;
}
export interface Ethernet extends Base {
  readonly protocol: 'ethernet';
  readonly source: string;
  readonly destination: string;
  readonly etherType: number;
}
export interface Vlan extends Base {
  readonly protocol: 'vlan';
  readonly id: number;
  /** Priority code point, 0 to 7 (IEEE 802.1Q, 9.6). */
  readonly priority: number;
  readonly etherType: number;
}
export interface Arp extends Base {
  readonly protocol: 'arp';
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
}
export interface Ipv4 extends Base {
  readonly protocol: 'ipv4';
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In octets. */
  readonly fragmentOffset: number;
  readonly tos: number;
  readonly totalLength: number;
  readonly next: number;
  readonly checksum: number;
}
export interface Ipv6 extends Base {
  readonly protocol: 'ipv6';
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly flowLabel: number;
  /** From the header: extension headers and what follows, without the 40 octets of the fixed header. */
  readonly payloadLength: number;
  /** The transport protocol after extension headers. `length` counts those headers. */
  readonly next: number;
  /** From the fragment extension header; 0 without one. */
  readonly identification: number;
  /** In octets. */
  readonly fragmentOffset: number;
  readonly moreFragments: boolean;
}
export interface Udp extends Base {
  readonly protocol: 'udp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Header and payload, from the header. */
  readonly totalLength: number;
  readonly checksum: number;
}
export interface Tcp extends Base {
  readonly protocol: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  /** As sent, not scaled. */
  readonly window: number;
  readonly checksum: number;
  readonly urgent: number;
  /** Octets of payload by the IP length, also where the capture cut the frame. */
  readonly payloadLength: number;
}
export interface Sctp extends Base {
  readonly protocol: 'sctp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The verification tag: which association its receiver is asked for. */
  readonly tag: number;
  /** CRC32c, as the four octets stand on the wire. */
  readonly checksum: number;
}
export interface Icmp extends Base {
  readonly protocol: 'icmp' | 'icmpv6';
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  /** Octets 4-5 and 6-7: identifier and sequence number of an echo; other messages use them otherwise. */
  readonly identifier: number;
  readonly sequence: number;
}
export interface Gtpu extends Base {
  readonly protocol: 'gtpu';
  readonly messageType: number;
  readonly teid: number;
  /** Octets behind the first eight: optional fields, extension headers and payload. */
  readonly messageLength: number;
  /** Undefined when the S flag is not set. */
  readonly sequence: number | undefined;
}
export interface Vxlan extends Base {
  readonly protocol: 'vxlan';
  readonly vni: number;
}
/**
 * Why octets were not read further: they are the payload of the layer before; no decoder knows the protocol; they
 * belong to a later fragment, which has no transport header; the capture cut the frame inside a header; or a header
 * contradicts itself.
 */
export type DataReason = 'payload' | 'unknown' | 'fragment' | 'truncated' | 'malformed';
/** What is behind the last header that was understood: `length` captured octets. */
export interface Data extends Base {
  readonly protocol: 'data';
  readonly reason: DataReason;
}
export type Layer = Ethernet | Vlan | Arp | Ipv4 | Ipv6 | Udp | Tcp | Sctp | Icmp | Gtpu | Vxlan | Data;

/** TCP flag bits (RFC 9293, section 3.1). */
export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** A captured frame at one capture point. */
export interface Frame {
  readonly node: string;
  readonly interface: string;
  /** Nanoseconds since the epoch, one clock for the whole machine. */
  readonly time: bigint;
  readonly direction: 'in' | 'out';
  /** Whether octets begin with an Ethernet header (pcapng link type 1) or an IP header (link type 101). */
  readonly link: 'ethernet' | 'ip';
  readonly bytes: Uint8Array;
  /** Octets on the wire; `bytes` may be shorter. */
  readonly wireLength: number;
  /** Set when the frame was segmented or checksummed later by "hardware" (virtio_net_hdr). */
  readonly offload?:
    | { readonly gsoType: number; readonly gsoSize: number; readonly partialChecksum: boolean }
    | undefined;
  readonly comment?: string | undefined;
}
