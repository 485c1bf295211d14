/** When BGP is ready: its sessions are established, and the networks that other systems announce are in the kernel. */
import { contains, parsePrefix } from '../../address/ip.ts';
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { routesProbe } from '../frr/routes-probe.ts';
import { convergence, enumerated } from '../frr/probe.ts';
import type { Roa } from '../rtr/settings.ts';
import { families, familyOf, networkText, nodeNamed } from '../shared/lookup.ts';
import { roasOf, type Validity, validityOf } from './origin.ts';
import { bestRoutes } from './reach.ts';
import { crossesBorders, isBogonNumber } from './reserved.ts';
import { sessionsOf } from './sessions.ts';
import { bgpOf, networksOf } from './systems.ts';

const sessionProbes = (node: Node, topology: Topology): Probe[] =>
  families.flatMap((family): Probe[] => {
    const sessions = sessionsOf(node, topology).filter((session) => session.family === family);
    if (sessions.length === 0) return [];
    return [
      {
        node: node.name,
        name: `BGP: IPv${family} session${sessions.length === 1 ? '' : 's'} with ${enumerated(sessions.map((session) => session.peer?.name ?? session.address))} established`,
        question: {
          ask: 'vty',
          daemon: 'bgpd',
          command: `show bgp ipv${family} unicast summary json`,
          json: { peers: Object.fromEntries(sessions.map((session) => [session.address, { state: 'Established' }])) },
        },
        within: convergence(topology),
      },
    ];
  });

/** Routers that sessions join, and what they announce together. */
interface Part {
  readonly routers: ReadonlySet<Node>;
  /** Whether it is sure that what a system learns arrives at each of its routers. */
  readonly even: boolean;
  /** AS number -> prefixes of other systems that come there. */
  readonly reached: ReadonlyMap<number | undefined, string[]>;
}

/** The systems that validate origins, each with the payloads it judges by. */
type Judges = ReadonlyMap<number, readonly Roa[]>;

const judgesAmong = (routers: ReadonlySet<Node>, topology: Topology): Judges =>
  new Map(
    [...new Set([...routers].flatMap((router) => router.asn ?? []))].flatMap((asn): [number, readonly Roa[]][] => {
      const roas = roasOf(asn, topology);
      return roas === undefined ? [] : [[asn, roas]];
    }),
  );

const judgeOf =
  (network: string, judges: Judges) =>
  (asn: number, origin: number): Validity =>
    validityOf(judges.get(asn) ?? [], network, origin);

const validities = (network: string, origins: ReadonlySet<number>, judges: Judges): Validity[] =>
  [...judges.keys()].flatMap((asn) =>
    [...origins].toSorted((a, b) => a - b).map((origin) => judgeOf(network, judges)(asn, origin)),
  );

/** Prefixes that some of the routers announce in place of longer ones: the prefix, and by which system. */
const aggregatesOf = (routers: ReadonlySet<Node>): (readonly [string, number])[] =>
  [...routers].flatMap((router) =>
    (bgpOf(router)?.aggregate ?? []).flatMap((prefix) =>
      router.asn === undefined ? [] : [[networkText(prefix), router.asn] as const],
    ),
  );

/** Whether a prefix is longer than another one and inside it. */
const isPartOf = (inner: string, outer: string): boolean => {
  const [part, whole] = [parsePrefix(inner), parsePrefix(outer)];
  return part !== undefined && whole !== undefined && part.length > whole.length && contains(whole, part);
};

/** What each system learns of what the others announce. */
const reachedBy = (routers: ReadonlySet<Node>, topology: Topology): Map<number | undefined, string[]> => {
  const aggregates = aggregatesOf(routers);
  const judges = judgesAmong(routers, topology);
  const isBogon = (asn: number): boolean => isBogonNumber(asn, topology);
  const reached = new Map<number | undefined, string[]>();
  const knows = (asn: number, prefix: string): boolean =>
    [...(announced.get(asn) ?? []), ...(reached.get(asn) ?? [])].some((other) => isPartOf(other, prefix));
  const announced = new Map<number, string[]>();

  const spread = (origins: ReadonlyMap<string, ReadonlySet<number>>): void => {
    const aggregatedBy = (network: string): number[] =>
      aggregates.flatMap(([prefix, asn]) => (isPartOf(network, prefix) ? [asn] : []));
    // Prefixes of the same origins that everybody treats alike go the same ways.
    const groups = Map.groupBy([...origins], ([network, asns]) =>
      [
        ...[familyOf(network), ...[...asns].toSorted((a, b) => a - b), ...validities(network, asns, judges)],
        ...[crossesBorders(network, topology), ...aggregatedBy(network)],
      ].join(' '),
    );
    for (const group of groups.values()) {
      const [network = '', asns = new Set<number>()] = group[0] ?? [];
      const best = bestRoutes([...asns], routers, topology, familyOf(network), {
        judge: judgeOf(network, judges),
        crosses: crossesBorders(network, topology),
        aggregatedBy: aggregatedBy(network),
        isBogon,
      });
      for (const [asn, route] of best ?? []) {
        if (route.from === 'own') continue;
        reached.set(asn, [...(reached.get(asn) ?? []), ...group.map(([prefix]) => prefix)]);
      }
    }
    for (const [network, asns] of origins)
      for (const asn of asns) announced.set(asn, [...(announced.get(asn) ?? []), network]);
  };

  const origins = new Map<string, Set<number>>();
  for (const router of routers)
    for (const network of networksOf(router))
      if (router.asn !== undefined) origins.set(network, (origins.get(network) ?? new Set()).add(router.asn));
  spread(origins);
  // An aggregate is there while something inside is known, which may be another one: the longest first.
  const lengths = Map.groupBy(aggregates, ([prefix]) => Number(prefix.split('/')[1]));
  for (const [, alike] of [...lengths].toSorted(([a], [b]) => b - a)) {
    const known = alike.filter(([prefix, asn]) => knows(asn, prefix) && origins.get(prefix)?.has(asn) !== true);
    spread(
      new Map(
        [...Map.groupBy(known, ([prefix]) => prefix)].map(([prefix, all]) => [
          prefix,
          new Set(all.map(([, asn]) => asn)),
        ]),
      ),
    );
  }
  return reached;
};

/**
 * Whether all routers of a system hear of the same things: by iBGP where every session is automatic, or because each has
 * sessions with the same other systems and none inside, as the spines of a fabric (RFC 7938).
 */
const isEven = (routers: readonly Node[], topology: Topology): boolean => {
  if (routers.every((router) => bgpOf(router)?.neighbors === 'auto')) return true;
  const views = routers.map((router) => {
    const sessions = sessionsOf(router, topology);
    const inside = sessions.some(({ internal, peer }) => internal || peer === undefined);
    return inside ? undefined : [...new Set(sessions.map(({ asn, family }) => `${asn} ${family}`))].toSorted().join();
  });
  return views.every((view) => view !== undefined && view === views[0]);
};

const computed = new WeakMap<Topology, Part[]>();

/** The part of the lab's BGP that a router belongs to. Worked out once for each part. */
const partOf = (node: Node, topology: Topology): Part => {
  const parts = computed.get(topology) ?? [];
  computed.set(topology, parts);
  const own = nodeNamed(topology, node.name) ?? node;
  const known = parts.find((part) => part.routers.has(own));
  if (known !== undefined) return known;
  const routers = new Set([own]);
  for (const router of routers) {
    for (const { peer } of sessionsOf(router, topology)) if (peer !== undefined) routers.add(peer);
  }
  const part = {
    routers,
    reached: reachedBy(routers, topology),
    even: [...Map.groupBy(routers, (router) => router.asn).values()].every((system) => isEven(system, topology)),
  };
  parts.push(part);
  return part;
};

/** Networks of other systems that the router must have learnt: those that the policy lets come this far. */
export const foreignNetworks = (node: Node, topology: Topology): string[] => {
  const { even, reached, routers } = partOf(node, topology);
  // A router that announces the whole tells those of its own system nothing of the parts either.
  const own = aggregatesOf(routers).filter(([, asn]) => asn === node.asn);
  const networks = even ? (reached.get(node.asn) ?? []) : [];
  return networks.filter((network) => !own.some(([prefix]) => prefix === network || isPartOf(network, prefix)));
};

/** The probes of one BGP router. */
export const bgpProbes = (node: Node, topology: Topology): Probe[] => [
  ...sessionProbes(node, topology),
  ...routesProbe(node, 'BGP', foreignNetworks(node, topology), topology),
];
