/** A command in a node on the caller's own standard input and output: what `xiyou exec` runs. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Place } from './place.ts';

/** Signals that are passed on to the command while it runs. */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Runs the command and resolves with its exit code as shells count: 128 + n for signal n, 127 when it cannot be started. */
export const attach = async (
  place: Place,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number; problem?: string }> => {
  const [file = '', ...rest] = argv;
  const child = place.enter(() => spawn(file, rest, { cwd: '/', env: { ...place.env, ...env }, stdio: 'inherit' }));
  // A terminal sends its signals to the whole foreground group; the command decides what they mean, not we.
  const ignore = (): void => undefined;
  for (const name of passedOn) process.on(name, ignore);
  try {
    return await new Promise((resolve) => {
      child.on('error', (error) => resolve({ exitCode: 127, problem: error.message }));
      child.on('exit', (code, signal) => resolve({ exitCode: code ?? 128 + constants.signals[signal ?? 'SIGKILL'] }));
    });
  } finally {
    for (const name of passedOn) process.off(name, ignore);
  }
};
