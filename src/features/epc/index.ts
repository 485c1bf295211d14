/**
 * An LTE network: phones, base stations and the packet core (3GPP TS 23.401), one function in each node. What people
 * leave out is made from the topology; what functions learn of each other while they run travels in 3GPP's messages
 * only. The functions are lab/epc.
 */
import type { FeatureDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Fragment, StagedOperation } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { meet, s5Of, sgwsOfPgw } from './addresses.ts';
import { configPath, configurationOf, gatewayOf, readyPath, tun } from './config.ts';
import { problemsOf } from './problems/index.ts';
import { overhead } from './problems/radio.ts';
import { probesOf } from './probes.ts';
import { radioInterfaces } from './radio.ts';
import { type EpcSettings, epcSchema, type SettingsOf } from './settings.ts';

/** The MTU of Ethernet, which phones have, or less where S5 does not hold that much inside a tunnel. */
const tunMtu = (topology: Topology, node: Node): number => {
  const widths = sgwsOfPgw(topology, node).flatMap((sgw) => meet(topology, node, sgw.node)?.own.mtu ?? []);
  return Math.min(1500, ...widths.map((mtu) => mtu - overhead));
};

/**
 * From phone to phone a packet leaves by the device that it came in by, and no phone can do what a redirect asks for
 * (RFC 1812, 5.2.7.2). The kernel sends one if the device or `all` says so; the TUN device has it from `default`.
 */
const noRedirects = (node: Node): StagedOperation[] =>
  at(
    'sysctls',
    ...['all', 'default'].map(
      (where) => ({ op: 'sysctl', node: node.name, key: `net.ipv4.conf.${where}.send_redirects`, value: '0' }) as const,
    ),
  );

/** The TUN device where the tunnels end, with the phones' gateway address on it, and all pools behind it. */
const tunOperations = (topology: Topology, node: Node, settings: SettingsOf<'pgw'>): StagedOperation[] => {
  const [first = '', ...others] = Object.values(settings.pools);
  return [
    ...noRedirects(node),
    ...at(
      'tunnels',
      { op: 'tun', node: node.name, name: tun, mtu: tunMtu(topology, node) },
      { op: 'interface', node: node.name, name: tun, offload: true },
      {
        op: 'address',
        node: node.name,
        interface: tun,
        address: `${gatewayOf(settings)}/${first.split('/')[1] ?? '32'}`,
      },
    ),
    ...at('tunnels', ...others.map((to) => ({ op: 'route', node: node.name, to, dev: tun }) as const)),
  ];
};

/** A second address of a SGW that has only one interface for both of its sides. */
const sgwOperations = (topology: Topology, node: Node): StagedOperation[] => {
  const s5 = s5Of(topology, node);
  return s5?.added === undefined
    ? []
    : at('addresses', { op: 'address', node: node.name, interface: s5.own.name, address: s5.added });
};

/** The command with which a person in the phone switches it on and off. */
const ueOperations = (node: Node): StagedOperation[] =>
  at('files', {
    op: 'file',
    node: node.name,
    path: '/opt/xiyou/bin/ue',
    content: '@program @lab/epc/ue-command.ts',
    mode: 0o755,
  });

/** The interfaces that the function holds open by number. */
const heldInterfaces = (topology: Topology, node: Node, { role }: EpcSettings): string[] => {
  if (role === 'pgw') return [tun];
  if (role !== 'ue' && role !== 'enodeb') return [];
  return radioInterfaces(topology, node, role === 'ue' ? 'enodeb' : 'ue').map((own) => own.name);
};

const operations = (topology: Topology, node: Node, settings: EpcSettings): StagedOperation[] => [
  ...(settings.role === 'pgw' ? tunOperations(topology, node, settings) : []),
  ...(settings.role === 'sgw' ? sgwOperations(topology, node) : []),
  ...(settings.role === 'ue' ? ueOperations(node) : []),
  ...at('files', {
    op: 'file',
    node: node.name,
    path: configPath,
    content: `${JSON.stringify(configurationOf(topology, node, settings), null, 2)}\n`,
    // It holds the keys of SIM cards.
    mode: 0o600,
  }),
  // Phones are switched on when the network is there: one that comes too early is told to wait (TS 36.331, 5.3.3.8).
  ...at(settings.role === 'ue' ? 'commands' : 'processes', {
    op: 'process',
    node: node.name,
    name: 'epc',
    argv: ['@node', '@lab/epc/main.ts', configPath],
    ready: readyPath,
    interfaces: heldInterfaces(topology, node, settings),
  }),
];

const radioEnds = { ue: 'phone', enodeb: 'cell' } as const;

export const epc: FeatureDefinition<EpcSettings> = {
  feature: 'epc',
  summary: 'A function of an LTE network: phone, eNodeB, MME, HSS, SGW, PGW or OCS.',
  schema: epcSchema,
  kinds: ['host', 'gateway'],
  radio: ({ role }) => (role === 'ue' || role === 'enodeb' ? radioEnds[role] : undefined),
  problems: (node, settings, topology) => problemsOf(topology, node, settings),
  contribute: (node, settings, topology): Partial<Fragment> => ({
    operations: operations(topology, node, settings),
    probes: probesOf(topology, node, settings),
  }),
};
