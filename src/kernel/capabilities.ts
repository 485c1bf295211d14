/**
 * What this machine's kernel can do, asked of the kernel itself: it loads modules on demand, so a list of loaded ones
 * would tell less than a try does. Everything is tried in a namespace of its own that is gone afterwards.
 */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { check, CLONE, libc } from './libc.ts';
import { MessageBatch, NLM_F } from './message.ts';
import { NetlinkSocket } from './netlink.ts';
import type { Capabilities } from '../plan/plan.ts';

/** <linux/netlink.h>, <linux/genetlink.h>: asking the controller for a family by name. */
const NETLINK_GENERIC = 16;
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_NAME = 2;

/** <linux/rtnetlink.h>, <linux/pkt_sched.h>: a root queueing discipline on lo. */
const RTM_NEWQDISC = 36;
const TC_H_ROOT = 0xffff_ffff;
const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const loopbackIndex = 1;
/** struct tc_netem_qopt: latency, limit (packets), loss, gap, duplicate, jitter. */
const netemOptions = Buffer.from(new Uint32Array([0, 1000, 0, 0, 0, 0]).buffer);

/** Runs `work` in a new network namespace that ends with it. */
const inNewNamespace = <T>(work: () => T): T => {
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

/** Whether the generic netlink family exists; asking loads its module where there is one. */
export const hasGenericFamily = (name: string): boolean => {
  let socket: NetlinkSocket | undefined;
  try {
    socket = new NetlinkSocket(NETLINK_GENERIC);
    const batch = new MessageBatch<string>(128);
    batch.begin(GENL_ID_CTRL, NLM_F.ACK, `family ${name}`);
    batch.u8(CTRL_CMD_GETFAMILY).u8(1).u16(0).attributeText(CTRL_ATTR_FAMILY_NAME, name);
    batch.end();
    socket.ask(batch);
    return true;
  } catch {
    return false;
  } finally {
    socket?.close();
  }
};

const hasQueueingDiscipline = (kind: string, options: Buffer): boolean =>
  inNewNamespace(() => {
    const socket = new NetlinkSocket();
    try {
      const batch = new MessageBatch<string>(256);
      batch.begin(RTM_NEWQDISC, NLM_F.CREATE | NLM_F.REPLACE, kind);
      batch
        .u32(0)
        .u32(loopbackIndex)
        .u32(0)
        .u32(TC_H_ROOT)
        .u32(0)
        .attributeText(TCA_KIND, kind)
        .attribute(TCA_OPTIONS, options);
      batch.end();
      return socket.execute(batch).length === 0;
    } finally {
      socket.close();
    }
  });

const isRoot = (): boolean => process.getuid?.() === 0;

let known: Capabilities | undefined;

/** What the plan depends on. Asked once per process; without root, what only root can try counts as absent. */
export const capabilities = (): Capabilities =>
  (known ??= {
    openvswitch: isRoot() && hasGenericFamily('ovs_datapath'),
    netem: isRoot() && hasQueueingDiscipline('netem', netemOptions),
    cubic: readFileSync('/proc/sys/net/ipv4/tcp_allowed_congestion_control', 'utf8').split(/\s+/u).includes('cubic'),
  });

/** <linux/rtnetlink.h>, <linux/if_link.h>, <asm-generic/errno.h>. */
const RTM_NEWLINK = 16;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const EOPNOTSUPP = 95;

/**
 * Whether the kernel can make interfaces of a kind, such as vrf; trying loads the module where there is one. Only what
 * says that the kind is unknown counts: a VRF without a table is refused for another reason.
 */
export const hasLinkKind = (kind: string): boolean =>
  inNewNamespace(() => {
    const socket = new NetlinkSocket();
    try {
      const batch = new MessageBatch<string>(256);
      batch
        .begin(RTM_NEWLINK, NLM_F.CREATE | NLM_F.EXCL, kind)
        .u32(0)
        .u32(0)
        .u32(0)
        .u32(0);
      batch.nested(IFLA_LINKINFO, () => batch.attributeText(IFLA_INFO_KIND, kind));
      batch.end();
      return !socket.execute(batch).some(({ errno }) => errno === EOPNOTSUPP);
    } finally {
      socket.close();
    }
  });

/** MPLS forwarding: its sysctls are there when the kernel has it, or its module is loaded (Documentation/networking/mpls-sysctl.rst). */
export const hasMpls = (): boolean => existsSync('/proc/sys/net/mpls');

/** Whether a file system can be mounted: listed by the kernel, which may need its module first. */
export const hasFileSystem = (name: string): boolean =>
  new RegExp(`\\b${name}$`, 'mu').test(readFileSync('/proc/filesystems', 'utf8'));

export const hasTun = (): boolean => existsSync('/dev/net/tun');
