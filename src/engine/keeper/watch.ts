/**
 * What the keeper does: it sleeps until a process of the lab ends or the lab's records change; then it looks which daemons
 * have ended by themselves, waits as long as each has to wait, and has those that are due brought back together.
 */
import { watch } from 'node:fs';
import path from 'node:path';
import { uptime } from 'node:os';
import { type Ending, ExitWatch } from '../../kernel/exit-watch.ts';
import { awaitLock } from '../../kernel/lock.ts';
import { alive } from '../../kernel/pid.ts';
import { keeperHolder } from '../lock-lab.ts';
import type { LabPaths } from '../paths.ts';
import { type LabRecord, type LabState, type ProcessId, appendRecord, readRecords, readState } from '../state.ts';
import { Backoff } from './backoff.ts';
import { type EndedDaemon, comesBack, endedDaemons, endedSomehow } from './ended.ts';
import type { Restored, Target } from './restored.ts';

/** Milliseconds that the records have to be quiet before they are read: a command that changes a lab writes many. */
const quiet = 200;
/** Milliseconds after an end: what is killed together is brought back together. */
const together = 20;
/** Ticks of a process' start time in a second, whatever the kernel's own clock (USER_HZ; time(7)). */
const ticks = 100;

const identityOf = ({ pid, startTime }: ProcessId): string => `${pid} ${startTime}`;
const textOf = (ending: Ending | undefined): string =>
  ending === undefined ? endedSomehow : 'exit' in ending ? `exit ${ending.exit}` : ending.signal;

interface Attempt {
  /** Of the process that ended. */
  readonly identity: string;
  readonly how: string;
  /** When it is to be started, in milliseconds of Date.now(); undefined when it stays ended. */
  readonly due: number | undefined;
}

export interface KeeperTools {
  readonly log: (text: string) => void;
  /** Brings daemons back in a process of its own, so that this one stays small and a failure there does no harm here. */
  readonly restore: (targets: readonly Target[]) => Promise<readonly Restored[]>;
}

/** Keeps the lab until it is gone; then it resolves. */
export const keep = (paths: LabPaths, run: string, { log, restore }: KeeperTools): Promise<void> =>
  new Promise((gone, failed) => {
    const backoff = new Backoff();
    const attempts = new Map<string, Attempt>();
    const endings = new Map<string, Ending | undefined>();
    let timer: NodeJS.Timeout | undefined;
    let due = Number.POSITIVE_INFINITY;
    let working = false;
    let again = false;

    const lookIn = (milliseconds: number): void => {
      const at = Date.now() + milliseconds;
      if (at >= due) return;
      clearTimeout(timer);
      due = at;
      timer = setTimeout(() => {
        due = Number.POSITIVE_INFINITY;
        void look();
      }, milliseconds);
    };

    const exits = new ExitWatch((process, ending) => {
      endings.set(identityOf(process), ending);
      lookIn(together);
    });

    /** Daemons that have ended and whose end the kernel has told as far as it does. */
    const ended = (state: LabState, records: readonly LabRecord[]): EndedDaemon[] => {
      const runs = records.filter((record) => record.record === 'process' || record.record === 'machine');
      exits.watch(runs.filter((record) => exits.has(record) || alive(record)));
      const known = new Set(runs.map(identityOf));
      for (const identity of endings.keys()) if (!known.has(identity)) endings.delete(identity);
      return endedDaemons(state, records, (process) => exits.has(process) || alive(process));
    };

    /** Notes an end that was not seen before, and when the daemon is to be started again. */
    const attemptFor = (daemon: EndedDaemon): Attempt => {
      const key = `${daemon.node} ${daemon.name}`;
      const identity = identityOf(daemon.process);
      const before = attempts.get(key);
      if (before?.identity === identity) return before;
      const how = daemon.noted?.how ?? textOf(endings.get(identity));
      const back = comesBack(daemon.policy, how);
      const wait = back ? backoff.delay(key, uptime() - daemon.process.startTime / ticks) * 1000 : undefined;
      return note(daemon, how, wait);
    };

    const note = ({ node, name, process }: Pick<Target, 'node' | 'name' | 'process'>, how: string, wait?: number) => {
      const attempt = {
        identity: identityOf(process),
        how,
        due: wait === undefined ? undefined : Date.now() + wait,
      };
      attempts.set(`${node} ${name}`, attempt);
      const at = new Date().toISOString();
      const next = attempt.due === undefined ? {} : { again: new Date(attempt.due).toISOString() };
      const { pid, startTime } = process;
      appendRecord(paths, { record: 'ended', node, name, pid, startTime, at, how, ...next });
      const then =
        wait === undefined
          ? 'it stays ended'
          : wait === 0
            ? 'it is started again'
            : `started again in ${wait / 1000} s`;
      log(`${node} ${name} (pid ${pid}) ended: ${how}; ${then}`);
      return attempt;
    };

    /** Those of the ended that are due, and a timer for the others. What builds on one that has to wait waits too. */
    const targetsOf = (daemons: readonly EndedDaemon[]): Target[] => {
      const waiting = new Map<string, number>();
      return daemons.flatMap((daemon) => {
        const { how, due: own } = attemptFor(daemon);
        if (own === undefined) return [];
        const start = Math.max(own, waiting.get(daemon.node) ?? 0);
        const wait = start - Date.now();
        if (wait <= 0) return [{ node: daemon.node, name: daemon.name, process: daemon.process, how }];
        if (daemon.basis) waiting.set(daemon.node, start);
        lookIn(wait);
        return [];
      });
    };

    /** Without the lock: whether there may be something to do. Most changes of a lab end with this. */
    const worthTheLock = (): boolean => {
      const state = readState(paths);
      if (state === undefined || state.run !== run) throw new Gone();
      return ended(state, readRecords(paths)).some((daemon) => {
        const attempt = attempts.get(`${daemon.node} ${daemon.name}`);
        if (attempt?.identity !== identityOf(daemon.process)) return true;
        if (attempt.due !== undefined && attempt.due > Date.now()) lookIn(attempt.due - Date.now());
        return attempt.due !== undefined && attempt.due <= Date.now();
      });
    };

    const underLock = async (): Promise<Target[]> => {
      const lock = await awaitLock(paths.lock, keeperHolder(paths));
      if (lock === undefined) throw new Gone();
      try {
        const state = readState(paths);
        if (state === undefined || state.run !== run) throw new Gone();
        return targetsOf(ended(state, readRecords(paths)));
      } finally {
        lock.release();
      }
    };

    const work = async (): Promise<void> => {
      if (!worthTheLock()) return;
      const targets = await underLock();
      if (targets.length === 0) return;
      const began = performance.now();
      const restored = await restore(targets);
      for (const target of targets) {
        const outcome = restored.find(({ node, name }) => node === target.node && name === target.name);
        if (outcome?.failed === undefined) continue;
        log(`${target.node} ${target.name} could not be started: ${outcome.failed}`);
        note(target, target.how, backoff.delay(`${target.node} ${target.name}`, 0) * 1000);
      }
      for (const { node, name, failed: reason, count } of restored)
        if (reason === undefined)
          log(`${node} ${name} runs again after ${Math.round(performance.now() - began)} ms (restart ${count})`);
      // What ended again meanwhile; and the new ones are to be watched.
      lookIn(together);
    };

    const look = async (): Promise<void> => {
      if (working) {
        again = true;
        return;
      }
      working = true;
      try {
        await work();
      } catch (error) {
        if (error instanceof Gone) gone();
        else failed(error);
      } finally {
        working = false;
      }
      if (!again) return;
      again = false;
      lookIn(together);
    };

    let settle: NodeJS.Timeout | undefined;
    const files = new Set([path.basename(paths.records), path.basename(paths.state)]);
    watch(paths.directory, (_event, file) => {
      if (file === null || !files.has(file)) return;
      settle ??= setTimeout(() => {
        settle = undefined;
        void look();
      }, quiet);
      settle.refresh();
    });
    lookIn(0);
  });

/** The lab is gone, or it is another one of this name. */
class Gone extends Error {}
