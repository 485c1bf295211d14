/**
 * Which systems learn of a prefix under the policy: BGP's decision between systems, played to its rest. Every system
 * holds its best route - local preference, then length of the path, then the lower number of the neighbour - and tells it
 * by the same rules as the generated route-maps. `up` waits for exactly these routes, so it must not promise too many.
 */
import type { Family } from '../../address/ip.ts';
import { inverse } from '../../topology/relations.ts';
import type { Node, Relation, Topology } from '../../topology/topology.ts';
import type { Validity } from './origin.ts';
import { edgeTells } from './edge.ts';
import { avoidance, functions, preference, requiresPolicy } from './policy.ts';
import { sessionsOf } from './sessions.ts';
import { systemsOf } from './systems.ts';
import type { System } from './systems.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  /** What `to` is to `from`; undefined on a session where everything is told. */
  readonly relation: Relation | undefined;
  /** The route server in between. */
  readonly via: number | undefined;
}

/** A system's best route to the prefix that is looked at. */
export interface BestRoute {
  /** AS numbers from the neighbour to the origin, repeated where prepended; empty at the origin. */
  readonly path: readonly number[];
  /** What the neighbour it came from is; `own` at the origin. */
  readonly from: Relation | 'own' | 'none';
  readonly localPreference: number;
  readonly noExport: boolean;
  /** Communities that go with it. */
  readonly communities: readonly string[];
}

/** The directed sessions between systems of some routers, with those through route servers joined to one. */
const edgesOf = (routers: Iterable<Node>, topology: Topology, family: Family): Edge[] => {
  const systems = systemsOf(topology);
  const edges = new Map<string, Edge>();
  const add = (edge: Edge): void => {
    edges.set(`${edge.from} ${edge.to} ${edge.via ?? ''}`, edge);
  };
  const members = new Map<number, Set<number>>();
  for (const node of routers) {
    for (const session of sessionsOf(node, topology)) {
      const { asn, relation, peer } = session;
      if (session.family !== family || session.internal || peer === undefined || node.asn === undefined) continue;
      if (relation === 'route-server') members.set(asn, (members.get(asn) ?? new Set<number>()).add(node.asn));
      if (relation === 'route-server' || relation === 'route-server-client') continue;
      const closed = relation === undefined && (requiresPolicy(node, topology) || requiresPolicy(peer, topology));
      if (!closed) add({ from: node.asn, to: asn, relation, via: undefined });
    }
  }
  for (const [via, clients] of members)
    for (const from of clients) for (const to of clients) if (from !== to) add({ from, to, relation: 'peer', via });
  return [...edges.values()].filter(({ from, to }) => systems.has(from) && systems.has(to));
};

/** What a system finds an origin of the prefix that is looked at to be; always `not found` where it does not ask. */
type Judge = (asn: number, origin: number) => Validity;

/** What is known of the prefix that is looked at, beside its origins. */
export interface Circumstances {
  readonly judge?: Judge;
  /** Whether systems with an agreement take it from each other; true when left out. */
  readonly crosses?: boolean;
  /** Systems that announce a shorter prefix in its place. */
  readonly aggregatedBy?: readonly number[];
  /** Whether a path with this number is refused where there is an agreement. */
  readonly isBogon?: (asn: number) => boolean;
}

/** The route that `edge.to` takes from `edge.from`, or undefined where it is not told or refused. */
const told = (
  route: BestRoute,
  edge: Edge,
  [from, to, server]: readonly [System, System, System | undefined],
  { judge = () => 'not found', crosses = true, aggregatedBy = [], isBogon = () => false }: Circumstances,
): BestRoute | undefined => {
  const { relation, via } = edge;
  if (route.noExport || route.path.includes(to.asn) || aggregatedBy.includes(from.asn)) return undefined;
  if (relation !== undefined && (!crosses || route.path.some(isBogon))) return undefined;
  if ((relation === 'peer' || relation === 'provider') && route.from !== 'own' && route.from !== 'customer')
    return undefined;
  const neighbour = via ?? to.asn;
  const withheld = (asn: number, target: number): boolean =>
    route.communities.includes(`${asn}:${functions.withhold}:${target}`);
  const requests = from.policy.communities[neighbour] ?? [];
  if (relation !== undefined && withheld(from.asn, neighbour)) return undefined;
  if (via !== undefined && [...route.communities, ...requests].includes(`${via}:${functions.withhold}:${to.asn}`))
    return undefined;
  const asked =
    relation !== undefined && route.communities.includes(`${from.asn}:${functions.prepend}:${neighbour}`) ? 1 : 0;
  const times = 1 + asked + (from.policy.prepend[neighbour] ?? 0);
  const path = [...Array.from({ length: times }, () => from.asn), ...route.path];
  if (to.policy.refuse.some((asn) => path.includes(asn))) return undefined;
  const invalid = (by: number): boolean => judge(by, path.at(-1) ?? 0) === 'invalid';
  if (server?.rpki?.invalid === 'refuse' && invalid(server.asn)) return undefined;
  if (to.rpki?.invalid === 'refuse' && invalid(to.asn)) return undefined;
  const kind = relation === undefined ? 'none' : inverse[relation];
  const avoided =
    to.policy.avoid.some((asn) => path.includes(asn)) || (to.rpki?.invalid === 'avoid' && invalid(to.asn));
  const communities = [...new Set([...route.communities, ...requests])];
  return {
    path,
    from: kind,
    localPreference: preference[kind] / (avoided ? avoidance : 1),
    noExport: from.policy['no-export'].includes(neighbour) || requests.includes('no-export'),
    // Only customers may ask for something by a system's own communities.
    communities:
      kind === 'customer' || kind === 'none'
        ? communities
        : communities.filter((text) => !text.startsWith(`${to.asn}:`)),
  };
};

const better = (left: BestRoute | undefined, right: BestRoute): BestRoute => {
  if (left === undefined) return right;
  const order =
    right.localPreference - left.localPreference ||
    left.path.length - right.path.length ||
    (left.path[0] ?? 0) - (right.path[0] ?? 0);
  return order <= 0 ? left : right;
};

/**
 * The best route of every system that has one to a prefix of the given origins. Undefined when preferences never come
 * to rest, which wishes against one's own relations can bring about.
 */
export const bestRoutes = (
  origins: readonly number[],
  routers: Iterable<Node>,
  topology: Topology,
  family: Family = 4,
  circumstances: Circumstances = {},
): ReadonlyMap<number, BestRoute> | undefined => {
  const systems = systemsOf(topology);
  const edges = edgesOf(routers, topology, family);
  const own: BestRoute = { path: [], from: 'own', localPreference: 0, noExport: false, communities: [] };
  const start = new Map(origins.map((asn) => [asn, own]));
  let now: ReadonlyMap<number, BestRoute> = start;
  const text = (routes: ReadonlyMap<number, BestRoute>): string =>
    JSON.stringify([...routes].toSorted(([a], [b]) => a - b));
  // News travels one system a round; a policy that rests has done so after it has gone there and back.
  for (let round = 0; round < 2 * systems.size + 2; round += 1) {
    const next = new Map<number, BestRoute>();
    for (const edge of edges) {
      const [route, from, to] = [now.get(edge.from), systems.get(edge.from), systems.get(edge.to)];
      if (route === undefined || from === undefined || to === undefined || start.has(edge.to)) continue;
      if (!edgeTells(route.path, from, to, systems)) continue;
      const arrived = told(
        route,
        edge,
        [from, to, edge.via === undefined ? undefined : systems.get(edge.via)],
        circumstances,
      );
      if (arrived !== undefined) next.set(edge.to, better(next.get(edge.to), arrived));
    }
    for (const asn of origins) next.set(asn, own);
    if (text(next) === text(now)) return next;
    now = next;
  }
  return undefined;
};
