/**
 * The C library's calls that Node lacks, through koffi (prebuilt, no compiler). This is the only file that loads it.
 * Every call that can fail goes through `check`, which turns -1 into an Error that names the call and the errno.
 */
import { readlinkSync } from 'node:fs';
import os from 'node:os';
import koffi from 'koffi';

const library = koffi.load('libc.so.6');

export const libc = {
  setns: library.func('int setns(int, int)'),
  unshare: library.func('int unshare(int)'),
  mount: library.func('int mount(const char*, const char*, const char*, unsigned long, const char*)'),
  umount2: library.func('int umount2(const char*, int)'),
  sethostname: library.func('int sethostname(const char*, size_t)'),
  socket: library.func('int socket(int, int, int)'),
  bind: library.func('int bind(int, void*, uint32_t)'),
  connect: library.func('int connect(int, void*, uint32_t)'),
  setsockopt: library.func('int setsockopt(int, int, int, void*, uint32_t)'),
  getsockopt: library.func('int getsockopt(int, int, int, _Out_ void*, _Inout_ uint32_t*)'),
  send: library.func('int64_t send(int, void*, size_t, int)'),
  sendto: library.func('int64_t sendto(int, void*, size_t, int, void*, uint32_t)'),
  recv: library.func('int64_t recv(int, void*, size_t, int)'),
  recvfrom: library.func('int64_t recvfrom(int, void*, size_t, int, void*, void*)'),
  recvmsg: library.func('int64_t recvmsg(int, void*, int)'),
  read: library.func('int64_t read(int, void*, size_t)'),
  write: library.func('int64_t write(int, void*, size_t)'),
  ppoll: library.func('int ppoll(void*, unsigned long, void*, void*)'),
  ioctl: library.func('int ioctl(int, unsigned long, _Inout_ void*)'),
  mmap: library.func('void* mmap(void*, size_t, int, int, int, int64_t)'),
  munmap: library.func('int munmap(void*, size_t)'),
  fchdir: library.func('int fchdir(int)'),
  pidfdOpen: library.func('int pidfd_open(int, unsigned int)'),
  epollCreate1: library.func('int epoll_create1(int)'),
  epollCtl: library.func('int epoll_ctl(int, int, int, void*)'),
  epollWait: library.func('int epoll_wait(int, _Out_ void*, int, int)'),
  open: library.func('int open(const char*, int, ...)'),
  close: library.func('int close(int)'),
  /** bpf(2), which has no function of its own: number, command, struct bpf_attr, its size. */
  syscall: library.func('int64_t syscall(int64_t, int64_t, void*, int64_t)'),
  setrlimit: library.func('int setrlimit(int, void*)'),
  flock: library.func('int flock(int, int)'),
  ifIndexToName: library.func('void* if_indextoname(uint32_t, _Out_ void*)'),
  ifNameToIndex: library.func('uint32_t if_nametoindex(const char*)'),
} as const;

/** errno of the last call on this thread. */
export const errno = (): number => koffi.errno();

/** The symbolic name of an errno, `EEXIST` for 17. */
export const errnoName = (code: number): string =>
  Object.entries(os.constants.errno).find(([, value]) => value === code)?.[0] ?? `errno ${code}`;

/** A failed call of the C library. */
export class SystemError extends Error {
  readonly errno: number;
  readonly call: string;
  constructor(call: string, code: number) {
    super(`${call}: ${errnoName(code)}`);
    this.call = call;
    this.errno = code;
  }
}

/** Returns the result of a call, or throws a SystemError when it was negative. */
export const check = (result: number | bigint, call: string): number => {
  const value = Number(result);
  if (value < 0) throw new SystemError(call, errno());
  return value;
};

/** Memory that a C call returned, as a Buffer that shares it. */
export const view = (pointer: unknown, octets: number): Buffer => Buffer.from(koffi.view(pointer, octets));

/** The address of a buffer's first octet, for structures that carry pointers. Keep the buffer alive while it is used. */
export const addressOf = (buffer: Buffer): bigint => koffi.address(buffer);

/** A 32-bit integer as the kernel reads socket options. */
export const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
};

/** Flags of clone(2), setns(2) and unshare(2), from <linux/sched.h>. */
export const CLONE = {
  FS: 0x200,
  NEWNS: 0x2_0000,
  NEWUTS: 0x400_0000,
  NEWPID: 0x2000_0000,
  NEWNET: 0x4000_0000,
} as const;

/** Flags of mount(2) and umount2(2), from <sys/mount.h>. */
export const MS = { BIND: 4096, REC: 16_384, PRIVATE: 1 << 18, SLAVE: 1 << 19, SHARED: 1 << 20 } as const;
export const MNT_DETACH = 2;

/** Inode of a namespace of a process, `readlink /proc/PID/ns/net` -> `net:[4026531840]` -> 4026531840. */
export const namespaceInode = (path: string): number => Number(/\[(\d+)\]/u.exec(readlinkSync(path))?.[1]);
