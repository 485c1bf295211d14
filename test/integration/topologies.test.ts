/**
 * Every topology of the project: valid, planned, up, with all its checks true, nothing to do the second time, and gone
 * without a trace. The list is read from the directory, so a new file is tested by being there.
 */
import { globSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { projectDirectory } from '../../src/engine/paths.ts';
import { eventOf, testLab, xiyou } from '../helpers/lab.ts';

const directory = path.join(projectDirectory, 'topologies');
const found = globSync(['*.{yml,yaml,ts}', '*/topology.{yml,yaml,ts}', 'generated/*.ts'], { cwd: directory }).sort();

/** A module is a topology when it exports one; others hold what such modules share. */
const isTopology = async (file: string): Promise<boolean> =>
  !file.endsWith('.ts') || (await import(path.join(directory, file))).default !== undefined;

/** Too large to be brought up twice: epc-cells.test.ts does all of this with it, and more. */
const elsewhere: ReadonlySet<string> = new Set(['generated/cells.ts']);

const files: string[] = [];
for (const file of found) if (!elsewhere.has(file) && (await isTopology(file))) files.push(file);

test('there are topologies', (t) => {
  t.true(files.includes('two-hosts.yml'));
  t.true(files.includes('journey/topology.ts'));
});

for (const file of files) {
  // One after the other: a lab that has the machine to itself is up soonest.
  test.serial(`${file}: valid, up, checked, nothing to do, gone`, async (t) => {
    const lab = testLab(t, path.join(directory, file));

    const valid = await xiyou(['validate', ...lab.given]);
    t.is(valid.exitCode, 0, valid.stderr);

    const first = await lab.up();
    t.true(eventOf(first, 'done')?.changed);
    t.log(`up in ${eventOf(first, 'done')?.seconds} s`);

    t.deepEqual(await lab.failedChecks(), []);

    const second = await lab.up();
    t.is(eventOf(second, 'plan')?.missing, 0);
    t.false(eventOf(second, 'done')?.changed);
    t.deepEqual(
      second.map((event) => event.event),
      ['plan', 'done'],
    );

    const down = await lab.down();
    t.is(down.exitCode, 0, down.stderr);
    t.deepEqual(await lab.left(), []);
  });
}
