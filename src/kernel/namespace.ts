/**
 * The network namespaces of one lab.
 *
 * A namespace lives as long as something holds it: here a bind mount of its file in nsfs, `<dir>/netns/<node>`, so that
 * a node needs no process. All these mounts are on one tmpfs of the lab: taking that one away frees them all at once,
 * which is what makes `down` cheap. `/run/netns/<lab>-<node>` is a symbolic link to the mount, for `ip netns exec`; its
 * target is also the mark of ownership: a name there with any other target is somebody else's and is left alone.
 *
 * The lab's directory is a tmpfs too. It ends with the machine's uptime just as the namespaces do, so that state never
 * speaks of namespaces that a reboot has taken; and it can be the upper layer of an overlay, whatever /run is.
 */
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  rmdirSync,
  statfsSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { XiyouError } from '../errors.ts';
import { check, CLONE, libc, MNT_DETACH, MS, SystemError } from './libc.ts';
import { NetlinkSocket } from './netlink.ts';

/** Where `ip netns` looks for names (ip-netns(8)). */
const ipNetnsDirectory = '/run/netns';
/** NSFS_MAGIC of <linux/magic.h>: the file is a namespace, not the empty file below its mount. */
const nsfsMagic = 0x6e73_6673;
const ownNetns = '/proc/thread-self/ns/net';

/** A node's namespace, held open: its descriptor and a netlink socket that belongs to it. */
export interface NamespaceHandle {
  readonly fd: number;
  readonly netlink: NetlinkSocket;
}

/** Whether something is mounted at the directory (or file) itself. */
const isMountPoint = (path: string): boolean =>
  existsSync(path) && lstatSync(path).dev !== lstatSync(dirname(path)).dev;

const mountTmpfs = (path: string, options: string): void => {
  mkdirSync(path, { recursive: true });
  if (isMountPoint(path)) return;
  check(libc.mount('tmpfs', path, 'tmpfs', 0, options), `mount tmpfs ${path}`);
  // Below a shared mount a new one is shared: our namespaces would appear in every other mount namespace of the machine.
  check(libc.mount('', path, '', MS.PRIVATE, null), `mount --make-private ${path}`);
};

const linkTarget = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

export class NamespaceStore {
  readonly lab: string;
  /** The lab's directory, a tmpfs. */
  readonly directory: string;
  readonly netnsDirectory: string;
  readonly #handles = new Map<string, NamespaceHandle>();
  readonly #home: number;
  #closed = false;

  constructor(lab: string, baseDirectory: string) {
    this.lab = lab;
    this.directory = `${baseDirectory}/${lab}`;
    this.netnsDirectory = `${this.directory}/netns`;
    mountTmpfs(this.directory, 'mode=755');
    mountTmpfs(this.netnsDirectory, 'mode=755,nr_inodes=0');
    if (mkdirSync(ipNetnsDirectory, { recursive: true }) !== undefined) writeFileSync(this.#madeMark, '');
    this.#home = openSync(ownNetns, 'r');
  }

  /** Says that this lab made /run/netns, so that the machine can be left as it was. */
  get #madeMark(): string {
    return `${this.directory}/made-run-netns`;
  }

  /** The bind mount that holds the node's namespace. */
  pathOf(node: string): string {
    return `${this.netnsDirectory}/${node}`;
  }
  /** The name that `ip netns` knows it by. */
  ipNetnsPathOf(node: string): string {
    return `${ipNetnsDirectory}/${this.lab}-${node}`;
  }

  /** Whether the node has a namespace: a file without its mount is only what a crash left. */
  exists(node: string): boolean {
    const path = this.pathOf(node);
    return existsSync(path) && statfsSync(path).type === nsfsMagic;
  }

  /** The nodes that have a namespace. */
  list(): string[] {
    return readdirSync(this.netnsDirectory).filter((node) => this.exists(node));
  }

  /** Inode of the node's namespace, the number in `net:[4026532000]`. */
  inodeOf(node: string): number {
    return statSync(this.pathOf(node)).ino;
  }

  /**
   * Makes the node's namespace and calls `inside` while the thread is in it. `lo` is still down. The thread stays there:
   * when many are made, only the last one needs `goHome`, which the caller calls in a finally.
   * @throws XiyouError name-taken when /run/netns has the name and it is not ours; SystemError.
   */
  create(node: string, inside: () => void = () => {}): void {
    this.claimName(node);
    const path = this.pathOf(node);
    if (this.exists(node)) throw new SystemError(`namespace ${node}`, constants.errno.EEXIST);
    // The file the mount goes onto; it may be there, empty, after a crash between this line and the mount.
    writeFileSync(path, '', { mode: 0o444 });
    check(libc.unshare(CLONE.NEWNET), `unshare(CLONE_NEWNET) for ${node}`);
    check(libc.mount(ownNetns, path, '', MS.BIND, null), `mount --bind ${path}`);
    this.#handles.set(node, { fd: openSync(path, 'r'), netlink: new NetlinkSocket() });
    inside();
  }

  /**
   * The open namespace of a node; opened when it is not.
   * @throws XiyouError unknown-node when the lab has no such namespace.
   */
  handle(node: string): NamespaceHandle {
    const open = this.#handles.get(node);
    if (open !== undefined) return open;
    if (!this.exists(node))
      throw new XiyouError('unknown-node', `node ${node} has no network namespace`, { where: this.pathOf(node) });
    const fd = openSync(this.pathOf(node), 'r');
    try {
      check(libc.setns(fd, CLONE.NEWNET), `setns ${this.pathOf(node)}`);
      const handle = { fd, netlink: new NetlinkSocket() };
      this.#handles.set(node, handle);
      return handle;
    } finally {
      this.goHome();
    }
  }

  /**
   * Runs `work` inside the node's network namespace and returns what it returned. It must be synchronous: the thread
   * goes back as soon as it returns. Not to be nested.
   */
  within<T>(node: string, work: (handle: NamespaceHandle) => T): T {
    const handle = this.handle(node);
    check(libc.setns(handle.fd, CLONE.NEWNET), `setns ${this.pathOf(node)}`);
    try {
      return work(handle);
    } finally {
      this.goHome();
    }
  }

  /** Removes one node's namespace and its name. Links to other nodes vanish with it. */
  remove(node: string): void {
    this.#release(node);
    const path = this.pathOf(node);
    if (this.exists(node)) check(libc.umount2(path, MNT_DETACH), `umount ${path}`);
    if (existsSync(path)) unlinkSync(path);
    this.#dropName(node);
  }

  /**
   * Removes all of the lab's namespaces and names. Unmounting the one tmpfs detaches every namespace in it; unlinking
   * its files then detaches copies that other mount namespaces made (a service started meanwhile, for one).
   */
  removeAll(): void {
    for (const node of this.#handles.keys()) this.#release(node);
    // Names first: they must not outlive what they name.
    for (const name of readdirSync(ipNetnsDirectory)) {
      const target = name.startsWith(`${this.lab}-`) ? linkTarget(`${ipNetnsDirectory}/${name}`) : undefined;
      if (target === this.pathOf(name.slice(this.lab.length + 1))) unlinkSync(`${ipNetnsDirectory}/${name}`);
    }
    if (!isMountPoint(this.netnsDirectory)) return;
    const root = openSync(this.netnsDirectory, 'r');
    try {
      check(libc.umount2(this.netnsDirectory, MNT_DETACH), `umount ${this.netnsDirectory}`);
      for (const node of readdirSync(`/proc/self/fd/${root}`)) unlinkSync(`/proc/self/fd/${root}/${node}`);
    } finally {
      closeSync(root);
    }
  }

  /** Takes the lab's directory away, with all that is in it. For after `removeAll`, when nothing of it is needed any more. */
  destroy(): void {
    this.removeAll();
    this.close();
    if (existsSync(this.#madeMark) && !isMountPoint(ipNetnsDirectory) && readdirSync(ipNetnsDirectory).length === 0)
      rmdirSync(ipNetnsDirectory);
    if (isMountPoint(this.directory)) {
      // Machines of other labs hold copies of this mount: what is in it would stay in memory as long as they run.
      for (const name of readdirSync(this.directory)) rmSync(`${this.directory}/${name}`, { recursive: true });
      check(libc.umount2(this.directory, MNT_DETACH), `umount ${this.directory}`);
    }
    if (existsSync(this.directory) && readdirSync(this.directory).length === 0) rmdirSync(this.directory);
  }

  /** Lets go of all descriptors. The namespaces stay; the store can be used no more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const node of this.#handles.keys()) this.#release(node);
    closeSync(this.#home);
  }

  /** Puts the thread back into the network namespace it was in when the store was opened. */
  goHome(): void {
    check(libc.setns(this.#home, CLONE.NEWNET), 'setns back');
  }

  /** Whether `ip netns` knows the node's namespace by its name. */
  hasName(node: string): boolean {
    return linkTarget(this.ipNetnsPathOf(node)) === this.pathOf(node);
  }

  /**
   * Gives the node's namespace its name for `ip netns`.
   * @throws XiyouError name-taken when /run/netns has the name and it is not ours.
   */
  claimName(node: string): void {
    const name = this.ipNetnsPathOf(node);
    try {
      symlinkSync(this.pathOf(node), name);
    } catch (error) {
      const target = linkTarget(name);
      if (target === this.pathOf(node)) return;
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw taken(this.lab, node, name, target);
    }
  }
  #dropName(node: string): void {
    if (this.hasName(node)) unlinkSync(this.ipNetnsPathOf(node));
  }
  #release(node: string): void {
    const handle = this.#handles.get(node);
    if (handle === undefined) return;
    this.#handles.delete(node);
    handle.netlink.close();
    closeSync(handle.fd);
  }
}

const taken = (lab: string, node: string, name: string, target: string | undefined): XiyouError =>
  new XiyouError('name-taken', `${name} is there already and does not belong to lab ${lab}`, {
    where: target === undefined ? name : `${name} -> ${target}`,
    hint: `give the lab or node ${node} another name, or remove it: ip netns delete ${lab}-${node}`,
  });

/**
 * Looks, before anything is made, whether the names that the nodes will have in /run/netns are free or the lab's own.
 * @throws XiyouError name-taken for the first that is somebody else's.
 */
export const requireNames = (lab: string, nodes: Iterable<string>, baseDirectory = '/run/xiyou'): void => {
  const there = new Set(existsSync(ipNetnsDirectory) ? readdirSync(ipNetnsDirectory) : []);
  for (const node of nodes) {
    if (!there.has(`${lab}-${node}`)) continue;
    const name = `${ipNetnsDirectory}/${lab}-${node}`;
    const target = linkTarget(name);
    if (target !== `${baseDirectory}/${lab}/netns/${node}`) throw taken(lab, node, name, target);
  }
};

/** Whether a lab of this name has its directory mounted: it is up, or partly up, since the last boot. */
export const storeExists = (lab: string, baseDirectory = '/run/xiyou'): boolean =>
  isMountPoint(`${baseDirectory}/${lab}`);

/** Opens the store of a lab, making its directory and mounts where they are not there yet. Needs root. */
export const openStore = (lab: string, baseDirectory = '/run/xiyou'): NamespaceStore =>
  new NamespaceStore(lab, baseDirectory);
