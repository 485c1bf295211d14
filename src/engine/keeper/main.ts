/**
 * The keeper of one lab: `node main.ts LAB`, started by `up` with the lab's marks in its environment. It sleeps nearly always;
 * what it imports stays in memory all the time, so that is little: bringing back is done by restore.ts in a process of its own.
 */
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import { runVariable } from '../../kernel/marks.ts';
import { runProgram } from '../../kernel/program.ts';
import { labPaths } from '../paths.ts';
import { type Restored, type Target, failedAll } from './restored.ts';
import { keep } from './watch.ts';

const log = (text: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
};

const restore = async (lab: string, targets: readonly Target[]): Promise<readonly Restored[]> => {
  const program = path.join(import.meta.dirname, 'restore.ts');
  const output = await runProgram([process.execPath, program, lab], `${JSON.stringify(targets)}\n`);
  try {
    return JSON.parse(output) as Restored[];
  } catch {
    return failedAll(targets, 'the program that brings it back ended early');
  }
};

const [lab = ''] = process.argv.slice(2);
const paths = labPaths(lab);
log(`keeper of lab ${lab} (pid ${process.pid})`);
// Node would do so when it exits, but a keeper is killed.
setImmediate(() => flushCompileCache());
try {
  await keep(paths, process.env[runVariable] ?? '', { log, restore: (targets) => restore(lab, targets) });
  log('the lab is gone');
} catch (error) {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
// A thread that sleeps in the kernel would hold an exit up.
process.kill(process.pid, 'SIGKILL');
