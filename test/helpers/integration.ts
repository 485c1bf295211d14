/**
 * Runs the integration tests: every file by an ava of its own, so that one that hangs or crashes takes no other with it,
 * and as many at a time as have two processors each, because a lab is given the whole machine by its users too.
 * Arguments: parts of file names to run only those.
 *
 * In CI, where nobody else makes labs, no namespace and no lab may be left after a file. And there a file that failed is
 * run once more when all others are done: what passes only then is listed as unsteady, which is a defect of the test or of
 * the product that depends on how busy the machine was; without that second look one such would hide whether the change
 * itself is sound.
 */
import { globSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/** Seconds that one file may take: many times what the longest takes on two busy processors. */
const LIMIT = 900;

const only = process.argv.slice(2);
const files = globSync('test/{integration,interop}/**/*.test.ts')
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
  .sort();

const entries = (directory: string): string[] => {
  try {
    return readdirSync(directory).map((name) => path.join(directory, name));
  } catch {
    return [];
  }
};

/** Namespaces with names, and labs. */
const standing = (): Set<string> => new Set([...entries('/run/netns'), ...entries('/run/xiyou')]);

const inCi = process.env['CI'] === 'true';
const jobs = Math.max(1, Math.floor(availableParallelism() / 2));

const run = async (file: string): Promise<boolean> => {
  const began = performance.now();
  const before = standing();
  const { all, exitCode, timedOut } = await execa('ava', [file], {
    all: true,
    env: { FORCE_COLOR: '0' },
    preferLocal: true,
    reject: false,
    stdin: 'ignore',
    // Tests that take their labs down when they are interrupted get the time to do so.
    timeout: LIMIT * 1000,
    forceKillAfterDelay: 30_000,
  });
  // With others beside it nobody knows whose a namespace is.
  const left = inCi && jobs === 1 ? [...standing()].filter((name) => !before.has(name)) : [];
  const ok = exitCode === 0 && left.length === 0;
  const remarks = [
    `${((performance.now() - began) / 1000).toFixed(1)} s`,
    ...(timedOut ? [`stopped after ${LIMIT} s`] : []),
    ...left.map((name) => `left behind: ${name}`),
  ];
  process.stdout.write(`\n${ok ? 'passed' : 'FAILED'}: ${file} (${remarks.join(', ')})\n${all.trim()}\n`);
  return ok;
};

/** Runs files in their order; the ones that failed. */
const runAll = async (queue: readonly string[]): Promise<string[]> => {
  const failed: string[] = [];
  const waiting = [...queue];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      if (!(await run(file))) failed.push(file);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return failed;
};

const began = performance.now();
const first = await runAll(files);
const failed = first.length > 0 && inCi ? await runAll(first) : first;
const unsteady = first.filter((file) => !failed.includes(file));
const seconds = ((performance.now() - began) / 1000).toFixed(0);
process.stdout.write(`\nintegration: ${files.length} files in ${seconds} s, ${failed.length} failed\n`);
for (const file of failed) process.stdout.write(`failed: ${file}\n`);
for (const file of unsteady) process.stdout.write(`unsteady, passed the second time only: ${file}\n`);
process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0;
