/**
 * The autonomous systems of a lab as BGP's policy sees them: who is what to whom, which prefixes each may announce,
 * and whose routes it may pass on. Carriers keep this in a routing registry (RFC 7454, 6.1.1); here the topology is it.
 */
import type { Node, Relation, Topology } from '../../topology/topology.ts';
import { inverse, relationsOf } from '../../topology/relations.ts';
import type { RoutesSettings } from '../routes/settings.ts';
import { announcedPrefixes } from '../haproxy/cluster.ts';
import { membersOf, networkText, nodeNamed, routedInterfaces } from '../shared/lookup.ts';
import type { BgpPolicy, BgpSettings, RpkiSettings } from './settings.ts';

export const bgpOf = (node: Node): BgpSettings | undefined => node.features['bgp'] as BgpSettings | undefined;

/** What a router is told to announce, without host bits: `networks`, and addresses that it has while its balancer serves. */
export const networksOf = (node: Node): string[] => [
  ...new Set([...(bgpOf(node)?.networks ?? []), ...announcedPrefixes(node)].map(networkText)),
];

export interface System {
  readonly asn: number;
  /** Its BGP routers. */
  readonly routers: readonly Node[];
  /** AS number of another system -> what that one is to this. */
  readonly relations: ReadonlyMap<number, Relation>;
  readonly policy: BgpPolicy;
  /** Undefined where it does not validate origins. */
  readonly rpki: RpkiSettings | undefined;
  /** Prefixes it may originate, without host bits. */
  readonly prefixes: readonly string[];
  /** Whether it is the system of a route server. */
  readonly routeServer: boolean;
  /** The systems with which it shares a route server; without another relation they are peers. */
  readonly members: ReadonlySet<number>;
}

/** What all routers of a system want, put together. */
const joinedPolicy = (routers: readonly Node[]): BgpPolicy => {
  const all = routers.flatMap((node) => bgpOf(node)?.policy ?? []);
  return {
    avoid: [...new Set(all.flatMap((policy) => policy.avoid))],
    refuse: [...new Set(all.flatMap((policy) => policy.refuse))],
    prepend: Object.assign({}, ...all.map((policy) => policy.prepend)) as BgpPolicy['prepend'],
    'no-export': [...new Set(all.flatMap((policy) => policy['no-export']))],
    communities: Object.assign({}, ...all.map((policy) => policy.communities)) as BgpPolicy['communities'],
    'maximum-prefix': all.find((policy) => policy['maximum-prefix'] !== undefined)?.['maximum-prefix'],
    'remove-private-as': all.some((policy) => policy['remove-private-as']),
  };
};

/** The caches of all routers of a system; that they agree on `invalid` is looked after elsewhere. */
const joinedRpki = (routers: readonly Node[]): RpkiSettings | undefined => {
  const all = routers.flatMap((node) => bgpOf(node)?.rpki ?? []);
  const [first] = all;
  return first === undefined ? undefined : { ...first, caches: [...new Set(all.flatMap(({ caches }) => caches))] };
};

const ownNetworks = (node: Node): string[] => [
  ...node.loopback,
  ...routedInterfaces(node).flatMap((own) => own.addresses),
];

/** A default route: a system may tell it to those inside, but it is no prefix of its own. */
export const isDefault = (text: string): boolean => text.endsWith('/0');

/** What a router may bring into BGP: `networks`, what stands for them, and what `redistribute` can find. */
const originated = (node: Node, inside: readonly Node[]): string[] => {
  const settings = bgpOf(node);
  if (settings === undefined) return [];
  const found = settings.redistribute.flatMap((source): readonly string[] => {
    if (source.only.length > 0) return source.only;
    if (source.from === 'connected') return ownNetworks(node);
    if (source.from === 'ospf') return inside.flatMap(ownNetworks);
    return ((node.features['routes'] as RoutesSettings | undefined) ?? []).map((route) => route.to);
  });
  return [...networksOf(node), ...[...settings.aggregate, ...found].map(networkText)].filter(
    (text) => !isDefault(text),
  );
};

/** Relations that routers state in `peers`, for sessions that no link shows. */
const peerRelations = (node: Node, topology: Topology): [number, Relation][] =>
  (bgpOf(node)?.peers ?? []).flatMap((peer): [number, Relation][] => {
    const other = peer.asn ?? (peer.node === undefined ? undefined : nodeNamed(topology, peer.node)?.asn);
    return other === undefined || peer.relation === undefined ? [] : [[other, peer.relation]];
  });

/** Systems that share a segment with a router of the route server. */
const clientsOf = (node: Node, topology: Topology): number[] =>
  node.interfaces
    .flatMap((own) => membersOf(topology, own.segment))
    .flatMap(({ node: member }) =>
      bgpOf(member) === undefined || member.asn === undefined || member.asn === node.asn ? [] : [member.asn],
    );

const computed = new WeakMap<Topology, ReadonlyMap<number, System>>();

/** The systems of a topology's BGP routers, by AS number. Worked out once. */
export const systemsOf = (topology: Topology): ReadonlyMap<number, System> => {
  const known = computed.get(topology);
  if (known !== undefined) return known;
  const speakers = topology.nodes.filter((node) => bgpOf(node) !== undefined && node.asn !== undefined);
  const groups = Map.groupBy(speakers, (node) => node.asn ?? 0);
  const relations = new Map<number, Map<number, Relation>>();
  const note = (asn: number, other: number, relation: Relation): void => {
    relations.set(asn, (relations.get(asn) ?? new Map<number, Relation>()).set(other, relation));
  };
  for (const [asn, row] of relationsOf(topology)) for (const [other, relation] of row) note(other, asn, relation);
  for (const node of speakers) {
    for (const [other, relation] of peerRelations(node, topology)) {
      note(node.asn ?? 0, other, relation);
      note(other, node.asn ?? 0, inverse[relation]);
    }
  }
  const exchanges = speakers
    .filter((node) => bgpOf(node)?.['route-server'] === true)
    .map((node) => new Set(clientsOf(node, topology)));
  const systems = new Map(
    [...groups].map(([asn, routers]): [number, System] => {
      const inside = topology.nodes.filter((node) => node.asn === asn);
      const members = exchanges.filter((clients) => clients.has(asn)).flatMap((clients) => [...clients]);
      return [
        asn,
        {
          asn,
          routers,
          relations: relations.get(asn) ?? new Map<number, Relation>(),
          policy: joinedPolicy(routers),
          rpki: joinedRpki(routers),
          prefixes: [...new Set(routers.flatMap((node) => originated(node, inside)))],
          routeServer: routers.some((node) => bgpOf(node)?.['route-server'] === true),
          members: new Set(members.filter((member) => member !== asn)),
        },
      ];
    }),
  );
  computed.set(topology, systems);
  return systems;
};

/** Whether a system has agreements with others. */
const hasAgreements = (system: System): boolean => system.relations.size > 0 || system.members.size > 0;

/** Whether anything in the file is a relation, so that the lab is a world with policy. */
export const hasRelations = (topology: Topology): boolean => [...systemsOf(topology).values()].some(hasAgreements);

/**
 * Whether a system is inside another one: in a world with agreements it has none, and speaks over open sessions only, as
 * the racks of a data centre with private AS numbers (RFC 7938). The world hears neither of it nor of its prefixes.
 */
export const isInside = (asn: number, topology: Topology): boolean => {
  const system = systemsOf(topology).get(asn);
  return system !== undefined && hasRelations(topology) && !hasAgreements(system);
};

/** The systems that the world knows of: all of them where there are no agreements. */
export const publicSystems = (topology: Topology): System[] =>
  [...systemsOf(topology).values()].filter(({ asn }) => !isInside(asn, topology));

/** A system and everybody whose provider it is, directly or through others: those whose routes it may pass on upwards. */
export const customerCone = (asn: number, topology: Topology): number[] => {
  const systems = systemsOf(topology);
  const cone = new Set([asn]);
  for (const member of cone)
    for (const [other, relation] of systems.get(member)?.relations ?? []) if (relation === 'customer') cone.add(other);
  return [...cone];
};

/** The prefixes that a system and its customers may announce; undefined when one of them is not in the lab. */
export const registeredPrefixes = (asn: number, topology: Topology): string[] | undefined => {
  const systems = customerCone(asn, topology).map((member) => systemsOf(topology).get(member));
  return systems.includes(undefined) ? undefined : [...new Set(systems.flatMap((system) => system?.prefixes ?? []))];
};
