/**
 * `down`: takes away exactly what a lab made, from its own records and marks; the topology file is not needed, and how
 * the lab came to its present state (a crash, a half-made start) makes no difference. Doing it twice does no harm.
 */
import { existsSync, readdirSync, readlinkSync, rmSync, rmdirSync } from 'node:fs';
import { XiyouError } from '../errors.ts';
import { stopMachine } from '../kernel/machine.ts';
import { openStore, storeExists } from '../kernel/namespace.ts';
import { alive } from '../kernel/pid.ts';
import { type ProcessId, findOwned, terminate } from '../kernel/process.ts';
import { suggestion } from '../topology/suggest.ts';
import { type Listener, secondsSince } from './events.ts';
import { endKeeper, startKeeper } from './keeper/keeper.ts';
import { lockLab } from './lock-lab.ts';
import { type LabPaths, labPaths, runRoot } from './paths.ts';
import { requireRoot } from './root.ts';
import { type LabState, labNames, readRecords, readState, writeState } from './state.ts';

export interface DownOptions {
  readonly listener?: Listener;
  readonly wait?: number;
}

const grace = 2000;
const lockWait = 120_000;

/** Processes in the lab's namespaces that do not carry its mark: somebody's own, left alone but told of. */
const strangers = (inodes: ReadonlySet<string>): number[] =>
  readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/u.test(entry)) return [];
    try {
      return inodes.has(readlinkSync(`/proc/${entry}/ns/net`)) ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });

const stopProcesses = async (paths: LabPaths, state: LabState | undefined): Promise<number> => {
  const records = readRecords(paths);
  const machines = records.flatMap((record) => (record.record === 'machine' && alive(record) ? [record] : []));
  const daemons = records.flatMap((record) => (record.record === 'process' && alive(record) ? [record] : []));
  // The kernel ends everything in a machine together with its init; routers need no farewell in a lab that goes away.
  const stopped = await Promise.all(machines.map((machine) => stopMachine(machine)));
  const strays: ProcessId[] = state === undefined ? [] : findOwned(state.run);
  const left = await terminate([...daemons, ...strays].filter(alive), grace);
  const stuck = left.length + stopped.filter((gone) => !gone).length;
  if (stuck > 0) {
    throw new XiyouError('kernel-refused', `${stuck} processes of lab ${paths.lab} do not end`, {
      hint: 'they are stuck in the kernel; try again later',
    });
  }
  return machines.length + daemons.length + strays.length;
};

/** Removes a directory of ours when no other lab needs it. */
const removeIfEmpty = (directory: string): void => {
  try {
    rmdirSync(directory);
  } catch {
    // Another lab is there, or a command that waits for its lock.
  }
};

/** Takes a lab down. Throws unknown-lab when there is nothing of this name. */
export const down = async (
  lab: string,
  { listener = () => undefined, wait = lockWait }: DownOptions = {},
): Promise<{ seconds: number }> => {
  const began = performance.now();
  requireRoot();
  const paths = labPaths(lab);
  // A `down` that was killed at its very end has left nothing but its lock.
  if (!storeExists(lab) && !existsSync(paths.directory) && !existsSync(paths.lock)) {
    throw new XiyouError('unknown-lab', `no lab "${lab}" is up`, { hint: suggestion(lab, labNames()) });
  }
  // First, so that it does not bring back what ends here, and lets go of the lock if it has it.
  const kept = await endKeeper(paths);
  const lock = await lockLab(paths, `down ${lab}`, { listener, wait }).catch((error: unknown) => {
    const state = readState(paths);
    if (kept && state !== undefined) startKeeper(paths, state.run);
    throw error;
  });
  try {
    // An `up` that held the lock until now has started another.
    await endKeeper(paths);
    const state = readState(paths);
    if (state !== undefined) writeState(paths, { ...state, phase: 'stopping' });
    const first = performance.now();
    const processes = await stopProcesses(paths, state);
    if (processes > 0) listener({ event: 'down', what: 'processes', count: processes, seconds: secondsSince(first) });
    const second = performance.now();
    const store = openStore(lab);
    const nodes = store.list();
    const inodes = new Set(nodes.map((node) => `net:[${store.inodeOf(node)}]`));
    const others = processes > 0 || nodes.length < 200 ? strangers(inodes) : [];
    store.destroy();
    if (nodes.length > 0)
      listener({ event: 'down', what: 'namespaces', count: nodes.length, seconds: secondsSince(second) });
    if (others.length > 0) {
      listener({
        event: 'note',
        text: `left alone: ${others.length} processes that Xiyou did not start still run in namespaces of this lab (pids ${others.slice(0, 8).join(', ')}); the kernel frees those namespaces when they end`,
      });
    }
    rmSync(paths.directory, { recursive: true, force: true });
    lock.release({ remove: true });
    removeIfEmpty(runRoot);
    const seconds = secondsSince(began);
    listener({ event: 'done', lab, verb: 'down', seconds, changed: true });
    return { seconds };
  } finally {
    lock.release();
  }
};
