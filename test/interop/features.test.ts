/**
 * Topology tests of our own, in the form of FRR's cases, one for each family of what FRR 8.4 can do: their files go to
 * the daemons as they are, and what the daemons, the kernel and the nodes answer is compared as FRR's tests do.
 */
import path from 'node:path';
import test from 'ava';
import { projectDirectory } from '../../src/engine/paths.ts';
import { casesIn } from '../helpers/interop.ts';
import { CaseRun } from '../helpers/interop-run.ts';

const directory = path.join(projectDirectory, 'test/interop/cases');

/** Cases at once: each waits for timers most of its time, and four routers with their daemons are 300 MB. */
const width = 3;
const waiting: (() => void)[] = [];
let under = 0;
const inTurn = async (work: () => Promise<void>): Promise<void> => {
  if (under >= width) await new Promise<void>((resolve) => waiting.push(resolve));
  else under += 1;
  try {
    await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) under -= 1;
    else next();
  }
};

for (const name of casesIn(directory)) {
  test(name, async (t) => {
    t.timeout(900_000);
    await inTurn(() => new CaseRun(t, path.join(directory, name)).run());
  });
}
