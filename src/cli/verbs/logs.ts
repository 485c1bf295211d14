/** `xiyou logs`: what the daemons of a node wrote. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { type CommonOptions, withExamples, withLab } from '../options.ts';

export const logs = (program: Command): void => {
  const command = program
    .command('logs')
    .description('print the logs of a node')
    .argument('<node>', 'the node')
    .argument('[daemon]', 'only this daemon')
    .option('-n, --lines <count>', 'only the last lines of each log', Number);
  withExamples(
    withLab(command),
    ['xiyou logs a2 bgpd', 'one daemon'],
    ['xiyou logs a2 -n 20', 'the ends of all its logs'],
  ).action(async (name: string, daemon: string | undefined, options: CommonOptions & { lines?: number }) => {
    const [{ findLab, findNode }, { nodeDirectory }, { XiyouError }, { suggestion }] = await Promise.all([
      import('../../engine/state.ts'),
      import('../../engine/paths.ts'),
      import('../../errors.ts'),
      import('../../topology/suggest.ts'),
    ]);
    const { paths, state } = findLab(options.lab);
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
      const lines = readFileSync(path.join(directory, file), 'utf8').trimEnd().split('\n');
      const shown = options.lines === undefined ? lines : lines.slice(-options.lines);
      process.stdout.write(
        `${wanted.length > 1 ? `==> ${file} <==\n` : ''}${shown.join('\n')}\n${wanted.length > 1 ? '\n' : ''}`,
      );
    }
    if (wanted.length === 0) process.stderr.write(`${name} has written no logs\n`);
  });
};
