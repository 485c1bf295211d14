/** `xiyou check`: run the checks of the topology file against the lab. */
import type { Command } from 'commander';
import { printJson } from '../output/json.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';

export const check = (program: Command): void => {
  const command = program.command('check').description("run the checks that the lab's topology file states");
  withExamples(withJson(withLab(command)), ['xiyou check', 'exit code 1 when one fails']).action(
    async (options: CommonOptions) => {
      const [{ withLab: open }, { runChecks }, { XiyouError }] = await Promise.all([
        import('../../engine/open.ts'),
        import('../../engine/check.ts'),
        import('../../errors.ts'),
      ]);
      const results = await open(options.lab, (lab) => runChecks(lab));
      if (options.json === true) printJson(results);
      else
        for (const result of results)
          process.stdout.write(`${result.ok ? 'ok    ' : 'FAILED'}  ${result.name} (${result.seconds} s)\n`);
      const failed = results.filter((result) => !result.ok);
      if (failed.length > 0) {
        throw new XiyouError('check-failed', `${failed.length} of ${results.length} checks failed`, {
          details: failed.flatMap((result) => [
            result.name,
            `  in ${result.from}: ${result.run.join(' ')}`,
            `  expected: ${result.expected}`,
            `  seen:     ${result.seen}`,
          ]),
        });
      }
    },
  );
};
