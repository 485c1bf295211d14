/** Who gives addresses on which segment: every server, and the segments that it has an address of its own on. */
import { addressesIn, membersOf, type Port, routedInterfaces } from '../shared/lookup.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import type { DhcpSettings } from './settings.ts';

export const dhcpOf = (node: Node): DhcpSettings | undefined => node.features['dhcp'] as DhcpSettings | undefined;

/** The one IPv4 address of an interface in CIDR form, the first where there are several. */
export const cidr4 = (own: Interface): string | undefined => own.addresses.find((cidr) => !cidr.includes(':'));

/** The IPv4 address by which an interface is known. */
export const address4 = (own: Interface): string | undefined => addressesIn(own.addresses, 4)[0];

/** The interfaces on which a server gives addresses: those with an IPv4 address that it did not ask for itself. */
export const servedInterfaces = (node: Node): Interface[] =>
  dhcpOf(node) === undefined
    ? []
    : routedInterfaces(node).filter((own) => own.dhcp !== true && cidr4(own) !== undefined);

/** Whether an interface is a DHCP server's. */
export const servesOn = (node: Node, own: Interface): boolean =>
  servedInterfaces(node).some((served) => served.name === own.name);

/** The servers of a segment, in the order of the file; there should be one. */
export const serversOn = (topology: Topology, segment: number): Port[] =>
  membersOf(topology, segment).filter((port) => servesOn(port.node, port.interface));

/** A segment in words. */
export const segmentName = (own: Interface): string =>
  own.network === undefined ? `the segment of ${own.peer.node}` : `network ${own.network}`;
