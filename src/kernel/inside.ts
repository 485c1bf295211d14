/**
 * A moment inside another network namespace. A socket belongs to the namespace of the thread that made it, for good, so
 * one process can hold sockets in every node of a lab: enter, make the socket, come back (setns(2)).
 *
 * The work must be synchronous: whatever else ran on this thread in between would run in the wrong namespace.
 */
import { closeSync, openSync } from 'node:fs';
import { check, CLONE, libc } from './libc.ts';

/** A descriptor of the network namespace this thread is in; the caller closes it. */
const openOwn = (): number => openSync('/proc/thread-self/ns/net', 'r');

/**
 * Runs `work` inside the network namespace of a file such as `/run/netns/x` or `/proc/PID/ns/net` and returns what it
 * returned. The thread is back in its own namespace afterwards, also when `work` threw.
 *
 * @throws Error of node:fs when the file cannot be opened, SystemError when setns(2) refuses (not root, not a namespace).
 */
export const insideNetns = <T>(path: string, work: () => T): T => {
  const own = openOwn();
  try {
    const target = openSync(path, 'r');
    try {
      check(libc.setns(target, CLONE.NEWNET), `setns ${path}`);
    } finally {
      closeSync(target);
    }
    try {
      return work();
    } finally {
      check(libc.setns(own, CLONE.NEWNET), 'setns back');
    }
  } finally {
    closeSync(own);
  }
};
