/** What netlink does not do for interfaces and their settings: ioctl(2) and the files below /proc/sys. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { addressOf, check, libc, SystemError } from './libc.ts';
import type { NetlinkSocket } from './netlink.ts';

/** ioctl numbers: <linux/sockios.h>, <linux/ethtool.h>, <linux/if_tun.h>. */
const SIOCGIFINDEX = 0x8933;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_STXCSUM = 0x17;
const TUNSETIFF = 0x4004_54ca;
const TUNSETPERSIST = 0x4004_54cb;
const IFF_TUN_NO_PI = 0x1001;

/** struct ifreq: 16 octets of name, then a union; 40 octets on 64-bit machines. */
const interfaceRequest = (name: string): Buffer => {
  const request = Buffer.alloc(40);
  request.write(name.slice(0, 15), 0, 'latin1');
  return request;
};

/** Index of an interface of the node; undefined when there is none. A netlink socket takes device ioctls for its own namespace. */
export const interfaceIndex = (netlink: NetlinkSocket, name: string): number | undefined => {
  const request = interfaceRequest(name);
  return libc.ioctl(netlink.fd, SIOCGIFINDEX, request) < 0 ? undefined : request.readInt32LE(16);
};

/** Frames leave with their checksum in place; without checksum offload the kernel takes segmentation offload away too. */
export const disableOffload = (netlink: NetlinkSocket, name: string): void => {
  const value = Buffer.alloc(8);
  value.writeUInt32LE(ETHTOOL_STXCSUM, 0);
  const request = interfaceRequest(name);
  request.writeBigUInt64LE(addressOf(value), 16);
  check(libc.ioctl(netlink.fd, SIOCETHTOOL, request), `ethtool --offload ${name} tx off`);
};

/** Makes a persistent TUN device in the namespace the thread is in. */
export const createTun = (netlink: NetlinkSocket, name: string): void => {
  if (interfaceIndex(netlink, name) !== undefined) throw new SystemError(`tun ${name}`, constants.errno.EEXIST);
  const fd = openSync('/dev/net/tun', 'r+');
  try {
    const request = interfaceRequest(name);
    request.writeUInt16LE(IFF_TUN_NO_PI, 16);
    check(libc.ioctl(fd, TUNSETIFF, request), `ioctl(TUNSETIFF) ${name}`);
    // The argument is a number, not a pointer.
    check(libc.ioctl(fd, TUNSETPERSIST, 1n), `ioctl(TUNSETPERSIST) ${name}`);
  } finally {
    closeSync(fd);
  }
};

/** The file of a sysctl: as in sysctl(8), dots and slashes change places. */
export const sysctlPath = (key: string): string =>
  `/proc/sys/${/^[^/]*\./u.test(key) ? key.replaceAll(/[./]/gu, (mark) => (mark === '.' ? '/' : '.')) : key}`;

/** Whether the sysctl is of one interface, which has to be there first. */
export const namesInterface = (key: string): boolean => /^net\.\w+\.(?:conf|neigh)\.(?!all\.|default\.)/u.test(key);

/**
 * Calls `work` with a reader of the sysctls of the namespace the thread is in; a key that is not there reads as
 * undefined. The directory of a protocol is opened once: in /proc/sys/net the kernel keeps those of all namespaces under
 * one name in one hash chain (proc_sys_compare() of fs/proc/proc_sysctl.c), and walking that chain for every key costs
 * four times as much on a machine with a thousand namespaces.
 */
export const withSysctls = <T>(work: (read: (key: string) => string | undefined) => T): T => {
  const directories = new Map<string, number>();
  const read = (key: string): string | undefined => {
    try {
      const [file, directory, rest] = /^(\/proc\/sys\/net\/ipv[46])\/(.*)$/u.exec(sysctlPath(key)) ?? [sysctlPath(key)];
      if (directory === undefined) return readFileSync(file, 'utf8');
      const descriptor = directories.get(directory) ?? openSync(directory, 'r');
      directories.set(directory, descriptor);
      return readFileSync(`/proc/self/fd/${descriptor}/${rest}`, 'utf8');
    } catch {
      return undefined;
    }
  };
  try {
    return work(read);
  } finally {
    for (const descriptor of directories.values()) closeSync(descriptor);
  }
};
