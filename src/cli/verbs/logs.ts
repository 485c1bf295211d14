/** `xiyou logs`: what the daemons of a node wrote. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { type CommonOptions, withExamples, withLab } from '../options.ts';

type LogsOptions = CommonOptions & { lines?: number; keeper?: boolean };

/** A log, or its last lines. */
const linesOf = (file: string, last: number | undefined): string => {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return (last === undefined ? lines : lines.slice(-last)).join('\n');
};

export const logs = (program: Command): void => {
  const command = program
    .command('logs')
    .description('print the logs of a node, or of the lab’s keeper')
    .argument('[node]', 'the node')
    .argument('[daemon]', 'only this daemon')
    .option('--keeper', 'what the lab’s keeper wrote: which daemons ended, and when they ran again')
    .option('-n, --lines <count>', 'only the last lines of each log', Number);
  withExamples(
    withLab(command),
    ['xiyou logs a2 bgpd', 'one daemon'],
    ['xiyou logs a2 -n 20', 'the ends of all its logs'],
    ['xiyou logs --keeper', 'what ended by itself and was started again'],
  ).action(async (name: string | undefined, daemon: string | undefined, options: LogsOptions) => {
    const [{ findLab, findNode }, { nodeDirectory }, { XiyouError }, { suggestion }] = await Promise.all([
      import('../../engine/state.ts'),
      import('../../engine/paths.ts'),
      import('../../errors.ts'),
      import('../../topology/suggest.ts'),
    ]);
    const { paths, state } = findLab(options.lab);
    if (options.keeper === true) {
      if (existsSync(paths.keeperLog)) process.stdout.write(`${linesOf(paths.keeperLog, options.lines)}\n`);
      else process.stderr.write(`lab ${paths.lab} has had no keeper\n`);
      return;
    }
    if (name === undefined)
      throw new XiyouError('command-line', 'whose logs?', { hint: 'xiyou logs NODE, or xiyou logs --keeper' });
    const directory = path.join(nodeDirectory(paths, findNode(state, name).name), 'log');
    const files = existsSync(directory)
      ? readdirSync(directory)
          .filter((file) => file.endsWith('.log'))
          .sort()
      : [];
    const wanted = files.filter((file) => daemon === undefined || file === `${daemon}.log`);
    if (daemon !== undefined && wanted.length === 0) {
      throw new XiyouError('command-line', `${name} has no log of "${daemon}"`, {
        hint: suggestion(
          daemon,
          files.map((file) => file.replace(/\.log$/u, '')),
        ),
      });
    }
    for (const file of wanted) {
      const shown = linesOf(path.join(directory, file), options.lines);
      process.stdout.write(`${wanted.length > 1 ? `==> ${file} <==\n` : ''}${shown}\n${wanted.length > 1 ? '\n' : ''}`);
    }
    if (wanted.length === 0) process.stderr.write(`${name} has written no logs\n`);
  });
};
