/**
 * A lab's keeper as the verbs see it: the one process that brings back daemons which end by themselves (main.ts). `up` starts
 * it last, `down` ends it first, `ps` tells of it. A lab in which nothing could be brought back has none.
 */
import path from 'node:path';
import { restartPolicy } from '../../features/raw/restart.ts';
import { alive, terminate } from '../../kernel/pid.ts';
import { keeperVariable, runVariable } from '../../kernel/marks.ts';
import { startProgram } from '../../kernel/program.ts';
import { type LabPaths, compileCache } from '../paths.ts';
import { type LabState, type ProcessId, appendRecord, readRecords } from '../state.ts';
import { daemonsOf } from './ended.ts';

/** Whether there is a daemon that would be brought back. */
export const needsKeeper = (state: Pick<LabState, 'restart' | 'operations' | 'topology'>): boolean =>
  state.restart !== false &&
  state.operations.some((operation) =>
    daemonsOf(operation).some((name) => restartPolicy(state.topology, operation.node, name) !== 'never'),
  );

/** The keeper where it runs. */
export const runningKeeper = (paths: LabPaths): ProcessId | undefined =>
  readRecords(paths).findLast((record) => record.record === 'keeper' && alive(record)) as ProcessId | undefined;

/** Starts the keeper; it looks at the lab as soon as nobody changes it any more. */
export const startKeeper = (paths: LabPaths, run: string): void => {
  const identity = startProgram({
    // A small young generation: it lives long and makes little garbage.
    argv: [process.execPath, '--max-semi-space-size=1', path.join(import.meta.dirname, 'main.ts'), paths.lab],
    env: {
      PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      NODE_COMPILE_CACHE: compileCache,
      XIYOU_LAB: paths.lab,
      [runVariable]: run,
      [keeperVariable]: '1',
    },
    log: paths.keeperLog,
  });
  appendRecord(paths, { record: 'keeper', ...identity });
};

/** Ends the keeper where it runs; says whether it did. What it was doing is left as it is. */
export const endKeeper = async (paths: LabPaths): Promise<boolean> => {
  const keeper = runningKeeper(paths);
  if (keeper !== undefined) await terminate([keeper]);
  return keeper !== undefined;
};

/** Sees to it that the lab has a keeper exactly where it needs one; says whether one had to be started. */
export const settleKeeper = async (paths: LabPaths, state: LabState): Promise<boolean> => {
  const there = runningKeeper(paths) !== undefined;
  if (!needsKeeper(state)) await endKeeper(paths);
  else if (!there) startKeeper(paths, state.run);
  return needsKeeper(state) && !there;
};
