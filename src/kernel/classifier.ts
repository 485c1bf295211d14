/**
 * Programs at the doors of an interface, as tc(8) attaches them: the queueing discipline `clsact` has a hook for what comes
 * in (after packet sockets have seen it) and one for what goes out (before they do). TCX, which needs no discipline, came
 * with Linux 6.6 only. Numbers are from <linux/rtnetlink.h>, <linux/pkt_sched.h> and <linux/pkt_cls.h>.
 */
import { constants } from 'node:os';
import { MessageBatch, NLM_F } from './message.ts';
import { NetlinkError, type NetlinkSocket } from './netlink.ts';

const RTM = { NEWQDISC: 36, DELQDISC: 37, NEWTFILTER: 44, DELTFILTER: 45 } as const;
const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const TCA_BPF_FD = 6;
const TCA_BPF_NAME = 7;
const TCA_BPF_FLAGS = 8;
/** The program's result is what is done with the packet. */
const DIRECT_ACTION = 1;
const TC_H_CLSACT = 0xffff_fff1;
const CLSACT_HANDLE = 0xffff_0000;
const ETH_P_ALL = 3;

/** Parents of filters: TC_H_MIN_INGRESS and TC_H_MIN_EGRESS of clsact. */
export const door = { in: 0xffff_fff2, out: 0xffff_fff3 } as const;
export type Door = keyof typeof door;

/** struct tcmsg. */
const begin = (type: number, flags: number, what: string, fields: readonly number[]): MessageBatch<string> => {
  const batch = new MessageBatch<string>(256);
  batch.begin(type, flags, what).u32(0);
  for (const field of fields) batch.u32(field);
  return batch;
};

/** Sends the one message. @returns the errno of a refusal that is in `expected`, else 0 @throws NetlinkError */
const execute = (socket: NetlinkSocket, batch: MessageBatch<string>, expected: readonly number[]): number => {
  batch.end();
  const [refusal] = socket.execute(batch);
  if (refusal === undefined) return 0;
  if (expected.includes(refusal.errno)) return refusal.errno;
  throw new NetlinkError(refusal.context, refusal.errno, refusal.text);
};

/** Gives an interface its doors; false when it had them already. */
export const openDoors = (socket: NetlinkSocket, index: number): boolean => {
  const fields = [index, CLSACT_HANDLE, TC_H_CLSACT, 0];
  const batch = begin(RTM.NEWQDISC, NLM_F.CREATE | NLM_F.EXCL, 'tc qdisc add clsact', fields);
  batch.attributeText(TCA_KIND, 'clsact');
  return execute(socket, batch, [constants.errno.EEXIST]) === 0;
};

/** Takes the doors away, and every filter with them. */
export const closeDoors = (socket: NetlinkSocket, index: number): void => {
  const batch = begin(RTM.DELQDISC, 0, 'tc qdisc del clsact', [index, CLSACT_HANDLE, TC_H_CLSACT, 0]);
  execute(socket, batch, [constants.errno.EINVAL, constants.errno.ENOENT, constants.errno.ENODEV]);
};

export interface Filter {
  /** Interface. */
  readonly index: number;
  readonly door: Door;
  /** 1 to 65535; an interface has one filter of each at a door, so it says whose filter this is. */
  readonly priority: number;
}

const filterFields = ({ index, door: at, priority }: Filter): number[] => [
  index,
  1,
  door[at],
  // The protocol is in network order.
  ((priority << 16) | (ETH_P_ALL << 8)) >>> 0,
];

/** Puts a program of type classifier at a door, in the place of one of the same priority. */
export const attachFilter = (socket: NetlinkSocket, filter: Filter, program: number, name: string): void => {
  const flags = NLM_F.CREATE | NLM_F.REPLACE;
  const batch = begin(RTM.NEWTFILTER, flags, 'tc filter replace bpf', filterFields(filter));
  batch.attributeText(TCA_KIND, 'bpf').nested(TCA_OPTIONS, () => {
    batch.attributeU32(TCA_BPF_FD, program).attributeText(TCA_BPF_NAME, name);
    batch.attributeU32(TCA_BPF_FLAGS, DIRECT_ACTION);
  });
  execute(socket, batch, []);
};

/** Takes a filter away; false when there was none, or no such interface. */
export const detachFilter = (socket: NetlinkSocket, filter: Filter): boolean => {
  const batch = begin(RTM.DELTFILTER, 0, 'tc filter del', filterFields(filter));
  batch.attributeText(TCA_KIND, 'bpf');
  return execute(socket, batch, [constants.errno.ENOENT, constants.errno.EINVAL, constants.errno.ENODEV]) === 0;
};
