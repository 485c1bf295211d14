/**
 * The bearers of a lab's LTE network: for every phone its base station, its gateways, and the two tunnels between
 * them. The serving gateway's entry names phones; links, addresses and MACs come from the topology.
 */
import { formatAddress, nthAddress, parsePrefix } from '../../address/ip.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { addressesIn, meetings, nodeNamed } from '../shared/lookup.ts';
import type { GtpSettings, PgwSettings, SessionSettings } from './settings.ts';

/** One tunnel: TEID of each direction and the address of each end. */
export interface Tunnel {
  readonly uplink: number;
  readonly downlink: number;
  /** Address of the end nearer to the phone. */
  readonly access: string;
  /** Address of the end nearer to the Internet. */
  readonly core: string;
}

export interface Bearer {
  readonly phone: { readonly node: Node; readonly interface: Interface; readonly address: string };
  readonly enodeb: { readonly node: Node; readonly radio: Interface };
  readonly sgw: Node;
  readonly pgw: Node;
  /** The phones' default gateway, on the packet gateway's TUN device. */
  readonly gateway: string;
  readonly s1u: Tunnel;
  readonly s5: Tunnel;
}

/** Why a session of a serving gateway makes no bearer. */
export interface BearerProblem {
  readonly index: number;
  readonly field: 'phone' | 'pgw';
  readonly message: string;
  readonly hint?: string | undefined;
}

export const gtpOf = (node: Node): GtpSettings | undefined => node.features['gtp'] as GtpSettings | undefined;

/** The phones' default gateway: as written, else the first address of the pool. */
export const gatewayOf = (settings: PgwSettings): string => {
  const pool = parsePrefix(settings.pool);
  return settings.address ?? (pool === undefined ? settings.pool : formatAddress(nthAddress(pool, 1)));
};

/** Default TEIDs say where they are: 0x1.. and 0x2.. on S1-U up and down, 0x3.. and 0x4.. on S5. */
const defaultTeids = (index: number) => ({
  s1u: { uplink: 0x1001 + index, downlink: 0x2001 + index },
  s5: { uplink: 0x3001 + index, downlink: 0x4001 + index },
});

const phoneOf = (session: SessionSettings, topology: Topology): Pick<Bearer, 'phone' | 'enodeb'> | string => {
  const node = nodeNamed(topology, session.phone);
  if (node === undefined) return `there is no node ${session.phone}`;
  for (const own of node.interfaces) {
    const base = nodeNamed(topology, own.peer.node);
    const radio = base?.interfaces.find((other) => other.name === own.peer.interface);
    if (base === undefined || radio === undefined || gtpOf(base)?.role !== 'enodeb') continue;
    const [address] = addressesIn(own.addresses, 4);
    if (address === undefined) return `${session.phone} has no IPv4 address on its link to ${base.name}`;
    return { phone: { node, interface: own, address }, enodeb: { node: base, radio } };
  }
  return `${session.phone} has no link to a base station`;
};

const pgwOf = (session: SessionSettings, topology: Topology): Node | undefined =>
  topology.nodes.find(
    (node) => gtpOf(node)?.role === 'pgw' && (session.pgw === undefined || node.name === session.pgw),
  );

const bearer = (sgw: Node, session: SessionSettings, index: number, topology: Topology): Bearer | BearerProblem => {
  const found = phoneOf(session, topology);
  if (typeof found === 'string') {
    return {
      index,
      field: 'phone',
      message: found,
      hint: 'a phone is a host with a link to a node with gtp: {role: enodeb}',
    };
  }
  const pgw = pgwOf(session, topology);
  const settings = pgw === undefined ? undefined : gtpOf(pgw);
  if (pgw === undefined || settings?.role !== 'pgw') {
    return {
      index,
      field: 'pgw',
      message: `there is no packet gateway ${session.pgw ?? ''}`.trim(),
      hint: 'a node with gtp: {role: pgw}',
    };
  }
  const [s1u] = meetings(topology, found.enodeb.node, sgw, 4);
  if (s1u === undefined) {
    return {
      index,
      field: 'phone',
      message: `${found.enodeb.node.name} and ${sgw.name} share no IPv4 segment`,
      hint: 'link them',
    };
  }
  const [s5] = meetings(topology, sgw, pgw, 4);
  if (s5 === undefined) {
    return { index, field: 'pgw', message: `${sgw.name} and ${pgw.name} share no IPv4 segment`, hint: 'link them' };
  }
  const teids = defaultTeids(index);
  return {
    ...found,
    sgw,
    pgw,
    gateway: gatewayOf(settings),
    s1u: { ...(session.s1u ?? teids.s1u), access: s1u.local, core: s1u.remote },
    s5: { ...(session.s5 ?? teids.s5), access: s5.local, core: s5.remote },
  };
};

/** Every session that is written on any serving gateway, as a bearer or as the reason why it is none. */
const all = (topology: Topology): (Bearer | BearerProblem)[] =>
  topology.nodes.flatMap((node) => {
    const settings = gtpOf(node);
    return settings?.role === 'sgw'
      ? settings.sessions.map((session, index) => bearer(node, session, index, topology))
      : [];
  });

const isBearer = (item: Bearer | BearerProblem): item is Bearer => 'sgw' in item;

/** The bearers that pass a node, in the order of the file. */
export const bearersOf = (node: Node, topology: Topology): Bearer[] =>
  all(topology)
    .filter(isBearer)
    .filter((item) => [item.enodeb.node, item.sgw, item.pgw].some((other) => other.name === node.name));

/** What is wrong with the sessions of a serving gateway. */
export const bearerProblems = (sgw: Node, sessions: readonly SessionSettings[], topology: Topology): BearerProblem[] =>
  sessions
    .map((session, index) => bearer(sgw, session, index, topology))
    .filter((item): item is BearerProblem => !isBearer(item));
