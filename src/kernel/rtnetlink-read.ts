/**
 * What rtnetlink(7) tells: the links, addresses, routes, rules and neighbours of a namespace as plain objects, and
 * the kernel's own answer to "which way does this packet go".
 */
import { constants } from 'node:os';
import {
  addressFromOctets,
  addressOctets,
  formatAddress,
  formatPrefix,
  networkOf,
  parseAddress,
} from '../address/ip.ts';
import type { Address } from '../address/ip.ts';
import { int32 } from './libc.ts';
import { MessageBatch, readAttributes, textOf } from './message.ts';
import { NetlinkError } from './netlink.ts';
import type { NetlinkSocket } from './netlink.ts';
import { AF, IFA, IFF_UP, IFLA, RTA, RTM, RTN, RT_TABLE_MAIN, familyNumber } from './rtnetlink.ts';

export interface LinkFact {
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** `veth`, `bridge`, `tun`, `vxlan`, …; undefined for `lo`. */
  readonly kind: string | undefined;
  /** Index of the bridge it is a port of. */
  readonly master: number | undefined;
  /** A veth's peer, by its index in its own namespace. */
  readonly peerIndex: number | undefined;
  /** This namespace's number for the peer's namespace; undefined when the peer is here. */
  readonly peerNetnsId: number | undefined;
}
export interface AddressFact {
  readonly index: number;
  /** Canonical CIDR form. */
  readonly address: string;
}
export interface NextHop {
  readonly via: string | undefined;
  /** Interface index. */
  readonly dev: number | undefined;
}
export interface RouteFact {
  /** Canonical prefix. */
  readonly to: string;
  readonly via: string | undefined;
  readonly dev: number | undefined;
  readonly src: string | undefined;
  /** RTN_*: 1 unicast, 2 local, 6 blackhole. */
  readonly type: number;
  readonly table: number;
  /** RTPROT_*: 2 kernel, 4 static, 186 bgp, 188 ospf (rt_protos). */
  readonly protocol: number;
  readonly metric: number;
  /** More than one where the route is multipath. */
  readonly nextHops: readonly NextHop[];
}
export interface RuleFact {
  readonly family: 4 | 6;
  readonly priority: number;
  readonly table: number;
  readonly mark: number | undefined;
}
export interface NeighbourFact {
  readonly index: number;
  readonly address: string;
  readonly mac: string | undefined;
  /** NUD_*: 2 reachable, 4 stale, 32 failed, 128 permanent. */
  readonly state: number;
}

const macText = (value: Buffer): string => value.toString('hex').replaceAll(/(..)(?!$)/gu, '$1:');
const familyOf = (number: number | undefined): 4 | 6 => (number === AF.INET6 ? 6 : 4);
const addressText = (value: Buffer): string => formatAddress(addressFromOctets(value));
const zero = (family: 4 | 6): Address => ({ family, value: 0n });

const parseLink = (payload: Buffer): LinkFact => {
  const fact = {
    name: '',
    mac: '',
    mtu: 0,
    kind: undefined,
    master: undefined,
    peerIndex: undefined,
    peerNetnsId: undefined,
  };
  const found: { -readonly [Key in keyof LinkFact]: LinkFact[Key] } = {
    ...fact,
    index: payload.readInt32LE(4),
    up: (payload.readUInt32LE(8) & IFF_UP) !== 0,
  };
  readAttributes(payload, 16, (type, value) => {
    if (type === IFLA.IFNAME) found.name = textOf(value);
    else if (type === IFLA.ADDRESS) found.mac = macText(value);
    else if (type === IFLA.MTU) found.mtu = value.readUInt32LE(0);
    else if (type === IFLA.MASTER) found.master = value.readUInt32LE(0);
    else if (type === IFLA.LINK) found.peerIndex = value.readUInt32LE(0);
    else if (type === IFLA.LINK_NETNSID) found.peerNetnsId = value.readInt32LE(0);
    else if (type === IFLA.LINKINFO)
      readAttributes(value, 0, (inner, text) => {
        if (inner === IFLA.INFO_KIND) found.kind = textOf(text);
      });
  });
  return found;
};

const parseRoute = (payload: Buffer): RouteFact => {
  const family = familyOf(payload[0]);
  let to = zero(family);
  const found: { -readonly [Key in keyof RouteFact]: RouteFact[Key] } = {
    to: '',
    via: undefined,
    dev: undefined,
    src: undefined,
    type: payload[7] ?? 0,
    table: payload[4] ?? 0,
    protocol: payload[5] ?? 0,
    metric: 0,
    nextHops: [],
  };
  const nextHops: NextHop[] = [];
  readAttributes(payload, 12, (type, value) => {
    if (type === RTA.DST) to = addressFromOctets(value);
    else if (type === RTA.GATEWAY) found.via = addressText(value);
    else if (type === RTA.VIA) found.via = addressText(value.subarray(2));
    else if (type === RTA.OIF) found.dev = value.readUInt32LE(0);
    else if (type === RTA.PREFSRC) found.src = addressText(value);
    else if (type === RTA.TABLE) found.table = value.readUInt32LE(0);
    else if (type === RTA.PRIORITY) found.metric = value.readUInt32LE(0);
    else if (type === RTA.MULTIPATH) nextHops.push(...parseNextHops(value));
  });
  found.to = formatPrefix(networkOf({ ...to, length: payload[1] ?? 0 }));
  found.nextHops = nextHops.length > 0 ? nextHops : [{ via: found.via, dev: found.dev }];
  return found;
};

/** struct rtnexthop: length, flags, weight, index; then attributes. */
const parseNextHops = (value: Buffer): NextHop[] => {
  const hops: NextHop[] = [];
  for (let at = 0; at + 8 <= value.length;) {
    const length = value.readUInt16LE(at);
    if (length < 8) break;
    let via: string | undefined;
    readAttributes(value.subarray(at, at + length), 8, (type, octets) => {
      if (type === RTA.GATEWAY) via = addressText(octets);
      else if (type === RTA.VIA) via = addressText(octets.subarray(2));
    });
    hops.push({ via, dev: value.readInt32LE(at + 4) });
    at += (length + 3) & ~3;
  }
  return hops;
};

const parseRule = (payload: Buffer): RuleFact => {
  const found = {
    family: familyOf(payload[0]),
    priority: 0,
    table: payload[4] ?? 0,
    mark: undefined as number | undefined,
  };
  readAttributes(payload, 12, (type, value) => {
    // FRA_PRIORITY, FRA_FWMARK, FRA_TABLE of <linux/fib_rules.h>.
    if (type === 6) found.priority = value.readUInt32LE(0);
    else if (type === 10) found.mark = value.readUInt32LE(0);
    else if (type === 15) found.table = value.readUInt32LE(0);
  });
  return found;
};

const parseNeighbour = (payload: Buffer): NeighbourFact => {
  const found = {
    index: payload.readInt32LE(4),
    address: '',
    mac: undefined as string | undefined,
    state: payload.readUInt16LE(8),
  };
  readAttributes(payload, 12, (type, value) => {
    // NDA_DST and NDA_LLADDR of <linux/neighbour.h>.
    if (type === 1) found.address = addressText(value);
    else if (type === 2) found.mac = macText(value);
  });
  return found;
};

const collect = <T>(
  socket: NetlinkSocket,
  request: string,
  type: number,
  body: Uint8Array,
  parse: (payload: Buffer) => T,
): T[] => {
  const facts: T[] = [];
  socket.dump(request, type, body, (payload) => facts.push(parse(payload)));
  return facts;
};

/** struct ifinfomsg and IFLA_EXT_MASK with RTEXT_FILTER_SKIP_STATS: counters are most of an answer and nobody reads them. */
const linkRequest = new Uint8Array([...new Uint8Array(16), 8, 0, IFLA.EXT_MASK, 0, 8, 0, 0, 0]);

export const dumpLinks = (socket: NetlinkSocket): LinkFact[] =>
  collect(socket, 'list of links', RTM.GETLINK, linkRequest, parseLink);

export const dumpAddresses = (socket: NetlinkSocket): AddressFact[] =>
  collect(socket, 'list of addresses', RTM.GETADDR, new Uint8Array(8), (payload) => {
    let address: Address = zero(familyOf(payload[0]));
    // IFA_LOCAL is the interface's own address; IPv6 has IFA_ADDRESS alone unless there is a peer.
    let local: Address | undefined;
    readAttributes(payload, 8, (type, value) => {
      if (type === IFA.ADDRESS) address = addressFromOctets(value);
      else if (type === IFA.LOCAL) local = addressFromOctets(value);
    });
    return {
      index: payload.readUInt32LE(4),
      address: formatPrefix({ ...(local ?? address), length: payload[1] ?? 0 }),
    };
  });

/** The routes of one family in one table (the main one). An IPv4 table without routes does not exist: no routes. */
export const dumpRoutes = (socket: NetlinkSocket, family: 4 | 6, table = RT_TABLE_MAIN): RouteFact[] => {
  const body = new Uint8Array([familyNumber(family), 0, 0, 0, Math.min(table, 255), 0, 0, 0, 0, 0, 0, 0]);
  try {
    // Entries that a next hop exception cached carry RTM_F_CLONED and are not in the table.
    return collect(socket, 'list of routes', RTM.GETROUTE, body, parseRoute).filter((route) => route.table === table);
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === constants.errno.ENOENT) return [];
    throw error;
  }
};

export const dumpRules = (socket: NetlinkSocket): RuleFact[] =>
  collect(socket, 'list of rules', RTM.GETRULE, new Uint8Array(12), parseRule);

export const dumpNeighbours = (socket: NetlinkSocket): NeighbourFact[] =>
  collect(socket, 'list of neighbours', RTM.GETNEIGH, new Uint8Array(12), parseNeighbour);

export interface RouteQuestion {
  readonly to: string;
  readonly from?: string | undefined;
  /** Index of the interface it came in by; without it the packet is the node's own. */
  readonly iif?: number | undefined;
  readonly mark?: number | undefined;
}
export interface RouteAnswer extends Omit<RouteFact, 'to' | 'nextHops'> {
  /** The prefix of the table that matched. */
  readonly prefix: string;
}

/** Flags of <linux/rtnetlink.h>: answer with the entry of the table, not with the result; and name the entry's table. */
const RTM_F_FIB_MATCH = 0x2000;
const RTM_F_LOOKUP_TABLE = 0x1000;
/** errno of no route, and of a route that says there is none. */
const noRoute = [constants.errno.ENETUNREACH, constants.errno.EHOSTUNREACH, constants.errno.EACCES];

/** The route a packet takes, by the kernel's own lookup; undefined when there is none. */
export const lookUpRoute = (socket: NetlinkSocket, question: RouteQuestion): RouteAnswer | undefined => {
  const to = parseAddress(question.to);
  const from = question.from === undefined ? undefined : parseAddress(question.from);
  if (to === undefined) throw new TypeError(`not an address: ${question.to}`);
  const ask = (flags: number): RouteFact => {
    const bits = to.family === 4 ? 32 : 128;
    const batch = new MessageBatch<string>(256);
    batch.begin(RTM.GETROUTE, 0, `route to ${question.to}`);
    batch
      .u8(familyNumber(to.family))
      .u8(bits)
      .u8(from === undefined ? 0 : bits)
      .u8(0)
      .u32(0)
      .u32(flags);
    batch.attribute(RTA.DST, addressOctets(to));
    if (from !== undefined) batch.attribute(RTA.SRC, addressOctets(from));
    if (question.iif !== undefined) batch.attribute(RTA.IIF, int32(question.iif));
    if (question.mark !== undefined) batch.attribute(RTA.MARK, int32(question.mark));
    batch.end();
    return parseRoute(socket.ask(batch));
  };
  try {
    // IPv6 always names the table, and refuses the flag.
    const entry = ask(RTM_F_FIB_MATCH | (to.family === 4 ? RTM_F_LOOKUP_TABLE : 0));
    if (entry.type === RTN.BLACKHOLE || entry.type === RTN.UNREACHABLE || entry.type === RTN.PROHIBIT) return undefined;
    // With several next hops, the entry lists them all; the resolved route says which one this packet takes.
    const chosen = entry.nextHops.length > 1 ? ask(0) : entry;
    const { src, type, table, protocol, metric } = entry;
    return { prefix: entry.to, via: chosen.via, dev: chosen.dev, src, type, table, protocol, metric };
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    // An IPv4 blackhole answers EINVAL without a word; a malformed question gets one.
    const blackhole = error.errno === constants.errno.EINVAL && error.text === undefined;
    if (blackhole || noRoute.includes(error.errno)) return undefined;
    throw error;
  }
};
