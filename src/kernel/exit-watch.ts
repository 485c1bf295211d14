/**
 * The end of processes that are not our children, told by the kernel: pidfds (pidfd_open(2)) in an epoll set that one
 * thread of Node's pool sleeps on. Nothing is polled, and who watches takes no processor time until something ends.
 * How a process ended is known to its parent alone, until Linux 6.15: since then a pidfd remembers it after the process
 * has been reaped (PIDFD_GET_INFO with PIDFD_INFO_EXIT, <linux/pidfd.h>).
 */
import { constants } from 'node:os';
import { check, libc } from './libc.ts';
import { alive } from './pid.ts';
import type { ProcessId } from './pid.ts';
import { until } from './wait.ts';

/** How a process ended; undefined where the kernel does not tell. */
export type Ending = { readonly exit: number } | { readonly signal: string };

/** <sys/epoll.h>. */
const EPOLL_CLOEXEC = 0o2_000_000;
const [EPOLL_CTL_ADD, EPOLL_CTL_DEL] = [1, 2];
const EPOLLIN = 1;
const EPOLLONESHOT = 1 << 30;

/** struct epoll_event: packed on x86-64 only (<sys/epoll.h>, __EPOLL_PACKED). */
const event = process.arch === 'x64' ? { length: 12, data: 4 } : { length: 16, data: 8 };
const eventsAtOnce = 64;

/** _IOWR(0xFF, 11, struct pidfd_info) with the first published form of the structure, 64 octets. */
const PIDFD_GET_INFO = 0xc040_ff0b;
const info = { length: 64, exitCode: 60, wantsExit: 1n << 3n } as const;

/** Milliseconds that a parent may take to reap its child before how it ended is given up. */
const reapDeadline = 1000;

/** wait(2)'s status word, in words. */
export const endingOf = (status: number): Ending => {
  const number = status & 0x7f;
  if (number === 0) return { exit: (status >> 8) & 0xff };
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return { signal: name ?? `signal ${number}` };
};

/** How the process ended; `zombie` while its parent has not reaped it; undefined where the kernel does not tell. */
const readEnding = (pidfd: number): Ending | 'zombie' | undefined => {
  const buffer = Buffer.alloc(info.length);
  buffer.writeBigUInt64LE(info.wantsExit);
  // ENOTTY before Linux 6.13, which had no such call; ESRCH before 6.15, which forgot a process that was reaped.
  if (libc.ioctl(pidfd, PIDFD_GET_INFO, buffer) < 0) return undefined;
  const told = (buffer.readBigUInt64LE() & info.wantsExit) !== 0n;
  return told ? endingOf(buffer.readInt32LE(info.exitCode)) : 'zombie';
};

const keyOf = ({ pid, startTime }: ProcessId): string => `${pid} ${startTime}`;

/** Watches a changing set of processes. Make one in a process that does nothing else: it never lets go of its thread. */
export class ExitWatch {
  readonly #epoll = check(libc.epollCreate1(EPOLL_CLOEXEC), 'epoll_create1');
  readonly #descriptors = new Map<string, number>();
  readonly #watched = new Map<number, ProcessId>();
  readonly #ended: (process: ProcessId, ending: Ending | undefined) => void;
  /** Kept here, for a thread writes to it. */
  readonly #events = Buffer.alloc(event.length * eventsAtOnce);

  /** `ended` is called once for each watched process, soon after its end. */
  constructor(ended: (process: ProcessId, ending: Ending | undefined) => void) {
    this.#ended = ended;
    this.#wait();
  }

  /** From now on exactly these are watched. One that has ended already is told of like any other. */
  watch(processes: readonly ProcessId[]): void {
    const wanted = new Map(processes.map((one) => [keyOf(one), one]));
    for (const [key, descriptor] of this.#descriptors) if (!wanted.has(key)) this.#forget(key, descriptor);
    for (const [key, one] of wanted) if (!this.#descriptors.has(key)) this.#take(key, one);
  }

  /** Whether it is watched: it runs, or its end is still to be told. */
  has(process: ProcessId): boolean {
    return this.#descriptors.has(keyOf(process));
  }

  #take(key: string, one: ProcessId): void {
    const descriptor: number = libc.pidfdOpen(one.pid, 0);
    // Looked at after the descriptor is open: it can mean no other process any more.
    if (descriptor < 0 || !alive(one)) {
      if (descriptor >= 0) libc.close(descriptor);
      return;
    }
    const wanted = Buffer.alloc(event.length);
    wanted.writeUInt32LE((EPOLLIN | EPOLLONESHOT) >>> 0);
    wanted.writeInt32LE(descriptor, event.data);
    check(libc.epollCtl(this.#epoll, EPOLL_CTL_ADD, descriptor, wanted), 'epoll_ctl');
    this.#descriptors.set(key, descriptor);
    this.#watched.set(descriptor, one);
  }

  #forget(key: string, descriptor: number): void {
    this.#descriptors.delete(key);
    this.#watched.delete(descriptor);
    libc.epollCtl(this.#epoll, EPOLL_CTL_DEL, descriptor, null);
    libc.close(descriptor);
  }

  #wait(): void {
    libc.epollWait.async(this.#epoll, this.#events, eventsAtOnce, -1, (error: Error | null, count: number) => {
      if (error !== null) throw error;
      // EINTR alone can be: the descriptor and the memory are ours.
      for (let index = 0; index < count; index += 1)
        void this.#tell(this.#events.readInt32LE(index * event.length + event.data));
      this.#wait();
    });
  }

  async #tell(descriptor: number): Promise<void> {
    const one = this.#watched.get(descriptor);
    if (one === undefined) return;
    this.#watched.delete(descriptor);
    // It is a zombie now; its node's init reaps it at once, and with that its pidfd learns how it ended.
    const key = keyOf(one);
    let ending: ReturnType<typeof readEnding> = 'zombie';
    // Nobody wants to know it any more when the descriptor is gone, and its number may be another's.
    const wanted = (): boolean => this.#descriptors.get(key) === descriptor;
    await until(() => !wanted() || (ending = readEnding(descriptor)) !== 'zombie', reapDeadline);
    if (!wanted()) return;
    this.#forget(key, descriptor);
    this.#ended(one, ending === 'zombie' ? undefined : ending);
  }
}
