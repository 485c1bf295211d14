/** Commands beside the lab: on this machine, in no node. */
import type { Place } from '../kernel/place.ts';
import { type RunResult, runIn } from '../kernel/process.ts';
import { nodePath } from './lab.ts';

const here: Place = {
  node: 'this machine',
  enter: (work) => work(),
  nsenter: [],
  env: { PATH: nodePath, LANG: 'C.UTF-8', HOME: '/root' },
};

/** Runs a program of this machine and waits for it; throws command-failed with its stderr. */
export const runHere = (argv: readonly string[], input?: string): Promise<RunResult> => runIn(here, argv, { input });

/** Milliseconds that a program which only reads a file may take on a busy machine. */
const readerTimeout = 20_000;

/** The same, for programs whose exit code is part of the answer. */
export const runHereAnyExit = (
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> => runIn(here, argv, { env, anyExit: true, timeout: readerTimeout });
