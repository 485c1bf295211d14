/**
 * The Linux kernel's own GTP-U (the module `gtp`, drivers/net/gtp.c) as the other end of a tunnel: an interface with a role, and a
 * PDP context for each phone, which are made by generic netlink. The product has no use for it; tests have it judge ours.
 */
import { ipOctets } from '../../src/address/octets.ts';
import { insideNetns } from '../../src/kernel/inside.ts';
import { check, int32, libc } from '../../src/kernel/libc.ts';
import { MessageBatch, NLM_F, readAttributes, readMessages, textOf } from '../../src/kernel/message.ts';
import { NetlinkSocket } from '../../src/kernel/netlink.ts';
import { askFamily, NETLINK_GENERIC } from '../../src/kernel/try.ts';
import type { Tunnel } from '../../lab/gtp/config.ts';
import type { Namespaces } from './netns.ts';

/** <linux/genetlink.h>: what the controller says of a family; attributes begin after struct genlmsghdr. */
const GENL_HEADER_LENGTH = 4;
const CTRL_ATTR = { FAMILY_ID: 1, MCAST_GROUPS: 7, MCAST_GRP_NAME: 1, MCAST_GRP_ID: 2 } as const;
/** <linux/gtp.h>. */
const GTP_CMD = { NEWPDP: 0, DELPDP: 1, ECHOREQ: 3 } as const;
const GTPA = { LINK: 1, VERSION: 2, PEER_ADDRESS: 4, MS_ADDRESS: 5, I_TEI: 8, O_TEI: 9 } as const;
const GTP_V1 = 1;
/** The group that is told of Echo Responses, GTP_GENL_MCGRP_NAME. */
const GROUP = 'gtp';
/** <linux/socket.h>, <linux/netlink.h>. */
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;

/** `sgsn` is the end of the phone: its tunnels are chosen by a packet's source. `ggsn` is the other: by its destination. */
export type KernelRole = 'sgsn' | 'ggsn';

export interface KernelTunnel {
  /** Knows the phone by these TEIDs from now on, and by no others. */
  readonly use: (teidIn: number, teidOut: number) => void;
  /** User packets that the kernel took out of the tunnel, and those that it sent. */
  readonly packets: () => Promise<{ readonly received: number; readonly sent: number }>;
  /** Has the kernel send an Echo Request to the peer, and returns the address whose Echo Response it understood. */
  readonly echo: () => string;
}

/** Number of the family and of its group, as its socket says. */
const family = (socket: NetlinkSocket): { readonly id: number; readonly group: number } => {
  let [id, group] = [0, 0];
  readAttributes(askFamily(socket, 'gtp'), GENL_HEADER_LENGTH, (type, value) => {
    if (type === CTRL_ATTR.FAMILY_ID) id = value.readUInt16LE(0);
    if (type !== CTRL_ATTR.MCAST_GROUPS) return;
    readAttributes(value, 0, (_, one) => {
      let [name, number] = ['', 0];
      readAttributes(one, 0, (type, value) => {
        if (type === CTRL_ATTR.MCAST_GRP_NAME) name = textOf(value);
        if (type === CTRL_ATTR.MCAST_GRP_ID) number = value.readUInt32LE(0);
      });
      if (name === GROUP) group = number;
    });
  });
  return { id, group };
};

/**
 * Makes the kernel's end of a phone's tunnel: the interface `gtp0`, which is up, takes whole packets of 1500 octets, and has the GTP-U
 * port of all the node's addresses.
 *
 * @param phone the phone's IPv4 address @param local the node's address that Echo Requests are sent from
 */
export const kernelTunnel = async (
  net: Namespaces,
  node: string,
  role: KernelRole,
  phone: string,
  local: string,
  tunnel: Tunnel,
): Promise<KernelTunnel> => {
  const device = 'gtp0';
  await net.ipIn(node, 'link', 'add', 'dev', device, 'mtu', '1500', 'type', 'gtp', 'role', role);
  await net.ipIn(node, 'link', 'set', 'dev', device, 'up');

  /** Asks the kernel for something, with the version and the interface; it is done when this returns. */
  const request = (socket: NetlinkSocket, command: keyof typeof GTP_CMD, attributes: [number, Uint8Array][]): void => {
    const batch = new MessageBatch<string>(256);
    batch
      .begin(family(socket).id, NLM_F.CREATE | NLM_F.EXCL, command)
      .u8(GTP_CMD[command])
      .u8(0)
      .u16(0);
    batch.attributeU32(GTPA.LINK, libc.ifNameToIndex(device)).attributeU32(GTPA.VERSION, GTP_V1);
    for (const [type, value] of attributes) batch.attribute(type, value);
    batch.end();
    for (const { context, name, text } of socket.execute(batch))
      throw new Error(`gtp ${context}: ${name} ${text ?? ''}`);
  };
  const within = <T>(work: (socket: NetlinkSocket) => T): T =>
    insideNetns(net.path(node), () => {
      const socket = new NetlinkSocket(NETLINK_GENERIC);
      try {
        return work(socket);
      } finally {
        socket.close();
      }
    });

  let known = false;
  const use = (teidIn: number, teidOut: number): void =>
    within((socket) => {
      const ms: [number, Uint8Array] = [GTPA.MS_ADDRESS, ipOctets(phone)];
      if (known) request(socket, 'DELPDP', [ms]);
      request(socket, 'NEWPDP', [
        [GTPA.PEER_ADDRESS, ipOctets(tunnel.peer)],
        ms,
        [GTPA.I_TEI, int32(teidIn)],
        [GTPA.O_TEI, int32(teidOut)],
      ]);
      known = true;
    });
  use(tunnel.teidIn, tunnel.teidOut);

  return {
    use,
    packets: async () => {
      const names = ['rx', 'tx'].map((way) => `/sys/class/net/${device}/statistics/${way}_packets`);
      const [received, sent] = (await net.run(node, 'cat', ...names)).split('\n').map(Number);
      return { received: received ?? 0, sent: sent ?? 0 };
    },
    echo: () =>
      within((socket) => {
        const listener = new NetlinkSocket(NETLINK_GENERIC);
        try {
          // A socket has a port since its first question, and before that it hears of nothing.
          const { group } = family(listener);
          check(libc.setsockopt(listener.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, int32(group), 4), 'join gtp');
          request(socket, 'ECHOREQ', [
            [GTPA.PEER_ADDRESS, ipOctets(tunnel.peer)],
            [GTPA.MS_ADDRESS, ipOctets(local)],
          ]);
          const octets = Buffer.alloc(4096);
          // Waits as long as a netlink socket waits for an answer (30 s).
          const length = check(
            libc.recv(listener.fd, octets, octets.length, 0),
            'no Echo Response that the kernel takes',
          );
          let peer = '';
          for (const { payload } of readMessages(octets.subarray(0, length)))
            readAttributes(payload, GENL_HEADER_LENGTH, (type, value) => {
              if (type === GTPA.PEER_ADDRESS) peer = value.join('.');
            });
          return peer;
        } finally {
          listener.close();
        }
      }),
  };
};
