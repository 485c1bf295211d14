/**
 * A fabric in which everything is there twice: downloads from rack to rack go on while each member of each pair dies or is
 * stopped, and while each link is cut or falls silent; and what a passport tells of stacks and bonds.
 */
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { Lab } from '../../src/engine/lab.ts';
import { answeredNow } from '../../src/engine/probe.ts';
import { findLab } from '../../src/engine/state.ts';
import { withTrouble } from '../../src/engine/trouble.ts';
import { eventually } from '../../src/kernel/wait.ts';
import type { CheckEvent } from '../../src/topology/check.ts';
import { type Downloads, downloads } from '../helpers/downloads.ts';
import { type TestLab, eventOf, testLab, xiyou } from '../helpers/lab.ts';
import type { Running } from '../helpers/netns.ts';

/** Milliseconds for one test on a machine that is busy with others: ten times what a quiet one takes. */
const limit = 600_000;
/** Connections: enough for every one of the ways to have some. */
const COUNT = 8;
/** Octets that each has to get before, during and after an event: about half a second's. */
const SOME = 100_000;

const pairs = ['acc1', 'acc2', 'acc3', 'acc4', 'spine1', 'spine2'];
const links: readonly (readonly [string, string])[] = [
  ['acc1', 'acc2'],
  ['acc3', 'acc4'],
  ['hv1', 'acc1'],
  ['hv1', 'acc2'],
  ['hv2', 'acc3'],
  ['hv2', 'acc4'],
  ...['acc1', 'acc2', 'acc3', 'acc4'].flatMap((access) =>
    ['spine1', 'spine2'].map((spine): readonly [string, string] => [access, spine]),
  ),
];

/** Of each kind of link at least one in each rack falls silent too: the others are the same once more, and BFD takes its time. */
const silent: readonly (readonly [string, string])[] = [
  ['acc1', 'acc2'],
  ['hv1', 'acc1'],
  ['hv2', 'acc4'],
  ['acc1', 'spine2'],
  ['acc4', 'spine1'],
];

/** Programs in nodes of a lab, which end with the test. */
const starter =
  (t: ExecutionContext, lab: TestLab) =>
  (node: string, command: string, ...argv: string[]): Running => {
    const child = execa('ip', ['netns', 'exec', `${lab.lab}-${node}`, command, ...argv], { all: true, reject: false });
    t.teardown(async () => {
      child.kill('SIGKILL');
      await child;
    });
    return child;
  };

const words = (event: CheckEvent): string =>
  event.event === 'link'
    ? `${event.link.join(' - ')} ${event.is}`
    : event.event === 'node'
      ? `${event.nodes.join()} ${event.is}`
      : event.event;

/** Lets an event happen under the downloads, undoes it, and waits until the lab is as it was; the longest silences. */
const under = async (lab: Lab, running: Downloads, event: CheckEvent): Promise<{ failed: number; back: number }> => {
  const silences = (from: number, to: number): number =>
    Math.max(
      0,
      ...running
        .silences()
        .filter(({ until, milliseconds }) => until > from && until - milliseconds < to)
        .map(({ milliseconds }) => milliseconds),
    );
  const began = Date.now();
  let mended = began;
  await withTrouble(lab, event, { who: 'test' }, async (begin) => {
    await begin();
    await running.more(SOME);
    mended = Date.now();
  });
  const all = lab.state.probes;
  const whole = async (): Promise<true | undefined> =>
    (await answeredNow(lab, all)).length === all.length ? true : undefined;
  if ((await eventually(whole, 60_000)) !== true) throw new Error(`${words(event)}: the fabric is not whole again`);
  await running.more(SOME);
  return { failed: silences(began, mended), back: silences(mended, Date.now()) };
};

const survives = async (t: ExecutionContext, events: readonly CheckEvent[]): Promise<void> => {
  t.timeout(limit, 'the fabric is slower than any machine should be');
  const lab = testLab(t, 'fabric');
  await lab.up();
  const { paths, state } = findLab(lab.lab);
  const open = new Lab(paths, state);
  t.teardown(async () => open.close());
  const running = await downloads(starter(t, lab), {
    from: 'scripture',
    to: 'monk',
    address: '172.16.0.20',
    count: COUNT,
  });
  await running.more(SOME);
  for (const event of events) {
    const { failed, back } = await under(open, running, event);
    t.log(`${words(event)}: longest silence ${failed} ms; when it came back ${back} ms`);
  }
  const { sent, received } = await running.end();
  t.is(received.length, COUNT, 'no connection was lost');
  t.deepEqual(received, sent, 'and every octet has come');
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0, 'all is as it was planned');
};

test.serial('downloads survive each member of each pair, killed and stopped, and its return', (t) =>
  survives(
    t,
    pairs.flatMap((node) =>
      (['killed', 'stopped'] as const).map((is) => ({ event: 'node', nodes: [node], is }) as const),
    ),
  ),
);

test.serial('downloads survive each link that is cut, silent ones, and their return', (t) =>
  survives(t, [
    ...links.map((link) => ({ event: 'link', link, is: 'down' }) as const),
    ...silent.map((link) => ({ event: 'link', link, is: 'silent' }) as const),
  ]),
);

test.serial('a passport says by which member a packet left, and why the stack sent it on', async (t) => {
  const lab = testLab(t, 'fabric');
  await lab.up();
  const { exitCode, stdout, stderr } = await xiyou(['trace', lab.lab]);
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /next hop 10\.20\.1\.1 is acc[12]:br0, by to-acc[12] of bond0/u);
  t.regex(stdout, /route 10\.20\.2\.0\/24 via \S+ dev to-spine[12], learned by BGP, one of 2 next hops/u);
  t.regex(stdout, /route 10\.20\.2\.0\/24 dev br0, connected/u);
  t.regex(stdout, / 0 unexplained$/mu);
  t.deepEqual(await lab.failedChecks(), []);
});
