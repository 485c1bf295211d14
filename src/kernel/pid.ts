/**
 * Which process is meant. A number alone is not enough, the kernel gives it out again; number and start time together
 * name one process for the whole uptime of the machine. Nothing is ever signalled by less.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { until } from './wait.ts';

export interface ProcessId {
  /** As the machine sees it, not the node. */
  readonly pid: number;
  /** Clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTime: number;
}

/** State letter and start time of a process; undefined when there is none of this number. */
const stat = (pid: number): { state: string; startTime: number } | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses; it may hold spaces and parentheses itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTime: Number(fields[19]) };
  } catch {
    return undefined;
  }
};

/** The identity of a running process; undefined when it has ended. */
export const identify = (pid: number): ProcessId | undefined => {
  const found = stat(pid);
  return found === undefined ? undefined : { pid, startTime: found.startTime };
};

/** Whether the process still runs. One that has ended but was not waited for (a zombie) does not. */
export const alive = ({ pid, startTime }: ProcessId): boolean => {
  const found = stat(pid);
  return found !== undefined && found.startTime === startTime && found.state !== 'Z' && found.state !== 'X';
};

/** Sends the signal if the process still runs; false when it does not. */
export const signal = (process_: ProcessId, name: NodeJS.Signals): boolean => {
  if (!alive(process_)) return false;
  try {
    return process.kill(process_.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

/** The name of the program a process runs (/proc/PID/comm, at most 15 characters); empty when it has ended. */
export const commandName = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
};

/** Whether the environment of a process has the variable with this value; false when it has ended. */
const hasVariable = (pid: number, variable: string, value: string): boolean => {
  try {
    const environment = Buffer.concat([Buffer.from([0]), readFileSync(`/proc/${pid}/environ`)]);
    return environment.includes(`\0${variable}=${value}\0`);
  } catch {
    // It ended between the listing and the look, or is a kernel thread.
    return false;
  }
};

const identified = (pids: readonly number[], variable: string, value: string): ProcessId[] =>
  pids.flatMap((pid) => {
    const identity = hasVariable(pid, variable, value) ? identify(pid) : undefined;
    return identity === undefined ? [] : [identity];
  });

/** All processes of the machine whose environment has the variable with this value. */
export const findByEnvironment = (variable: string, value: string): ProcessId[] =>
  identified(readdirSync('/proc').map(Number).filter(Number.isInteger), variable, value);

/** The child of a process that has the variable; all processes are searched where the kernel does not list children. */
export const childOf = (parent: ProcessId, variable: string, value: string): ProcessId | undefined => {
  try {
    const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8')
      .split(' ')
      .filter((text) => text !== '');
    return identified(children.map(Number), variable, value)[0];
  } catch {
    return findByEnvironment(variable, value)[0];
  }
};

/**
 * Milliseconds that a process may take to die of SIGKILL. The kernel closes what it holds first, and each packet socket waits
 * until nobody reads it any more (synchronize_net): the switch of a thousand machines has a thousand of them.
 */
export const DYING = 60_000;

/**
 * Ends processes: SIGTERM, and SIGKILL for those that still run after `grace` milliseconds. Resolves when none runs
 * any more; with those that survived even that (stuck in the kernel) after a minute.
 */
export const terminate = async (processes: readonly ProcessId[], grace = 3000): Promise<ProcessId[]> => {
  for (const one of processes) signal(one, 'SIGTERM');
  if (await until(() => !processes.some((one) => alive(one)), grace)) return [];
  for (const one of processes) signal(one, 'SIGKILL');
  await until(() => !processes.some((one) => alive(one)), DYING);
  return processes.filter((one) => alive(one));
};
