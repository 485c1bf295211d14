/** Changes of single interfaces while a lab runs: taken away, set down, set up. */
import { constants } from 'node:os';
import { interfaceIndex } from './device.ts';
import { SystemError } from './libc.ts';
import { MessageBatch } from './message.ts';
import type { NetlinkSocket } from './netlink.ts';
import { setLink } from './rtnetlink.ts';

/** RTM_DELLINK of <linux/rtnetlink.h>. */
const RTM_DELLINK = 17;

/** Deletes an interface of the node, if it is there; of a veth pair the other end goes too. */
export const deleteLink = (socket: NetlinkSocket, name: string): void => {
  const index = interfaceIndex(socket, name);
  if (index === undefined) return;
  const batch = new MessageBatch<string>(64);
  // struct ifinfomsg: family, padding, type, index, flags, change mask.
  batch.begin(RTM_DELLINK, 0, name).u32(0).u32(index).u32(0).u32(0).end();
  const [refusal] = socket.execute(batch);
  // It went meanwhile, with its other end: the kernel takes a namespace apart in its own time.
  if (refusal !== undefined && refusal.errno !== constants.errno.ENODEV)
    throw new SystemError(`delete link ${name}`, refusal.errno);
};

/** Sets an interface of the node up or down. A veth that is down takes the carrier from its other end. */
export const setInterface = (socket: NetlinkSocket, name: string, up: boolean): void => {
  const index = interfaceIndex(socket, name);
  if (index === undefined) throw new SystemError(`interface ${name}`, constants.errno.ENODEV);
  const batch = new MessageBatch<string>(64);
  setLink(batch, name, index, { up });
  const [refusal] = socket.execute(batch);
  if (refusal !== undefined) throw new SystemError(`set link ${name} ${up ? 'up' : 'down'}`, refusal.errno);
};
