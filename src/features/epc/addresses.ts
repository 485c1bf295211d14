/** By which addresses the functions of a core know each other: those on the segments that they share. */
import { formatAddress, lastAddress, networkOf, nthAddress, parsePrefix } from '../../address/ip.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { addressesIn, type Meeting, meetings, membersOf, withoutLength } from '../shared/lookup.ts';
import { all, clients, type FunctionNode, mmeOf, ocsOf, pgwOf, sgwOf } from './nodes.ts';

/** Where two functions meet first. */
export const meet = (topology: Topology, from: Node, to: Node): Meeting | undefined =>
  meetings(topology, from, to, 4)[0];

/** The MMEs that have chosen this SGW. */
export const mmesOfSgw = (topology: Topology, sgw: Node): readonly FunctionNode<'mme'>[] =>
  clients(topology, 'mme', sgwOf, sgw);

/** The eNodeBs whose MME has chosen this SGW. */
export const enodebsOfSgw = (topology: Topology, sgw: Node): readonly FunctionNode<'enodeb'>[] => {
  const names = new Set(mmesOfSgw(topology, sgw).map(({ node }) => node.name));
  return all(topology, 'enodeb').filter((enodeb) => names.has(mmeOf(topology, enodeb)?.node.name ?? ''));
};

/** The SGWs that share an MME with this PGW. */
export const sgwsOfPgw = (topology: Topology, pgw: Node): readonly FunctionNode<'sgw'>[] => {
  const names = new Set(clients(topology, 'mme', pgwOf, pgw).map((mme) => sgwOf(topology, mme)?.node.name));
  return all(topology, 'sgw').filter(({ node }) => names.has(node.name));
};

/** The PGW of a SGW. */
export const pgwOfSgw = (topology: Topology, sgw: Node): FunctionNode<'pgw'> | undefined =>
  mmesOfSgw(topology, sgw)
    .map((mme) => pgwOf(topology, mme))
    .find((found) => found !== undefined);

/** The eNodeB's and the SGW's ends of S1-U. */
export const s1uOf = (topology: Topology, enodeb: FunctionNode<'enodeb'>): Meeting | undefined => {
  const mme = mmeOf(topology, enodeb);
  const sgw = mme === undefined ? undefined : sgwOf(topology, mme);
  return sgw === undefined ? undefined : meet(topology, enodeb.node, sgw.node);
};

/** An address on a segment that nobody has: the `place`th from its end. */
const freeAddress = (topology: Topology, own: Interface, place: number): string | undefined => {
  const cidr = own.addresses.find((text) => !text.includes(':'));
  const prefix = cidr === undefined ? undefined : parsePrefix(cidr);
  if (prefix === undefined) return undefined;
  const network = networkOf(prefix);
  const used = new Set(membersOf(topology, own.segment).flatMap((port) => addressesIn(port.interface.addresses, 4)));
  // The last one is the broadcast address.
  const last = lastAddress(network).value - network.value - 1n;
  let skipped = 0;
  for (let number = last; number > 0n; number -= 1n) {
    const address = formatAddress(nthAddress(network, number));
    if (used.has(address)) continue;
    if (skipped === place) return address;
    skipped += 1;
  }
  return undefined;
};

/** The SGW's end of S5, and what has to be done for it. */
export interface S5 {
  readonly own: Interface;
  readonly local: string;
  /** In CIDR form, where the SGW has only one address on the segment that all its interfaces share. */
  readonly added?: string | undefined;
}

/**
 * GTP sockets of the two sides of a SGW need two addresses, since their ports are the same. Where one interface serves
 * both, S5 has its second address, or a free one of the segment.
 */
export const s5Of = (topology: Topology, sgw: Node): S5 | undefined => {
  const pgw = pgwOfSgw(topology, sgw);
  const meeting = pgw === undefined ? undefined : meet(topology, sgw, pgw.node);
  if (meeting === undefined) return undefined;
  const { own } = meeting;
  const others = new Set([
    ...mmesOfSgw(topology, sgw).flatMap((mme) => meet(topology, sgw, mme.node)?.local ?? []),
    ...enodebsOfSgw(topology, sgw).flatMap((enodeb) => meet(topology, sgw, enodeb.node)?.local ?? []),
  ]);
  const ready = addressesIn(own.addresses, 4).find((address) => !others.has(address));
  if (ready !== undefined) return { own, local: ready };
  const place = all(topology, 'sgw').findIndex(({ node }) => node.name === sgw.name);
  const local = freeAddress(topology, own, place);
  const length = own.addresses.find((cidr) => withoutLength(cidr) === meeting.local)?.split('/')[1];
  return local === undefined || length === undefined ? undefined : { own, local, added: `${local}/${length}` };
};

/** The PGWs that have chosen this OCS. */
export const pgwsOfOcs = (topology: Topology, ocs: Node): readonly FunctionNode<'pgw'>[] =>
  clients(topology, 'pgw', ocsOf, ocs);
