/**
 * Trying whether the kernel can do a thing, by the door through which the thing is done: it loads modules on demand, so a
 * list of loaded ones would tell less. No process is started, and nothing stays: what is made is made in a network
 * namespace of its own, which ends with the try. All of it needs root.
 */
import { closeSync, openSync } from 'node:fs';
import { createMap, mapType } from './bpf.ts';
import { SystemError, check, CLONE, libc } from './libc.ts';
import { MessageBatch, NLM_F } from './message.ts';
import { NetlinkError, NetlinkSocket } from './netlink.ts';
import { IFLA, RTM } from './rtnetlink.ts';

/** <linux/netlink.h>, <linux/genetlink.h>: asking the controller for a family by name. */
export const NETLINK_GENERIC = 16;
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_NAME = 2;

/** <linux/rtnetlink.h>, <linux/pkt_sched.h>: a queueing discipline on lo. */
const RTM_NEWQDISC = 36;
const TC_H_ROOT = 0xffff_ffff;
const TC_H_CLSACT = 0xffff_fff1;
const CLSACT_HANDLE = 0xffff_0000;
const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const loopbackIndex = 1;

/** <linux/netfilter/nfnetlink.h>, <linux/netfilter/nf_tables.h>: a transaction that makes a table. */
const NETLINK_NETFILTER = 12;
const NFNL_MSG_BATCH = { BEGIN: 16, END: 17 } as const;
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_NEWTABLE = NFNL_SUBSYS_NFTABLES << 8;
const NFTA_TABLE_NAME = 1;
/** <linux/netfilter/nfnetlink_conntrack.h>: asking for a connection in a zone. */
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = (NFNL_SUBSYS_CTNETLINK << 8) | 1;
const CTA_ZONE = 18;
/** Address families of nf_tables, <linux/netfilter.h>. */
export const NFPROTO = { INET: 1, IPV4: 2, IPV6: 10 } as const;

/** <asm-generic/errno.h>. */
const EPROTONOSUPPORT = 93;
const EOPNOTSUPP = 95;

/** Runs `work` in a new network namespace that ends with it. */
export const inNewNamespace = <T>(work: () => T): T => {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    check(libc.unshare(CLONE.NEWNET), 'unshare(CLONE_NEWNET)');
    try {
      return work();
    } finally {
      check(libc.setns(home, CLONE.NEWNET), 'setns back');
    }
  } finally {
    closeSync(home);
  }
};

/**
 * Asks in a new namespace by a netlink socket of it. A kernel without that protocol of netlink - one whose modules were taken
 * away, with another to be booted - lacks what it would tell of.
 */
export const askByNetlink = (protocol: number | undefined, work: (socket: NetlinkSocket) => boolean): boolean =>
  inNewNamespace(() => {
    let socket: NetlinkSocket;
    try {
      socket = new NetlinkSocket(protocol);
    } catch (error) {
      if (error instanceof SystemError && error.errno === EPROTONOSUPPORT) return false;
      throw error;
    }
    try {
      return work(socket);
    } finally {
      socket.close();
    }
  });

/** What the controller says of a generic netlink family: attributes after a header of four octets. @throws NetlinkError */
export const askFamily = (socket: NetlinkSocket, name: string): Buffer => {
  const batch = new MessageBatch<string>(128);
  batch.begin(GENL_ID_CTRL, 0, `family ${name}`);
  batch.u8(CTRL_CMD_GETFAMILY).u8(1).u16(0).attributeText(CTRL_ATTR_FAMILY_NAME, name);
  batch.end();
  return socket.ask(batch);
};

/** Whether a generic netlink family exists: `ovs_datapath`, `gtp`. */
export const hasGenericFamily = (name: string): boolean =>
  askByNetlink(NETLINK_GENERIC, (socket) => {
    try {
      askFamily(socket, name);
      return true;
    } catch (error) {
      if (error instanceof NetlinkError) return false;
      throw error;
    }
  });

/** Whether a queueing discipline can be attached: one at the root, with the options it insists on, or `clsact`. */
export const hasQueueingDiscipline = (kind: string, options?: Buffer): boolean =>
  askByNetlink(undefined, (socket) => {
    const [handle, parent] = kind === 'clsact' ? [CLSACT_HANDLE, TC_H_CLSACT] : [0, TC_H_ROOT];
    const batch = new MessageBatch<string>(256);
    batch.begin(RTM_NEWQDISC, NLM_F.CREATE | NLM_F.REPLACE, kind);
    for (const field of [0, loopbackIndex, handle, parent, 0]) batch.u32(field);
    batch.attributeText(TCA_KIND, kind);
    if (options !== undefined) batch.attribute(TCA_OPTIONS, options);
    batch.end();
    return socket.execute(batch).length === 0;
  });

/**
 * Whether the kernel can make interfaces of a kind, such as `vrf` or `vxlan`. Only what says that the kind is unknown
 * counts: a VRF without a table is refused for another reason.
 */
export const hasLinkKind = (kind: string): boolean =>
  askByNetlink(undefined, (socket) => {
    const batch = new MessageBatch<string>(256);
    // struct ifinfomsg, all zero.
    batch
      .begin(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL, kind)
      .u32(0)
      .u32(0)
      .u32(0)
      .u32(0);
    batch.nested(IFLA.LINKINFO, () => batch.attributeText(IFLA.INFO_KIND, kind));
    batch.end();
    return !socket.execute(batch).some(({ errno }) => errno === EOPNOTSUPP);
  });

/** Whether nf_tables has tables of an address family; `iptables` of today is made of those of IPv4 and IPv6. */
export const hasTables = (family: number): boolean =>
  askByNetlink(NETLINK_NETFILTER, (socket) => {
    const batch = new MessageBatch<string>(256);
    // struct nfgenmsg: family, version, and a number in network order, here of the subsystem.
    const begin = (type: number, flags: number, ofFamily: number, resource: number): void => {
      batch
        .begin(type, flags, 'nf_tables')
        .u8(ofFamily)
        .u8(0)
        .u16(resource << 8);
    };
    begin(NFNL_MSG_BATCH.BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES);
    batch.end();
    begin(NFT_MSG_NEWTABLE, NLM_F.CREATE | NLM_F.ACK, family, 0);
    batch.attributeText(NFTA_TABLE_NAME, 'try');
    batch.end();
    begin(NFNL_MSG_BATCH.END, 0, 0, NFNL_SUBSYS_NFTABLES);
    batch.end();
    try {
      socket.ask(batch);
      return true;
    } catch (error) {
      // The answer is an acknowledgement, which is an error of number 0.
      if (error instanceof NetlinkError) return error.errno === 0;
      throw error;
    }
  });

/**
 * Whether the connection tracker knows zones (CONFIG_NF_CONNTRACK_ZONES): one that does not says so of the question, any
 * other misses the connection in it.
 */
export const hasZones = (): boolean =>
  askByNetlink(NETLINK_NETFILTER, (socket) => {
    const batch = new MessageBatch<string>(64);
    batch.begin(IPCTNL_MSG_CT_GET, NLM_F.ACK, 'zones').u8(NFPROTO.IPV4).u8(0).u16(0);
    batch.attribute(CTA_ZONE, Buffer.from([0, 1]));
    batch.end();
    try {
      socket.ask(batch);
      return true;
    } catch (error) {
      if (error instanceof NetlinkError) return error.errno !== EOPNOTSUPP;
      throw error;
    }
  });

/** Whether programs can be put at the doors of interfaces: bpf(2) is ours to call, and there is `clsact`. */
export const hasPrograms = (): boolean => {
  try {
    libc.close(createMap({ type: mapType.array, key: 4, value: 4, entries: 1, flags: 0 }, 'try'));
  } catch {
    return false;
  }
  return hasQueueingDiscipline('clsact');
};
