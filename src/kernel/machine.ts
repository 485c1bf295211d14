/**
 * A node's machine: what makes a network namespace feel like a computer of its own. Beside the network namespace it
 * has its own mount namespace (its /etc, /run and /var/log), host name and process numbers, and is held by an init
 * process (`catatonit -P`, which only reaps). Nodes that run nothing have none.
 *
 * To start a process in a machine, this process's main thread goes in itself, starts the child from there, and comes
 * back: setns(2) on the thread, no helper program. Two rules of the kernel shape the code. A thread that shares its
 * root and working directory with others may not change its mount namespace: unshare(CLONE_FS) once. And a thread
 * whose children would be born in another PID namespace may not make threads: Node's pool is made before.
 *
 * A new mount namespace is a copy of the old one, with every mount in it. Copies of namespace mounts would keep dead
 * nodes alive and make the copy slow, so all machines are copied from one template that has none of them.
 */
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, stat } from 'node:fs';
import { XiyouError } from '../errors.ts';
import { check, CLONE, libc, MNT_DETACH, MS } from './libc.ts';
import type { NamespaceStore } from './namespace.ts';
import { alive, commandName, DYING, identify, signal } from './pid.ts';
import { until } from './wait.ts';
import type { ProcessId } from './pid.ts';

/** A node's init process; its namespaces are the machine's. `pid` and `startTime` are all that has to be remembered. */
export interface Machine extends ProcessId {
  readonly node: string;
}

export interface MachineSpec {
  /**
   * The node's directory on the lab's tmpfs. `root/<path>` is the upper layer of the overlay on <path>, `root/run`
   * becomes /run, `log` becomes /var/log, `tmp` /var/tmp. What is in them before the start is what the machine finds.
   */
  readonly directory: string;
  readonly hostname: string;
  /** Directories that the machine sees as the host's, with its own changes on top: `/etc`, … */
  readonly overlays: readonly string[];
  /** Environment of the init process: the marks of ownership. */
  readonly env: Readonly<Record<string, string>>;
}

/** Becomes PID 1; the text is constant. /proc must be mounted by a process that is inside the new PID namespace. */
const initArgv = ['/bin/sh', '-c', 'mount -n -t proc proc /proc && exec /usr/bin/catatonit -P'] as const;
const initName = 'catatonit';
const startDeadline = 10_000;

/** The namespaces of this process, opened once, to come back to. */
interface Home {
  readonly mnt: number;
  readonly uts: number;
  readonly net: number;
  readonly pid: number;
}
let home: Home | undefined;

const openHome = (): Home => {
  if (home !== undefined) return home;
  // Any asynchronous call of node:fs makes the pool's threads, all of them, before it returns.
  stat('/', () => {});
  check(libc.unshare(CLONE.FS), 'unshare(CLONE_FS)');
  const open = (name: string): number => openSync(`/proc/thread-self/ns/${name}`, 'r');
  home = { mnt: open('mnt'), uts: open('uts'), net: open('net'), pid: open('pid') };
  return home;
};

/** Runs `work`, which may change any namespace of the thread, and then brings the thread back to where it was. */
const andBack = <T>(work: () => T): T => {
  const { mnt, uts, net, pid } = openHome();
  const directory = openSync('.', 'r');
  try {
    return work();
  } finally {
    check(libc.setns(pid, CLONE.NEWPID), 'setns back (pid)');
    check(libc.setns(net, CLONE.NEWNET), 'setns back (net)');
    check(libc.setns(uts, CLONE.NEWUTS), 'setns back (uts)');
    check(libc.setns(mnt, CLONE.NEWNS), 'setns back (mnt)');
    // Entering a mount namespace moves the thread to its root directory.
    check(libc.fchdir(directory), 'fchdir back');
    closeSync(directory);
  }
};

/** The template mount namespace, and the store whose lab it was copied with. */
let template: { readonly fd: number; readonly store: NamespaceStore } | undefined;

/** Takes the mounts that hold network namespaces out of the mount namespace the thread is in: this lab's, then all others. */
const detachNamespaceMounts = (store: NamespaceStore): void => {
  // The lab's own are many and go at once with the tmpfs they are on.
  check(libc.umount2(store.netnsDirectory, MNT_DETACH), `umount ${store.netnsDirectory}`);
  for (const line of readFileSync('/proc/thread-self/mounts', 'utf8').split('\n')) {
    const [, path = '', type] = line.split(' ');
    if (type === 'nsfs') libc.umount2(path.replaceAll('\\040', ' '), MNT_DETACH);
  }
};

const templateOf = (store: NamespaceStore): number => {
  if (template?.store === store) return template.fd;
  if (template !== undefined) closeSync(template.fd);
  template = undefined;
  const fd = andBack(() => {
    check(libc.unshare(CLONE.NEWNS), 'unshare(CLONE_NEWNS)');
    check(libc.mount('', '/', '', MS.REC | MS.PRIVATE, null), 'mount --make-rprivate /');
    detachNamespaceMounts(store);
    return openSync('/proc/thread-self/ns/mnt', 'r');
  });
  template = { fd, store };
  return fd;
};

/** The machine's view of the file system, made in the fresh mount namespace the thread is in. */
const mountAll = (spec: MachineSpec): void => {
  for (const path of spec.overlays) {
    const options = `lowerdir=${path},upperdir=${spec.directory}/root${path},workdir=${spec.directory}/work${path}`;
    check(libc.mount('overlay', path, 'overlay', 0, options), `mount overlay ${path}`);
  }
  for (const [source, path] of [
    [`${spec.directory}/log`, '/var/log'],
    // FRR's daemons make directories there after their process numbers, and those are the same in every node.
    [`${spec.directory}/tmp`, '/var/tmp'],
    // Last: what is mounted from lies below the machine's own /run.
    [`${spec.directory}/root/run`, '/run'],
  ] as const) {
    check(libc.mount(source, path, '', MS.BIND, null), `mount --bind ${source} ${path}`);
  }
  // /sys/class/net shows the interfaces of the namespace it was mounted in.
  check(libc.mount('sysfs', '/sys', 'sysfs', 0, null), 'mount sysfs /sys');
};

/**
 * Starts the machine of a node that has a network namespace, and resolves when its init runs and /proc shows its own
 * processes. Every mount of the lab is then already made: put the node's files in place before.
 * @throws SystemError when a mount is refused; XiyouError process-ended when init does not come up.
 */
export const startMachine = async (store: NamespaceStore, node: string, spec: MachineSpec): Promise<Machine> => {
  for (const directory of [
    'log',
    'tmp',
    'root/run',
    ...spec.overlays.flatMap((path) => [`root${path}`, `work${path}`]),
  ])
    mkdirSync(`${spec.directory}/${directory}`, { recursive: true });
  chmodSync(`${spec.directory}/tmp`, 0o1777);
  const from = templateOf(store);
  const { fd } = store.handle(node);
  const init = andBack(() => {
    check(libc.setns(fd, CLONE.NEWNET), `setns ${node}`);
    check(libc.setns(from, CLONE.NEWNS), 'setns template');
    check(libc.unshare(CLONE.NEWNS | CLONE.NEWUTS), 'unshare(CLONE_NEWNS | CLONE_NEWUTS)');
    check(libc.sethostname(spec.hostname, spec.hostname.length), 'sethostname');
    mountAll(spec);
    check(libc.unshare(CLONE.NEWPID), 'unshare(CLONE_NEWPID)');
    const [command, ...argv] = initArgv;
    return spawn(command, argv, { cwd: '/', env: spec.env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  });
  let complaint = '';
  init.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  init.on('error', (error) => (complaint += error.message));
  const { pid } = init;
  const identity = pid === undefined ? undefined : identify(pid);
  const started =
    identity !== undefined &&
    (await until(() => !alive(identity) || commandName(identity.pid) === initName, startDeadline)) &&
    alive(identity);
  init.stderr.destroy();
  init.unref();
  if (started) return { node, ...identity };
  if (identity !== undefined) signal(identity, 'SIGKILL');
  throw new XiyouError('process-ended', `the init process of node ${node} did not start`, {
    where: `${node}: ${initArgv.join(' ')}`,
    details: complaint.trim() === '' ? [] : complaint.trim().split('\n'),
    hint: 'is catatonit installed? `xiyou doctor` looks for everything the machine needs',
  });
};

/**
 * Runs `work` on this thread inside all namespaces of the machine and returns what it returned. Processes it starts
 * are the node's. It must be synchronous and must not make threads (workers, node-pty).
 * @throws XiyouError process-ended when the machine has stopped.
 */
export const enterMachine = <T>(machine: Machine, work: () => T): T => {
  const pidfd: number = libc.pidfdOpen(machine.pid, 0);
  try {
    // Looked at after the descriptor is open: it can mean no other process any more.
    if (pidfd < 0 || !alive(machine))
      throw new XiyouError('process-ended', `the machine of node ${machine.node} is not running`, {
        where: `${machine.node}: init, pid ${machine.pid}`,
        hint: 'run `xiyou up` again: it makes the node anew',
      });
    return andBack(() => {
      check(libc.setns(pidfd, CLONE.NEWNET | CLONE.NEWNS | CLONE.NEWUTS | CLONE.NEWPID), `setns into ${machine.node}`);
      return work();
    });
  } finally {
    if (pidfd >= 0) libc.close(pidfd);
  }
};

/** The path by which the host reaches a file of the machine, through its init process. */
export const machinePath = (machine: Machine, path: string): string => `/proc/${machine.pid}/root${path}`;

/**
 * Stops the machine: kills its init, and with it the kernel ends every process of its PID namespace. Resolves when init
 * is gone, which is after all others are; false when that took longer than `deadline` milliseconds.
 */
export const stopMachine = async (machine: Machine, deadline = DYING): Promise<boolean> => {
  signal(machine, 'SIGKILL');
  return until(() => !alive(machine), deadline);
};
