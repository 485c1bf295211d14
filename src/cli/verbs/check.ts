/** `xiyou check`: run the checks of the topology file against the lab. */
import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { CheckResult } from '../../checks/result.ts';
import { printJson } from '../output/json.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';

interface CheckOptions extends CommonOptions {
  readonly tap?: boolean;
  readonly junit?: string;
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a person reads of a check that failed. */
const details = (result: CheckResult): string[] => [
  result.name,
  ...(result.when === undefined ? [] : [`  after:    ${result.when}`]),
  `  in ${result.from}: ${result.asked}`,
  `  expected: ${result.expected}`,
  `  seen:     ${result.seen}`,
];

/** Runs `work` with a signal that the person's own ends, so that what it has begun can be undone. */
const interruptible = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  // Not `once`: execa ends this process when it finds no listener left beside its own.
  for (const name of endings) process.on(name, stop);
  try {
    return await work(interrupt.signal);
  } finally {
    for (const name of endings) process.off(name, stop);
  }
};

export const check = (program: Command): void => {
  const command = program
    .command('check')
    .description("run the checks that the lab's topology file states")
    .argument('[lab]', 'name of the lab; the only one when left out')
    .argument('[checks...]', 'names of checks, or parts of names; all when left out')
    .addOption(new Option('--tap', 'print TAP, version 14').conflicts('json'))
    .option('--junit <file>', 'write JUnit XML too');
  withExamples(
    withJson(withLab(command)),
    ['xiyou check', 'exit code 1 when one fails'],
    ['xiyou check policy kingdom', 'those with "kingdom" in their names'],
    ['xiyou check policy --tap --junit report.xml', 'for other programs'],
  ).action(async (given: string | undefined, names: string[], options: CheckOptions) => {
    const [{ withLab: open }, { chosenChecks, runChecks }, { XiyouError }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/check.ts'),
      import('../../errors.ts'),
    ]);
    // With --lab, every word is a check.
    const words = options.lab === undefined || given === undefined ? names : [given, ...names];
    const began = performance.now();
    const { lab, results } = await open(options.lab ?? given, async (lab) => {
      const { tapHead, tapPoint } = await import('../../checks/tap.ts');
      if (options.tap === true) process.stdout.write(tapHead(chosenChecks(lab, words).length));
      const tell = (result: CheckResult, number: number): void => {
        if (options.json === true) return;
        const line = `${result.ok ? 'ok    ' : 'FAILED'}  ${result.name} (${result.seconds} s)\n`;
        process.stdout.write(options.tap === true ? tapPoint(number, result) : line);
      };
      const results = await interruptible((signal) => runChecks(lab, { names: words, signal, listener: tell }));
      return { lab: lab.paths.lab, results };
    });
    if (options.json === true) printJson(results);
    if (options.junit !== undefined) {
      const { junitXml } = await import('../../checks/junit.ts');
      writeFileSync(options.junit, junitXml(lab, results, Math.round(performance.now() - began) / 1000));
    }
    const failed = results.filter((result) => !result.ok);
    if (failed.length > 0)
      throw new XiyouError('check-failed', `${failed.length} of ${results.length} checks failed`, {
        details: failed.flatMap(details),
      });
  });
};
