/** `up` follows a file that was changed: what is new is made, what is gone goes, what is the same is not touched. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Event } from '../../src/engine/events.ts';
import { eventOf, testLab, type TestLab } from '../helpers/lab.ts';

/** Runs `up` and tells which nodes kept their namespace, and which nodes it named. */
const follow = async (
  lab: TestLab,
  text: string,
): Promise<{ events: Event[]; kept: string[]; gone: string[]; made: string[]; named: string[] }> => {
  const before = lab.watch.note(lab.lab);
  lab.write(text);
  const events = await lab.up();
  const after = lab.watch.note(lab.lab);
  return {
    events,
    kept: [...after].flatMap(([node, cookie]) => (before.get(node) === cookie ? [node] : [])).sort(),
    made: [...after].flatMap(([node, cookie]) => (before.get(node) === cookie ? [] : [node])).sort(),
    gone: [...before.keys()].filter((node) => !after.has(node)).sort(),
    named: [...new Set(events.flatMap((event) => (event.event === 'remake' ? [event.node] : [])))].sort(),
  };
};

const ends = async (t: ExecutionContext, lab: TestLab): Promise<void> => {
  t.deepEqual(await lab.failedChecks(), []);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0);
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
};

test('a host more', async (t) => {
  const lab = testLab(t, 'switch');
  const text = readFileSync(lab.file, 'utf8');
  await lab.up();
  t.is((await lab.exec('h1', 'getent', 'hosts', 'h4')).exitCode, 2, 'nobody knows h4 yet');
  const more = text
    .replace('  h3: {kind: host}', '  h3: {kind: host}\n  h4: {kind: host}')
    .replace('  - [h3, s1]', '  - [h3, s1]\n  - [h4, s1]');
  const { kept, made, gone, named } = await follow(lab, more);
  t.deepEqual({ kept, made, gone, named }, { kept: ['h1', 'h2', 'h3', 's1'], made: ['h4'], gone: [], named: [] });
  t.is((await lab.exec('h4', 'ping', '-c', '1', '-W', '1', '192.168.1.1')).exitCode, 0);
  t.is((await lab.exec('h1', 'ping', '-c', '1', '-W', '1', 'h4')).exitCode, 0, 'who was there before knows its name');
  await ends(t, lab);
});

test('a host less: who was its neighbour is made anew', async (t) => {
  const lab = testLab(t, 'switch');
  const text = readFileSync(lab.file, 'utf8');
  await lab.up();
  const { kept, made, gone } = await follow(
    lab,
    text
      .replace('  h2: {kind: host}\n', '')
      .replace('  - [h2, s1]\n', '')
      .replace('192.168.1.3]', '192.168.1.2]')
      .replace('1, h2]', '1, h1]'),
  );
  // The switch has a port less and h3 another address: both differ, so both are made anew.
  t.deepEqual({ kept, made, gone }, { kept: ['h1'], made: ['h3', 's1'], gone: ['h2'] });
  await ends(t, lab);
});

test("a cost in a daemon's configuration: the router is made anew, the others are not", async (t) => {
  const lab = testLab(t, 'ospf');
  const text = readFileSync(lab.file, 'utf8');
  await lab.up();
  const daemons = await lab.daemons();
  const dearer = text.replace(
    'r1: {kind: router, ospf: {interfaces: {r3: {cost: 100}}}}',
    'r1: {kind: router, ospf: {interfaces: {r3: {cost: 200}}}}',
  );
  t.not(dearer, text);
  const { events, kept } = await follow(lab, dearer);
  t.true(
    ['h1', 'h3', 'r2', 'r3'].every((node) => kept.includes(node)),
    kept.join(' '),
  );
  t.true(eventOf(events, 'done')?.changed);
  const now = await lab.daemons();
  for (const name of ['r2 ospfd', 'r3 ospfd', 'r2 zebra']) t.is(now.get(name), daemons.get(name), name);
  t.not(now.get('r1 ospfd'), daemons.get('r1 ospfd'));
  t.regex((await lab.exec('r1', 'vtysh', '-c', 'show running-config')).stdout, /ip ospf cost 200/u);
  await ends(t, lab);
});

test('a file with mistakes changes nothing', async (t) => {
  const lab = testLab(t, 'switch');
  const text = readFileSync(lab.file, 'utf8');
  await lab.up();
  const before = lab.watch.note(lab.lab);
  lab.write(text.replace('h3: {kind: host}', 'h3: {kind: hots}'));
  await t.throwsAsync(lab.up(), { message: /file-invalid/u });
  t.deepEqual(lab.watch.note(lab.lab), before);
  lab.write(text);
  await ends(t, lab);
});
