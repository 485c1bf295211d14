/**
 * Evidence: what the running nodes say about themselves, collected around a trace. The journey room never asks a node;
 * it explains what it saw with this state and calls unexplained what the state does not cover.
 *
 * Everything is plain data. Addresses, prefixes and MACs are in canonical text (lower case, RFC 5952).
 */

/** Two ends of a flow in one direction, as one side of a connection tracking entry. For ICMP both ports are the identifier. */
export interface Tuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
}

/** An entry of /proc/net/nf_conntrack: the tuple of the first packet, and the one that answers are expected to have. */
export interface ConntrackEntry {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6';
  readonly original: Tuple;
  readonly reply: Tuple;
}

/** A route of a table the node looks into. More than one next hop where it is multipath. */
export interface RouteEvidence {
  /** `0.0.0.0/0` is the default route. */
  readonly prefix: string;
  readonly nextHops: readonly { readonly via?: string | undefined; readonly dev?: string | undefined }[];
  /** Who put it there, by rt_protos: kernel, boot, static, ospf, bgp, … */
  readonly protocol: string;
  readonly metric?: number | undefined;
  /** `unicast` when absent. */
  readonly type?: string | undefined;
  /** What the routing daemon knows beyond it: an AS path, a cost. */
  readonly note?: string | undefined;
  /** What it passed over, a line each: a shorter path that policy does not want. */
  readonly behind?: readonly string[] | undefined;
}

/** The kernel's own answer to `ip route get DESTINATION from SOURCE iif INTERFACE`; it counts before the table. */
export interface RouteLookup extends RouteEvidence {
  readonly destination: string;
  readonly source?: string | undefined;
  readonly interface?: string | undefined;
}

export interface InterfaceEvidence {
  readonly name: string;
  readonly mac?: string | undefined;
  /** In CIDR form, those of TUN devices and bridges included. */
  readonly addresses: readonly string[];
}

export interface NeighbourEvidence {
  readonly address: string;
  readonly dev: string;
  readonly mac: string;
}

/** Packets that something in the node threw away since the trace began, by the node's own count. */
export interface DropCounter {
  readonly by: 'firewall' | 'queue' | 'route' | 'socket';
  /** As a person would look for it: `iptables FORWARD -p udp -m udp --dport 53 -j DROP`. */
  readonly rule: string;
  /** The interface it is tied to, if any. */
  readonly interface?: string | undefined;
  readonly packets: number;
}

/** A pair of TCP connections that a proxy joined, by its own log: the client's as it arrived, and its own to a server. */
export interface ProxyPair {
  readonly front: Tuple;
  readonly back: Tuple;
  readonly server?: string | undefined;
}

/** Where a hypervisor sends frames for a MAC of a tenant network. */
export interface VxlanRemote {
  readonly vni: number;
  readonly mac: string;
  readonly vtep: string;
}

/** Where a hypervisor's part of a tenant's router sends a packet: everything that has no hop of its own, without an address. */
export interface TenantHop {
  /** The number of the router in this hypervisor's flows. */
  readonly router: number;
  /** Of several ways out: its number, from 1. */
  readonly exit?: number | undefined;
  readonly destination?: string | undefined;
  /** The MAC addresses of the new link header, and the network it is in. */
  readonly source: string;
  readonly mac: string;
  readonly vni: number;
}

/** The tenants' routers as a hypervisor's flows have them. */
export interface TenantRouters {
  /** MAC addresses by which packets come to a router. */
  readonly entries: readonly { readonly mac: string; readonly router: number }[];
  readonly hops: readonly TenantHop[];
}

export interface NodeEvidence {
  readonly interfaces?: readonly InterfaceEvidence[] | undefined;
  readonly routes?: readonly RouteEvidence[] | undefined;
  readonly lookups?: readonly RouteLookup[] | undefined;
  readonly neighbours?: readonly NeighbourEvidence[] | undefined;
  readonly conntrack?: readonly ConntrackEntry[] | undefined;
  /** Translations without connection tracking that the node's kernel has, and how often they changed a packet. */
  readonly stateless?: readonly { readonly from: string; readonly to: string; readonly packets: number }[] | undefined;
  /** Rules that change packets beside NAT, as text: `-A FORWARD -p tcp … -j TCPMSS --clamp-mss-to-pmtu`. */
  readonly mangle?: readonly string[] | undefined;
  readonly drops?: readonly DropCounter[] | undefined;
  readonly proxied?: readonly ProxyPair[] | undefined;
  readonly vxlan?: readonly VxlanRemote[] | undefined;
  readonly tenantRouter?: TenantRouters | undefined;
}

export interface CaptureEvidence {
  /** Frames the ring took and frames it had no room for, per captured node. A node that is not listed was not captured. */
  readonly nodes: Readonly<Record<string, { readonly received: number; readonly dropped: number }>>;
  /** When the capture began and ended, in nanoseconds since the epoch; the first and last frame when absent. */
  readonly from?: bigint | undefined;
  readonly to?: bigint | undefined;
}

export interface Evidence {
  readonly nodes: Readonly<Record<string, NodeEvidence>>;
  readonly capture?: CaptureEvidence | undefined;
}

/** A trace about which no node said anything: everything that changes stays unexplained. */
export const noEvidence: Evidence = { nodes: {} };

/** The tuple of the opposite direction. */
export const reverseTuple = (tuple: Tuple): Tuple => ({
  source: tuple.destination,
  destination: tuple.source,
  sourcePort: tuple.destinationPort,
  destinationPort: tuple.sourcePort,
});

const end = (address: string, port: number | undefined): string => {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};

/** `192.0.2.1:80`, `[2001:db8::1]:80`, or the address alone. */
export const sourceText = (tuple: Tuple): string => end(tuple.source, tuple.sourcePort);
export const destinationText = (tuple: Tuple): string => end(tuple.destination, tuple.destinationPort);
export const tupleText = (tuple: Tuple): string => `${sourceText(tuple)} > ${destinationText(tuple)}`;
