/**
 * Topology tests through our engine: the daemons' files as they are, the actions, and the expected tables, compared as
 * FRR's own tests do. FRR's cases are run where the corpus has them, and where there is none that is said.
 */
import path from 'node:path';
import test from 'ava';
import { casesIn, corpus } from '../helpers/interop.ts';
import { CaseRun } from '../helpers/interop-run.ts';

const directory = path.join(corpus, 'frr');
const names = casesIn(directory);

if (names.length === 0) test(`no cases of FRR in ${directory}: nothing to run`, (t) => t.pass());

for (const name of names) {
  test.serial(`FRR's ${name}`, async (t) => {
    t.timeout(900_000);
    await new CaseRun(t, path.join(directory, name)).run();
  });
}
