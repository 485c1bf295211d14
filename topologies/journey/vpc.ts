/**
 * The virtual network of a region: hypervisors in the racks, and on them gateways, balancers and the Controllers of the shop
 * in a private network of their own. The hypervisors' addresses are all that the physical network knows, and the address at
 * which orders are taken, while a balancer stands behind it.
 */
import { fabricMtu } from './fabric.ts';
import type { LinkEntry, Part } from './part.ts';
import {
  type Region,
  balancedAddress,
  balancersOf,
  beside,
  controllersOf,
  gatewaysOf,
  privateNetwork,
  rackNetwork,
  racksOf,
  serviceAddress,
} from './plan.ts';

/** Letters of the hypervisors, and their titles; g and h are those of the gateways. */
const cabinets = 'abcdefijkl'
  .split('')
  .map((letter, index) => ({ letter, title: `柜${'甲乙丙丁戊己庚辛壬癸'[index] ?? ''}` }));

/** The hypervisors for tenants, in their order: the racks take them in turn. */
export const computesOf = ({ computes, full, suffix }: Region): string[] =>
  full ? cabinets.slice(0, computes).map(({ letter }) => `host-${letter}`) : [`host${suffix}`];

/** The hypervisors of the gateways, one for each; a small region has but one hypervisor. */
const gatewayHosts = (region: Region): string[] =>
  region.full ? gatewaysOf(region).map((_, index) => `host-${'gh'[index] ?? ''}`) : computesOf(region);

const networkOf = ({ suffix }: Region): string => `lingshan${suffix}`;

/** The first VXLAN network identifier of a region; each tenant has one. */
const firstIdentifier = ({ number }: Region): number => 5001 + number * 100;

/** A machine on a hypervisor, with its address in a network; `short` is what the hypervisor calls its port, without the region. */
const machine = (
  { suffix }: Region,
  host: string,
  { node, ...end }: Readonly<Record<string, unknown>> & { readonly node: string },
  network: string,
): LinkEntry => ({
  endpoints: [
    { node, ...end },
    { node: host, interface: `to-${suffix === '' ? node : node.replace(suffix, '')}` },
  ],
  network,
});

/** The racks' machines, each bonded to its stack. */
const hypervisors = (region: Region): Part => {
  const racks = racksOf(region);
  const gates = region.full ? gatewayHosts(region) : [];
  const placed = [
    ...gates.map((name, index) => ({
      name,
      title: `柜 · hypervisor of ${gatewaysOf(region)[index]?.name ?? ''}`,
      rack: gatewaysOf(region)[index]?.rack ?? 1,
      address: 31 + index,
    })),
    ...computesOf(region).map((name, index) => ({
      name,
      title: region.full
        ? `${cabinets[index]?.title ?? ''} · hypervisor ${cabinets[index]?.letter.toUpperCase() ?? ''}`
        : `${region.title} · hypervisor`,
      rack: racks[index % racks.length]?.number ?? 1,
      address: 11 + index,
    })),
  ];
  return {
    nodes: Object.fromEntries(placed.map(({ name, title }) => [name, { kind: 'hypervisor', title }])),
    links: placed.flatMap(({ name, rack, address }) => {
      const stack = beside(region, 'acc', rack);
      const bond = stack.length === 1 ? {} : { bond: 'bond0' };
      return stack.map((member, index) => ({
        endpoints: [
          {
            node: name,
            ...bond,
            ...(index === 0 ? { addresses: [`${rackNetwork(region, rack)}.${address}/24`] } : {}),
          },
          { node: member, interface: `to-${region.full ? name : 'host'}` },
        ],
        mtu: fabricMtu,
      }));
    }),
  };
};

/** Speaks BGP with those that ask, openly: the private systems have no relation to each other. */
const speaks = (asn: number, peers: readonly string[]) => ({
  gateway: 'none',
  asn,
  bfd: {},
  bgp: { neighbors: 'none', peers: peers.map((node) => ({ node })), 'ebgp-requires-policy': false },
});

/** Where the shop's machines are: balancers and Controllers on different hypervisors, and each kind in both zones. */
const places = (region: Region): { readonly balancers: readonly string[]; readonly controllers: readonly string[] } => {
  const hosts = computesOf(region);
  const at = (index: number): string => hosts[Math.max(0, Math.min(index, hosts.length - 1))] ?? '';
  return { balancers: [at(0), at(hosts.length - 1)], controllers: [at(1), at(hosts.length - 2)] };
};

/**
 * The gateways: each is linked to its rack's stack, and tells it of the balancers' address. What comes for that is translated
 * to the private one without state, so it is all the same which of them a packet meets.
 */
const gates = (region: Region): Part => {
  const hosts = gatewayHosts(region);
  const all = gatewaysOf(region);
  const balancers = balancersOf(region).map(({ name }) => name);
  return {
    nodes: Object.fromEntries(
      all.map(({ name, asn, rack, address6 }, index) => {
        const stack = beside(region, 'acc', rack);
        const { bgp, ...rest } = speaks(asn, [...stack, ...balancers]);
        return [
          name,
          {
            kind: 'gateway',
            title: region.full
              ? (['山门 · virtual gateway', '凌云渡 · second virtual gateway'][index] ?? name)
              : `${region.title} · virtual gateway`,
            ...rest,
            loopback: [`${address6}/128`],
            bgp: { ...bgp, networks: [`${address6}/128`] },
            nat: { stateless: [{ address: serviceAddress(region), to: balancedAddress(region), out: stack }] },
          },
        ];
      }),
    ),
    links: all.flatMap(({ name, rack, inside }, index) => [
      ...beside(region, 'acc', rack).map((member): LinkEntry => ({
        endpoints: [{ node: member, interface: `to-${region.full ? name : 'gateway'}` }, name],
        mtu: fabricMtu,
      })),
      machine(
        region,
        hosts[index] ?? '',
        { node: name, interface: 'vpc', addresses: [`${inside}/24`] },
        networkOf(region),
      ),
    ]),
  };
};

/** The shop: balancers that have its address while they can serve it, and the Controllers behind them. */
const shop = (region: Region): Part => {
  const { domain, full, title } = region;
  const network = networkOf(region);
  const controllers = controllersOf(region);
  const hosts = places(region);
  return {
    hosts: { [domain]: serviceAddress(region) },
    networks: { [network]: { vni: firstIdentifier(region), prefix4: `${privateNetwork(region)}.0/24` } },
    nodes: {
      ...Object.fromEntries(
        balancersOf(region).map(({ name, asn }, index) => [
          name,
          {
            kind: 'host',
            title: full ? (['金顶大仙 · HAProxy', '玉真观 · the second HAProxy'][index] ?? name) : `${title} · HAProxy`,
            ...speaks(asn, []),
            trust: true,
            haproxy: {
              announce: [balancedAddress(region), serviceAddress(region)],
              frontends: [
                {
                  name: 'order',
                  port: 443,
                  check: 'https',
                  host: domain,
                  backend: controllers.map((controller) => ({ node: controller.name, port: 443 })),
                },
              ],
            },
          },
        ]),
      ),
      ...Object.fromEntries(
        controllers.map(({ name }, index) => [
          name,
          {
            kind: 'host',
            title: full
              ? (['如来 · the Controller', '燃灯 · the second Controller'][index] ?? name)
              : `${title} · Controller`,
            gateway: 'none',
            https: { names: [domain] },
          },
        ]),
      ),
    },
    links: [
      ...balancersOf(region).map(({ name, inside }, index) =>
        machine(region, hosts.balancers[index] ?? '', { node: name, addresses: [`${inside}/24`] }, network),
      ),
      ...controllers.map(({ name, inside }, index) =>
        machine(region, hosts.controllers[index] ?? '', { node: name, addresses: [`${inside}/24`] }, network),
      ),
    ],
  };
};

/** Temples and caves that look like 灵山 from outside, each with its two inhabitants. */
const strangers = [
  { name: 'thunderclap', title: '小雷音寺', lord: ['yellow-brow', '黄眉大王'], servant: ['novice', '小妖'] },
  { name: 'lion-ridge', title: '狮驼岭', lord: ['lion', '青毛狮子怪'], servant: ['roc', '大鹏金翅雕'] },
  { name: 'silk-cave', title: '盘丝洞', lord: ['spider', '蜘蛛精'], servant: ['centipede', '多目怪'] },
] as const;

/** The other tenants of a region, its shop being the first. Their lords have the balancer's address, their servants the Controller's. */
export const strangersIn = ({ tenants }: Region): readonly (typeof strangers)[number][] =>
  strangers.slice(0, tenants - 1);

const otherTenants = (region: Region): Part => {
  const inside = privateNetwork(region);
  const computes = computesOf(region);
  const others = strangersIn(region);
  return {
    networks: Object.fromEntries(
      others.map(({ name }, index) => [name, { vni: firstIdentifier(region) + index + 1, prefix4: `${inside}.0/24` }]),
    ),
    nodes: Object.fromEntries(
      others.flatMap(({ title, lord, servant }) => [
        [
          lord[0],
          {
            kind: 'host',
            title: `${lord[1]} · ${title}`,
            gateway: 'none',
            files: [{ path: '/srv/index.html', content: `${lord[1]}\n` }],
            processes: [{ name: 'web', argv: ['python3', '-m', 'http.server', '--directory', '/srv', '443'] }],
          },
        ],
        [servant[0], { kind: 'host', title: `${servant[1]} · ${title}`, gateway: 'none' }],
      ]),
    ),
    links: others.flatMap(({ name, lord, servant }) =>
      [lord, servant].map(([node], index) =>
        machine(
          region,
          computes[index % computes.length] ?? '',
          { node, addresses: [`${inside}.${index === 0 ? 11 : 20}/24`] },
          name,
        ),
      ),
    ),
  };
};

/** The virtual network of a region. */
export const vpc = (region: Region): Part[] => [hypervisors(region), gates(region), shop(region), otherTenants(region)];
