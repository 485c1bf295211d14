/**
 * The user plane of an LTE network: phone - eNodeB - SGW - PGW, with a GTP-U tunnel (3GPP TS 29.281) between each two
 * of them. The phones' packets are carried as IP: their Ethernet headers end at the base station, and neither base
 * station nor serving gateway is an IP hop of theirs. The daemon is lab/gtp.
 */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Fragment, Rewrite, StagedOperation } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { isInside } from '../shared/lookup.ts';
import { bearerProblems, bearersOf, gatewayOf } from './bearers.ts';
import type { Bearer, Tunnel } from './bearers.ts';
import { gtpConfiguration, readyPath, tun } from './config.ts';
import { gtpSchema } from './settings.ts';
import type { GtpSettings, PgwSettings } from './settings.ts';

const configPath = '/etc/gtp.json';

/** What a tunnel adds to a packet: IPv4 20, UDP 8, GTP-U 8 octets (TS 29.281, 5.1, without optional fields). */
export const overhead = 36;

/** The interfaces of a node that the tunnels of its bearers use. */
const coreMtu = (node: Node, bearers: readonly Bearer[]): number => {
  const ends = new Set(bearers.flatMap(({ s1u, s5 }) => [s1u.access, s1u.core, s5.access, s5.core]));
  const used = node.interfaces.filter((own) =>
    own.addresses.some((cidr) => ends.has(cidr.slice(0, cidr.indexOf('/')))),
  );
  return Math.min(...used.map((own) => own.mtu));
};

/** 1500 octets, or less where the core's links do not hold that much inside a tunnel. */
const tunMtu = (node: Node, bearers: readonly Bearer[]): number => Math.min(1500, coreMtu(node, bearers) - overhead);

/** The TUN device where the tunnels end, with the phones' gateway address on it. */
const tunOperations = (node: Node, settings: PgwSettings, bearers: readonly Bearer[]): StagedOperation[] =>
  at(
    'tunnels',
    { op: 'tun', node: node.name, name: tun, mtu: tunMtu(node, bearers) },
    { op: 'interface', node: node.name, name: tun, offload: true },
    {
      op: 'address',
      node: node.name,
      interface: tun,
      address: `${gatewayOf(settings)}/${settings.pool.split('/')[1] ?? '32'}`,
    },
  );

/** The interfaces the daemon holds open by number. */
const heldInterfaces = (settings: GtpSettings, bearers: readonly Bearer[]): string[] => {
  if (settings.role === 'sgw') return [];
  return settings.role === 'pgw' ? [tun] : [...new Set(bearers.map((bearer) => bearer.enodeb.radio.name))];
};

const operations = (node: Node, settings: GtpSettings, bearers: readonly Bearer[]): StagedOperation[] => [
  ...(settings.role === 'pgw' ? tunOperations(node, settings, bearers) : []),
  ...at(
    'files',
    { op: 'file', node: node.name, path: '/run/gtp/', content: '', mode: 0o755 },
    {
      op: 'file',
      node: node.name,
      path: configPath,
      content: `${JSON.stringify(gtpConfiguration(node, settings, bearers), null, 2)}\n`,
      mode: 0o644,
    },
  ),
  ...at('processes', {
    op: 'process',
    node: node.name,
    name: 'gtp',
    argv: ['@node', '@lab/gtp/main.ts', configPath],
    ready: readyPath,
    interfaces: heldInterfaces(settings, bearers),
  }),
];

/** A tunnel as one of its ends declares it: a TEID that arrives, and one that leaves. */
const rewritesOf = (node: Node, tunnel: Tunnel, end: 'access' | 'core', device: string, note: string): Rewrite[] => {
  const peer = end === 'access' ? tunnel.core : tunnel.access;
  const inwards = end === 'access' ? tunnel.downlink : tunnel.uplink;
  const outwards = end === 'access' ? tunnel.uplink : tunnel.downlink;
  const common = { rewrite: 'gtpu', node: node.name, interface: device, peer, note } as const;
  return [
    { ...common, teid: inwards, direction: 'in' },
    { ...common, teid: outwards, direction: 'out' },
  ];
};

/** The interface that holds an address. */
const holder = (node: Node, address: string): string =>
  node.interfaces.find((own) => own.addresses.some((cidr) => cidr.startsWith(`${address}/`)))?.name ?? '';

const bearerRewrites = (node: Node, settings: GtpSettings, bearer: Bearer): Rewrite[] => {
  const end = (tunnel: Tunnel, side: 'access' | 'core', name: string): Rewrite[] =>
    rewritesOf(node, tunnel, side, holder(node, tunnel[side]), `${name} tunnel of ${bearer.phone.node.name}`);
  switch (settings.role) {
    case 'enodeb':
      return end(bearer.s1u, 'access', 'S1-U');
    case 'sgw':
      return [...end(bearer.s1u, 'core', 'S1-U'), ...end(bearer.s5, 'access', 'S5/S8-U')];
    case 'pgw':
      return end(bearer.s5, 'core', 'S5/S8-U');
  }
};

const mtuProblems = (node: Node, bearers: readonly Bearer[]): NodeProblem[] =>
  bearers
    .filter((bearer) => bearer.phone.interface.mtu + overhead > coreMtu(node, bearers))
    .map((bearer) => ({
      path: [],
      message: `${bearer.phone.node.name} sends packets of ${bearer.phone.interface.mtu} octets, too large for a GTP-U tunnel over MTU ${coreMtu(node, bearers)} at ${node.name}`,
      hint: `give the core links mtu: ${bearer.phone.interface.mtu + overhead}, or the radio link mtu: ${coreMtu(node, bearers) - overhead}`,
    }));

/** A daemon has one address per side; base stations of one serving gateway share one S1-U segment. */
const addressProblems = (settings: GtpSettings, bearers: readonly Bearer[]): NodeProblem[] =>
  settings.role === 'sgw' && new Set(bearers.map((bearer) => bearer.s1u.core)).size > 1
    ? [{ path: ['sessions'], message: 'its base stations are on several segments', hint: 'put them on one switch' }]
    : [];

const problems = (node: Node, settings: GtpSettings, topology: Topology): NodeProblem[] => {
  const bearers = bearersOf(node, topology);
  return [
    ...(settings.role === 'sgw'
      ? bearerProblems(node, settings.sessions, topology).map(({ index, field, message, hint }) => ({
          path: ['sessions', index, field],
          message,
          ...(hint === undefined ? {} : { hint }),
        }))
      : []),
    ...(settings.role === 'pgw' && node.kind !== 'gateway'
      ? [
          {
            path: ['role'],
            message: `${node.name} is a ${node.kind}, which does not forward`,
            hint: 'make it kind: gateway',
          },
        ]
      : []),
    ...(settings.role === 'enodeb' && node.kind !== 'host'
      ? [
          {
            path: ['role'],
            message: `${node.name} would forward the phones’ packets itself, beside the tunnels`,
            hint: 'make it kind: host',
          },
        ]
      : []),
    ...(settings.role === 'pgw'
      ? bearers
          .filter((bearer) => !isInside(settings.pool, bearer.phone.address))
          .map((bearer) => ({
            path: ['pool'],
            message: `${bearer.phone.node.name} has the address ${bearer.phone.address}, which is not in ${settings.pool}`,
            hint: 'fix the address of the phone’s end of the link',
          }))
      : []),
    ...(settings.role !== 'sgw' && bearers.length === 0
      ? [
          {
            path: [],
            message: `no session of a serving gateway passes ${node.name}`,
            hint: 'name a phone in sessions of the node with role: sgw',
          },
        ]
      : []),
    ...mtuProblems(node, bearers),
    ...addressProblems(settings, bearers),
  ];
};

export const gtp: FeatureDefinition<GtpSettings> = {
  feature: 'gtp',
  summary: 'A node of the LTE user plane: GTP-U tunnels.',
  schema: gtpSchema,
  kinds: ['host', 'gateway'],
  problems,
  contribute: (node, settings, topology): Partial<Fragment> => {
    const bearers = bearersOf(node, topology);
    return {
      operations: operations(node, settings, bearers),
      probes: [
        {
          node: node.name,
          name: `GTP-U: the ${settings.role} is ready`,
          question: { ask: 'command', argv: ['ls', '/run/gtp'], text: 'ready' },
          within: 20,
        },
      ],
      rewrites: bearers.flatMap((bearer) => bearerRewrites(node, settings, bearer)),
    };
  },
};
