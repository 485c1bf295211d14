/**
 * Runs the integration tests: every file by an ava of its own, so that one that hangs or crashes takes no other with it, and
 * as many at a time as there are processors, because most of the time labs wait for protocols. As root each has processes,
 * mounts and a /run of its own (apart.sh): files cannot disturb each other but by what they take of the processors, each
 * answers for what it leaves behind, and whatever ends this program ends everything that the tests have started.
 * Arguments: parts of file names to run only those.
 *
 * In CI a file that failed is run once more when all others are done, alone: what passes only then is listed as unsteady,
 * which is a defect of the test or of the product that depends on how busy the machine was; without that second look one
 * such would hide whether the change itself is sound.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { execa } from 'execa';

/** Seconds that one file may take: many times what the longest takes on two busy processors. */
const LIMIT = 900;

const only = process.argv.slice(2);
/** In reverse: what waits for standard timers (interop) begins, and no long one is left for the end. */
const files = globSync('test/{integration,interop}/**/*.test.ts')
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
  .sort()
  .reverse();

/** Ended with this program (prctl(2), PR_SET_PDEATHSIG), and everything in it with its first process. */
const apart = [
  ...['setpriv', '--pdeathsig', 'KILL'],
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child', 'test/helpers/apart.sh'],
];

const run = async (file: string): Promise<boolean> => {
  const began = performance.now();
  const [program, ...words] = [...(process.getuid?.() === 0 ? apart : []), 'ava', file];
  const { all, exitCode, timedOut } = await execa(program, words, {
    all: true,
    env: { FORCE_COLOR: '0' },
    preferLocal: true,
    reject: false,
    stdin: 'ignore',
    timeout: LIMIT * 1000,
    killSignal: 'SIGKILL',
  });
  const ok = exitCode === 0;
  const remarks = [
    `${((performance.now() - began) / 1000).toFixed(1)} s`,
    ...(timedOut ? [`stopped after ${LIMIT} s`] : []),
  ];
  process.stdout.write(`\n${ok ? 'passed' : 'FAILED'}: ${file} (${remarks.join(', ')})\n${all.trim()}\n`);
  return ok;
};

/** Runs files in their order, so many at a time; the ones that failed. */
const runAll = async (queue: readonly string[], jobs: number): Promise<string[]> => {
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
const first = await runAll(files, availableParallelism());
const failed = first.length > 0 && process.env['CI'] === 'true' ? await runAll(first, 1) : first;
const unsteady = first.filter((file) => !failed.includes(file));
const seconds = ((performance.now() - began) / 1000).toFixed(0);
process.stdout.write(`\nintegration: ${files.length} files in ${seconds} s, ${failed.length} failed\n`);
for (const file of failed) process.stdout.write(`failed: ${file}\n`);
for (const file of unsteady) process.stdout.write(`unsteady, passed the second time only: ${file}\n`);
process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0;
