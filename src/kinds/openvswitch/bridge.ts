/** What every bridge of Open vSwitch is made of, as commands of one ovs-vsctl transaction; each is repeatable. */
import type { BfdSettings } from '../../features/bfd/settings.ts';
import type { Probe } from '../../fragment/fragment.ts';
import type { Operation } from '../../fragment/operation.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { keepsOffload, sysctls } from '../common.ts';

export type Datapath = 'netdev' | 'system';

/** Open vSwitch's word for the datapath that a node's settings name; `auto` must have been replaced before. */
export const datapathOf = ({ datapath }: { readonly datapath: 'auto' | 'kernel' | 'userspace' }): Datapath =>
  datapath === 'kernel' ? 'system' : 'netdev';

/**
 * A bridge. `standalone` learns as any switch does, `secure` forwards by its flows alone. Open vSwitch sets a bridge's own
 * address itself, so it must be told.
 */
export const bridge = (
  name: string,
  datapath: Datapath,
  failMode: 'standalone' | 'secure',
  mac?: string,
): string[][] => [
  ['--may-exist', 'add-br', name],
  ['set', 'bridge', name, `datapath_type=${datapath}`, `fail-mode=${failMode}`],
  ...(mac === undefined ? [] : [['set', 'bridge', name, `other-config:hwaddr=${mac}`]]),
];

/**
 * A port of the switch speaks no IP of its own: no IPv6, and no answers to ARP requests (arp_ignore 8, ip-sysctl). The
 * addresses are on the bridge.
 */
export const bridgedPort = (node: Node, own: Interface, topology: Topology): Operation[] => [
  ...sysctls(node, {
    [`net.ipv6.conf.${own.name}.disable_ipv6`]: 1,
    [`net.ipv4.conf.${own.name}.arp_ignore`]: 8,
  }),
  { op: 'interface', node: node.name, name: own.name, offload: keepsOffload(own, topology) },
];

/**
 * Link aggregation at both of its ends (IEEE 802.1AX): control packets from both, every second, so that a partner that is
 * silent is out after three.
 */
export const aggregation = ['lacp=active', 'other_config:lacp-time=fast'] as const;

/** Milliseconds: Open vSwitch cannot do with less between two packets (vswitch.xml, bfd:min_tx). */
const fastest = 100;

/**
 * Bidirectional forwarding detection on a member of a bond (RFC 5880), at both of its ends. Three packets missed, and
 * Open vSwitch takes the member out: a switch whose forwarding has died is noticed ten times sooner than by LACP. A node that
 * has BFD has one interval for all that it watches; of the two ends of a link the slower one's counts (RFC 5880, 6.8.7).
 */
export const watched = (name: string, { features }: Node): string[] => {
  const interval = Math.max(fastest, (features['bfd'] as BfdSettings | undefined)?.interval ?? fastest);
  return [...['set', 'interface', name, 'bfd:enable=true'], ...[`bfd:min_tx=${interval}`, `bfd:min_rx=${interval}`]];
};

/** Seconds until a switch's parts must answer. */
export const within = 30;

export const flowsProbe = (node: Node, name: string, flows: readonly string[]): Probe => ({
  node: node.name,
  name: `Open vSwitch: ${flows.length} flows installed on ${name}`,
  question: {
    ask: 'command',
    argv: ['ovs-ofctl', '-O', 'OpenFlow15', 'dump-aggregate', name],
    text: `flow_count=${flows.length}`,
  },
  within,
});

/** Each of these interfaces has a partner in sync by LACP, and by BFD packets come through both ways. */
export const membersProbe = (node: Node, names: readonly string[]): Probe[] =>
  names.length === 0
    ? []
    : [
        {
          node: node.name,
          name: `LACP and BFD: ${names.join(', ')} in sync`,
          question: {
            ask: 'command',
            argv: [
              ...['ovs-vsctl', '--timeout=5', '--format=json', '--columns=name,lacp_current,bfd_status'],
              ...['list', 'interface', ...names],
            ],
            json: { data: names.map((name) => [name, true, ['map', [['forwarding', 'true']]]]) },
          },
          within,
        },
      ];
