/**
 * The virtual network of a region: hypervisors in the racks, and on them the gateway, the balancer and the Controllers of
 * the shop in a private network of their own. The hypervisors' addresses are all that the physical network knows.
 */
import { fabricMtu, rackSwitch } from './fabric.ts';
import type { LinkEntry, Part } from './part.ts';
import { type Region, beside, privateNetwork, rackNetwork, racksOf, serviceAddress } from './plan.ts';

/** Letters of the hypervisors, and their titles; g is the one of the gateway. */
const cabinets = 'abcdefhijk'.split('').map((letter, index) => ({
  letter,
  title: `柜${'甲乙丙丁戊己庚辛壬癸'[index] ?? ''}`,
}));

/** The hypervisors for tenants, in their order: the zones take them in turn. */
export const computesOf = ({ computes, full, suffix }: Region): string[] =>
  full ? cabinets.slice(0, computes).map(({ letter }) => `host-${letter}`) : [`host${suffix}`];

/** The hypervisor of the gateway; a small region has but one. */
const gatewayHost = (region: Region): string => (region.full ? 'host-g' : (computesOf(region)[0] ?? ''));

const networkOf = ({ suffix }: Region): string => `lingshan${suffix}`;

/** The first VXLAN network identifier of a region; each tenant has one. */
const firstIdentifier = ({ number }: Region): number => 5001 + number * 100;

/** A machine on a hypervisor, with its address in a network. */
export const machine = (
  host: string,
  {
    node,
    short = node,
    ...end
  }: Readonly<Record<string, unknown>> & { readonly node: string; readonly short?: string },
  network: string,
): LinkEntry => ({
  endpoints: [
    { node, ...end },
    { node: host, interface: `to-${short}` },
  ],
  network,
});

/** The racks' machines. */
const hypervisors = (region: Region): Part => {
  const racks = racksOf(region);
  const gate = gatewayHost(region);
  const computes = computesOf(region);
  const placed = [
    ...(computes.includes(gate) ? [] : [{ name: gate, title: '柜 · hypervisor of the gateway', rack: 1, address: 21 }]),
    ...computes.map((name, index) => ({
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
    links: placed.map(({ name, rack, address }) => ({
      endpoints: [
        { node: name, addresses: [`${rackNetwork(region, rack)}.${address}/24`] },
        { node: rackSwitch(region, rack), interface: `to-${name.replace(region.suffix, '')}` },
      ],
      mtu: fabricMtu,
    })),
  };
};

/** The shop: the public address leads to the balancer, and that to a Controller on another machine where there is one. */
const shop = (region: Region): Part => {
  const { domain, full, members, public4, public6, suffix, title } = region;
  const inside = privateNetwork(region);
  const network = networkOf(region);
  const computes = computesOf(region);
  const on = (index: number): string => computes[index % computes.length] ?? '';
  const [gateway, balancer] = [`gateway${suffix}`, `balancer${suffix}`];
  const controllers = Array.from({ length: full ? members : 1 }, (_, index) => ({
    node: index === 0 ? `controller${suffix}` : `controller${index + 1}`,
    title: full ? (['如来 · the Controller', '燃灯 · the second Controller'][index] ?? '') : `${title} · Controller`,
    address: `${inside}.${20 + index}`,
    host: on(1 + index),
  }));
  const [access = ''] = beside(region, 'acc');
  const inner = { kind: 'host', gateway: `${inside}.1` };
  return {
    hosts: { [domain]: serviceAddress(region) },
    networks: { [network]: { vni: firstIdentifier(region), prefix4: `${inside}.0/24` } },
    nodes: {
      [gateway]: {
        kind: 'gateway',
        title: full ? '山门 · virtual gateway' : `${title} · virtual gateway`,
        nat: { dnat: [{ in: access, address: serviceAddress(region), port: 443, to: `${inside}.10` }] },
      },
      [balancer]: {
        ...inner,
        title: full ? '金顶大仙 · HAProxy' : `${title} · HAProxy`,
        trust: true,
        haproxy: {
          frontends: [
            {
              name: 'order',
              port: 443,
              check: 'https',
              host: domain,
              backend: controllers.map(({ node }) => ({ node, port: 443 })),
            },
          ],
        },
      },
      ...Object.fromEntries(
        controllers.map(({ node, title }) => [node, { ...inner, title, https: { names: [domain] } }]),
      ),
    },
    links: [
      [
        { node: access, interface: 'to-gateway', addresses: [`${public4}.9/29`, `${public6}::9/64`] },
        { node: gateway, interface: 'outside', addresses: [`${serviceAddress(region)}/29`, `${public6}::10/64`] },
      ],
      machine(
        gatewayHost(region),
        { node: gateway, short: 'gateway', interface: 'vpc', addresses: [`${inside}.1/24`] },
        network,
      ),
      machine(on(0), { node: balancer, short: 'balancer', addresses: [`${inside}.10/24`] }, network),
      ...controllers.map(({ node, address, host }) =>
        machine(host, { node, short: node.replace(suffix, ''), addresses: [`${address}/24`] }, network),
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
          computes[index % computes.length] ?? '',
          { node, addresses: [`${inside}.${index === 0 ? 10 : 20}/24`] },
          name,
        ),
      ),
    ),
  };
};

/** The virtual network of a region. */
export const vpc = (region: Region): Part[] => [hypervisors(region), shop(region), otherTenants(region)];
