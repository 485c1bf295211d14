/** `xiyou link`: look at links, cut and mend them, slow them down, make them lossy, while the lab runs. */
import type { Command } from 'commander';
import { printJson } from '../output/json.ts';
import { progress } from '../output/progress.ts';
import { printTable } from '../output/table.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';
import type { Impairment } from '../../topology/topology.ts';

interface LinkOptions extends CommonOptions {
  readonly rate?: string;
  readonly delay?: string;
  readonly jitter?: string;
  readonly loss?: string;
}

const words = (impairment: Impairment | undefined): string =>
  impairment === undefined
    ? ''
    : [
        impairment.rate === undefined ? '' : `rate ${impairment.rate / 1e6} Mbit/s`,
        impairment.delay === undefined ? '' : `delay ${impairment.delay} ms`,
        impairment.jitter === undefined ? '' : `jitter ${impairment.jitter} ms`,
        impairment.loss === undefined ? '' : `loss ${impairment.loss * 100} %`,
      ]
        .filter((word) => word !== '')
        .join(', ');

const readImpairment = async (options: LinkOptions): Promise<Impairment> => {
  const [{ parseRate, parseShare, parseTime }, { XiyouError }] = await Promise.all([
    import('../../topology/quantity.ts'),
    import('../../errors.ts'),
  ]);
  const read = (name: keyof Impairment, parse: (text: string) => number | undefined, form: string): Impairment => {
    const text = options[name];
    if (text === undefined) return {};
    const value = parse(text);
    if (value === undefined) throw new XiyouError('command-line', `--${name} ${text}: expected ${form}`);
    return { [name]: value };
  };
  return {
    ...read('rate', parseRate, 'a rate such as 20mbit'),
    ...read('delay', parseTime, 'a time such as 30ms'),
    ...read('jitter', parseTime, 'a time such as 5ms'),
    ...read('loss', parseShare, 'a share such as 1%'),
  };
};

export const link = (program: Command): void => {
  const command = program
    .command('link')
    .description('show links; cut, mend or impair one while the lab runs')
    .argument('[left]', 'a node, or node:interface')
    .argument('[right]', 'the node at the other end')
    .argument('[action]', 'up, down or clear')
    .option('--rate <rate>', 'bandwidth of each direction, such as 20mbit')
    .option('--delay <time>', 'delay of each direction, such as 30ms')
    .option('--jitter <time>', 'variation of the delay')
    .option('--loss <share>', 'share of packets lost in each direction, such as 1%');
  withExamples(
    withJson(withLab(command)),
    ['xiyou link', 'all links and their state'],
    ['xiyou link c1 c2 down', 'cut it; `up` joins it again'],
    ['xiyou link a2 c1 --delay 30ms --loss 1%', 'a long and lossy line; `clear` ends it'],
  ).action(
    async (left: string | undefined, right: string | undefined, action: string | undefined, options: LinkOptions) => {
      const [{ withLab: open }, engine, { XiyouError }] = await Promise.all([
        import('../../engine/open.ts'),
        import('../../engine/link.ts'),
        import('../../errors.ts'),
      ]);
      const impairment = await readImpairment(options);
      const impaired = Object.keys(impairment).length > 0;
      if (left !== undefined && right === undefined)
        throw new XiyouError('command-line', 'a link has two ends', { hint: 'xiyou link NODE NODE down' });
      if (action !== undefined && !['up', 'down', 'clear'].includes(action))
        throw new XiyouError('command-line', `"${action}" is not one of: up, down, clear`);
      await open(options.lab, async (lab) => {
        if (left !== undefined && right !== undefined) {
          engine.findLink(lab, left, right);
          if (action === 'up' || action === 'down') engine.setLinkState(lab, left, right, action === 'up');
          if (impaired || action === 'clear') {
            await engine.impairLink(lab, left, right, impairment, progress({ json: options.json === true }));
            return;
          }
        }
        const rows = engine
          .linkRows(lab)
          .filter(
            (row) =>
              left === undefined ||
              (row.ends.some((end) => end.startsWith(left)) && row.ends.some((end) => end.startsWith(right ?? ''))),
          );
        if (options.json === true) printJson(rows);
        else
          printTable(
            ['LINK', '', 'STATE', 'MTU', 'IMPAIRMENT', 'BY'],
            rows.map((row) => [...row.ends, row.state, `${row.mtu}`, words(row.impairment), row.by ?? '']),
            'the lab has no links',
          );
      });
    },
  );
};
