/** `xiyou doctor`: what the machine has, what it lacks, and what to do about it. */
import type { Command } from 'commander';
import { printJson } from '../output/json.ts';
import { printTable } from '../output/table.ts';
import { withExamples, withJson } from '../options.ts';

export const doctor = (program: Command): void => {
  const command = program.command('doctor').description('what this machine has and lacks for labs');
  withExamples(withJson(command), ['xiyou doctor', 'exit code 3 when something is missing']).action(
    async (options: { json?: boolean }) => {
      const { examine } = await import('../../engine/doctor.ts');
      const findings = examine();
      if (options.json === true) printJson(findings);
      else
        printTable(
          ['', 'WHAT', 'FOUND', 'WHAT TO DO'],
          findings.map((one) => [one.state === 'ok' ? 'ok' : one.state, one.name, one.found, one.hint ?? '']),
          '',
        );
      process.exitCode = findings.some((one) => one.state === 'missing') ? 3 : 0;
    },
  );
};
