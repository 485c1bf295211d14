/** The way that a node's own packets to an address take now: which interface, and how large they may be. */
import { constants } from 'node:os';
import { addressOctets, parseAddress } from '../address/ip.ts';
import { MessageBatch, readAttributes } from './message.ts';
import { NetlinkError, type NetlinkSocket } from './netlink.ts';
import { AF, RTA, RTM, RTN } from './rtnetlink.ts';

/** <linux/rtnetlink.h>: metrics of a route, and among them the MTU that the kernel has learnt for the path. */
const RTA_METRICS = 8;
const RTAX_MTU = 2;

export interface Path {
  /** Interface index. */
  readonly dev: number;
  /** Octets of an IP packet where a route or ICMP says so; without it the interface's MTU counts. */
  readonly mtu: number | undefined;
}

const noRoute: readonly number[] = [
  constants.errno.ENETUNREACH,
  constants.errno.EHOSTUNREACH,
  constants.errno.EACCES,
  constants.errno.EINVAL, // a blackhole
];

/** The path from an own IPv4 address to another node's; undefined when there is none, or when the address is an own one. */
export const pathTo = (socket: NetlinkSocket, to: string, from: string): Path | undefined => {
  const batch = new MessageBatch<string>(128);
  batch.begin(RTM.GETROUTE, 0, `route to ${to}`);
  batch.u8(AF.INET).u8(32).u8(32).u8(0).u32(0).u32(0);
  for (const [type, text] of [
    [RTA.DST, to],
    [RTA.SRC, from],
  ] as const) {
    const address = parseAddress(text);
    if (address?.family !== 4) throw new TypeError(`not an IPv4 address: ${text}`);
    batch.attribute(type, addressOctets(address));
  }
  batch.end();
  try {
    const answer = socket.ask(batch);
    if (answer[7] !== RTN.UNICAST) return undefined;
    let dev: number | undefined;
    let mtu: number | undefined;
    readAttributes(answer, 12, (type, value) => {
      if (type === RTA.OIF) dev = value.readUInt32LE(0);
      else if (type === RTA_METRICS)
        readAttributes(value, 0, (metric, octets) => {
          if (metric === RTAX_MTU) mtu = octets.readUInt32LE(0);
        });
    });
    return dev === undefined ? undefined : { dev, mtu };
  } catch (error) {
    if (error instanceof NetlinkError && noRoute.includes(error.errno)) return undefined;
    throw error;
  }
};
