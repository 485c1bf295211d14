/**
 * What is written to rtnetlink(7): links, addresses and routes as messages of a batch. Interfaces are given by their
 * index in the namespace of the socket that will send the batch.
 */
import { addressOctets, lastAddress } from '../address/ip.ts';
import type { Address, Prefix } from '../address/ip.ts';
import { NLM_F } from './message.ts';
import type { MessageBatch } from './message.ts';

/** Message types, <linux/rtnetlink.h>. */
export const RTM = {
  NEWLINK: 16,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  GETROUTE: 26,
  NEWNEIGH: 28,
  GETNEIGH: 30,
  GETRULE: 34,
} as const;

/** Address families, <linux/socket.h>. */
export const AF = { UNSPEC: 0, INET: 2, INET6: 10 } as const;
export const familyNumber = (family: 4 | 6): number => (family === 4 ? AF.INET : AF.INET6);

/** Attributes of links, <linux/if_link.h>, and of a veth's peer, <linux/veth.h>. */
export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  NET_NS_FD: 28,
  EXT_MASK: 29,
  LINK_NETNSID: 37,
  INFO_KIND: 1,
  INFO_DATA: 2,
} as const;
const VETH_INFO_PEER = 1;
export const IFF_UP = 1;

/** Attributes and flags of addresses, <linux/if_addr.h>. */
export const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, CACHEINFO: 6, FLAGS: 8 } as const;
/** No duplicate address detection: the address can be used at once. */
const IFA_F_NODAD = 2;

/** Attributes, types and values of routes, <linux/rtnetlink.h>. */
export const RTA = {
  DST: 1,
  SRC: 2,
  IIF: 3,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  MULTIPATH: 9,
  TABLE: 15,
  MARK: 16,
  VIA: 18,
} as const;
export const RTN = { UNICAST: 1, LOCAL: 2, BLACKHOLE: 6, UNREACHABLE: 7, PROHIBIT: 8 } as const;
export const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE = { UNIVERSE: 0, LINK: 253 } as const;
const RTNH_F_ONLINK = 4;

const createNew = NLM_F.CREATE | NLM_F.EXCL;
const createOrReplace = NLM_F.CREATE | NLM_F.REPLACE;

/** Attributes of neighbours and the state that is believed for a while, <linux/neighbour.h>. */
const NDA = { DST: 1, LLADDR: 2 } as const;
const NUD_REACHABLE = 2;

const macOctets = (mac: string): Uint8Array => Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16));

/** struct ifinfomsg. */
const linkHeader = <C>(batch: MessageBatch<C>, index: number, flags: number, change: number): MessageBatch<C> =>
  batch.u32(AF.UNSPEC).u32(index).u32(flags).u32(change);

const linkNames = <C>(batch: MessageBatch<C>, name: string, mac: string, mtu?: number): void => {
  batch.attributeText(IFLA.IFNAME, name).attribute(IFLA.ADDRESS, macOctets(mac));
  if (mtu !== undefined) batch.attributeU32(IFLA.MTU, mtu);
};

export interface NewVeth {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** Its number in its namespace; the kernel's choice when left out, as the peer's always is. */
  readonly index?: number | undefined;
  readonly peer: { readonly name: string; readonly mac: string; readonly namespaceFd: number };
}

/** A veth pair; its first end appears where the socket is, its peer in the namespace of the file descriptor. */
export const newVeth = <C>(batch: MessageBatch<C>, context: C, veth: NewVeth): void => {
  const flags = veth.up ? IFF_UP : 0;
  linkHeader(batch.begin(RTM.NEWLINK, createNew, context), veth.index ?? 0, flags, flags);
  linkNames(batch, veth.name, veth.mac, veth.mtu);
  batch.nested(IFLA.LINKINFO, () => {
    batch.attributeText(IFLA.INFO_KIND, 'veth').nested(IFLA.INFO_DATA, () => {
      batch.nested(VETH_INFO_PEER, () => {
        linkHeader(batch, 0, 0, 0);
        linkNames(batch, veth.peer.name, veth.peer.mac, veth.mtu);
        batch.attributeU32(IFLA.NET_NS_FD, veth.peer.namespaceFd);
      });
    });
  });
  batch.end();
};

export const newBridge = <C>(batch: MessageBatch<C>, context: C, name: string, mac: string): void => {
  linkHeader(batch.begin(RTM.NEWLINK, createNew, context), 0, 0, 0);
  linkNames(batch, name, mac);
  batch.nested(IFLA.LINKINFO, () => batch.attributeText(IFLA.INFO_KIND, 'bridge'));
  batch.end();
};

export interface LinkChange {
  readonly up?: boolean;
  readonly mtu?: number;
  /** Index of the bridge it becomes a port of. */
  readonly master?: number;
}

/** Changes an interface that is there. */
export const setLink = <C>(batch: MessageBatch<C>, context: C, index: number, change: LinkChange): void => {
  const mask = change.up === undefined ? 0 : IFF_UP;
  linkHeader(batch.begin(RTM.NEWLINK, 0, context), index, change.up === true ? IFF_UP : 0, mask);
  if (change.mtu !== undefined) batch.attributeU32(IFLA.MTU, change.mtu);
  if (change.master !== undefined) batch.attributeU32(IFLA.MASTER, change.master);
  batch.end();
};

/** struct ifaddrmsg: family, prefix length, flags (the first eight), scope, index. */
const addressHeader = <C>(batch: MessageBatch<C>, index: number, address: Prefix): MessageBatch<C> =>
  batch
    .u8(familyNumber(address.family))
    .u8(address.length)
    .u8(address.family === 6 ? IFA_F_NODAD : 0)
    .u8(RT_SCOPE.UNIVERSE)
    .u32(index);

/**
 * An interface address. IPv4 gets its subnet's broadcast address where there is one (not below /30: RFC 3021).
 *
 * @param lifetime seconds after which the kernel takes it away by itself; then it may be there already, and lasts that long
 *   from now on
 */
export const newAddress = <C>(
  batch: MessageBatch<C>,
  context: C,
  index: number,
  address: Prefix,
  lifetime?: number,
): void => {
  const octets = addressOctets(address);
  batch.begin(RTM.NEWADDR, lifetime === undefined ? createNew : createOrReplace, context);
  addressHeader(batch, index, address);
  batch.attribute(IFA.LOCAL, octets).attribute(IFA.ADDRESS, octets);
  if (address.family === 4 && address.length <= 30) batch.attribute(IFA.BROADCAST, addressOctets(lastAddress(address)));
  if (lifetime !== undefined) {
    // struct ifa_cacheinfo: preferred and valid lifetime in seconds, and two times that the kernel sets.
    const cacheInfo = Buffer.alloc(16);
    cacheInfo.writeUInt32LE(lifetime, 0);
    cacheInfo.writeUInt32LE(lifetime, 4);
    batch.attribute(IFA.CACHEINFO, cacheInfo);
  }
  batch.end();
};

/** Takes an interface address away. */
export const deleteAddress = <C>(batch: MessageBatch<C>, context: C, index: number, address: Prefix): void => {
  addressHeader(batch.begin(RTM.DELADDR, 0, context), index, address);
  batch.attribute(IFA.LOCAL, addressOctets(address)).attribute(IFA.ADDRESS, addressOctets(address)).end();
};

export interface NewRoute {
  /** The destination; host bits must be clear. */
  readonly to: Prefix;
  readonly via?: Address | undefined;
  /** Index of the interface. */
  readonly dev?: number | undefined;
  readonly src?: Address | undefined;
  /** The next hop is on the link although no address of the interface says so. */
  readonly onlink?: boolean | undefined;
  readonly blackhole?: boolean | undefined;
  /** Takes the place of the route to the same destination. */
  readonly replace?: boolean | undefined;
}

/** A route of protocol `static` in the main table. An IPv4 destination may have an IPv6 next hop (RFC 8950). */
export const newRoute = <C>(batch: MessageBatch<C>, context: C, route: NewRoute): void => {
  const { to, via, dev, src } = route;
  const direct = via === undefined && route.blackhole !== true && to.family === 4;
  // struct rtmsg: family, lengths of destination and source, TOS, table, protocol, scope, type, flags.
  batch
    .begin(RTM.NEWROUTE, route.replace === true ? createOrReplace : createNew, context)
    .u8(familyNumber(to.family))
    .u8(to.length)
    .u8(0)
    .u8(0);
  batch
    .u8(RT_TABLE_MAIN)
    .u8(RTPROT_STATIC)
    .u8(direct ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE);
  batch.u8(route.blackhole === true ? RTN.BLACKHOLE : RTN.UNICAST).u32(route.onlink === true ? RTNH_F_ONLINK : 0);
  if (to.length > 0) batch.attribute(RTA.DST, addressOctets(to));
  if (via !== undefined && via.family === to.family) batch.attribute(RTA.GATEWAY, addressOctets(via));
  if (via !== undefined && via.family !== to.family) {
    const family = Buffer.alloc(2);
    family.writeUInt16LE(familyNumber(via.family));
    batch.attribute(RTA.VIA, Buffer.concat([family, addressOctets(via)]));
  }
  if (dev !== undefined) batch.attributeU32(RTA.OIF, dev);
  if (src !== undefined) batch.attribute(RTA.PREFSRC, addressOctets(src));
  batch.end();
};

/** A neighbour that has just been heard of, in the place of what was known of its address. */
export const setNeighbour = <C>(
  batch: MessageBatch<C>,
  context: C,
  dev: number,
  address: Address,
  mac: string,
): void => {
  // struct ndmsg: family, padding, index, state, flags, type.
  batch.begin(RTM.NEWNEIGH, createOrReplace, context).u8(familyNumber(address.family)).u8(0).u8(0).u8(0).u32(dev);
  batch.u8(NUD_REACHABLE).u8(0).u8(0).u8(0);
  batch.attribute(NDA.DST, addressOctets(address)).attribute(NDA.LLADDR, macOctets(mac)).end();
};
