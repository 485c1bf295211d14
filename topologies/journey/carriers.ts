/**
 * Between the phone and the cloud: two carriers of the home country, two transit carriers, an exchange point, and the
 * forbidden kingdom. The cloud's borders, which pay T2 and the kingdom, are in region.ts.
 */
import type { Part } from './part.ts';

/** A router of a carrier's inside: OSPF, watched by BFD. */
const inner = (asn: number, title: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  kind: 'router',
  title,
  asn,
  ospf: {},
  bfd: {},
  ...rest,
});
const reflector = { bgp: { reflector: true } };
/** The border to area 1, a stub: the city's routers need no map of the country. */
const areaBorder = { ospf: { areas: { 1: { type: 'stub' } } } };
/** Costs by bandwidth: at 10 Gbit/s of reference a line of 100 Mbit/s costs 100, and one without a rate 10. */
const byBandwidth = { ospf: { 'reference-bandwidth': '10gbit' } };

/** 大唐, carrier A: a backbone of four with two reflectors, and a stub area of the city, where no router speaks BGP. */
const tangA: Part = {
  nodes: {
    a1: inner(65001, 'A1 · core of Tang A', { bgp: {} }),
    a2: inner(65001, 'A2 · border of Tang A', {
      bgp: {
        networks: ['198.51.100.0/24', '2001:db8:a::/48'],
        policy: { avoid: [65666], communities: { 65030: ['65030:4:65666'] } },
      },
    }),
    a3: inner(65001, 'A3 · reflector and area border', { ...reflector, ...areaBorder }),
    a4: inner(65001, 'A4 · reflector and area border', reflector),
    a5: inner(65001, 'A5 · aggregation of the city'),
    a6: inner(65001, 'A6 · access in the city'),
    palace: { kind: 'host', title: '长安宫 · 李世民' },
  },
  // The way to the border is short, the way to the city has two equal halves.
  links: [
    { endpoints: ['a1', 'a2'], prefix4: '198.51.100.4/30' },
    ['a1', 'a3'],
    ['a1', 'a4'],
    ['a2', 'a3'],
    ['a2', 'a4'],
    { endpoints: ['a3', 'a5'], area: 1 },
    { endpoints: ['a4', 'a5'], area: 1 },
    { endpoints: ['a5', 'a6'], area: 1 },
    { endpoints: ['a6', 'palace'], prefix4: '198.51.100.128/25', prefix6: '2001:db8:a:1::/64', area: 1 },
  ],
};

/** 大唐, carrier B: built alike, with one border for the transit and another one at the exchange point. No wishes. */
const tangB: Part = {
  nodes: {
    b1: inner(65002, 'B1 · border of Tang B to transit', { bgp: {} }),
    b2: inner(65002, 'B2 · border of Tang B at the exchange', {
      ...byBandwidth,
      bgp: { networks: ['192.0.2.0/24', '2001:db8:b::/48'] },
    }),
    b3: inner(65002, 'B3 · reflector and area border', { ...reflector, ...areaBorder }),
    b4: inner(65002, 'B4 · reflector and area border', { ...reflector, ...byBandwidth }),
    b5: inner(65002, 'B5 · aggregation of the city'),
    b6: inner(65002, 'B6 · access in the city'),
    trader: { kind: 'host', title: '商人 · a customer of Tang B', trust: true },
  },
  // One line is old, and its bandwidth makes it cost as much as ten others.
  links: [
    ['b1', 'b2'],
    ['b1', 'b3'],
    ['b1', 'b4'],
    ['b2', 'b3'],
    { endpoints: ['b2', 'b4'], rate: '100mbit' },
    { endpoints: ['b3', 'b5'], area: 1 },
    { endpoints: ['b4', 'b5'], area: 1 },
    { endpoints: ['b5', 'b6'], area: 1 },
    { endpoints: ['b6', 'trader'], prefix4: '192.0.2.0/25', prefix6: '2001:db8:b:1::/64', area: 1 },
  ],
};

const router = (asn: number, title: string, rest: Readonly<Record<string, unknown>>) => ({
  kind: 'router',
  title,
  asn,
  ...rest,
});

/** The countries on the way: two transit carriers, and the exchange point, where systems meet at a route server. */
const abroad: Part = {
  nodes: {
    c1: router(65010, 'C1 · transit T1', { ospf: {}, bgp: {} }),
    c2: router(65010, 'C2 · transit T1', { ospf: {}, bgp: { networks: ['198.18.10.0/24', '2001:db8:10::/48'] } }),
    d1: router(65020, 'D1 · transit T2', { bgp: { networks: ['198.18.20.0/24', '2001:db8:20::/48'] } }),
    ix: { kind: 'switch', title: '互市 · exchange point' },
    rs: router(65030, 'route server', { bgp: { 'route-server': true } }),
    // 灭法国 lies on the shortest way, and arrests monks.
    f1: router(65666, '灭法国 · the forbidden kingdom', { bgp: { networks: ['198.18.66.0/24', '2001:db8:666::/48'] } }),
  },
  links: [
    ['c1', 'c2'],
    // Between systems. The end that says customer pays; peers pay each other nothing.
    [{ node: 'a2', relation: 'customer' }, 'c1'],
    [{ node: 'b1', relation: 'customer' }, 'c2'],
    [{ node: 'c2', relation: 'peer' }, 'd1'],
    [{ node: 'f1', relation: 'customer' }, 'd1'],
    // The exchange point: everybody speaks with the route server only.
    { endpoints: ['rs', 'ix'], prefix4: '198.18.30.0/24', prefix6: '2001:db8:30::/64' },
    ['a2', 'ix'],
    ['b2', 'ix'],
    ['f1', 'ix'],
  ],
};

export const carriers: readonly Part[] = [tangA, tangB, abroad];
