/**
 * A stack: a pair of access switches that servers see as one (MLAG), or a single one. Below it is a switch: an Open vSwitch
 * bridge with the servers' ports and the link between the two, on whose own port the gateway of the rack stands, with the
 * same addresses and the same MAC at both. Above it is a router: every other link is routed, and FRR speaks there. A
 * server's packet is routed by whichever of the two it came to.
 */
import type { KindDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Operation } from '../../fragment/operation.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { learnsRoutes } from '../../features/frr/routing.ts';
import { keepsOffload } from '../common.ts';
import { bridgedPort, datapathOf, flowsProbe, membersProbe } from '../openvswitch/bridge.ts';
import { routerDaemons, routerNamespace } from '../routing.ts';
import { stackShape } from '../settings.ts';
import type { StackShape } from '../settings.ts';
import { bondedPorts, bridgeCommands, standAside, standAsideAgain, takePart, watchedBothWays } from './bridge.ts';
import { forwardingOf } from './flows.ts';
import { bridgeName, peerDevice, peerLinks } from './members.ts';
import { problems } from './problems.ts';

/** Seconds that a member waits for its first route; in an empty fabric it takes part without one. */
const patience = 10;
/** Seconds that it waits for its servers: BFD begins with a packet a second (RFC 5880, 6.8.3), and some may be stopped. */
const brief = 3;

const interfaces = (node: Node, topology: Topology): Operation[] =>
  node.interfaces.flatMap((own): Operation[] =>
    own.role === 'routed'
      ? [
          { op: 'interface', node: node.name, name: own.name, offload: keepsOffload(own, topology) },
          ...addressesOf(node, own, own.name),
        ]
      : bridgedPort(node, own, topology),
  );

const addressesOf = (node: Node, { addresses }: Pick<Interface, 'addresses'>, device: string): Operation[] =>
  addresses.map((address) => ({ op: 'address', node: node.name, interface: device, address }));

/** What is on the bridge, which exists only after the switch. */
const onBridge = (node: Node, gateway: readonly string[]): Operation[] => [
  { op: 'interface', node: node.name, name: bridgeName, offload: true },
  ...addressesOf(node, { addresses: gateway }, bridgeName),
  ...peerLinks(node).flatMap((own): Operation[] => [
    { op: 'interface', node: node.name, name: peerDevice, offload: true },
    ...addressesOf(node, own, peerDevice),
  ]),
];

export const stack: KindDefinition<StackShape> = {
  kind: 'stack',
  summary: 'One of a pair of access switches that servers see as one, with the gateway of the rack; above it a router.',
  shape: stackShape,
  stackOf: (entry) => entry as unknown as StackShape,
  portRole: ({ peerKind, addressed, partner }) =>
    partner ? 'peer' : !addressed && ['host', 'hypervisor'].includes(peerKind) ? 'access' : 'routed',
  interfaceNames: 'peer',
  router: true,
  problems,
  contribute: (node, settings, topology) => {
    const datapath = datapathOf(settings);
    const { flows, groups } = forwardingOf(node, topology);
    const bonded = bondedPorts(node, topology);
    // Up only where there are flows: with its own port the gateway's network comes and goes, and is announced or not.
    const devices = [bridgeName, ...peerLinks(node).map(() => peerDevice)];
    const commands = [...bridgeCommands(node, datapath, topology), ...standAside(node, bonded, topology)];
    return {
      operations: [
        ...routerNamespace(node),
        ...at(
          'addresses',
          ...node.loopback.map((address): Operation => ({ op: 'address', node: node.name, interface: 'lo', address })),
          ...interfaces(node, topology),
        ),
        ...routerDaemons(node, topology),
        ...at(
          'switches',
          {
            op: 'openvswitch',
            node: node.name,
            datapath,
            commands,
            before: { down: devices, commands: standAsideAgain(node, bonded, topology) },
          },
          { op: 'flows', node: node.name, bridge: bridgeName, flows, groups, opens: devices },
        ),
        ...at('tunnels', ...onBridge(node, settings.gateway)),
        ...(bonded.length === 0
          ? []
          : at('commands', {
              op: 'command',
              node: node.name,
              argv: takePart(node, bonded, topology),
              follows: 'ovs-vswitchd',
              after: [
                ...(learnsRoutes(node) ? [{ question: { ask: 'learnt' }, within: patience } as const] : []),
                { question: watchedBothWays(bonded), within: brief },
              ],
            })),
      ],
      probes: [
        flowsProbe(node, bridgeName, flows),
        ...membersProbe(
          node,
          bonded.filter((name) => {
            const own = node.interfaces.find((candidate) => candidate.name === name);
            return own !== undefined && topology.nodes.some((other) => other.name === own.peer.node);
          }),
        ),
      ],
    };
  },
};
