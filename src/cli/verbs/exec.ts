/** `xiyou exec`: a command in a node, on the terminal it was called from. */
import type { Command } from 'commander';
import { type CommonOptions, withExamples, withLab } from '../options.ts';

export const exec = (program: Command): void => {
  const command = program
    .command('exec')
    .description("run a command in a node; its exit code is this command's")
    .argument('<node>', 'the node')
    .argument('<command...>', 'the command and its arguments')
    .passThroughOptions();
  withExamples(
    withLab(command),
    ['xiyou exec phone -- curl https://www.geektime.com/', 'as if typed on the phone'],
    ['xiyou exec r1 vtysh -c "show ip route"', 'ask a router'],
  ).action(async (name: string, words: string[], options: CommonOptions) => {
    const argv = words[0] === '--' ? words.slice(1) : words;
    const [{ withLab: open }, { findNode }, { attach }, { XiyouError }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/state.ts'),
      import('../../kernel/attach.ts'),
      import('../../errors.ts'),
    ]);
    process.exitCode = await open(options.lab, async (lab) => {
      const { expandArgv } = await import('../../engine/lab.ts');
      const node = findNode(lab.state, name).name;
      const { exitCode, problem } = await attach(
        await lab.insideMachine(node),
        expandArgv(argv),
        terminalEnvironment(),
      );
      if (problem !== undefined)
        throw new XiyouError('command-failed', `${argv[0] ?? ''} could not be started in ${node}`, {
          where: `${node}: ${argv.join(' ')}`,
          details: [problem],
        });
      return exitCode;
    });
  });
};

/** What a program needs to know of the terminal it draws on. */
export const terminalEnvironment = (): Record<string, string> =>
  process.env['TERM'] === undefined ? {} : { TERM: process.env['TERM'] };
