/**
 * A real `vagrant up` from the box that `npm run box` made, with libvirt: what somebody in a class room types. It has a
 * libvirtd of its own (libvirtd.sh) in namespaces, without a way out unless it is asked for, and a home of its own for Vagrant's
 * boxes and keys, so nothing of it stays, and nothing of the machine's own is touched.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { $, retry } from 'zx';
import { projectDirectory } from '../../src/engine/paths.ts';

/** What the tools are in, when one is missing. */
const tools = {
  vagrant: 'vagrant',
  libvirtd: 'libvirt-daemon-system',
  virsh: 'libvirt-clients',
  dnsmasq: 'dnsmasq-base',
};

/** Packages that have to be installed first. */
export const missingForVagrant = async (wayOut: boolean): Promise<string[]> => {
  const lacks = await Promise.all(
    Object.entries(wayOut ? { ...tools, slirp4netns: 'slirp4netns' } : tools).map(async ([tool, from]) =>
      (await $({ nothrow: true })`which ${tool}`).ok ? [] : [from],
    ),
  );
  const plugins = await $({ nothrow: true, quiet: true })`vagrant plugin list`;
  return [...lacks.flat(), ...(plugins.stdout.includes('vagrant-libvirt') ? [] : ['vagrant-libvirt'])];
};

export interface Vagrant {
  /** Runs `vagrant` with these words in a copy of the project, its output on this program's own; its exit code. */
  readonly run: (...words: readonly string[]) => Promise<number>;
}

/** Who answers for names in a namespace that slirp4netns(1) serves. */
const resolver = '10.0.2.3';

/** The first process of the namespaces that a process has made: its only child. */
const childOf = (pid: number): string => {
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  if (!/^\d+$/u.test(child)) throw new Error('unshare has no child yet');
  return child;
};

/** Joins the namespace of a process with the machine's own network, as a router in user space. */
const route = (pid: string) =>
  execa('slirp4netns', ['--configure', '--disable-host-loopback', pid, 'tap0'], { reject: false, stdio: 'ignore' });

export interface Wanted {
  /** The file. */
  readonly box: string;
  /** MiB of the machine. */
  readonly memory: string;
  /** Whether the machine can download, by slirp4netns(1). */
  readonly wayOut: boolean;
}

/** Has Vagrant, libvirt and a box ready while `work` runs. */
export const withVagrant = async <Value>(
  { box, memory, wayOut }: Wanted,
  work: (vagrant: Vagrant) => Promise<Value>,
): Promise<Value> => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'xiyou-vagrant-'));
  const project = path.join(scratch, 'xiyou');
  mkdirSync(project);
  // What is committed, and nothing that happens to lie beside it.
  await $`git -C ${projectDirectory} archive HEAD | tar -x -C ${project}`;
  const state = path.join(scratch, 'libvirt');
  mkdirSync(state);
  const daemon = path.join(projectDirectory, 'scripts/box/libvirtd.sh');
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child'];
  const libvirt = execa('unshare', [...namespaces, daemon, state, ...(wayOut ? [resolver] : [])], {
    reject: false,
    stdin: 'ignore',
  });
  let router: ReturnType<typeof route> | undefined;
  const stop = (): void => {
    libvirt.kill('SIGKILL');
    router?.kill();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const name = 'xiyou-local';
  const env = {
    ...process.env,
    VAGRANT_HOME: path.join(scratch, 'vagrant'),
    VAGRANT_CHECKPOINT_DISABLE: '1',
    VAGRANT_BOX_UPDATE_CHECK_DISABLE: '1',
    VAGRANT_DEFAULT_PROVIDER: 'libvirt',
    VAGRANT_NO_COLOR: '1',
    XIYOU_BOX: name,
    XIYOU_MEMORY: memory,
  };
  try {
    const init = await retry(100, '100ms', () => childOf(libvirt.pid ?? 0));
    if (wayOut) router = route(init);
    const socket = path.join(state, 'run/libvirt-sock');
    await retry(300, '100ms', () => {
      if (!existsSync(socket)) throw new Error(`libvirtd does not answer: ${path.join(state, 'libvirtd.log')}`);
    });
    const inside = ['nsenter', '-t', init, '-m', '-n', '-p', '-W', project];
    const vagrant = async (words: readonly string[]): Promise<number> =>
      (await $({ env, nothrow: true, stdio: ['ignore', 'inherit', 'inherit'] })`${inside} vagrant --no-tty ${words}`)
        .exitCode ?? 1;
    if ((await vagrant(['box', 'add', '--name', name, box])) !== 0) throw new Error(`vagrant does not take ${box}`);
    try {
      return await work({ run: (...words) => vagrant(words) });
    } finally {
      await vagrant(['destroy', '--force']);
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    stop();
    await Promise.all([libvirt, router]);
    rmSync(scratch, { recursive: true, force: true });
  }
};
