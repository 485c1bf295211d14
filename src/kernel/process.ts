/**
 * Processes in nodes: commands that are waited for, and daemons that stay. The only file that uses execa, which it
 * loads when the first command is run: a lab of plain hosts runs none.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { XiyouError } from '../errors.ts';
import { quote } from '../plan/render.ts';
import { childOf, commandName, findByEnvironment } from './pid.ts';
import { eventually } from './wait.ts';
import type { ProcessId } from './pid.ts';
import { runVariable, startVariable } from './marks.ts';
import type { MachinePlace, Place } from './place.ts';

export { alive, terminate } from './pid.ts';
export type { ProcessId } from './pid.ts';

export interface RunOptions {
  readonly input?: string | undefined;
  /** Beside the place's own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds after which the command is ended: SIGTERM, then SIGKILL. */
  readonly timeout?: number | undefined;
  /** Ends the command when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Return a result for every exit code instead of throwing for all but 0. */
  readonly anyExit?: boolean | undefined;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + n when signal number n ended it, as shells count; 127 when there is no such command. */
  readonly exitCode: number;
}

/** Characters of a command in a message: a transaction of Open vSwitch with a thousand ports has pages of them. */
const SHOWN = 1000;

/** A command as a person could type it; of a very long one, its beginning. */
const commandText = (argv: readonly string[]): string => {
  const text = argv.map(quote).join(' ');
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)} … (${text.length} characters)`;
};

const failed = (place: Place, argv: readonly string[], how: string, stderr: string): XiyouError =>
  new XiyouError('command-failed', `${argv[0] ?? ''} ${how} in node ${place.node}`, {
    where: `${place.node}: ${commandText(argv)}`,
    details: stderr.trim() === '' ? [] : stderr.trim().split('\n'),
  });

/**
 * Runs a command in the place and waits for it.
 * @throws XiyouError command-failed when it cannot be started, takes too long, or (without `anyExit`) exits other than 0.
 */
export const runIn = async (place: Place, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
  const { execa } = await import('execa');
  const [file = '', ...rest] = argv;
  const { input, timeout, signal } = options;
  const result = await place.enter(() =>
    execa(file, rest, {
      cwd: '/',
      env: { ...place.env, ...options.env },
      extendEnv: false,
      reject: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...(timeout === undefined ? {} : { timeout, forceKillAfterDelay: 1000 }),
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    }),
  );
  const { stdout, stderr } = result;
  if (result.timedOut) throw failed(place, argv, `took longer than ${timeout ?? 0} ms`, stderr);
  if (result.isCanceled) throw failed(place, argv, 'was interrupted', stderr);
  if (result.exitCode === undefined && result.signal === undefined) {
    if (options.anyExit === true && result.code === 'ENOENT')
      return { stdout: '', stderr: result.originalMessage ?? '', exitCode: 127 };
    throw failed(place, argv, 'could not be started', result.originalMessage ?? '');
  }
  const exitCode = result.exitCode ?? 128 + constants.signals[result.signal ?? 'SIGKILL'];
  if (exitCode !== 0 && options.anyExit !== true) {
    const how = result.signal === undefined ? `failed with exit code ${exitCode}` : `was ended by ${result.signal}`;
    throw failed(place, argv, how, stderr === '' ? stdout : stderr);
  }
  return { stdout, stderr, exitCode };
};

export interface Daemon {
  /** For messages; nothing is ever looked for by it. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Path on the host of the file its output is appended to. */
  readonly log: string;
}

/**
 * A daemon that is not among init's children after so many looks has ended at once: only while it is being replaced by its
 * program, for a moment, it has no environment to be told by. The looks take a second and a half; on a machine that is slow,
 * longer.
 */
const looks = 25;
/** Milliseconds that the program may take to be loaded. */
const loading = 60_000;

/**
 * Starts a daemon in a machine, in a session of its own, and leaves it running: it outlives this process. setsid(1) forks
 * and ends, so that the daemon becomes a child of the node's init, which reaps it: were it ours, the machine's own init
 * would inherit it, and a node could not end before that one takes notice. Its output goes straight to the file.
 * @throws XiyouError command-failed when it cannot be started. That it ends later is for the caller to see (`alive`).
 */
export const startDaemon = async (place: MachinePlace, daemon: Daemon): Promise<ProcessId> => {
  const mark = randomUUID();
  const log = openSync(daemon.log, 'a');
  let complaint = '';
  try {
    const env = { ...place.env, ...daemon.env, [startVariable]: mark };
    const child = place.enter(() =>
      spawn('setsid', ['--fork', ...daemon.argv], { cwd: '/', env, stdio: ['ignore', log, log] }),
    );
    await new Promise<void>((resolve) => {
      child.once('error', (error) => {
        complaint = error.message;
        resolve();
      });
      child.once('exit', () => resolve());
    });
  } finally {
    closeSync(log);
  }
  let missed = 0;
  const outcome = await eventually((): ProcessId | 'gone' | undefined => {
    const identity = childOf(place.init, startVariable, mark);
    missed = identity === undefined ? missed + 1 : 0;
    // Until then the child is a copy of setsid.
    if (identity !== undefined && commandName(identity.pid) !== 'setsid') return identity;
    return missed >= looks ? 'gone' : undefined;
  }, loading);
  if (outcome !== undefined && outcome !== 'gone') return outcome;
  const tail = readFileSync(daemon.log, 'utf8').trimEnd().split('\n').slice(-3).join('\n');
  throw failed(place, daemon.argv, `(${daemon.name}) could not be started`, complaint === '' ? tail : complaint);
};

/** The processes of a run, by the mark in their environment: what a crash left although no state speaks of it. */
export const findOwned = (run: string): ProcessId[] => findByEnvironment(runVariable, run);
