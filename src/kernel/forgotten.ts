/**
 * Machines and daemons that nobody remembers. Between the start of a process and the line that notes it lies a moment;
 * a command that is killed just then leaves a process that runs and that no record tells of. A second one must not be
 * started beside it: two daemons would speak for one router. The marks in its environment say what it is.
 */
import { readFileSync } from 'node:fs';
import { findByEnvironment } from './pid.ts';
import type { ProcessId } from './pid.ts';
import { keeperVariable, runVariable, startVariable } from './marks.ts';

/** What /proc/PID/status and /proc/PID/environ tell (proc(5)); undefined when the process has ended. */
const lineage = (pid: number): { parent: number; init: boolean; daemon: boolean; keeper: boolean } | undefined => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    // Its numbers in all PID namespaces it is in, the outermost first.
    const numbers = /^NSpid:\s+(.*)$/mu.exec(status)?.[1]?.split(/\s+/u) ?? [];
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
    return {
      parent: Number(/^PPid:\s+(\d+)$/mu.exec(status)?.[1]),
      init: numbers.length > 1 && numbers.at(-1) === '1',
      daemon: environment.includes(`\0${startVariable}=`),
      keeper: environment.includes(`\0${keeperVariable}=`),
    };
  } catch {
    return undefined;
  }
};

/**
 * The init processes of a run, the daemons that are children of such, and keepers, which `known` does not know. What people have
 * started in a node themselves is not among them, nor what a daemon has started: its daemon is ended with it.
 */
export const findForgotten = (
  run: string,
  known: (process: ProcessId) => boolean,
): { machines: ProcessId[]; daemons: ProcessId[]; keepers: ProcessId[] } => {
  const owned = findByEnvironment(runVariable, run).flatMap((process) => {
    const found = lineage(process.pid);
    return found === undefined ? [] : [{ process, ...found }];
  });
  const inits = new Set(owned.flatMap(({ process, init }) => (init ? [process.pid] : [])));
  const forgotten = owned.filter(({ process }) => !known(process));
  return {
    machines: forgotten.flatMap(({ process, init }) => (init ? [process] : [])),
    daemons: forgotten.flatMap(({ process, init, daemon, parent }) =>
      !init && daemon && inits.has(parent) ? [process] : [],
    ),
    keepers: forgotten.flatMap(({ process, keeper }) => (keeper ? [process] : [])),
  };
};
