/** The default gateway of a node without routing protocols: found on its segments, or given. */
import type { NodeProblem } from '../fragment/definition.ts';
import type { RouteOperation } from '../fragment/operation.ts';
import { automaticGateway } from '../features/shared/gateways.ts';
import { families, familyOf, isInside } from '../features/shared/lookup.ts';
import type { Family } from '../address/ip.ts';
import type { Interface, Node, Topology } from '../topology/topology.ts';

const everything = (family: Family): string => (family === 4 ? '0.0.0.0/0' : '::/0');

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
      const found = automaticGateway(topology, node, kinds, family);
      // What comes with a lease, the client sets.
      return found === undefined || (family === 4 && found.own.dhcp === true) ? [] : [route(found.via)];
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
