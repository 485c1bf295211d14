/**
 * A stack: one or two switches that are one to the servers at their ports. What each of its members knows of the servers,
 * of its partner and of itself is in the topology, so nothing is learnt.
 */
import { macOf, stackMacOf } from '../../address/mac.ts';
import { addressesIn, families, nodeNamed, portAt } from '../../features/shared/lookup.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { physicalMac, underlayInterfaces } from '../hypervisor/overlay.ts';
import type { StackShape } from '../settings.ts';

/** The bridge of a member. Its own port has the gateway's addresses. */
export const bridgeName = 'br0';
/** The port by which a member speaks IP with its partner. */
export const peerDevice = 'peer0';

/** Interfaces of a node count from 0; these numbers no interface has. */
const ownNumber = 0xffff;
const peerNumber = 0xfffe;

export const settingsOf = (node: Node): StackShape => node.settings as unknown as StackShape;

export const isMember = (node: Node | undefined): node is Node => node?.kind === 'stack';

/** The members of a stack in the order of the file. */
export const membersOfStack = (stack: string, topology: Topology): Node[] =>
  topology.nodes.filter((node) => isMember(node) && settingsOf(node).stack === stack);

/** The other member of a node's stack. */
export const partnerOf = (node: Node, topology: Topology): Node | undefined =>
  membersOfStack(settingsOf(node).stack, topology).find(({ name }) => name !== node.name);

/** The MAC of the gateway, and the LACP system identifier: the same at all members. */
export const stackMac = (stack: string, topology: Topology): string => {
  const stacks = [...new Set(topology.nodes.filter(isMember).map((node) => settingsOf(node).stack))];
  return stackMacOf(stacks.indexOf(stack) + 1);
};

const macOfNode = (node: Node, topology: Topology, number: number): string =>
  macOf(topology.nodes.findIndex(({ name }) => name === node.name) + 1, number);

/** The MAC by which a member speaks IP with its partner. */
export const peerMac = (node: Node, topology: Topology): string => macOfNode(node, topology, peerNumber);

/** The LACP system identifier of a member that speaks for itself. */
export const ownMac = (node: Node, topology: Topology): string => macOfNode(node, topology, ownNumber);

export const accessPorts = (node: Node): Interface[] => node.interfaces.filter((own) => own.role === 'access');

/** The links to the partner; more than one is a problem of the file. */
export const peerLinks = (node: Node): Interface[] => node.interfaces.filter((own) => own.role === 'peer');

/** A server as its stack knows it: one machine's interface, or one bond. */
export interface Server {
  readonly node: string;
  readonly bond: string | undefined;
  readonly mac: string;
  readonly addresses: readonly string[];
  /** Names of the members that it has a port at, and the port. */
  readonly ports: ReadonlyMap<string, Interface>;
}

/** Who speaks at the far end of a server's port: a hypervisor's bridge with all of its underlay, or the interface itself. */
const speaker = (machine: Node, own: Interface): { mac: string; addresses: string[] } => {
  const bare = (cidrs: readonly string[]): string[] => families.flatMap((family) => addressesIn(cidrs, family));
  return machine.kind === 'hypervisor'
    ? {
        mac: physicalMac(machine) ?? own.mac,
        addresses: bare(underlayInterfaces(machine).flatMap(({ addresses }) => addresses)),
      }
    : { mac: own.mac, addresses: bare(own.addresses) };
};

const computed = new WeakMap<Topology, Map<string, readonly Server[]>>();

/** All servers of a stack, in the order of the file: the same list at every member. */
export const serversOf = (stack: string, topology: Topology): readonly Server[] => {
  const known = computed.get(topology) ?? new Map<string, readonly Server[]>();
  computed.set(topology, known);
  const before = known.get(stack);
  if (before !== undefined) return before;
  const ports = membersOfStack(stack, topology).flatMap((member) =>
    accessPorts(member).flatMap((port) => {
      const far = portAt(topology, port.peer);
      return far === undefined ? [] : [{ member: member.name, port, machine: far.node, own: far.interface }];
    }),
  );
  const servers = [
    ...Map.groupBy(ports, ({ machine, own }) => `${machine.name} ${own.bond ?? own.name}`).values(),
  ].flatMap((group): Server[] => {
    const [first] = group;
    if (first === undefined) return [];
    return [
      {
        node: first.machine.name,
        bond: first.own.bond,
        ...speaker(first.machine, first.own),
        ports: new Map(group.map(({ member, port }) => [member, port])),
      },
    ];
  });
  known.set(stack, servers);
  return servers;
};

/**
 * The MAC that answers for an address, where it is not that of the interface that the topology has it at: the gateway of a
 * stack.
 */
export const gatewayMac = (topology: Topology, address: string): string | undefined => {
  const member = topology.nodes
    .filter(isMember)
    .find((node) => settingsOf(node).gateway.some((cidr) => cidr.split('/')[0] === address));
  return member === undefined ? undefined : stackMac(settingsOf(member).stack, topology);
};

/** Whether the stack at the far end of an interface is there at all: it may be stopped. */
export const stackAt = (topology: Topology, own: Interface): Node | undefined => {
  const node = nodeNamed(topology, own.peer.node);
  return isMember(node) ? node : undefined;
};
