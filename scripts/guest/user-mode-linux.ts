/**
 * User-Mode Linux: a whole Linux kernel as a program, from Debian's package of that name. It needs no virtualization, no
 * image and no network: its root is the machine's own file system, read-only (hostfs).
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, globSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { projectDirectory } from '../../src/engine/paths.ts';

/** The kernel and the folder with its modules (`<release>/kernel/…`). */
export interface UserModeLinux {
  readonly kernel: string;
  readonly modules: string;
}

/** Where the package is unpacked when it is not installed: 140 MB, kept for the next time (FHS 3.0, 5.5). */
const cache = '/var/cache/xiyou/user-mode-linux';
const packageName = 'user-mode-linux';
/** Debian's architectures that have the package, as Node names them. */
const architectures: readonly string[] = ['x64', 'ia32'];

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const below = (root: string): UserModeLinux | undefined => {
  const found = { kernel: path.join(root, 'usr/bin/linux.uml'), modules: path.join(root, 'usr/lib/uml/modules') };
  return isProgram(found.kernel) ? found : undefined;
};

/** Fetches the package with apt and unpacks it without installing it; says what went wrong, if something did. */
const fetchPackage = async (): Promise<string | undefined> => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'xiyou-uml-'));
  const options = ['-q', '-o', 'Acquire::Retries=3', '-o', 'APT::Sandbox::User=root'];
  const download = () =>
    execa('apt-get', [...options, 'download', packageName], { cwd: work, all: true, reject: false });
  try {
    let answer = await download();
    if (answer.exitCode !== 0) {
      await execa('apt-get', [...options, 'update'], { reject: false });
      answer = await download();
    }
    const [file] = globSync(path.join(work, '*.deb'));
    if (file === undefined) return `apt-get download ${packageName}: ${(answer.all || answer.message || '').trim()}`;
    mkdirSync(path.dirname(cache), { recursive: true });
    const fresh = mkdtempSync(`${cache}-`);
    await execa('dpkg-deb', ['-x', file, fresh]);
    // As a whole, so that nobody finds half of it; of two that come at once the second has nothing to do.
    if (below(cache) === undefined) renameSync(fresh, cache);
    else rmSync(fresh, { recursive: true });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** setpriv's and unshare's words: ends with whoever started it, and is the first of a process namespace. */
const alone = ['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** The installed package, the one in the cache, or one fetched for it; else, in words, why there is none. */
export const findUserModeLinux = async (): Promise<UserModeLinux | string> => {
  if (!architectures.includes(process.arch)) return `Debian has no ${packageName} for ${process.arch}`;
  const there = below('/') ?? below(cache);
  if (there !== undefined) return there;
  const trouble = await fetchPackage();
  return below(cache) ?? trouble ?? `${cache} has no kernel`;
};

export interface GuestOptions {
  /** MiB; taken from the host as they are used. */
  readonly memory: number;
  /** Seconds after which a guest is ended that has not powered off. */
  readonly limit: number;
  /** What runs in the project's folder; no white space and no commas in its words. */
  readonly command: readonly string[];
  /** What is written to the first serial line, as it comes. */
  readonly said: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface GuestEnd {
  /** The kernel's own words. */
  readonly console: string;
  readonly timedOut: boolean;
  readonly seconds: number;
}

/** What the guest is told of the project: paths as they really are, for links lead nowhere where they are covered. */
const projectEnvironment = (linux: UserModeLinux): Record<string, string> => {
  const packages = realpathSync(path.join(projectDirectory, 'node_modules'));
  mkdirSync(path.join(packages, '.cache'), { recursive: true });
  return { XIYOU_PROJECT: projectDirectory, XIYOU_PACKAGES: packages, XIYOU_MODULES: linux.modules };
};

/**
 * Boots a guest and resolves when it has ended. It runs in a process namespace of its own, whose end is the end of every
 * process of it: a guest that hangs, or whose starter is killed, leaves none.
 */
export const runGuest = async (linux: UserModeLinux, options: GuestOptions): Promise<GuestEnd> => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-guest-'));
  const began = performance.now();
  const parameters = [
    `mem=${options.memory}M`,
    'rootfstype=hostfs',
    'rootflags=/',
    'ro',
    `init=${path.join(projectDirectory, 'scripts/guest/init.sh')}`,
    'con=null',
    'con0=null,fd:1',
    'ssl=null',
    'ssl0=null,fd:3',
    'quiet',
    `uml_dir=${directory}/`,
    'umid=guest',
    ...Object.entries({ ...projectEnvironment(linux), XIYOU_COMMAND: options.command.join(',') }).map(
      ([name, value]) => `${name}=${value}`,
    ),
  ];
  const child = spawn('setpriv', [...alone, linux.kernel, ...parameters], {
    cwd: '/',
    // The guest's memory is a file without a name there.
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: '/dev/shm', HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let console = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (console += part.toString()));
  const serial = child.stdio[3];
  if (serial !== null && serial !== undefined && 'setEncoding' in serial)
    serial.setEncoding('utf8').on('data', (text: string) => options.said(text.replaceAll('\r', '')));
  let timedOut = false;
  const end = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, options.limit * 1000);
  options.signal?.addEventListener('abort', end);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
    });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', end);
    rmSync(directory, { recursive: true, force: true });
  }
  return { console, timedOut, seconds: (performance.now() - began) / 1000 };
};
