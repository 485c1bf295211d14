/** Who takes a machine's packets further: the router or gateway that its segment has for it. */
import type { Family } from '../../address/ip.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { addressesIn, isInside, membersOf } from './lookup.ts';
import { routerIn } from './tenants.ts';

/** Among the kinds of neighbours: the router that joins a tenant's networks, which is no node. */
export const tenantRouter = 'the router of the tenant';

/** Whom a host takes, `gateway: auto`. */
export const hostGateways: readonly string[] = [tenantRouter, 'router', 'gateway', 'stack'];

/** Whether two nodes speak BGP: then each hears from the other which routes it has, and loses them with it. */
const tellsRoutes = (node: Node | undefined, other: Node): boolean =>
  node !== undefined && 'bgp' in node.features && 'bgp' in other.features;

/**
 * The tenant's router, else the first neighbour of one of the kinds, in the order of the file; one of the interface's
 * networks. A neighbour that tells `asking` its routes by BGP is not taken unasked.
 */
export const gatewayOn = (
  topology: Topology,
  own: Interface,
  kinds: readonly string[],
  family: Family,
  asking?: Node,
): string | undefined => {
  const tenants = kinds.includes(tenantRouter) ? routerIn(topology, own.network, family) : undefined;
  // A machine with addresses of one family in a network of both has no way to the other family's router.
  const inside = (address: string): boolean => own.addresses.some((cidr) => isInside(cidr, address));
  if (tenants !== undefined && inside(tenants)) return tenants;
  for (const port of membersOf(topology, own.segment)) {
    if (!kinds.includes(port.node.kind) || tellsRoutes(asking, port.node)) continue;
    const via = addressesIn(port.interface.addresses, family).find(inside);
    if (via !== undefined) return via;
  }
  return undefined;
};

/** The interface whose segment has the node's default gateway, and the gateway. */
export const automaticGateway = (
  topology: Topology,
  node: Node,
  kinds: readonly string[],
  family: Family,
): { readonly own: Interface; readonly via: string } | undefined => {
  for (const own of node.interfaces) {
    const via = gatewayOn(topology, own, kinds, family, node);
    if (via !== undefined) return { own, via };
  }
  return undefined;
};
