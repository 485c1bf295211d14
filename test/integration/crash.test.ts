/**
 * A command that is killed at any moment does no harm: `up` goes on from there, `down` takes away what there is. The
 * moments are random and spread over the whole command; the seed is printed, XIYOU_SEED=… repeats a run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { type TestLab, eventOf, start, testLab, xiyou } from '../helpers/lab.ts';
import { smallest } from '../helpers/flagship.ts';
import { moments, randomFrom, seed } from '../helpers/random.ts';
import { strays } from '../helpers/strays.ts';

/** Milliseconds a command needs to begin at all: before them there is nothing to be killed in the middle of. */
const beginning = 200;

/** Starts the command and kills it after so many milliseconds; says whether it was still running. */
const kill = async (argv: readonly string[], after: number): Promise<boolean> => {
  const command = start(argv);
  const timer = setTimeout(() => command.kill('SIGKILL'), after);
  const { exitCode } = await command.outcome;
  clearTimeout(timer);
  return exitCode === -1;
};

/** Brings the lab up and down once; milliseconds that `up` took as a whole command. */
const durationOfUp = async (lab: TestLab): Promise<number> => {
  const began = performance.now();
  await lab.up();
  const took = performance.now() - began;
  await lab.down();
  return took;
};

const goneWithoutTrace = async (t: ExecutionContext, lab: TestLab, when: string): Promise<void> => {
  const down = await lab.down();
  t.is(down.exitCode, 0, `${when}: ${down.stderr}`);
  t.deepEqual(await lab.left(), [], when);
};

/** XIYOU_ROUNDS makes these tests more thorough; a round of the first one takes about four seconds. */
const rounds = Number(process.env['XIYOU_ROUNDS'] ?? 5);
const fewer = Math.ceil(rounds / 2);

const parametersOf = (topology: string): Readonly<Record<string, string>> => (topology === 'journey' ? smallest : {});

for (const topology of ['journey', 'ospf']) {
  test.serial(`${topology}: up, killed at any moment, goes on when it is run again`, async (t) => {
    t.log(`seed ${seed}`);
    const lab = testLab(t, topology, undefined, parametersOf(topology));
    const duration = await durationOfUp(lab);
    for (const moment of moments(randomFrom(seed), rounds, beginning, duration)) {
      const when = `${topology}, seed ${seed}, killed after ${moment} of ${Math.round(duration)} ms`;
      const killed = await kill(['up', ...lab.given], moment);
      lab.watch.note(lab.lab);
      const again = await lab.up().catch((error: Error) => t.fail(`${when}: ${error.message}`));
      if (!Array.isArray(again)) return;
      t.deepEqual(strays(lab.lab), [], when);
      t.deepEqual(await lab.failedChecks(), [], when);
      t.log(
        `${killed ? 'killed' : 'done'} at ${moment} ms: ${eventOf(again, 'plan')?.missing} operations were missing`,
      );
      await goneWithoutTrace(t, lab, when);
    }
  });

  test.serial(`${topology}: down right after a kill of up takes all away`, async (t) => {
    t.log(`seed ${seed}`);
    const lab = testLab(t, topology, undefined, parametersOf(topology));
    const duration = await durationOfUp(lab);
    for (const moment of moments(randomFrom(seed + 1), fewer, beginning, duration)) {
      const when = `${topology}, seed ${seed}, killed after ${moment} of ${Math.round(duration)} ms`;
      await kill(['up', ...lab.given], moment);
      const down = await lab.down();
      // Killed before it had made anything, there is no lab.
      if (down.exitCode !== 0) t.regex(down.stderr, /unknown-lab/u, when);
      t.deepEqual(await lab.left(), [], when);
    }
  });
}

test.serial('a second kill hits the repair, and the third run still ends well', async (t) => {
  t.log(`seed ${seed}`);
  const random = randomFrom(seed + 2);
  const lab = testLab(t, 'ospf');
  const duration = await durationOfUp(lab);
  for (const moment of moments(random, fewer, beginning, duration)) {
    const second = Math.round(beginning + random() * (duration - beginning));
    const when = `seed ${seed}, killed after ${moment} and ${second} ms`;
    await kill(['up', ...lab.given], moment);
    await kill(['up', ...lab.given], second);
    await lab.up();
    t.deepEqual(await lab.failedChecks(), [], when);
    await goneWithoutTrace(t, lab, when);
  }
});

test.serial('down, killed midway, ends its work when it is run again', async (t) => {
  t.log(`seed ${seed}`);
  const lab = testLab(t, 'journey', undefined, smallest);
  await lab.up();
  const began = performance.now();
  await lab.down();
  const duration = performance.now() - began;
  for (const moment of moments(randomFrom(seed + 3), fewer, duration / 3, duration)) {
    const when = `seed ${seed}, killed after ${moment} of ${Math.round(duration)} ms`;
    await lab.up();
    const killed = await kill(['down', lab.lab], moment);
    const down = await xiyou(['down', lab.lab]);
    if (down.exitCode !== 0) t.regex(down.stderr, /unknown-lab/u, when);
    else t.true(killed, `${when}: it had ended, and yet there was something to take away`);
    t.deepEqual(await lab.left(), [], when);
  }
});

test.serial('down, killed at its very end, has left its lock; the next one takes that away too', async (t) => {
  const lab = testLab(t, 'two-hosts');
  await lab.before;
  mkdirSync(path.dirname(lab.directory), { recursive: true });
  writeFileSync(`${lab.directory}.lock`, '');
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

test.serial('up after a killed down makes the lab whole again', async (t) => {
  t.log(`seed ${seed}`);
  const lab = testLab(t, 'ospf');
  const duration = await durationOfUp(lab);
  for (const moment of moments(randomFrom(seed + 4), fewer, beginning, Math.min(400, duration))) {
    const when = `seed ${seed}, down killed after ${moment} ms`;
    await lab.up();
    await kill(['down', lab.lab], moment);
    await lab.up();
    t.deepEqual(await lab.failedChecks(), [], when);
    await goneWithoutTrace(t, lab, when);
  }
});

test.serial('down, twice: there is no such lab', async (t) => {
  const lab = testLab(t, 'two-hosts');
  await lab.up();
  await goneWithoutTrace(t, lab, 'the first time');
  const again = await lab.down();
  t.is(again.exitCode, 2);
  t.regex(again.stderr, /^error\[unknown-lab\]: no lab "\S+" is up$/mu);
});
