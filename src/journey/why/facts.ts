/** What a node and its routing daemons say about the route to one address: plain data, and how FRR's JSON becomes it. */
import { type Raw, number, parsed, raw, raws, text } from './json.ts';
import type { Refused } from './origins.ts';

export interface Hop {
  readonly via?: string | undefined;
  readonly dev?: string | undefined;
  /** The node that owns `via`. */
  readonly node?: string | undefined;
}

/** The kernel's own answer for a packet of the node's own. */
export interface KernelRoute {
  /** `unicast`, `local`, … */
  readonly type: string;
  readonly prefix: string;
  /** Who put it there, by rt_protos. */
  readonly protocol: string;
  readonly metric: number;
  readonly source?: string | undefined;
  /** All next hops of the entry. */
  readonly hops: readonly Hop[];
  /** The one that this packet takes. */
  readonly chosen: Hop;
}

/** An entry of zebra's table for the prefix; those that lost are there too. */
export interface RibEntry {
  readonly prefix: string;
  readonly protocol: string;
  /** Between protocols the smaller distance wins, inside one the smaller metric. */
  readonly distance: number;
  readonly metric: number;
  readonly selected: boolean;
  readonly uptime: string;
  /** As the protocol gave them; a next hop that is not a neighbour is `recursive`. */
  readonly hops: readonly (Hop & { readonly recursive: boolean })[];
}

/** A path that bgpd has for the prefix. */
export interface Candidate {
  readonly best: boolean;
  /** Beside the best one in the kernel, for being equal to it. */
  readonly multipath: boolean;
  readonly valid: boolean;
  /** AS numbers, the neighbour first; empty where the own system originates it. */
  readonly path: readonly number[];
  /** Counts a set once (RFC 4271, 9.1.2.2 a). */
  readonly pathLength: number;
  readonly weight: number;
  readonly localPreference: number;
  readonly origin: string;
  readonly med: number;
  readonly from: 'own' | 'internal' | 'external';
  /** Address of the peer, and its host name as it says. */
  readonly peer: string;
  readonly peerName?: string | undefined;
  readonly routerId: string;
  readonly nextHop?: string | undefined;
  /** The interior cost to the next hop. */
  readonly cost: number;
  readonly clusters: number;
  readonly communities: readonly string[];
  /** Where the router asks an RPKI cache: `valid`, `invalid` or `not found` (RFC 6811). */
  readonly validity?: string | undefined;
}

export interface BgpView {
  readonly prefix: string;
  /** FRR's word for the last comparison that the best path won. */
  readonly reason?: string | undefined;
  readonly candidates: readonly Candidate[];
}

export interface OspfView {
  readonly cost: number;
  readonly area?: string | undefined;
  /** `intra-area`, `inter-area`, `external type 2`, … */
  readonly type: string;
  readonly hops: readonly Hop[];
}

/** One router of the way that the packet takes: its interface, and what is left of the metric there. */
export interface Step {
  readonly node: string;
  readonly dev?: string | undefined;
  readonly protocol?: string | undefined;
  readonly metric?: number | undefined;
}

export interface Why {
  readonly node: string;
  readonly address: string;
  /** Nodes that own the address. */
  readonly owners: readonly string[];
  /** Undefined where the kernel has no route, or one that refuses. */
  readonly kernel: KernelRoute | undefined;
  readonly rib: readonly RibEntry[];
  readonly bgp?: BgpView | undefined;
  /** Paths to the address that a router with RPKI heard and did not take. */
  readonly refused?: readonly Refused[] | undefined;
  readonly ospf?: OspfView | undefined;
  /** Node by node, by each node's own kernel, to the owner of the address or as far as it leads. */
  readonly way: readonly Step[];
}

/** `show ip route ADDRESS json` of zebra. */
export const readRib = (answer: string | undefined): RibEntry[] =>
  Object.entries(parsed(answer)).flatMap(([prefix, entries]) =>
    raws(entries).map((entry): RibEntry => ({
      prefix,
      protocol: text(entry['protocol']) ?? 'unknown',
      distance: number(entry['distance']),
      metric: number(entry['metric']),
      selected: entry['selected'] === true,
      uptime: text(entry['uptime']) ?? '',
      hops: raws(entry['nexthops'])
        // What a next hop resolves to follows it; the kernel's own entry says that.
        .filter((hop) => hop['resolver'] !== true)
        .map((hop) => ({
          via: text(hop['ip']),
          dev: text(hop['interfaceName']),
          recursive: hop['recursive'] === true,
        })),
    })),
  );

/** FRR says `not used` while it has heard no cache. */
const judged = (state: string | undefined): string | undefined => (state === 'not used' ? undefined : state);

const readCandidate = (path: Raw): Candidate => {
  const peer = raw(path['peer']);
  const [hop = {}] = raws(path['nexthops']);
  const aspath = raw(path['aspath']);
  const bestpath = raw(path['bestpath']);
  const type = text(peer['type']);
  const words = ['community', 'largeCommunity'].flatMap((name) => raw(path[name])['list']).flat();
  return {
    best: bestpath['overall'] === true,
    multipath: path['multipath'] === true,
    valid: path['valid'] === true,
    path: raws(aspath['segments']).flatMap((segment) =>
      Array.isArray(segment['list']) ? segment['list'].map(Number) : [],
    ),
    pathLength: number(aspath['length']),
    weight: number(path['weight']),
    localPreference: number(path['locPrf'], 100),
    origin: text(path['origin']) ?? 'incomplete',
    med: number(path['metric']),
    from: path['sourced'] === true || path['local'] === true ? 'own' : type === 'internal' ? 'internal' : 'external',
    peer: text(peer['peerId']) ?? '',
    peerName: text(peer['hostname']),
    routerId: text(path['originatorId']) ?? text(peer['routerId']) ?? '',
    nextHop: text(hop['ip']),
    cost: number(hop['metric']),
    clusters: Array.isArray(raw(path['clusterList'])['list'])
      ? (raw(path['clusterList'])['list'] as unknown[]).length
      : 0,
    communities: words.filter((word) => typeof word === 'string'),
    validity: judged(text(path['rpkiValidationState'])),
  };
};

/** `show bgp ipv4 unicast ADDRESS json` of bgpd; undefined where it has no path. The best one comes first. */
export const readBgp = (answer: string | undefined): BgpView | undefined => {
  const said = parsed(answer);
  const paths = raws(said['paths']);
  if (paths.length === 0) return undefined;
  return {
    prefix: text(said['prefix']) ?? '',
    reason: paths.flatMap((path) => text(raw(path['bestpath'])['selectionReason']) ?? [])[0],
    candidates: paths.map(readCandidate).toSorted((a, b) => Number(b.best) - Number(a.best)),
  };
};

const ospfTypes: Readonly<Record<string, string>> = {
  N: 'intra-area',
  'N IA': 'inter-area',
  'N E1': 'external type 1',
  'N E2': 'external type 2',
  'N N1': 'NSSA external type 1',
  'N N2': 'NSSA external type 2',
};

/** `show ip ospf route json` of ospfd, and `show ipv6 ospf6 route detail json` of ospf6d: the entry of a prefix. */
export const readOspf = (answer: string | undefined, prefix: string): OspfView | undefined => {
  const said = parsed(answer);
  const entry = raw(raw(said['routes'])[prefix] ?? said[prefix]);
  if (Object.keys(entry).length === 0) return undefined;
  const hops = raws(entry['nexthops'] ?? entry['nextHops']).map((hop): Hop => {
    const via = text(hop['ip'] ?? hop['nextHop']);
    return {
      via: via === '::' ? undefined : via,
      dev: text(hop['via'] ?? hop['interfaceName'] ?? hop['directlyAttachedTo']),
    };
  });
  if (said['routes'] !== undefined)
    return {
      cost: number(entry['metricType']) === 2 ? number(entry['metricCostE2']) : number(entry['metricCost']),
      area: text(entry['associatedArea']),
      type: (text(entry['pathType']) ?? 'unknown').toLowerCase(),
      hops,
    };
  const type = text(entry['routeType']) ?? '';
  return {
    cost: number(type.endsWith('2') ? entry['type2cost'] : undefined, number(entry['cost'])),
    area: text(entry['area']),
    type: ospfTypes[type] ?? type,
    hops,
  };
};
