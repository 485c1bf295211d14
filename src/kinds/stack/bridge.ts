/** The bridge of a member as one ovs-vsctl transaction, and the words with which it says that it carries traffic. */
import type { Node, Topology } from '../../topology/topology.ts';
import { portAt } from '../../features/shared/lookup.ts';
import { type Datapath, aggregation, bridge, watched } from '../openvswitch/bridge.ts';
import { peerDevicePort, peerPort, portNumbers } from './flows.ts';
import {
  accessPorts,
  bridgeName,
  membersOfStack,
  peerDevice,
  peerLinks,
  peerMac,
  serversOf,
  settingsOf,
  stackMac,
} from './members.ts';

/** Names of the ports that servers have in bonds. */
export const bondedPorts = (node: Node, topology: Topology): string[] =>
  accessPorts(node).flatMap((own) => (portAt(topology, own.peer)?.interface.bond === undefined ? [] : [own.name]));

/** Identifiers of ports in LACP count through a stack: no two members use one number (IEEE 802.1AX, 6.3.4). */
const portsOfMember = 1000;

/**
 * Both members say the same system and the same key to a server, so that it takes the two links for one (IEEE 802.1AX,
 * 6.3.5).
 */
const bondedPort = (node: Node, name: string, topology: Topology): string[][] => {
  const { stack } = settingsOf(node);
  const member = membersOfStack(stack, topology).findIndex((other) => other.name === node.name);
  const server = serversOf(stack, topology).findIndex(({ ports }) => ports.get(node.name)?.name === name);
  return [
    ['set', 'port', name, ...aggregation, `other_config:lacp-system-id=${stackMac(stack, topology)}`],
    watched(name),
    [
      ...['set', 'interface', name],
      `other_config:lacp-port-id=${member * portsOfMember + server + 1}`,
      `other_config:lacp-aggregation-key=${server + 1}`,
    ],
  ];
};

/** The commands of the transaction, each repeatable. */
export const bridgeCommands = (node: Node, datapath: Datapath, topology: Topology): string[][] => {
  const numbers = portNumbers(node);
  const bonded = bondedPorts(node, topology);
  const ports = accessPorts(node);
  const mtu = Math.max(...[...ports, ...peerLinks(node)].map((own) => own.mtu));
  return [
    ...bridge(bridgeName, datapath, 'secure', stackMac(settingsOf(node).stack, topology)),
    ...(Number.isFinite(mtu) ? [['set', 'interface', bridgeName, `mtu_request=${mtu}`]] : []),
    ...ports.flatMap((own) => [
      ['--may-exist', 'add-port', bridgeName, own.name],
      ['set', 'interface', own.name, `ofport_request=${numbers.get(own.name) ?? 0}`],
      ...(bonded.includes(own.name) ? bondedPort(node, own.name, topology) : []),
    ]),
    ...peerLinks(node).flatMap((own) => [
      ['--may-exist', 'add-port', bridgeName, own.name],
      ['set', 'interface', own.name, `ofport_request=${peerPort}`],
      ['--may-exist', 'add-port', bridgeName, peerDevice],
      [
        ...['set', 'interface', peerDevice, 'type=internal', `ofport_request=${peerDevicePort}`],
        ...[`mac="${peerMac(node, topology)}"`, `mtu_request=${own.mtu}`],
      ],
    ]),
  ];
};

/**
 * A member that has just begun says so in its BFD packets: the diagnostic `concatenated path down` (RFC 5880, 4.1). The
 * servers keep to its partner until it takes the word back, when it knows where to send what they would send. `add` leaves
 * alone what is there: a member that carries traffic goes on when its bridge is repaired.
 */
export const holdBack = (names: readonly string[]): string[][] =>
  names.map((name) => ['add', 'interface', name, 'bfd', 'cpath_down=true']);

/** Takes that word back. */
export const takePart = (names: readonly string[]): string[] => [
  'ovs-vsctl',
  '--timeout=10',
  ...names.flatMap((name, index) => [
    ...(index === 0 ? [] : ['--']),
    ...['set', 'interface', name, 'bfd:cpath_down=false'],
  ]),
];
