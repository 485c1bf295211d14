/**
 * When has the kernel really freed removed namespaces? It takes them apart later, in one ordered work queue, a batch
 * of all that have died by then (cleanup_net() of net/core/net_namespace.c), and tells nobody. So a sentinel is sent
 * after them: one more namespace that dies last, holding one end of a veth pair whose other end is in a namespace that
 * lives. That end disappears when the sentinel's batch is being taken apart. A second sentinel, let go only then, gets
 * into a later batch: when it disappears too, the first batch has been finished and freed.
 */
import { closeSync, openSync } from 'node:fs';
import { interfaceIndex } from './device.ts';
import { check, CLONE, libc } from './libc.ts';
import { MessageBatch } from './message.ts';
import { NetlinkError, NetlinkSocket } from './netlink.ts';
import { until } from './wait.ts';
import { newVeth } from './rtnetlink.ts';

const ownNetns = '/proc/thread-self/ns/net';
const watched = 'sentinel';

/** Makes the sentinel and lets go of it at once; the socket belongs to the namespace that keeps the other end. */
const sendSentinel = (): NetlinkSocket => {
  const home = openSync(ownNetns, 'r');
  let watcher: NetlinkSocket | undefined;
  let sentinel: number | undefined;
  try {
    check(libc.unshare(CLONE.NEWNET), 'unshare(CLONE_NEWNET)');
    watcher = new NetlinkSocket();
    check(libc.unshare(CLONE.NEWNET), 'unshare(CLONE_NEWNET)');
    sentinel = openSync(ownNetns, 'r');
    const batch = new MessageBatch<string>();
    const end = { name: watched, mac: '02:00:00:00:00:01' };
    const peer = { name: watched, mac: '02:00:00:00:00:02', namespaceFd: sentinel };
    newVeth(batch, 'sentinel', { ...end, mtu: 1500, up: false, peer });
    const [refusal] = watcher.execute(batch);
    if (refusal !== undefined) throw new NetlinkError('sentinel', refusal.errno, refusal.text);
    return watcher;
  } catch (error) {
    watcher?.close();
    throw error;
  } finally {
    check(libc.setns(home, CLONE.NEWNET), 'setns back');
    if (sentinel !== undefined) closeSync(sentinel);
    closeSync(home);
  }
};

/**
 * Resolves true when every network namespace that nothing held any more at the time of the call has been freed by the
 * kernel; false when that took longer than `deadline` milliseconds. Namespaces that something still holds (a process,
 * a socket, a mount) are not waited for.
 */
export const waitGone = async (deadline = 60_000): Promise<boolean> => {
  const end = performance.now() + deadline;
  for (let sentinel = 1; sentinel <= 2; sentinel += 1) {
    const watcher = sendSentinel();
    try {
      if (!(await until(() => interfaceIndex(watcher, watched) === undefined, end - performance.now()))) return false;
    } finally {
      watcher.close();
    }
  }
  return true;
};
