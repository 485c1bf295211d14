/** Whole commands, by the clock: from before the fork until the exit was seen. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface TimedOptions {
  readonly signal?: AbortSignal | undefined;
  /** Seconds after which the command is ended and counts as failed. */
  readonly within?: number;
  readonly anyExit?: boolean;
}

export interface Timed {
  readonly seconds: number;
  /** Seconds of processor time of the command and all that it waited for, to the hundredth. */
  readonly cpu: number;
  readonly stdout: string;
  readonly exitCode: number;
}

/** Processor seconds of all children that have been waited for: cutime and cstime of /proc/self/stat (proc(5)). */
const childrenCpu = (): number => {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
};

/**
 * Runs a command and waits for it. With a signal, the command is asked to end (SIGTERM) and still waited for, so that
 * nothing is cleaned up under its feet. Throws with the last lines of its stderr when it failed.
 */
export const timed = (
  argv: readonly string[],
  { signal, within = 300, anyExit = false }: TimedOptions = {},
): Promise<Timed> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const [file = '', ...rest] = argv;
    const cpuBefore = childrenCpu();
    const began = performance.now();
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const end = (): void => void child.kill('SIGTERM');
    signal?.addEventListener('abort', end, { once: true });
    const deadline = setTimeout(end, within * 1000);
    let seconds = 0;
    child.once('error', reject).once('exit', () => (seconds = (performance.now() - began) / 1000));
    child.once('close', (code) => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else if (code === 0 || (anyExit && code !== null))
        resolve({ seconds, cpu: childrenCpu() - cpuBefore, stdout, exitCode: code });
      else
        reject(
          new Error(
            `${argv.join(' ')}: exit ${code ?? 'by signal'}\n${stderr.trimEnd().split('\n').slice(-12).join('\n')}`,
          ),
        );
    });
  });

/** The middle value; of an even number, the mean of the middle two. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[sorted.length / 2 - 1] ?? upper) + upper) / 2;
};
