/** What must be true in the lab, whatever its size. */
import { ring } from './backbone.ts';
import type { Entry } from './part.ts';
import {
  type Region,
  beside,
  balancersOf,
  firewallOf,
  gatewaysOf,
  privateNetwork,
  publicPrefixes,
  rackNetwork,
  racksOf,
  serviceAddress,
} from './plan.ts';
import { strangersIn } from './vpc.ts';

type Checks = readonly Entry[];

/** The body of an order. */
export const body = '{"order":{"date":"2018-07-01","className":"趣谈网络协议","Author":"刘超","price":"68"}}';

/** An order, as curl places it; the answer's status is the last word of the output. */
const order = (domain: string): string[] => [
  ...[
    'curl',
    '--silent',
    '--show-error',
    '--max-time',
    '5',
    '--cacert',
    '/etc/xiyou/ca.crt',
    '--write-out',
    ' %{http_code}',
  ],
  ...['--header', 'Content-Type: application/json', '--data', body, `https://${domain}/purchaseOrder`],
];

const phone: Checks = [
  { name: 'the phone has attached', from: 'phone', run: ['ue', 'status'], expect: 'registered' },
  {
    name: 'the phone reaches its default gateway through both tunnels',
    from: 'phone',
    run: ['ping', '-c', '1', '-W', '1', '10.45.0.1'],
  },
];

/** Without the policy, and with it: what the exchange point offers Tang A, what Tang A takes, what Tang B does. */
const policy: Checks = [
  {
    name: 'the shortest AS path leads through the kingdom',
    from: 'a2',
    run: ['vtysh', '-c', 'show bgp ipv4 unicast neighbors 198.18.30.1 received-routes'],
    expect: '65666 65040 i',
  },
  {
    name: 'Tang A takes the longer one through the two transits',
    at: 'a1',
    has: '203.0.113.0/24',
    'as-path': [65010, 65020, 65040],
  },
  { name: 'and over IPv6 it does too', at: 'a1', has: '2001:db8:113::/48', 'as-path': [65010, 65020, 65040] },
  {
    name: 'Tang B without that policy goes through the kingdom',
    at: 'b1',
    has: '203.0.113.0/24',
    'as-path': [65666, 65040],
  },
  {
    name: 'the answers to Tang A keep away from it too',
    at: 'border',
    has: '198.51.100.0/24',
    'as-path': [65020, 65010, 65001],
  },
  {
    name: 'the cloud carries nobody from one provider to the other',
    at: 'f1',
    has: '198.18.20.0/24',
    'as-path': [65020],
  },
];

/** The same with packets, from the phone to the shop and back. */
const ways = (main: Region): Checks => [
  {
    name: 'an order from the phone goes round the kingdom, and so does its answer',
    from: 'phone',
    run: order(main.domain),
    passes: ['nat', 'a1', 'a2', 'c1', 'c2', 'd1', 'border', 'firewall'],
    avoids: ['f1'],
    back: { passes: ['firewall', 'border', 'd1', 'c2', 'c1', 'a2', 'a1', 'nat'], avoids: ['f1'] },
  },
  { name: 'a merchant of Tang B places his order too', from: 'trader', run: order(main.domain), expect: '201' },
  {
    name: 'and that one crosses the kingdom',
    from: 'trader',
    run: order(main.domain),
    passes: ['b6', 'b5', 'b2', 'f1', 'border2', 'firewall'],
    avoids: ['a2', 'c1'],
  },
  { name: 'the emperor in his city reaches the cloud over IPv6', from: 'palace', to: gatewaysOf(main)[0]?.address6 },
];

const carriers: Checks = [
  {
    name: 'the core has its neighbours',
    at: 'a1',
    protocol: 'ospf',
    state: 'full',
    neighbors: ['a2', 'a3', 'a4'],
    count: 3,
  },
  { name: 'and they are watched', at: 'a1', protocol: 'bfd', state: 'up', neighbors: ['a2', 'a3', 'a4'] },
  { name: 'one half of the way into the city leads by A3', at: 'a1', has: '198.51.100.128/25', 'next-hop': 'a3' },
  { name: 'and one of equal cost by A4', at: 'a1', has: '198.51.100.128/25', 'next-hop': 'a4' },
  { name: 'the city knows nothing of the world but the way out', at: 'a6', lacks: '203.0.113.0/24' },
  { name: 'the old line of Tang B is gone round', at: 'b4', has: '198.18.30.0/24', 'next-hop': 'b1' },
];

/** The physical network of the main region, and the gate before it. */
const fabric = (main: Region): Checks => {
  const cores = beside(main, 'core');
  const racks = racksOf(main);
  const last = racks.at(-1)?.number ?? 1;
  return [
    { name: 'an order is answered over HTTPS', from: 'phone', run: order(main.domain), expect: '201' },
    {
      name: 'the firewall speaks with borders and core',
      at: firewallOf(main),
      protocol: 'bgp',
      state: 'established',
      neighbors: ['border', 'border2', ...cores],
    },
    ...cores.map((core) => ({
      name: `${core} knows a way to the last rack`,
      at: core,
      has: `${rackNetwork(main, last)}.0/24`,
      protocol: 'bgp',
    })),
    ...beside(main, 'agg').map((next) => ({
      name: `the first rack reaches the world by ${next}`,
      at: beside(main, 'acc')[0] ?? '',
      has: '198.51.100.0/24',
      'next-hop': next,
    })),
    ...gatewaysOf(main).flatMap((gateway) =>
      balancersOf(main).map((balancer) => ({
        name: `${gateway.name} hears of the shop from ${balancer.name}`,
        at: gateway.name,
        has: `${serviceAddress(main)}/32`,
        'next-hop': balancer.name,
      })),
    ),
    ...cores.map((core) => ({
      name: `${core} knows where the shop is`,
      at: core,
      has: `${serviceAddress(main)}/32`,
      protocol: 'bgp',
    })),
    { name: 'the world hears nothing of the racks', at: 'd1', lacks: `${rackNetwork(main, 1)}.0/24` },
    { name: 'nor of the private numbers of the fabric', at: 'd1', has: '203.0.113.0/24', 'as-path': [65040] },
    {
      name: 'a door that is not published is shut',
      from: 'trader',
      to: serviceAddress(main),
      protocol: 'tcp',
      port: 22,
      is: 'blocked',
    },
    { name: 'the published one is open', from: 'trader', to: serviceAddress(main), protocol: 'tcp', port: 443 },
  ];
};

/** Each other region, and the ring that joins them. */
const others = (regions: readonly Region[]): Checks => {
  const around = ring(regions);
  return regions.slice(1).flatMap((region) => {
    const border = around.find((name) => name === `border${region.suffix}`) ?? '';
    const at = around.indexOf(border);
    return [
      { name: `${region.title} takes orders too`, from: 'trader', run: order(region.domain), expect: '201' },
      {
        name: `${region.title} is part of the ring`,
        at: border,
        protocol: 'ospf',
        state: 'full',
        neighbors: [around[at - 1], around[at + 1]],
      },
      {
        name: `the world reaches ${region.title} through the cloud`,
        at: 'd1',
        has: publicPrefixes(region)[0],
        'as-path': [65040],
      },
    ];
  });
};

/** Same addresses, other machines. */
const tenants = (main: Region): Checks =>
  strangersIn(main).map(({ title, lord, servant }) => ({
    name: `at the balancer's address in ${title} sits ${lord[1]}`,
    from: servant[0],
    http: `http://${privateNetwork(main)}.11:443/`,
    body: lord[1],
  }));

export const checks = (regions: readonly Region[]): Checks =>
  regions
    .slice(0, 1)
    .flatMap((main) => [
      ...phone,
      ...policy,
      ...ways(main),
      ...carriers,
      ...fabric(main),
      ...others(regions),
      ...tenants(main),
    ]);
