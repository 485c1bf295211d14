/** The bridge of a member as one ovs-vsctl transaction, and the words with which it says that it carries traffic. */
import type { Question } from '../../fragment/question.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { portAt } from '../../features/shared/lookup.ts';
import { type Datapath, aggregation, bridge, watched } from '../openvswitch/bridge.ts';
import { peerDevicePort, peerPort, portNumbers } from './flows.ts';
import {
  accessPorts,
  bridgeName,
  membersOfStack,
  ownMac,
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

/** Both members say the same key to a server, so that it takes the two links for one (IEEE 802.1AX, 6.3.5). */
const bondedPort = (node: Node, name: string, topology: Topology): string[][] => {
  const { stack } = settingsOf(node);
  const member = membersOfStack(stack, topology).findIndex((other) => other.name === node.name);
  const server = serversOf(stack, topology).findIndex(({ ports }) => ports.get(node.name)?.name === name);
  return [
    ['set', 'port', name, ...aggregation],
    watched(name, node),
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

/** What a member says of itself in LACP. The lower number of the priority is the better one (IEEE 802.1AX, 6.3.2). */
const identity = (mac: string, priority: number): [key: string, value: string][] => [
  ['lacp-system-id', mac],
  ['lacp-system-priority', String(priority)],
];
const identify = (name: string, mac: string, priority: number): string[] => [
  ...['set', 'port', name],
  ...identity(mac, priority).map(([key, value]) => `other_config:${key}=${value}`),
];
const worst = 65_535;
const usual = 32_768;

/**
 * A member that has just begun speaks for itself: to the servers another system than its partner, with which they cannot
 * bond it. So each side leaves their link alone; what the fabric sends it for them goes by the peer link, and where no
 * partner is, the servers take it as it is. `add` leaves alone what is there: a member that carries traffic goes on when
 * its bridge is repaired.
 */
export const standAside = (node: Node, names: readonly string[], topology: Topology): string[][] =>
  names.flatMap((name) =>
    identity(ownMac(node, topology), worst).map(([key, value]) => [
      ...['add', 'port', name, 'other_config', `${key}="${value}"`],
    ]),
  );

/** The same for one whose switch process starts anew, with the ports that it had. */
export const standAsideAgain = (node: Node, names: readonly string[], topology: Topology): string[][] =>
  names.map((name) => ['--if-exists', ...identify(name, ownMac(node, topology), worst)]);

/**
 * From now on the member says what its partner says. A server that hears it takes the link into its bond and says so, and
 * only then the member sends by it: that order is LACP's (IEEE 802.1AX, 6.4.15).
 */
export const takePart = (node: Node, names: readonly string[], topology: Topology): string[] => [
  'ovs-vsctl',
  '--timeout=10',
  ...names.flatMap((name, index) => [
    ...(index === 0 ? [] : ['--']),
    ...identify(name, stackMac(settingsOf(node).stack, topology), usual),
  ]),
];

/** Packets come through both ways on each of these ports: the far end says so too. */
export const watchedBothWays = (names: readonly string[]): Question => ({
  ask: 'command',
  argv: ['ovs-vsctl', '--timeout=5', '--format=json', '--columns=name,bfd_status', 'list', 'interface', ...names],
  json: { data: names.map((name) => [name, ['map', [['remote_state', 'up']]]]) },
});
