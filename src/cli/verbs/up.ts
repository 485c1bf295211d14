/** `xiyou up`: make a lab, go on after a crash, repair it, or follow a changed file. */
import type { Command } from 'commander';
import { progress } from '../output/progress.ts';
import { withExamples, withJson, withParameters } from '../options.ts';

export const up = (program: Command): void => {
  const command = program
    .command('up')
    .alias('deploy')
    .description('bring a lab up: make it, go on after a crash, repair it, follow a changed file')
    .argument('<topology>', 'a file, or the name of a lab in topologies/')
    .option('--no-wait', 'fail at once when another command is changing the lab')
    .option('--no-restart', 'without a keeper: daemons that end stay ended until the next up');
  withExamples(
    withJson(withParameters(command)),
    ['xiyou up two-hosts', 'a lab of topologies/'],
    ['xiyou up ./lab.yml --json', 'events on standard output, one JSON object per line'],
  ).action(
    async (
      given: string,
      options: { json?: boolean; wait: boolean; restart: boolean; parameter: Record<string, string> },
    ) => {
      const [{ loadTopology }, engine, { requireRoot }] = await Promise.all([
        import('../../engine/load.ts'),
        import('../../engine/up.ts'),
        import('../../engine/root.ts'),
      ]);
      const { topology, file, notes, written } = await loadTopology(given, options.parameter);
      requireRoot();
      const interrupt = new AbortController();
      const stop = (): void => interrupt.abort();
      // Not `once`: execa ends this process when it finds no listener left beside its own.
      process.on('SIGINT', stop).on('SIGTERM', stop);
      try {
        const listener = progress({ json: options.json === true });
        for (const text of notes) listener({ event: 'note', text });
        await engine.up(topology, {
          listener,
          signal: interrupt.signal,
          file,
          written,
          restart: options.restart,
          ...(options.wait ? {} : { wait: 0 }),
        });
      } finally {
        process.off('SIGINT', stop).off('SIGTERM', stop);
      }
    },
  );
};
