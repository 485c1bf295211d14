/**
 * A network function of the LTE core: `node lab/epc/main.ts CONFIG`, one process inside a node. The configuration's
 * `function` names it (functions.ts); the rest of what it needs is its own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { announceReady, fail, keepStatus, replaceFile } from '../daemon.ts';
import { member, optional, readFields, text } from '../fields.ts';
import { systemClock } from './clock.ts';
import { openControl } from './control.ts';
import { functions, type Host } from './functions.ts';

/** Milliseconds that a function has for its good-byes. */
const STOP_LIMIT = 2000;

const warn = (error: unknown): void =>
  void process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);

/** Counts a start in a file beside the status file, as a node with a disk would (TS 23.007, 18). */
const countStart = (status: string | undefined): number => {
  if (status === undefined) return 1;
  const file = `${status}.restarts`;
  const restarts = (existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0) + 1;
  replaceFile(file, `${restarts}\n`);
  return restarts;
};

const run = async (file: string): Promise<void> => {
  const config = readFields(file);
  const name = text(member(config, 'function'));
  const load = functions[name];
  if (load === undefined)
    throw new Error(`config: function: there is no "${name}", only ${Object.keys(functions).join(', ')}`);
  const control = optional(member(config, 'control'), text);
  const ready = optional(member(config, 'ready'), text);
  const status = optional(member(config, 'status'), text);
  let writeStatus = (): void => undefined;
  const host: Host = {
    clock: systemClock,
    restarts: countStart(status),
    changed: () => setImmediate(() => writeStatus()),
    log: (line) => void process.stdout.write(`${line}\n`),
    warn,
    fail,
  };
  const { start } = await load();
  const running = await start(config, host);
  if (control !== undefined) await openControl(control, running);
  writeStatus = keepStatus(status, running.status);
  process.on('SIGTERM', () => {
    const stopped = Promise.resolve(running.stop?.()).catch(warn);
    // A thread in a blocking system call does not end with the process (daemon.ts), so the process is ended.
    void Promise.race([stopped, pause(STOP_LIMIT)]).then(() => process.kill(process.pid, 'SIGKILL'));
  });
  announceReady(ready);
};

run(process.argv[2] ?? '').catch(fail);
