/**
 * Runs the unit tests: every test/unit file in a node of its own, two at a time, its TAP read by tap's own parser.
 * Prints what failed and one closing line. Arguments: parts of file names to run only those.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Parser } from 'tap-parser';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const only = process.argv.slice(2);
const files = globSync('test/unit/**/*.test.ts')
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
  .sort();

/** Runs one file; a file that prints no plan or exits badly is a failure even when no assertion said so. */
const run = (file: string): Promise<Outcome> =>
  new Promise((resolve) => {
    let [passed, failed, skipped] = [0, 0, 0];
    let output = '';
    const parser = new Parser();
    const listen = (level: Parser): void => {
      level.on('child', listen);
      level.on('assert', (result) => {
        // The closing line of a subtest repeats what its assertions said.
        if (typeof result.diag === 'object' && result.buffered === true) return;
        if (result.skip !== false || result.todo !== false) skipped += 1;
        else if (result.ok) passed += 1;
        else failed += 1;
      });
    };
    listen(parser);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      parser.write(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => {
      parser.end();
      if (code !== 0 || passed + failed + skipped === 0) {
        failed = Math.max(1, failed);
        process.stdout.write(`\n# ${file} failed (exit ${code})\n${output}\n`);
      }
      resolve({ passed, failed, skipped });
    });
  });

const started = performance.now();
const queue = [...files];
const outcomes: Outcome[] = [];
const worker = async (): Promise<void> => {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) outcomes.push(await run(file));
};
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
const sum = (key: keyof Outcome): number => outcomes.reduce((total, outcome) => total + outcome[key], 0);
process.stdout.write(`unit: ${files.length} files in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
process.exitCode = sum('failed') > 0 || files.length === 0 ? 1 : 0;
