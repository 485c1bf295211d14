/** Questions that kinds and features ask about a topology: who is on the other side, and by which address. */
import { contains, formatPrefix, networkOf, parseAddress, parsePrefix } from '../../address/ip.ts';
import type { Family } from '../../address/ip.ts';
import type { Endpoint, Interface, Node, Topology } from '../../topology/topology.ts';

/** An interface together with the node it is of. */
export interface Port {
  readonly node: Node;
  readonly interface: Interface;
}

export const families: readonly Family[] = [4, 6];

/** The family of an address or a prefix in text. */
export const familyOf = (text: string): Family => (text.includes(':') ? 6 : 4);

/** `10.0.0.1/24` -> `10.0.0.1`. Addresses of a resolved topology are canonical, so the text is enough. */
export const withoutLength = (cidr: string): string => cidr.split('/', 1)[0] ?? cidr;

/** `10.0.0.1/24` -> `10.0.0.0/24`. */
export const networkText = (cidr: string): string => {
  const prefix = parsePrefix(cidr);
  return prefix === undefined ? cidr : formatPrefix(networkOf(prefix));
};

/** The addresses of one family among texts in CIDR form, without their lengths. */
export const addressesIn = (cidrs: readonly string[], family: Family): string[] =>
  cidrs.filter((cidr) => familyOf(cidr) === family).map(withoutLength);

/** Whether an address is in the network of an interface address. */
export const isInside = (cidr: string, address: string): boolean => {
  const prefix = parsePrefix(cidr);
  const parsed = parseAddress(address);
  return prefix !== undefined && parsed !== undefined && contains(prefix, parsed);
};

/** What is looked up again and again, made once per topology. */
interface Index {
  readonly nodes: ReadonlyMap<string, Node>;
  /** Segment number -> its members. */
  readonly segments: Map<number, readonly Port[]>;
}

const indexes = new WeakMap<Topology, Index>();

const indexOf = (topology: Topology): Index => {
  const known = indexes.get(topology);
  if (known !== undefined) return known;
  const made: Index = { nodes: new Map(topology.nodes.map((node) => [node.name, node])), segments: new Map() };
  indexes.set(topology, made);
  return made;
};

export const nodeNamed = (topology: Topology, name: string): Node | undefined => indexOf(topology).nodes.get(name);

export const portAt = (topology: Topology, endpoint: Endpoint): Port | undefined => {
  const node = nodeNamed(topology, endpoint.node);
  const found = node?.interfaces.find((candidate) => candidate.name === endpoint.interface);
  return node === undefined || found === undefined ? undefined : { node, interface: found };
};

/** The members of a segment, in the order of the file. */
export const membersOf = (topology: Topology, segment: number): readonly Port[] => {
  const { segments } = indexOf(topology);
  const known = segments.get(segment);
  if (known !== undefined) return known;
  const members = (topology.segments[segment]?.members ?? []).flatMap((endpoint) => portAt(topology, endpoint) ?? []);
  segments.set(segment, members);
  return members;
};

/** The other members of an interface's segment, in the order of the file. */
export const neighboursOn = (topology: Topology, node: Node, own: Interface): Port[] =>
  membersOf(topology, own.segment).filter((port) => port.node.name !== node.name);

/** The interface a person means by its name, or by the neighbour its link leads to. */
export const interfaceCalled = (node: Node, name: string): Interface | undefined =>
  node.interfaces.find((candidate) => candidate.name === name) ??
  node.interfaces.find((candidate) => candidate.peer.node === name);

/** The interfaces on which the node itself speaks IP. */
export const routedInterfaces = (node: Node): Interface[] =>
  node.interfaces.filter((candidate) => candidate.role === 'routed');

/** Two nodes on one segment, with the addresses they have for each other there. */
export interface Meeting {
  readonly own: Interface;
  readonly other: Interface;
  readonly local: string;
  readonly remote: string;
}

/** Every place where two nodes share a segment and have addresses of the family. */
export const meetings = (topology: Topology, from: Node, to: Node, family: Family): Meeting[] =>
  from.interfaces.flatMap((own) =>
    neighboursOn(topology, from, own)
      .filter((port) => port.node.name === to.name)
      .flatMap((port): Meeting[] => {
        const [local] = addressesIn(own.addresses, family);
        const [remote] = addressesIn(port.interface.addresses, family);
        // Of two members of a stack each has the same address on the segment of its servers.
        return local === undefined || remote === undefined || local === remote
          ? []
          : [{ own, other: port.interface, local, remote }];
      }),
  );

/** The address by which `from` best reaches `to`: on a shared segment, else a loopback address, else any. */
export const nearestAddress = (topology: Topology, from: Node, to: Node): string | undefined => {
  const everywhere = (family: Family): string | undefined =>
    [...addressesIn(to.loopback, family), ...to.interfaces.flatMap((own) => addressesIn(own.addresses, family))][0];
  const shared = families.map((family) => meetings(topology, from, to, family)[0]?.remote);
  return shared.find((address) => address !== undefined) ?? everywhere(4) ?? everywhere(6);
};
