/**
 * What a session's policy is: the numbers of the local preferences and communities, which sessions have route-maps, and
 * what stands at the neighbour in bgpd.conf. The route-maps themselves are in route-maps.ts.
 */
import type { Node, Relation, Topology } from '../../topology/topology.ts';
import { sessionsOf } from './sessions.ts';
import type { Neighbour, Session } from './sessions.ts';
import { bgpOf, hasRelations, systemsOf } from './systems.ts';
import type { System } from './systems.ts';

/** Local preference by what the neighbour is; 100 is BGP's own default (RFC 4271, 9.1.1, leaves it to the operator). */
export const preference: Readonly<Record<Relation | 'none', number>> = {
  customer: 200,
  peer: 100,
  provider: 50,
  none: 100,
};

/** By how much a path through an avoided system is worth less: still ordered by relation, and after all others. */
export const avoidance = 10;

/** Functions of large communities `ASN:function:parameter`, as in RFC 8195: information, and two requests. */
export const functions = { relation: 3, withhold: 4, prepend: 6 } as const;

/** Parameters of `relation` (RFC 8195, 3.2). */
export const origins: Readonly<Record<'own' | Relation, number>> = { own: 1, customer: 2, peer: 3, provider: 4 };

/** What we are, in the words of BGP's role capability (RFC 9234, 4.1), by what the neighbour is. */
const roles: Readonly<Record<Neighbour, string>> = {
  customer: 'provider',
  peer: 'peer',
  provider: 'customer',
  'route-server': 'rs-client',
  'route-server-client': 'rs-server',
};

/** Prefixes of one session, where nothing else is said: far more than a lab has, far fewer than a leaked Internet. */
const mostPrefixes = 1000;

/** A route server's members are peers of each other. */
export const relationOf = (neighbour: Neighbour | undefined): Relation | undefined =>
  neighbour === 'route-server' || neighbour === 'route-server-client' ? 'peer' : neighbour;

/** Whether a session without a relation exchanges nothing (RFC 8212). */
export const requiresPolicy = (node: Node, topology: Topology): boolean =>
  bgpOf(node)?.['ebgp-requires-policy'] ?? hasRelations(topology);

/** Whether a router exchanges everything with a system to which there is no relation, in a world that has relations. */
export const hasOpenSession = (node: Node, topology: Topology): boolean =>
  !requiresPolicy(node, topology) &&
  hasRelations(topology) &&
  sessionsOf(node, topology).some(({ internal, relation }) => !internal && relation === undefined);

const wishes = (system: System, asn: number): boolean =>
  system.policy.avoid.length + system.policy.refuse.length > 0 ||
  (system.rpki !== undefined && system.rpki.invalid !== 'accept') ||
  system.policy['no-export'].includes(asn) ||
  Object.hasOwn(system.policy.prepend, asn) ||
  Object.hasOwn(system.policy.communities, asn);

/** Whether a session goes through route-maps, and their names. */
export const mapsOf = (
  node: Node,
  session: Session,
  topology: Topology,
): { readonly in: string; readonly out: string } | undefined => {
  const system = systemsOf(topology).get(node.asn ?? 0);
  if (session.internal || system === undefined) return undefined;
  const wanted = session.relation !== undefined || (!requiresPolicy(node, topology) && wishes(system, session.asn));
  return wanted ? { in: `from-${session.asn}`, out: `to-${session.asn}` } : undefined;
};

/** Lines of a neighbour under `router bgp`: the role it is told and asked for (RFC 9234). */
export const roleLines = (session: Session): string[] =>
  session.relation === undefined ? [] : [` neighbor ${session.address} local-role ${roles[session.relation]}`];

/** Lines of a neighbour in an address family: its route-maps, and what goes with them. */
export const neighbourPolicyLines = (node: Node, session: Session, topology: Topology): string[] => {
  const names = mapsOf(node, session, topology);
  const policy = systemsOf(topology).get(node.asn ?? 0)?.policy;
  if (names === undefined || policy === undefined) return [];
  const neighbour = `  neighbor ${session.address}`;
  return [
    ...(session.relation === 'route-server-client' ? [`${neighbour} route-server-client`] : []),
    ...(policy['remove-private-as'] ? [`${neighbour} remove-private-AS all`] : []),
    // What was refused stays to be seen: show bgp … neighbors X filtered-routes.
    `${neighbour} soft-reconfiguration inbound`,
    `${neighbour} route-map ${names.in} in`,
    `${neighbour} route-map ${names.out} out`,
    `${neighbour} maximum-prefix ${policy['maximum-prefix'] ?? mostPrefixes}`,
  ];
};
