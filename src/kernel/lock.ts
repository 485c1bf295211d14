/**
 * One command at a time changes a lab. The lock is flock(2) on a file: the kernel frees it when the holder ends, however
 * it ends, so there is no stale lock to break. The file's content only says who holds it, for the message.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { XiyouError } from '../errors.ts';
import { errnoName, errno, libc } from './libc.ts';
import { until } from './wait.ts';

/** LOCK_EX and LOCK_NB of <sys/file.h>. */
const exclusive = 2;
const exclusiveNow = exclusive | 4;

export interface LockRequest {
  readonly path: string;
  /** What the caller is doing: `up journey`. */
  readonly who: string;
  /** Milliseconds to wait for another holder; 0 gives up at once. */
  readonly wait: number;
}

export interface Lock {
  /** Lets the next one in. With `remove`, the file goes too: for a lab that is no more. */
  readonly release: (options?: { readonly remove?: boolean }) => void;
}

const holder = (path: string): string => {
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  return text === '' ? 'another process' : text;
};

/** @throws XiyouError lab-busy, naming the holder, when the lock is not free in time. */
export const acquireLock = async ({ path, who, wait }: LockRequest): Promise<Lock> => {
  mkdirSync(dirname(path), { recursive: true });
  // Descriptors of node:fs close on exec: daemons started meanwhile do not hold the lock.
  let fd = openSync(path, 'a+');
  const taken = (): boolean => {
    if (libc.flock(fd, exclusiveNow) !== 0) {
      if (errnoName(errno()) === 'EAGAIN') return false;
      throw new XiyouError('kernel-refused', `flock: ${errnoName(errno())}`, { where: path });
    }
    // The holder before may have removed the file: then this lock is on a file that nobody else will ever open.
    if (fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino) return true;
    closeSync(fd);
    fd = openSync(path, 'a+');
    return false;
  };
  try {
    if (!(await until(taken, wait)))
      throw new XiyouError('lab-busy', `${holder(path)} is changing this lab`, {
        where: path,
        hint: 'wait for it to end, or stop it; nothing has to be cleaned up by hand',
      });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return lockOn(fd, path, who);
};

/** The lock in hand: its file says whose it is. */
const lockOn = (fd: number, path: string, who: string): Lock => {
  ftruncateSync(fd);
  writeSync(fd, `${who} (pid ${process.pid})\n`, 0);
  let held = true;
  return {
    release: ({ remove = false } = {}) => {
      if (!held) return;
      held = false;
      if (remove) unlinkSync(path);
      else ftruncateSync(fd);
      closeSync(fd);
    },
  };
};

/**
 * The lock of something that is there, whenever it is free: a thread of Node's pool sleeps in flock(2) until then, and
 * nothing is polled. Undefined where there is no such lock (any more); none is ever made by this.
 */
export const awaitLock = async (path: string, who: string): Promise<Lock | undefined> => {
  for (;;) {
    let fd: number;
    try {
      fd = openSync(path, 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const result = await new Promise<number>((resolve, reject) => {
      libc.flock.async(fd, exclusive, (error: Error | null, value: number) =>
        error === null ? resolve(value) : reject(error),
      );
    });
    // As above: who holds a lock on a file that nobody else opens holds nothing. Less than 0 is EINTR.
    if (result === 0 && fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino)
      return lockOn(fd, path, who);
    closeSync(fd);
  }
};
