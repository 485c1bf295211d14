/** Directories of files from elsewhere as labs of a test. */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { type TestLab, testLab } from './lab.ts';
import { poll } from './netns.ts';

/** A directory of files as a lab under a name of the test's own. */
export const labFrom = (t: ExecutionContext, directory: string, file: string): TestLab => {
  const lab = testLab(t, `${file.split('.')[0] ?? ''}.yml`, readFileSync(path.join(directory, file), 'utf8'));
  cpSync(directory, path.dirname(lab.file), { recursive: true });
  lab.write(readFileSync(path.join(directory, file), 'utf8'));
  return lab;
};

/** Runs a command in a node until it ends with 0, or for so many seconds. */
export const untilItWorks = async (lab: TestLab, seconds: number, node: string, ...argv: string[]): Promise<string> =>
  poll(
    `${node}: ${argv.join(' ')}`,
    async () => {
      const { exitCode, stdout } = await lab.exec(node, ...argv);
      return exitCode === 0 && stdout;
    },
    seconds,
  );

/** Takes a lab down, and sees that nothing of it is left. */
export const gone = async (t: ExecutionContext, lab: TestLab): Promise<void> => {
  const down = await lab.down();
  t.is(down.exitCode, 0, down.stderr);
  t.deepEqual(await lab.left(), []);
};
