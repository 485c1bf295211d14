/** What several kinds have in common: the namespace, its interfaces, their addresses, and the sysctls behind them. */
import { at } from '../fragment/fragment.ts';
import type { StagedOperation } from '../fragment/fragment.ts';
import type { Operation } from '../fragment/operation.ts';
import { as } from '../features/epc/nodes.ts';
import { askingInterface, metadataAddress } from '../features/shared/metadata.ts';
import { familyOf, membersOf, portAt } from '../features/shared/lookup.ts';
import { speaksRstp } from './switch/common.ts';
import type { Interface, Node, PortRole, Topology } from '../topology/topology.ts';

/** Sysctls as operations, in the order given. */
export const sysctls = (node: Node, values: Readonly<Record<string, string | number>>): Operation[] =>
  Object.entries(values).map(([key, value]) => ({ op: 'sysctl', node: node.name, key, value: String(value) }));

/**
 * What an interface takes over when it is made, so it is set before the first link exists: no duplicate address
 * detection, which would hold back every IPv6 address and routing protocol for a second (RFC 4862, 5.4), and no
 * router solicitations, since no lab node sends advertisements.
 */
const beforeLinks = {
  'net.ipv6.conf.default.accept_dad': 0,
  'net.ipv6.conf.default.dad_transmits': 0,
  'net.ipv6.conf.default.accept_ra': 0,
} as const;

/**
 * Of every node that ends TCP connections: the machine's default may be bbr, which without its pacing scheduler loses
 * tens of thousands of segments in seconds.
 */
const tcp = { 'net.ipv4.tcp_congestion_control': 'cubic' } as const;

/** The namespace of a node that speaks IP. `inherited` are sysctls that its interfaces take over when they are made. */
export const ipNamespace = (
  node: Node,
  inherited: Readonly<Record<string, string | number>> = {},
): StagedOperation[] => [
  ...at('namespaces', { op: 'namespace', node: node.name }, ...sysctls(node, { ...beforeLinks, ...inherited })),
  ...at('sysctls', ...sysctls(node, tcp)),
];

/** Whether a base station reads the frames of an interface's segment. */
const isRadio = (own: Interface, topology: Topology): boolean =>
  membersOf(topology, own.segment).some(({ node }) => as(node, 'enodeb') !== undefined) &&
  membersOf(topology, own.segment).some(({ node }) => as(node, 'ue') !== undefined);

/** Whether ports of the role are Open vSwitch's. */
export const isSwitched = (role: PortRole): boolean => ['underlay', 'tenant', 'access', 'peer'].includes(role);

/**
 * Whether an interface may keep its offloads. Never towards a program that forwards frames as it reads them, a
 * userspace switch or a base station, beyond a switch too: it would get segments of 64 KB without checksums, and the
 * receiver would drop what it makes of them, while ping still works.
 */
export const keepsOffload = (own: Interface, topology: Topology): boolean => {
  const peer = portAt(topology, own.peer);
  const userspace =
    peer !== undefined &&
    (isSwitched(peer.interface.role) || speaksRstp(peer.node)) &&
    peer.node.settings['datapath'] !== 'kernel';
  return topology.offload && !userspace && !isRadio(own, topology);
};

/** The addresses that the plan gives an interface: not the one that its lease brings (DHCP is IPv4's). */
const fixedAddresses = (own: Interface): readonly string[] =>
  own.dhcp === true ? own.addresses.filter((cidr) => familyOf(cidr) === 6) : own.addresses;

/** Every interface up, with its addresses, and the loopback addresses on `lo`. */
export const addressed = (node: Node, topology: Topology): StagedOperation[] =>
  at(
    'addresses',
    ...node.loopback.map((address): Operation => ({ op: 'address', node: node.name, interface: 'lo', address })),
    ...node.interfaces.flatMap((own): Operation[] => [
      { op: 'interface', node: node.name, name: own.name, offload: keepsOffload(own, topology) },
      ...fixedAddresses(own).map((address): Operation => ({
        op: 'address',
        node: node.name,
        interface: own.name,
        address,
      })),
    ]),
  );

/** Addresses (1, 2), protocol (4) and ports (16, 32) of a packet: FIB_MULTIPATH_HASH_FIELD_*, <net/ip_fib.h>. */
const fiveTuple = 0x37;

/**
 * Equal-cost paths are chosen by the 5-tuple, and by what is read in the packet (policy 3, Linux 5.12). The layer 4 hash of
 * policy 1 is taken from the packet's memory where it is there already, and over a veth it is: the sender's socket has put its
 * own random number there (`skb->l4_hash`, net/ipv4/route.c, fib_multipath_hash), and puts another after a timeout of a
 * retransmission (sk_rethink_txhash). No router in the world sees it, and a connection to an address that several have would
 * go on at another one of them, which resets it.
 */
export const multipath = {
  'net.ipv4.fib_multipath_hash_policy': 3,
  'net.ipv4.fib_multipath_hash_fields': fiveTuple,
  'net.ipv6.fib_multipath_hash_policy': 3,
  'net.ipv6.fib_multipath_hash_fields': fiveTuple,
} as const;

/**
 * The way to the metadata address is the link itself, whatever else the machine has for a default route. Where a lease
 * brings the address, it brings the route too.
 */
export const metadataRoute = (node: Node, topology: Topology): StagedOperation[] => {
  const own = askingInterface(topology, node);
  return own === undefined || own.dhcp === true
    ? []
    : at('routes', { op: 'route', node: node.name, to: `${metadataAddress}/32`, dev: own.name });
};

/**
 * Sysctls of a node that forwards. Reverse path filtering is off, because paths through a lab are often asymmetric;
 * equal-cost paths are chosen by the 5-tuple; ICMP errors are not limited, so that traceroute shows every hop.
 */
export const forwarding = {
  'net.ipv4.ip_forward': 1,
  'net.ipv6.conf.all.forwarding': 1,
  ...multipath,
  'net.ipv4.icmp_ratelimit': 0,
  'net.ipv6.icmp.ratelimit': 0,
} as const;

/** The part of it that interfaces take over when they are made. */
export const forwardingInherited = {
  'net.ipv4.conf.all.rp_filter': 0,
  'net.ipv4.conf.default.rp_filter': 0,
} as const;

/**
 * A link that loses its carrier keeps its IPv6 addresses and stops carrying routes at once, as on a real router; a
 * link that comes up announces itself, so that neighbours do not wait for a stale ARP or ND entry.
 */
export const routedLinks = {
  'net.ipv6.conf.default.keep_addr_on_down': 1,
  'net.ipv6.conf.all.keep_addr_on_down': 1,
  'net.ipv4.conf.default.ignore_routes_with_linkdown': 1,
  'net.ipv4.conf.all.ignore_routes_with_linkdown': 1,
  'net.ipv6.conf.default.ignore_routes_with_linkdown': 1,
  'net.ipv6.conf.all.ignore_routes_with_linkdown': 1,
  'net.ipv4.conf.default.arp_notify': 1,
  'net.ipv6.conf.default.ndisc_notify': 1,
} as const;
