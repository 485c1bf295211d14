/** Xiyou as one contender: the whole command, as a person types it, and what a lab of it costs while it stands. */
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { waitGone } from '../../src/kernel/gone.ts';
import { labPaths } from '../../src/engine/paths.ts';
import type { Workspace } from './workspace.ts';
import { type Timed, type TimedOptions, timed } from './timed.ts';

const command = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

/** `xiyou …`, with the Node that runs this. */
export const xiyou = (words: readonly string[], options?: TimedOptions): Promise<Timed> =>
  timed([process.execPath, command, ...words], options);

export const isUp = (lab: string): boolean => existsSync(labPaths(lab).directory);

/** Brings a lab up, within so many seconds, and notes that it has to go; returns the command's seconds and its events. */
export const up = async (
  work: Workspace,
  lab: string,
  file: string,
  more: readonly string[] = [],
  within?: number,
): Promise<Timed & { readonly undone: () => void }> => {
  if (isUp(lab)) throw new Error(`a lab called ${lab} is up already; take it down first: xiyou down ${lab}`);
  const undone = work.willUndo(async () => (isUp(lab) ? xiyou(['down', lab]) : undefined));
  return {
    ...(await xiyou(['up', file, ...more, '--json'], {
      signal: work.signal,
      ...(within === undefined ? {} : { within }),
    })),
    undone,
  };
};

/** Waits until the kernel has freed what nothing holds any more; returns the seconds it took. */
export const freed = async (): Promise<number> => {
  const began = performance.now();
  if (!(await waitGone())) throw new Error('the kernel has not freed the namespaces within a minute');
  return (performance.now() - began) / 1000;
};

/** Events that `up --json` printed. */
export const eventsOf = ({ stdout }: Timed): readonly Readonly<Record<string, unknown>>[] =>
  stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

/** Octets of all regular files of a lab's run directory; mounts in it are the kernel's. */
export const stateOctets = (lab: string): number => {
  const root = labPaths(lab).directory;
  const { dev } = statSync(root);
  const octets = (directory: string): number =>
    readdirSync(directory).reduce((sum, name) => {
      const entry = lstatSync(path.join(directory, name));
      if (entry.dev !== dev) return sum;
      return sum + (entry.isDirectory() ? octets(path.join(directory, name)) : entry.isFile() ? entry.size : 0);
    }, 0);
  return octets(root);
};

/** Processes in the network namespaces of a lab, by what the kernel says of every process of the machine. */
export const processesOf = (lab: string): number[] => {
  const directory = path.join(labPaths(lab).directory, 'netns');
  const inodes = new Set(readdirSync(directory).map((node) => `net:[${statSync(path.join(directory, node)).ino}]`));
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/u.test(pid) && inodes.has(readlinkSync(`/proc/${pid}/ns/net`)) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
};

/** The text of a topology file of this project. */
export const topologyText = (name: string): string =>
  readFileSync(path.resolve(import.meta.dirname, '../../topologies', name), 'utf8');
