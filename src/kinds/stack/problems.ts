/** What can be wrong with a stack that only the whole topology shows. */
import type { NodeProblem } from '../../fragment/definition.ts';
import { noClientProblems } from '../../features/dhcp/problems.ts';
import { portAt } from '../../features/shared/lookup.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { overhead } from '../hypervisor/overlay.ts';
import type { StackShape } from '../settings.ts';
import { accessPorts, membersOfStack, peerLinks, serversOf, settingsOf } from './members.ts';

/** As many switches speak as one (IEEE 802.1AX, 9.1: an aggregation group of two or three; vendors make it two). */
const largest = 2;

const pairProblems = (node: Node, { stack }: StackShape, topology: Topology): NodeProblem[] => {
  const members = membersOfStack(stack, topology);
  const links = peerLinks(node);
  const others = members.filter(({ name }) => name !== node.name);
  const [first, , ...more] = members;
  if (more.some(({ name }) => name === node.name))
    return [
      {
        path: ['stack'],
        message: `stack ${stack} has ${members.length} members; a stack has at most ${largest}`,
        hint: `give ${node.name} another stack`,
      },
    ];
  if (others.length > 0 && links.length === 0 && node.name !== first?.name)
    return [
      {
        path: ['stack'],
        message: `no link joins ${first?.name ?? ''} and ${node.name}, the two members of stack ${stack}`,
        hint: `add the link [${first?.name ?? ''}, ${node.name}]: a server whose own link is cut is reached by it`,
      },
    ];
  return links.slice(1).map((own) => ({
    end: own.name,
    path: [],
    message: `${node.name} and ${own.peer.node} have a peer link already`,
    hint: 'one link joins the two members of a stack',
  }));
};

const gatewayProblems = (node: Node, settings: StackShape, topology: Topology): NodeProblem[] => {
  const [first] = membersOfStack(settings.stack, topology);
  if (first === undefined || first.name === node.name) return [];
  const wanted = settingsOf(first).gateway;
  return wanted.join() === settings.gateway.join()
    ? []
    : [
        {
          path: ['gateway'],
          message: `${node.name} has the gateway ${settings.gateway.join(', ')}, and ${first.name} of the same stack ${wanted.join(', ')}`,
          hint: 'both members of a stack have the same gateway: a server must not notice which of them it speaks with',
        },
      ];
};

/** One broadcast domain has one MTU, and what a server sends may go by the peer link. */
const mtuProblems = (node: Node, topology: Topology): NodeProblem[] => {
  const ports = membersOfStack(settingsOf(node).stack, topology).flatMap(accessPorts);
  const size = Math.max(0, ...ports.map(({ mtu }) => mtu));
  return [...accessPorts(node), ...peerLinks(node)]
    .filter(({ mtu, role }) => (role === 'peer' ? mtu < size : mtu !== size))
    .map((own) => ({
      end: own.name,
      path: [],
      message: `the link to ${own.peer.node} has MTU ${own.mtu}, and the servers of stack ${settingsOf(node).stack} have ${size}`,
      hint: `give this link mtu: ${size}`,
    }));
};

/** Whether a server's port leads to a hypervisor, and how large the packets of its machines are with VXLAN around them. */
const tunnelled = (own: Interface, topology: Topology): number[] => {
  const machine = portAt(topology, own.peer)?.node;
  return (machine?.kind === 'hypervisor' ? machine.interfaces : []).flatMap(({ role, mtu }) =>
    role === 'tenant' ? [mtu + overhead] : [],
  );
};

/** VXLAN packets are not to be fragmented, and nobody tells the machine inside that they do not fit. */
const uplinkProblems = (node: Node, topology: Topology): NodeProblem[] => {
  const size = Math.max(0, ...accessPorts(node).flatMap((own) => tunnelled(own, topology)));
  return node.interfaces
    .filter(({ role, mtu }) => role === 'routed' && mtu < size)
    .map((own) => ({
      end: own.name,
      path: [],
      message: `the link to ${own.peer.node} has MTU ${own.mtu}, too small for the VXLAN packets of ${size} octets from the servers`,
      hint: `give this link mtu: ${size} or more`,
    }));
};

/** Two links of one bridge without a bond: its frames would come by both. */
const doubleProblems = (node: Node, topology: Topology): NodeProblem[] => {
  const servers = serversOf(settingsOf(node).stack, topology);
  return servers.flatMap((server, index): NodeProblem[] => {
    const port = server.ports.get(node.name);
    const before = servers.slice(0, index).find((other) => other.mac === server.mac);
    return port === undefined || before === undefined
      ? []
      : [
          {
            end: port.name,
            path: [],
            message: `${server.node} has two links to stack ${settingsOf(node).stack}, and no bond joins them`,
            hint: `write {node: ${server.node}, bond: bond0} at both links`,
          },
        ];
  });
};

/** Nothing is broadcast, and a client's question for an address would be. */
const dhcpProblems = (node: Node, topology: Topology): NodeProblem[] =>
  accessPorts(node)
    .filter((own) => portAt(topology, own.peer)?.interface.dhcp === true)
    .map((own) => ({
      end: own.name,
      path: [],
      message: `${own.peer.node} asks for its address by DHCP, and a stack broadcasts nothing`,
      hint: `leave dhcp out at the end of ${own.peer.node}`,
    }));

export const problems = (node: Node, settings: StackShape, topology: Topology): NodeProblem[] => [
  ...noClientProblems(node),
  ...pairProblems(node, settings, topology),
  ...gatewayProblems(node, settings, topology),
  ...mtuProblems(node, topology),
  ...uplinkProblems(node, topology),
  ...doubleProblems(node, topology),
  ...dhcpProblems(node, topology),
];
