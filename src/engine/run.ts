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
