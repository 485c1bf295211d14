/**
 * The physical network of a region, from the borders down to the racks: firewall, core, aggregation in each zone, access
 * in each rack, a stack that servers see as one switch. Above the servers it is routed throughout, by eBGP alone with private numbers (RFC 7938), every link watched by BFD, and
 * equal paths are all used.
 */
import { type LinkEntry, type Part, upTo } from './part.ts';
import {
  type Region,
  beside,
  bordersOf,
  cloud,
  firewallOf,
  gatewaysOf,
  publicPrefixes,
  rackNetwork,
  racksOf,
  serviceAddress,
  systemOf,
} from './plan.ts';

/** VXLAN adds 50 octets to a frame (RFC 7348); below the firewall all links carry that. */
export const fabricMtu = 1600;

/**
 * A router of the fabric. Those beside each other share a number but no link, so sessions are those with the layer below,
 * which each asks for. Towards the cloud and each other they have no relation as carriers have, and tell everything.
 */
const router = (
  title: string,
  asn: number,
  below: readonly string[],
  rest: Readonly<Record<string, unknown>> = {},
) => ({
  kind: 'router',
  title,
  asn,
  bfd: {},
  bgp: { neighbors: 'none', peers: below.map((node) => ({ node })), 'ebgp-requires-policy': false },
  ...rest,
});

/** What strangers may reach: the shop over TLS, and pings. More than 500 new connections a second are asked for a token. */
const published = (region: Region) => ({
  firewall: {
    outside: bordersOf(region).length === 1 ? bordersOf(region)[0] : bordersOf(region),
    allow: [
      { to: serviceAddress(region), ports: 443, 'syn-rate': 500 },
      { to: serviceAddress(region), protocol: 'icmp' },
      ...gatewaysOf(region).map(({ address6 }) => ({ to: address6, protocol: 'icmp' })),
    ],
  },
});

const everyPair = (above: readonly string[], below: readonly string[], mtu = 1500): LinkEntry[] =>
  above.flatMap((upper) => below.map((lower) => ({ endpoints: [upper, lower], mtu })));

/**
 * The border routers: of the cloud's own system, and open to the fabric below. The world is told of the region's whole
 * prefix, while something in it is there.
 */
const borders = (region: Region): Part => ({
  nodes: Object.fromEntries(
    bordersOf(region).map((name, index) => [
      name,
      {
        kind: 'router',
        title: region.full
          ? (['灵山脚下 · cloud border', '灵山后门 · second cloud border'][index] ?? name)
          : `${region.title} · cloud border`,
        asn: cloud,
        ospf: {},
        bfd: {},
        bgp: { aggregate: publicPrefixes(region), 'ebgp-requires-policy': false },
      },
    ]),
  ),
});

/** Firewall and core; in a small region one machine is both. */
const upper = (region: Region): Part => {
  const cores = beside(region, 'core');
  const below = region.full ? upTo(region.zones).flatMap((zone) => beside(region, 'agg', zone)) : beside(region, 'acc');
  const guard = firewallOf(region);
  return {
    nodes: {
      ...(region.full
        ? {
            [guard]: router(
              '南天门 · firewall',
              systemOf(region, 'firewall'),
              [...bordersOf(region), ...cores],
              published(region),
            ),
          }
        : {}),
      ...Object.fromEntries(
        cores.map((name) => [
          name,
          region.full
            ? router(`核心层 · core ${name.replace('core', '')}`, systemOf(region, 'core'), below)
            : router(
                `${region.title} · core and firewall`,
                systemOf(region, 'core'),
                [...bordersOf(region), ...below],
                published(region),
              ),
        ]),
      ),
    },
    links: [
      ...everyPair(bordersOf(region), [guard]),
      ...(region.full ? everyPair([guard], cores) : []),
      ...everyPair(cores, below, fabricMtu),
    ],
  };
};

/** The aggregation of each zone, a pair of its own. */
const aggregation = (region: Region): Part => {
  const zones = region.full ? upTo(region.zones) : [];
  const accessOf = (zone: number): string[] =>
    racksOf(region).flatMap((rack) => (rack.zone === zone ? beside(region, 'acc', rack.number) : []));
  return {
    nodes: Object.fromEntries(
      zones.flatMap((zone) =>
        beside(region, 'agg', zone).map((name) => [
          name,
          router(`汇聚层 · aggregation of zone ${zone}`, systemOf(region, 'aggregation', zone), accessOf(zone)),
        ]),
      ),
    ),
    links: zones.flatMap((zone) => everyPair(beside(region, 'agg', zone), accessOf(zone), fabricMtu)),
  };
};

/** The access layer of each rack, a stack: the servers' prefix is its own, and both members are the servers' gateway. */
const access = (region: Region): Part => ({
  nodes: Object.fromEntries(
    racksOf(region).flatMap(({ number, zone }) =>
      beside(region, 'acc', number).map((name) => [
        name,
        {
          kind: 'stack',
          title: region.full ? `接入层 · access of rack ${number}, zone ${zone}` : `${region.title} · access`,
          stack: `rack${number}${region.suffix}`,
          gateway: `${rackNetwork(region, number)}.1/24`,
          asn: systemOf(region, 'access', number),
          bfd: {},
          bgp: { networks: [`${rackNetwork(region, number)}.0/24`], 'ebgp-requires-policy': false },
        },
      ]),
    ),
  ),
  links: racksOf(region).flatMap(({ number }) => {
    const [first = '', ...others] = beside(region, 'acc', number);
    return others.map((second) => ({ endpoints: [first, second], mtu: fabricMtu }));
  }),
});

/** The physical network of a region. */
export const fabric = (region: Region): Part[] => [borders(region), upper(region), aggregation(region), access(region)];
