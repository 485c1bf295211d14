/**
 * The lab in which tenants' networks are measured: two hypervisors with machines on each, guarded and not, logged and not, a
 * way out with a floating address, and beside it two hosts on a plain veth pair, which is what everything is a part of.
 */
import type { SwitchDatapath } from './tenants.ts';

export const lab = 'bench-tenants';

/** A way that is measured: who sends, who receives, and by which address. */
export interface Way {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly address: string;
}

export const veth: Way = { what: 'veth', from: 'p1', to: 'p2', address: '10.99.0.2' };

export const ways: readonly Way[] = [
  { what: 'on one hypervisor', from: 'a1', to: 'a2', address: '10.0.1.12' },
  { what: 'on one hypervisor, guarded', from: 'g1', to: 'g2', address: '10.0.2.12' },
  { what: 'on one hypervisor, guarded and logged', from: 'l1', to: 'l2', address: '10.0.3.12' },
  { what: 'across VXLAN', from: 'a1', to: 'a3', address: '10.0.1.13' },
  { what: 'across VXLAN, guarded', from: 'g1', to: 'g3', address: '10.0.2.13' },
  { what: 'from outside by a floating address', from: 'world', to: 'a1', address: '203.0.113.80' },
];

const machine = (name: string, address: string, network: string, hypervisor: string, groups?: readonly string[]) => ({
  endpoints: [{ node: name, addresses: [`${address}/24`], ...(groups === undefined ? {} : { groups }) }, hypervisor],
  network,
});

/** The topology file, as a value. */
export const tenantsLab = (datapath: SwitchDatapath) => ({
  name: lab,
  defaults: { hypervisor: { datapath } },
  networks: {
    plain: { tenant: 'shop', prefix4: '10.0.1.0/24' },
    guarded: { tenant: 'shop', prefix4: '10.0.2.0/24' },
    logged: { tenant: 'shop', prefix4: '10.0.3.0/24', 'flow-log': true },
  },
  tenants: { shop: { router: { exit: 'gate' }, groups: { open: { in: [{}] } } } },
  nodes: {
    ...Object.fromEntries(['hv1', 'hv2'].map((name) => [name, { kind: 'hypervisor' }])),
    ...Object.fromEntries(
      ['a1', 'a2', 'a3', 'g1', 'g2', 'g3', 'l1', 'l2', 'p1', 'p2'].map((name) => [name, { kind: 'host' }]),
    ),
    world: { kind: 'host', gateway: 'none' },
    gate: {
      kind: 'gateway',
      gateway: 'none',
      nat: { floating: [{ address: '203.0.113.80', to: '10.0.1.11', out: 'world' }] },
    },
  },
  links: [
    { endpoints: ['hv1', 'hv2'], prefix4: '172.31.0.0/30', mtu: 1600 },
    {
      endpoints: [
        { node: 'gate', addresses: ['203.0.113.1/24', '203.0.113.80/24'] },
        { node: 'world', addresses: ['203.0.113.2/24'] },
      ],
    },
    {
      endpoints: [
        { node: 'p1', addresses: ['10.99.0.1/24'] },
        { node: 'p2', addresses: ['10.99.0.2/24'] },
      ],
    },
    { endpoints: [{ node: 'gate', addresses: ['10.0.1.2/24'] }, 'hv2'], network: 'plain' },
    machine('a1', '10.0.1.11', 'plain', 'hv1'),
    machine('a2', '10.0.1.12', 'plain', 'hv1'),
    machine('a3', '10.0.1.13', 'plain', 'hv2'),
    machine('g1', '10.0.2.11', 'guarded', 'hv1', ['open']),
    machine('g2', '10.0.2.12', 'guarded', 'hv1', ['open']),
    machine('g3', '10.0.2.13', 'guarded', 'hv2', ['open']),
    machine('l1', '10.0.3.11', 'logged', 'hv1', ['open']),
    machine('l2', '10.0.3.12', 'logged', 'hv1', ['open']),
  ],
});

/** One hypervisor with so many machines in one guarded network, and one more on another behind VXLAN. */
export const portsLab = (name: string, count: number, datapath: SwitchDatapath) => {
  const own = Array.from({ length: count }, (_, index) => `vm${index}`);
  const address = (index: number): string =>
    `10.${16 + Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`;
  return {
    name,
    defaults: { hypervisor: { datapath } },
    networks: { hall: { tenant: 'shop', prefix4: '10.16.0.0/12' } },
    tenants: { shop: { router: {}, groups: { open: { in: [{ protocol: 'tcp', ports: 80 }] } } } },
    nodes: {
      hv1: { kind: 'hypervisor' },
      hv2: { kind: 'hypervisor' },
      far: { kind: 'host' },
      ...Object.fromEntries(own.map((one) => [one, { kind: 'host' }])),
    },
    links: [
      { endpoints: ['hv1', 'hv2'], prefix4: '172.31.0.0/30', mtu: 1600 },
      { endpoints: [{ node: 'far', addresses: ['10.31.255.254/12'] }, 'hv2'], network: 'hall' },
      ...own.map((one, index) => ({
        endpoints: [{ node: one, addresses: [`${address(index + 256)}/12`], groups: ['open'] }, 'hv1'],
        network: 'hall',
      })),
    ],
  };
};
