/**
 * `npm run test:kernel`: the tests of test/kernel, which want what the kernel has of its own (Open vSwitch's datapath, netem,
 * VRFs and more), in a guest that has it: User-Mode Linux on this machine's own file system (scripts/guest).
 * Prints TAP as the guest says it. Arguments: parts of file names to run only those.
 *
 * Where Debian's package cannot be had the tests are skipped, in words. A guest that says nothing to its end has failed.
 */
import { globSync } from 'node:fs';
import { projectDirectory } from '../../src/engine/paths.ts';
import { findUserModeLinux, runGuest, type UserModeLinux } from '../../scripts/guest/user-mode-linux.ts';

/** Seconds that a guest may take: several times what it does on a machine that has nothing else to do. */
const LIMIT = 1500;
/** MiB: the largest lab of these tests takes a fourth of it. */
const MEMORY = 2048;

const only = process.argv.slice(2);
const files = globSync('test/kernel/*.test.ts', { cwd: projectDirectory })
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
  .sort();

const interrupt = new AbortController();

/** Boots a guest and runs the files in it: whether all passed. */
const run = async (linux: UserModeLinux): Promise<boolean> => {
  let said = '';
  const { console, timedOut, seconds } = await runGuest(linux, {
    memory: MEMORY,
    limit: LIMIT,
    command: ['ava', '--tap', '--concurrency=1', ...files],
    said: (text) => {
      said += text;
      process.stdout.write(text);
    },
    signal: interrupt.signal,
  });
  const count = (pattern: RegExp): number => said.match(pattern)?.length ?? 0;
  const [passed, failed] = [count(/^ok \d/gmu), count(/^not ok \d/gmu)];
  const ok = /^# guest: exit code 0 /mu.test(said) && passed > 0 && failed === 0;
  if (!ok) process.stdout.write(`# the guest's console:\n${console.replaceAll(/^/gmu, '#   ')}\n`);
  if (timedOut) process.stdout.write(`# the guest was ended after ${LIMIT} s\n`);
  process.stdout.write(
    `\nkernel: ${files.length} files in ${seconds.toFixed(0)} s, ${passed} passed, ${failed} failed${ok ? '' : ': FAILED'}\n`,
  );
  return ok;
};

/** Runs them once, and in CI a second time when they failed: what passes only then is a defect that is listed. */
const runAll = async (): Promise<boolean> => {
  if (process.getuid?.() !== 0) {
    process.stdout.write('1..0 # SKIP a guest is started by root\n');
    return true;
  }
  const linux = await findUserModeLinux();
  if (typeof linux === 'string') {
    process.stdout.write(`1..0 # SKIP no User-Mode Linux here: ${linux.replaceAll('\n', ' ')}\n`);
    return true;
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort());
  if (await run(linux)) return true;
  if (process.env['CI'] !== 'true' || interrupt.signal.aborted || !(await run(linux))) return false;
  process.stdout.write('unsteady, passed the second time only: test/kernel\n');
  return true;
};

process.exitCode = files.length > 0 && (await runAll()) ? 0 : 1;
