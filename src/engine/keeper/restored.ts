/** What the keeper (main.ts) and the program that does its work (restore.ts) say to each other. */
import type { ProcessId } from '../state.ts';

/** A daemon that is to be started again. */
export interface Target {
  readonly node: string;
  readonly name: string;
  /** The process that ended. */
  readonly process: ProcessId;
  readonly how: string;
}

/** What became of it; also of daemons that build on it and had to start anew with it. */
export interface Restored {
  readonly node: string;
  readonly name: string;
  /** Why it does not run; undefined when it does. */
  readonly failed?: string | undefined;
  /** How often it was restarted so far. */
  readonly count: number;
}

export const failedAll = (targets: readonly Target[], failed: string): Restored[] =>
  targets.map(({ node, name }) => ({ node, name, failed, count: 0 }));
