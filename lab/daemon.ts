/**
 * What the daemons with blocking threads have in common: they say when they are ready, keep a status file, and end at
 * once. A thread in a blocking system call cannot be asked to stop, so the process leaves SIGTERM its default action.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

/** Milliseconds between two looks at the counters. */
const STATUS_INTERVAL = 1000;

let threads = 0;

/** Ends the process; its standard error says why. */
export const fail = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // process.exit waits for the threads, and a blocked thread does not end.
  if (threads > 0) process.kill(process.pid, 'SIGKILL');
  process.exit(1);
};

/**
 * Starts a thread per input, and resolves when each has said that it runs. A thread that fails ends the process. What a
 * thread says later goes to `heard`; its messages are the module's.
 */
export const startThreads = async (
  module: URL,
  inputs: readonly unknown[],
  heard: (message: unknown) => void = () => undefined,
): Promise<void> => {
  await Promise.all(
    inputs.map((workerData) => {
      threads += 1;
      const thread = new Worker(module, { workerData });
      thread.on('error', fail);
      return new Promise<void>((resolve) => {
        thread.once('message', () => {
          thread.on('message', heard);
          resolve();
        });
      });
    }),
  );
};

/** Writes a file so that a reader sees the old or the new content, never a part. */
export const replaceFile = (file: string, content: string): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
};

/**
 * Writes the status once a second when it is not what was written last, and at once on SIGUSR1, changed or not: who
 * asked knows by the file's time that the counters are new. Returns a function that writes it now.
 */
export const keepStatus = (file: string | undefined, status: () => unknown): (() => void) => {
  if (file === undefined) return () => undefined;
  let written = '';
  const write = (): void => {
    const text = `${JSON.stringify(status(), undefined, 2)}\n`;
    if (text !== written) replaceFile(file, text);
    written = text;
  };
  write();
  setInterval(write, STATUS_INTERVAL);
  process.on('SIGUSR1', () => {
    written = '';
    write();
  });
  return write;
};

/** Says that the daemon is ready: a line for people, a file for the lab. */
export const announceReady = (file: string | undefined): void => {
  if (file !== undefined) replaceFile(file, '');
  process.stdout.write('ready\n');
  // Node would do so when it exits, but daemons are killed (NODE_COMPILE_CACHE: the next start takes a third of the time).
  flushCompileCache();
};
