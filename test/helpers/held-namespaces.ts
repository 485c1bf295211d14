/**
 * Which network namespaces of this machine are held, and by whom: processes, mounts in any mount namespace, and open
 * descriptors, as lsns(8) looks for them. An inode number says little, the kernel soon gives it out again; the cookie
 * of a namespace never comes back (SO_NETNS_COOKIE, since Linux 5.14).
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { insideNetns } from '../../src/kernel/inside.ts';
import { check, libc } from '../../src/kernel/libc.ts';

/** <sys/socket.h>, <asm-generic/socket.h>. */
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;

/** The namespace's number for the whole uptime of the machine. */
export const cookieOf = (path: string): bigint =>
  insideNetns(path, () => {
    const socket = check(libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0), 'socket');
    try {
      const cookie = Buffer.alloc(8);
      check(libc.getsockopt(socket, SOL_SOCKET, SO_NETNS_COOKIE, cookie, [8]), 'getsockopt SO_NETNS_COOKIE');
      return cookie.readBigUInt64LE();
    } finally {
      libc.close(socket);
    }
  });

/** The answer, or `otherwise` where the process has ended meanwhile. */
export const orElse = <T>(otherwise: T, read: () => T): T => {
  try {
    return read();
  } catch {
    return otherwise;
  }
};

interface Holder {
  /** `net:[4026531840]` */
  readonly name: string;
  /** A path that leads to the namespace. */
  readonly path: string;
  readonly text: string;
}

/** Numbers of all processes. */
export const processNumbers = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);

const commandLine = (pid: number): string =>
  orElse('', () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 120));

const ofProcess = (pid: number): Holder[] => {
  const path = `/proc/${pid}/ns/net`;
  const name = orElse('', () => readlinkSync(path));
  return name === '' ? [] : [{ name, path, text: `process ${pid} (${commandLine(pid)})` }];
};

const ofDescriptors = (pid: number): Holder[] =>
  orElse<string[]>([], () => readdirSync(`/proc/${pid}/fd`)).flatMap((fd) => {
    const path = `/proc/${pid}/fd/${fd}`;
    const name = orElse('', () => readlinkSync(path));
    return name.startsWith('net:[')
      ? [{ name, path, text: `descriptor ${fd} of process ${pid} (${commandLine(pid)})` }]
      : [];
  });

/** Mounts of namespace files; field 4 of mountinfo is the namespace's name, field 5 the mount point (proc(5)). */
const ofMounts = (pid: number): Holder[] =>
  orElse('', () => readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))
    .split('\n')
    .flatMap((line) => {
      const [, , , name = '', point = ''] = line.split(' ');
      return name.startsWith('net:[')
        ? [{ name, path: `/proc/${pid}/root${point}`, text: `mount ${point} as process ${pid} sees it` }]
        : [];
    });

/** Cookie of every namespace that something holds -> who. This process's own descriptors do not count. */
export const heldNamespaces = (): Map<bigint, string[]> => {
  const holders: Holder[] = [];
  const mountNamespaces = new Set<string>();
  for (const pid of processNumbers()) {
    holders.push(...ofProcess(pid));
    if (pid !== process.pid) holders.push(...ofDescriptors(pid));
    const mounts = orElse('', () => readlinkSync(`/proc/${pid}/ns/mnt`));
    if (mounts !== '' && !mountNamespaces.has(mounts)) holders.push(...ofMounts(pid));
    mountNamespaces.add(mounts);
  }
  const held = new Map<bigint, string[]>();
  for (const group of Map.groupBy(holders, (holder) => holder.name).values()) {
    // The first holder may be gone already; any of the group leads to the same namespace.
    const cookie = group.reduce<bigint | undefined>(
      (found, { path }) => found ?? orElse(undefined, () => cookieOf(path)),
      undefined,
    );
    if (cookie !== undefined)
      held.set(
        cookie,
        group.map((holder) => holder.text),
      );
  }
  return held;
};
