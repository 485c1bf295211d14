/** The default gateway of a node without routing protocols: found on its segments, or given. */
import type { NodeProblem } from '../fragment/definition.ts';
import type { RouteOperation } from '../fragment/operation.ts';
import { addressesIn, families, familyOf, isInside, membersOf } from '../features/shared/lookup.ts';
import { routerIn } from '../features/shared/tenants.ts';
import type { Family } from '../address/ip.ts';
import type { Interface, Node, Topology } from '../topology/topology.ts';

const everything = (family: Family): string => (family === 4 ? '0.0.0.0/0' : '::/0');

/** Among the kinds of neighbours: the router that joins a tenant's networks, which is no node. */
export const tenantRouter = 'the router of the tenant';

/** The first neighbour of one of the kinds, in the order of the file, that has an address inside a network of ours. */
const found = (node: Node, topology: Topology, kinds: readonly string[], family: Family): string | undefined => {
  for (const own of node.interfaces) {
    const tenants = kinds.includes(tenantRouter) ? routerIn(topology, own.network, family) : undefined;
    if (tenants !== undefined) return tenants;
    for (const port of membersOf(topology, own.segment)) {
      if (!kinds.includes(port.node.kind)) continue;
      const via = addressesIn(port.interface.addresses, family).find((address) =>
        own.addresses.some((cidr) => isInside(cidr, address)),
      );
      if (via !== undefined) return via;
    }
  }
  return undefined;
};

/**
 * The default routes of a node. `gateway` is `auto` (one of `kinds` on the node's segments, for each family), `none`,
 * or an address; one outside all networks of the node is taken as reachable on its first interface, as phones do it.
 * `device` tells the device an interface's address is on, when it is not the interface itself.
 */
export const defaultRoutes = (
  node: Node,
  gateway: string,
  topology: Topology,
  kinds: readonly string[],
  device: (own: Interface) => string = (own) => own.name,
): RouteOperation[] => {
  if (gateway === 'none') return [];
  const route = (via: string): RouteOperation => ({ op: 'route', node: node.name, to: everything(familyOf(via)), via });
  if (gateway === 'auto') {
    return families.flatMap((family) => {
      const via = found(node, topology, kinds, family);
      return via === undefined ? [] : [route(via)];
    });
  }
  const [first] = node.interfaces;
  const reachable = node.interfaces.some((own) => own.addresses.some((cidr) => isInside(cidr, gateway)));
  if (reachable || first === undefined) return [route(gateway)];
  return [{ ...route(gateway), dev: device(first), onlink: true }];
};

/** A default gateway needs an interface to be reached by. */
export const gatewayProblems = (node: Node, gateway: string): NodeProblem[] =>
  gateway === 'auto' || gateway === 'none' || node.interfaces.length > 0
    ? []
    : [
        {
          path: ['gateway'],
          message: `${node.name} has the gateway ${gateway} but no link`,
          hint: 'add a link, or remove gateway',
        },
      ];
