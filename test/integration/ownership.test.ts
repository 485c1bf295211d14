/**
 * Whose is it? A lab takes away what it made and nothing else: namespaces and processes of other people stay, a number
 * that the kernel gave out again means nobody, and two commands on one lab take turns.
 */
import { appendFileSync, closeSync, existsSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { alive, identify } from '../../src/kernel/pid.ts';
import { events, eventOf, start, testLab, xiyou } from '../helpers/lab.ts';
import { difference, snapshot } from '../helpers/machine.ts';
import { poll } from '../helpers/netns.ts';

/** A process of the test, in the namespace of that name where one is given; it is ended with the test. */
const sleeper = async (t: ExecutionContext, namespace?: string): Promise<{ pid: number; startTime: number }> => {
  const argv = namespace === undefined ? ['sleep', '600'] : ['ip', 'netns', 'exec', namespace, 'sleep', '600'];
  const child = execa(argv[0] ?? '', argv.slice(1), { reject: false });
  const { pid = 0 } = child;
  t.teardown(async () => {
    child.kill('SIGKILL');
    await child;
  });
  const home = readlinkSync('/proc/self/ns/net');
  const running = await poll('the process sleeps', () => {
    const found = identify(pid);
    return found !== undefined && (namespace === undefined || readlinkSync(`/proc/${pid}/ns/net`) !== home)
      ? found
      : undefined;
  });
  return running;
};

test('the comparison of before and after sees all that a lab is', async (t) => {
  const lab = testLab(t, 'ospf');
  await lab.up();
  const left = await lab.left();
  for (const pattern of [
    /^left: process \d+ started at \d+ \(\/usr\/lib\/frr\/ospfd /u,
    /^left: process \d+ started at \d+ \(\/usr\/bin\/catatonit -P\)/u,
    new RegExp(`^left: mount ${lab.directory}$`, 'u'),
    new RegExp(`^left: mount ${lab.directory}/netns/h1$`, 'u'),
    new RegExp(`^left: file ${lab.directory}$`, 'u'),
    new RegExp(`^left: name /run/netns/${lab.lab}-r2$`, 'u'),
    /^held: namespace of r3 by .*process \d+ \(\/usr\/bin\/catatonit -P\)/u,
    /^held: namespace of h1 by mount /u,
  ])
    t.true(
      left.some((line) => pattern.test(line)),
      `${pattern} in\n${left.join('\n')}`,
    );
  const before = await snapshot(lab.lab);
  const after = {
    ...before,
    own: new Map([...before.own, ['sysctl /proc/sys/net/ipv4/ip_forward', 'other'], ['link x0', '']]),
  };
  t.is(difference(before, after).length, 2);
});

test('a name of somebody else is refused and left alone', async (t) => {
  const lab = testLab(t, 'two-hosts');
  const foreign = `${lab.lab}-left`;
  await execa('ip', ['netns', 'add', foreign]);
  t.teardown(async () => void (await execa('ip', ['netns', 'delete', foreign])));
  const inode = (): Promise<string> =>
    execa('ip', ['netns', 'exec', foreign, 'readlink', '/proc/self/ns/net']).then(({ stdout }) => stdout);
  const was = await inode();

  const refused = await xiyou(['up', ...lab.given]);
  t.is(refused.exitCode, 1);
  t.regex(refused.stderr, /^error\[name-taken\]: /mu);
  t.true(refused.stderr.includes(foreign), refused.stderr);
  t.regex(refused.stderr, /what to do: /u);
  t.is(await inode(), was);

  // Nothing of the lab was made, so there is nothing to take away.
  t.deepEqual((await snapshot(lab.lab)).lab, [`mount /run/netns/${foreign}`, `name /run/netns/${foreign}`]);
});

test('a process of somebody else in a namespace of the lab lives on, and down says so', async (t) => {
  const lab = testLab(t, 'ospf');
  await lab.up();
  const plain = await sleeper(t, `${lab.lab}-h1`);
  const amongDaemons = await sleeper(t, `${lab.lab}-r1`);
  const down = await lab.down();
  t.is(down.exitCode, 0, down.stderr);
  t.true(alive(plain));
  t.true(alive(amongDaemons));
  t.regex(down.stderr, /left alone: 2 processes/u);
  t.true(down.stderr.includes(`${plain.pid}`) && down.stderr.includes(`${amongDaemons.pid}`), down.stderr);
  const held = await lab.left();
  t.is(held.length, 2, held.join('\n'));
  t.true(
    held.every((line) => /^held: namespace of (?:h1|r1) by process \d+ \(sleep 600\)$/u.test(line)),
    held.join('\n'),
  );
});

test('what people started in a node goes with the lab', async (t) => {
  const lab = testLab(t, 'two-hosts');
  await lab.up();
  await lab.exec('left', 'sh', '-c', 'sleep 600 >/dev/null 2>&1 &');
  const hanging = start(['exec', '--lab', lab.lab, 'right', '--', 'sleep', '600']);
  await poll(
    'both sleep',
    async () => (await snapshot(lab.lab)).lab.filter((line) => line.includes('(sleep 600)')).length === 2,
  );
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
  t.is((await hanging.outcome).exitCode, 137, 'the kernel has killed it: 128 + SIGKILL');
});

test('a number that was given out again means nobody', async (t) => {
  const lab = testLab(t, 'ospf');
  await lab.up();
  const { pid, startTime } = await sleeper(t);
  const forged = { pid, startTime: startTime - 1 };
  for (const record of [
    { record: 'process', node: 'r1', name: 'ospfd', operation: 'forged', ...forged },
    { record: 'machine', node: 'r1', ...forged },
    { record: 'machine', node: 'h1', ...forged },
  ])
    appendFileSync(`${lab.directory}/records.ndjson`, `${JSON.stringify(record)}\n`);
  await lab.up();
  t.true(alive({ pid, startTime }));
  t.deepEqual(await lab.failedChecks(), []);
  t.is((await lab.down()).exitCode, 0);
  t.true(alive({ pid, startTime }));
  t.deepEqual(await lab.left(), []);
});

test('a line that a crash cut short is left out', async (t) => {
  const lab = testLab(t, 'two-hosts');
  await lab.up();
  appendFileSync(`${lab.directory}/records.ndjson`, '{"record":"process","node":"le');
  await lab.up();
  t.deepEqual(await lab.failedChecks(), []);
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

test('two labs side by side: the same nodes and addresses, and neither sees the other', async (t) => {
  const [one, two] = [testLab(t, 'two-hosts'), testLab(t, 'two-hosts')];
  await Promise.all([one.up(), two.up()]);
  t.deepEqual([...(await one.failedChecks()), ...(await two.failedChecks())], []);

  const unclear = await xiyou(['ps']);
  t.is(unclear.exitCode, 2);
  t.regex(unclear.stderr, /^error\[which-lab\]: these labs are up: /mu);
  t.true(unclear.stderr.includes(one.lab) && unclear.stderr.includes(two.lab));

  // Machines of the other lab hold a copy of this one's mount, as this descriptor does; it must not keep the files.
  const copy = openSync(one.directory, 'r');
  t.teardown(() => closeSync(copy));
  t.is((await one.down()).exitCode, 0);
  t.deepEqual(readdirSync(`/proc/self/fd/${copy}`), []);
  t.deepEqual(await one.left(), []);
  t.deepEqual(await two.failedChecks(), []);
  t.is(eventOf(await two.up(), 'plan')?.missing, 0);
  t.is((await two.down()).exitCode, 0);
  t.deepEqual(await two.left(), []);
});

test('two up at once: the second waits, and has nothing to do', async (t) => {
  const lab = testLab(t, 'ospf');
  await lab.before;
  const first = start(['up', ...lab.given, '--json']);
  await poll('the first has the lock', () => existsSync(`${lab.directory}/state.json`), 60);
  // Held still, so that it cannot be done before the others have come.
  first.kill('SIGSTOP');
  const refused = await xiyou(['up', ...lab.given, '--no-wait']);
  t.is(refused.exitCode, 1);
  t.true(
    refused.stderr.includes(`error[lab-busy]: up ${lab.lab} (pid ${first.pid}) is changing this lab`),
    refused.stderr,
  );
  const second = start(['up', ...lab.given, '--json']);
  await poll('the second waits', () => second.printed().includes('"waiting"'), 60);
  first.kill('SIGCONT');

  const [one, two] = await Promise.all([first.outcome, second.outcome]);
  t.is(one.exitCode, 0, one.stderr);
  t.is(two.exitCode, 0, two.stderr);
  t.true(eventOf(events(one), 'done')?.changed);
  t.false(eventOf(events(two), 'done')?.changed);
  t.is(eventOf(events(two), 'waiting')?.holder, `up ${lab.lab} (pid ${first.pid})`);
  t.deepEqual(await lab.failedChecks(), []);
});

test('down during up waits for it, then takes all away', async (t) => {
  const lab = testLab(t, 'ospf');
  await lab.before;
  const up = start(['up', ...lab.given]);
  await poll('up has begun', () => existsSync(`${lab.directory}/state.json`), 60);
  up.kill('SIGSTOP');
  const waiting = start(['down', lab.lab]);
  await poll('down waits', () => waiting.printed().includes('waiting: '), 60);
  up.kill('SIGCONT');
  const down = await waiting.outcome;
  t.is(down.exitCode, 0, down.stderr);
  t.regex(down.stderr, new RegExp(`^waiting: up ${lab.lab} \\(pid ${up.pid}\\) holds lab ${lab.lab}$`, 'mu'));
  t.is((await up.outcome).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

test('a lock whose holder was killed is free', async (t) => {
  const lab = testLab(t, 'ospf');
  await lab.before;
  const up = start(['up', ...lab.given]);
  await poll('up has begun', () => existsSync(`${lab.directory}/state.json`), 60);
  up.kill('SIGKILL');
  await up.outcome;
  const began = performance.now();
  const again = await xiyou(['up', ...lab.given, '--no-wait']);
  t.is(again.exitCode, 0, again.stderr);
  t.true(performance.now() - began < 20_000);
});
