/**
 * ospfd.conf and ospf6d.conf, line by line as FRR 8.4 takes them. The two speak the same protocol for two IP versions
 * (RFC 2328, RFC 5340) and are configured alike; `dialects` holds where they differ.
 */
import type { Family } from '../../address/ip.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { detectsWith, profile } from '../bfd/profile.ts';
import { addressesIn, familyOf, networkText } from '../shared/lookup.ts';
import { bgpTag, permitted, prefixList } from '../shared/redistribute.ts';
import { areaSettings } from './areas.ts';
import { activeAreas, homeArea, ospfInterfaces } from './interfaces.ts';
import type { OspfInterface } from './interfaces.ts';
import type { OspfSettings } from './settings.ts';

interface Dialect {
  /** What a line below `interface` begins with. */
  readonly interface: string;
  readonly process: string;
  readonly routerId: string;
  /** Lines of the fast profile that only this daemon has. */
  readonly fast: readonly string[];
}

const dialects: Readonly<Record<Family, Dialect>> = {
  4: {
    interface: 'ip ospf',
    process: 'router ospf',
    routerId: 'ospf router-id',
    // The least time between two versions of an own LSA; 5 s by default (RFC 2328, MinLSInterval).
    fast: [' timers throttle lsa all 0'],
  },
  6: { interface: 'ipv6 ospf6', process: 'router ospf6', routerId: 'ospf6 router-id', fast: [] },
};

/** Equal-cost paths the router uses. */
const paths = 16;

/**
 * The fast profile. Hello and dead intervals of 1 s and 4 s instead of 10 s and 40 s. The retransmit interval of 1 s
 * instead of 5 s matters most: what a neighbour floods before the other is ready for it comes again only after it.
 */
const fastTimers = { hello: 1, dead: 4, retransmit: 1 } as const;

/** SPF runs at once, then at most every 50 to 500 ms; LSAs are taken as fast as they come. */
const fastProcess = [' timers throttle spf 0 50 500', ' timers lsa min-arrival 0'] as const;

/** Seconds: the field of a hello has 16 bits in OSPFv3 (RFC 5340, A.3.2). */
const longestDead = 65_535;

/**
 * Hello and dead interval. Less than a second between hellos goes with a dead interval of one second in ospfd, and both
 * ends must agree; ospf6d knows whole seconds only, and gets the shortest that bear the loss of one hello.
 */
const helloLines = (hello: number | undefined, dead: number | undefined, family: Family): string[] => {
  if (hello !== undefined && hello < 1)
    return family === 4
      ? [`dead-interval minimal hello-multiplier ${Math.round(1 / hello)}`]
      : ['hello-interval 1', `dead-interval ${dead ?? 2}`];
  return [
    ...(hello === undefined ? [] : [`hello-interval ${hello}`]),
    ...(dead === undefined ? [] : [`dead-interval ${dead}`]),
  ];
};

const interfaceLines = (
  node: Node,
  own: OspfInterface,
  { hello: usual }: OspfSettings,
  family: Family,
  topology: Topology,
): string[] => {
  const { settings } = own;
  const dialect = dialects[family];
  const timers = topology.timers === 'fast' ? fastTimers : undefined;
  const said = settings.hello ?? usual;
  // Where only the hello is said: four of them, as 40 s are of the standard's 10 s (RFC 2328, C.3).
  const whole = said === undefined || said < 1 ? undefined : Math.min(said * 4, longestDead);
  const dead = settings.dead ?? (said === undefined ? timers?.dead : whole);
  const active =
    own.neighbours.length === 0
      ? ['passive']
      : [
          ...(own.network === undefined ? [] : [`network ${own.network}`]),
          ...helloLines(said ?? timers?.hello, dead, family),
          ...(timers === undefined ? [] : [`retransmit-interval ${timers.retransmit}`]),
          ...(own.neighbours.every((other) => detectsWith(node, other)) ? ['bfd', `bfd profile ${profile}`] : []),
        ];
  return [
    `interface ${own.interface.name}`,
    ...[
      `area ${own.area}`,
      ...(own.cost === undefined ? [] : [`cost ${own.cost}`]),
      ...(settings.priority === undefined ? [] : [`priority ${settings.priority}`]),
      ...active,
    ].map((line) => ` ${dialect.interface} ${line}`),
  ];
};

const loopbackLines = (node: Node, topology: Topology, family: Family, dialect: Dialect): string[] =>
  addressesIn(node.loopback, family).length === 0
    ? []
    : ['interface lo', ` ${dialect.interface} area ${homeArea(node, topology)}`, ` ${dialect.interface} passive`];

/** What kind each area is; only border routers keep routes out of one and sum its own up. */
const areaLines = (node: Node, family: Family, areas: readonly string[], topology: Topology): string[] =>
  areas.flatMap((area) => {
    const settings = areaSettings(node, area, topology);
    if (settings === undefined) return [];
    const border = areas.length > 1;
    const kept = border && !settings.summaries ? ' no-summary' : '';
    return [
      ...(settings.type === 'normal' ? [] : [` area ${area} ${settings.type}${kept}`]),
      ...settings.ranges
        .filter((range) => border && familyOf(range) === family)
        .map((range) => ` area ${area} range ${networkText(range)}`),
    ];
  });

/** RIP goes by another name in IPv6. */
const sourceName = (name: string, family: Family): string => (name === 'rip' && family === 6 ? 'ripng' : name);

/** Lists and route-maps of redistribution: only what is wanted, and a tag on what comes from BGP. */
const redistributionMaps = (node: Node, settings: OspfSettings, family: Family): string[] =>
  settings.redistribute.flatMap(({ from, only }) => {
    if (!filtered({ from, only })) return [];
    const version = family === 4 ? 'ip' : 'ipv6';
    const name = `from-${from}`;
    return [
      ...(only.length === 0
        ? []
        : prefixList(name, only.map(permitted)).filter((line) => line.startsWith(`${version} `))),
      `route-map ${name} permit 10`,
      ...(only.length === 0 ? [] : [` match ${version} address prefix-list ${name}`]),
      ...(from === 'bgp' ? [` set tag ${bgpTag(node.asn)}`] : []),
    ];
  });

const filtered = ({ from, only }: { readonly from: string; readonly only: readonly string[] }): boolean =>
  from === 'bgp' || only.length > 0;

/** The lines of ospfd.conf (family 4) or ospf6d.conf (family 6). */
export const ospfLines = (node: Node, settings: OspfSettings, topology: Topology, family: Family): string[] => {
  const dialect = dialects[family];
  const fast = topology.timers === 'fast';
  const origin = settings['default-originate'];
  return [
    ...redistributionMaps(node, settings, family),
    ...loopbackLines(node, topology, family, dialect),
    ...ospfInterfaces(node, settings, topology, family).flatMap((own) =>
      interfaceLines(node, own, settings, family, topology),
    ),
    dialect.process,
    ...(node.routerId === undefined ? [] : [` ${dialect.routerId} ${node.routerId}`]),
    ' log-adjacency-changes',
    ` maximum-paths ${paths}`,
    ...(fast ? [...fastProcess, ...dialect.fast] : []),
    ...areaLines(node, family, activeAreas(node, topology), topology),
    ...settings.redistribute.map(
      ({ from, only }) =>
        ` redistribute ${sourceName(from, family)}${filtered({ from, only }) ? ` route-map from-${from}` : ''}`,
    ),
    ...(origin === undefined ? [] : [` default-information originate${origin === 'always' ? ' always' : ''}`]),
  ];
};
