/** `xiyou down`: take labs away and leave the machine as it was. */
import type { Command } from 'commander';
import { progress } from '../output/progress.ts';
import { withExamples, withJson } from '../options.ts';

export const down = (program: Command): void => {
  const command = program
    .command('down')
    .alias('destroy')
    .description('take a lab away; works after any crash, needs no topology file')
    .argument('[lab]', 'name of the lab; the only one when left out')
    .option('-a, --all', 'every lab of this machine');
  withExamples(withJson(command), ['xiyou down', 'the one lab that is up'], ['xiyou down --all', 'all of them']).action(
    async (given: string | undefined, options: { json?: boolean; all?: boolean }) => {
      const [engine, { labNames }, { XiyouError }] = await Promise.all([
        import('../../engine/down.ts'),
        import('../../engine/state.ts'),
        import('../../errors.ts'),
      ]);
      const names = labNames();
      if (options.all !== true && given === undefined && names.length !== 1) {
        if (names.length === 0) throw new XiyouError('unknown-lab', 'no lab is up');
        throw new XiyouError('which-lab', `these labs are up: ${names.join(', ')}`, { hint: 'name one, or use --all' });
      }
      const listener = progress({ json: options.json === true });
      for (const lab of options.all === true ? names : [given ?? names[0] ?? '']) await engine.down(lab, { listener });
    },
  );
};
