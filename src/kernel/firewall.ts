/**
 * Whether a namespace has a firewall at all, asked of the kernel itself: starting iptables-save in every node of a large
 * lab, only to hear from most of them that there is nothing, takes longer than everything else that is asked.
 */
import { existsSync, readFileSync } from 'node:fs';
import { NetlinkError, NetlinkSocket } from './netlink.ts';

/** <linux/netlink.h>, <linux/netfilter/nfnetlink.h>, <linux/netfilter/nf_tables.h>: subsystem 10, message 1. */
const NETLINK_NETFILTER = 12;
const NFT_MSG_GETTABLE = (10 << 8) | 1;
/** struct nfgenmsg: every family, version 0, no resource. */
const everyFamily = Buffer.alloc(4);

/** Names of the tables of the older iptables, one a line; the files are there only where its modules are. */
const legacy = ['ip_tables_names', 'ip6_tables_names'].map((name) => `/proc/thread-self/net/${name}`);

const hasNftables = (): boolean => {
  let found = false;
  const socket = new NetlinkSocket(NETLINK_NETFILTER);
  try {
    socket.dump('the tables of nftables', NFT_MSG_GETTABLE, everyFamily, () => {
      found = true;
    });
  } catch (error) {
    // A kernel without nftables does not know the question.
    if (!(error instanceof NetlinkError)) throw error;
  } finally {
    socket.close();
  }
  return found;
};

/** Whether any table of nftables or iptables is in the namespace the calling thread is in. Tables stay when their rules go. */
export const hasFirewall = (): boolean =>
  hasNftables() || legacy.some((file) => existsSync(file) && readFileSync(file, 'utf8').trim() !== '');
