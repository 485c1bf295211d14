/**
 * An Internet of n autonomous systems with their agreements (as-growth.ts): who pays whom makes the policy of all of them
 * (docs/policy.md). Each system has a prefix of its own and one router, or a ring of several with OSPF, of which the first
 * is the route reflector and the others are its borders; some systems that nobody pays have a host. Parameters: n (2 to
 * 500 systems, 10 when left out), routers (1 to 8 in each system, 1 when left out), tier1 (1 to 16 at the top, 3),
 * peerings (0 to 500 outside of the top, a fifth of n), hosts (0 to 100, 4), seed (1), timers (fast or standard), families
 * (4 for IPv4 alone; both when left out), name.
 */
import { type Agreement, grow, randomFrom } from './as-growth.ts';
import { type GeneratedFile, type Parameters, nameOf, wholeNumber } from './parameters.ts';

/** The AS number of a system: private ones (RFC 6996). */
export const numberOf = (system: number): number => 65_001 + system;

/** A system's prefixes: a /24 of 198.18.0.0/15 (RFC 2544), which has room for 512, and a /48 of 2001:db8::/32 (RFC 3849). */
export const prefixesOf = (system: number): readonly [string, string] => [
  `198.${18 + (system >> 8)}.${system & 255}.0/24`,
  `2001:db8:${(system + 1).toString(16)}::/48`,
];

/** The numbers that make a graph, read from parameters. */
const sizes = (parameters: Parameters) => {
  const n = wholeNumber(parameters, 'n', { otherwise: 10, from: 2, to: 500 });
  return {
    n,
    routers: wholeNumber(parameters, 'routers', { otherwise: 1, from: 1, to: 8 }),
    tier1: wholeNumber(parameters, 'tier1', { otherwise: Math.min(3, n), from: 1, to: Math.min(16, n) }),
    peerings: wholeNumber(parameters, 'peerings', { otherwise: Math.floor(n / 5), from: 0, to: 500 }),
    hosts: wholeNumber(parameters, 'hosts', { otherwise: 4, from: 0, to: 100 }),
    seed: wholeNumber(parameters, 'seed', { otherwise: 1, from: 0, to: 2 ** 31 }),
  };
};

/** The agreements of the lab that these parameters make. */
export const agreementsOf = (parameters: Parameters = {}): Agreement[] => {
  const { n, tier1, peerings, seed } = sizes(parameters);
  return grow({ systems: n, tier1, peerings, seed });
};

/** The systems without customers of which some get a host, in an order that the seed decides. */
const stubs = (systems: number, agreements: readonly Agreement[], seed: number): number[] => {
  const paid = new Set(agreements.flatMap(({ other, relation }) => (relation === 'customer' ? [other] : [])));
  const random = randomFrom(seed + 1);
  return Array.from({ length: systems }, (_, system) => system)
    .filter((system) => !paid.has(system))
    .map((system) => ({ system, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ system }) => system);
};

type End = Readonly<Record<string, unknown>> & { readonly node: string };

export default (parameters: Parameters = {}): GeneratedFile => {
  const { n, routers, tier1, hosts, seed } = sizes(parameters);
  const ipv4 = parameters['families'] === '4';
  const agreements = agreementsOf(parameters);
  const router = (system: number, index: number): string => `as${system + 1}${routers === 1 ? '' : `-${index + 1}`}`;
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const links: Readonly<Record<string, unknown>>[] = [];
  // Without IPv6 addresses on links and loopbacks a router speaks no OSPFv3, and no BGP over IPv6.
  const join = (left: End, right: End): void => {
    const [high, low] = [links.length >> 6, (links.length & 63) * 4];
    const end = (one: End, which: number): End =>
      ipv4 ? { ...one, addresses: [`10.${64 + (high >> 8)}.${high & 255}.${low + which}/30`] } : one;
    links.push({ endpoints: [end(left, 1), end(right, 2)] });
  };
  for (const system of range(n))
    for (const index of range(routers < 3 ? routers - 1 : routers))
      join({ node: router(system, index) }, { node: router(system, (index + 1) % routers) });
  // The borders of a system take its agreements in turn; the reflector has none.
  const taken = new Map<number, number>();
  const border = (system: number): string => {
    const count = taken.get(system) ?? 0;
    taken.set(system, count + 1);
    return router(system, routers === 1 ? 0 : 1 + (count % (routers - 1)));
  };
  for (const { one, other, relation } of agreements) join({ node: border(one), relation }, { node: border(other) });
  const homes = stubs(n, agreements, seed).slice(0, hosts);
  for (const system of homes) {
    const [four] = prefixesOf(system);
    const [node, host] = [router(system, 0), `h${system + 1}`];
    const address = (last: number): string => four.replace('.0/24', `.${last}/25`);
    links.push(
      ipv4
        ? {
            endpoints: [
              { node, addresses: [address(1)] },
              { node: host, addresses: [address(2)] },
            ],
          }
        : {
            endpoints: [node, host],
            prefix4: address(0),
            prefix6: `2001:db8:${(system + 1).toString(16)}:1::/64`,
          },
    );
  }
  const entry = (system: number, index: number): Readonly<Record<string, unknown>> => ({
    kind: 'router',
    asn: numberOf(system),
    ...(ipv4 ? { loopback: [`10.255.${(system * routers + index) >> 8}.${(system * routers + index) & 255}/32`] } : {}),
    ...(routers === 1 ? {} : { ospf: {} }),
    bgp: {
      ...(index === 0 && routers > 2 ? { reflector: true } : {}),
      ...(index === 0 ? { networks: prefixesOf(system).slice(0, ipv4 ? 1 : 2) } : {}),
    },
  });
  const pairs = homes.flatMap((system, index) => {
    const next = homes[(index + 1) % homes.length] ?? system;
    return next === system ? [] : [[`h${system + 1}`, `h${next + 1}`] as const];
  });
  return {
    name: nameOf(parameters, `as-graph-${n}-${routers}`),
    title: `An Internet of ${n} autonomous systems`,
    story: `${tier1} at the top pay nobody, everybody else pays one or two that were there before; who has many customers gets more.`,
    timers: parameters['timers'] === 'standard' ? 'standard' : 'fast',
    nodes: {
      ...Object.fromEntries(
        range(n).flatMap((system) => range(routers).map((index) => [router(system, index), entry(system, index)])),
      ),
      ...Object.fromEntries(homes.map((system) => [`h${system + 1}`, { kind: 'host' }])),
    },
    links,
    checks: pairs.flatMap(([from, to]) =>
      (ipv4 ? ([4] as const) : ([4, 6] as const)).map((ip) => ({
        name: `${from} reaches ${to} over IPv${ip}`,
        from,
        to,
        ip,
      })),
    ),
  };
};
