/**
 * A switch that speaks the Rapid Spanning Tree Protocol (IEEE 802.1D-2004): a learning bridge of Open vSwitch. Of a ring it
 * leaves one port out, and takes it in again when another link fails.
 */
import type { Fragment, Probe } from '../../fragment/fragment.ts';
import { at } from '../../fragment/fragment.ts';
import { nodeNamed } from '../../features/shared/lookup.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { sysctls } from '../common.ts';
import { bridge, bridgedPort, datapathOf, within } from '../openvswitch/bridge.ts';
import type { SwitchSettings } from '../settings.ts';
import { bridgeMac, bridgeName } from './common.ts';
import { portStates } from './tree.ts';

/**
 * Seconds, the least that IEEE 802.1D-2004 allows (17.14): a port that nobody answers at forwards after twice the forward
 * delay, and 2 x (forward delay - 1) has to be at least the maximum age.
 */
const fast = ['other_config:rstp-forward-delay=4', 'other_config:rstp-max-age=6'] as const;

/** Whether only one machine is at a port: then it forwards at once (17.3, admin edge). */
const isEdge = (topology: Topology, peer: string): boolean => nodeNamed(topology, peer)?.kind !== 'switch';

const stateProbe = (node: Node, topology: Topology): Probe => {
  const states = [...portStates(node, topology)];
  return {
    node: node.name,
    name: `RSTP: ${states.filter(([, state]) => state === 'Discarding').length} of ${states.length} ports discard`,
    question: {
      ask: 'command',
      argv: ['ovs-vsctl', '--timeout=5', '--format=json', '--columns=name,rstp_status', 'list', 'port'],
      json: { data: states.map(([name, state]) => [name, ['map', [['rstp_port_state', state]]]]) },
    },
    within,
  };
};

export const rstpSwitch = (node: Node, settings: SwitchSettings, topology: Topology): Partial<Fragment> => {
  const datapath = datapathOf(settings);
  return {
    operations: [
      ...at(
        'namespaces',
        { op: 'namespace', node: node.name },
        ...sysctls(node, { 'net.ipv6.conf.default.disable_ipv6': 1 }),
      ),
      ...at('addresses', ...node.interfaces.flatMap((own) => bridgedPort(node, own, topology))),
      ...at('switches', {
        op: 'openvswitch',
        node: node.name,
        datapath,
        commands: [
          ...bridge(bridgeName, datapath, 'standalone', bridgeMac(node, topology)),
          [
            ...['set', 'bridge', bridgeName, 'rstp_enable=true', `other_config:rstp-priority=${settings.priority}`],
            ...(topology.timers === 'fast' ? fast : []),
          ],
          ...node.interfaces.flatMap((own) => [
            ['--may-exist', 'add-port', bridgeName, own.name],
            ...(isEdge(topology, own.peer.node)
              ? [['set', 'port', own.name, 'other_config:rstp-port-admin-edge=true']]
              : []),
          ]),
        ],
      }),
    ],
    probes: [stateProbe(node, topology)],
  };
};
