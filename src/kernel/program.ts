/** Programs of the machine, in no node: one that stays and outlives its starter, and one that is waited for. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { XiyouError } from '../errors.ts';
import { identify } from './pid.ts';
import type { ProcessId } from './pid.ts';

export interface Program {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of the file its output is appended to. */
  readonly log: string;
}

/**
 * Starts a program of the machine, in no node, in a session of its own, and leaves it running: it outlives this process.
 * @throws XiyouError command-failed when it cannot be started.
 */
export const startProgram = (program: Program): ProcessId => {
  const [file, ...rest] = program.argv;
  const log = openSync(program.log, 'a');
  try {
    const child = spawn(file, rest, { cwd: '/', env: program.env, detached: true, stdio: ['ignore', log, log] });
    child.unref();
    child.once('error', () => undefined);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity !== undefined) return identity;
  } finally {
    closeSync(log);
  }
  throw new XiyouError('command-failed', `${file} could not be started`, { where: program.argv.join(' ') });
};

/**
 * Runs a program of the machine to its end, with `input` on its standard input, which stays open: who reads it to its end
 * knows that this process has ended. Its standard error goes to this process' own.
 */
export const runProgram = (argv: readonly [string, ...string[]], input: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const [file, ...rest] = argv;
    const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    // One that ended before it has read is told of by its exit.
    child.stdin.on('error', () => undefined).write(input);
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
