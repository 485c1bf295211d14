/**
 * Machines at the edge pass no routes on between others. A host does not forward, so it tells only what begins in it. A gateway
 * stands between a fabric and machines behind it: the machines it tells everything, the fabric only what begins in it or in
 * them. Else two gateways and a balancer between them would look like a short way from one rack to another.
 */
import type { Node, Topology } from '../../topology/topology.ts';
import { sessionsOf } from './sessions.ts';
import type { Session } from './sessions.ts';
import type { System } from './systems.ts';

const isHost = (node: Node | undefined): boolean => node?.kind === 'host';
const isEdge = (node: Node): boolean => node.kind === 'host' || node.kind === 'gateway';

/** The systems of hosts that a router speaks with. */
const hostSystems = (node: Node, topology: Topology): number[] => [
  ...new Set(sessionsOf(node, topology).flatMap(({ asn, internal, peer }) => (isHost(peer) && !internal ? [asn] : []))),
];

const listName = 'edge';

/** Whether a session is one over which not everything is told. */
const isLimited = (node: Node, { internal, peer }: Session): boolean =>
  !internal && (isHost(node) || (isEdge(node) && !isHost(peer)));

/** The list of paths that an edge may tell, before the own number is put to them: `^$` is what begins in the system itself. */
export const edgeLines = (node: Node, topology: Topology): string[] => {
  if (!sessionsOf(node, topology).some((session) => isLimited(node, session))) return [];
  const behind = isHost(node) ? [] : hostSystems(node, topology);
  return ['^$', ...behind.map((asn) => `^${asn}(_${asn})*$`)].map(
    (pattern, index) => `bgp as-path access-list ${listName} seq ${(index + 1) * 5} permit ${pattern}`,
  );
};

/** The line of a neighbour in an address family. */
export const edgeNeighbourLines = (node: Node, session: Session): string[] =>
  isLimited(node, session) ? [`  neighbor ${session.address} filter-list ${listName} out`] : [];

/** Whether a system tells another one a route with this path. */
export const edgeTells = (
  path: readonly number[],
  from: System,
  to: System,
  systems: ReadonlyMap<number, System>,
): boolean => {
  if (!from.routers.every(isEdge)) return true;
  if (path.length === 0) return true;
  const ofHosts = (system: System | undefined): boolean => system?.routers.every(isHost) === true;
  if (ofHosts(from)) return false;
  return ofHosts(to) || path.every((asn) => asn === path[0] && ofHosts(systems.get(asn)));
};
