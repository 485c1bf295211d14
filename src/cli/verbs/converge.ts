/** `xiyou converge`: break something, and measure how long traffic takes to flow again. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Convergence } from '../../engine/converge.ts';
import type { FileEvent } from '../../topology/check-shape.ts';
import { type CommonOptions, readSeconds, withExamples, withJson, withLab } from '../options.ts';
import { printJson } from '../output/json.ts';
import { progress } from '../output/progress.ts';
import { printTable } from '../output/table.ts';

interface ConvergeOptions extends CommonOptions {
  readonly link?: string[];
  readonly silent?: boolean;
  readonly node?: string;
  readonly asn?: number;
  readonly kill?: boolean;
  readonly restart?: boolean;
  readonly bgpReset?: string[];
  readonly every: number;
  readonly within: number;
  readonly settle: number;
  readonly standard?: boolean;
}

const eventOf = async (options: ConvergeOptions): Promise<FileEvent> => {
  const { link, node, asn, bgpReset } = options;
  const [left, right, ...more] = link ?? bgpReset ?? [];
  const given = [link, node, asn, bgpReset].filter((one) => one !== undefined);
  const is = options.kill === true ? 'killed' : options.restart === true ? 'restarted' : 'stopped';
  if (given.length === 1 && node !== undefined) return { node, is };
  if (given.length === 1 && asn !== undefined) return { asn, is };
  if (given.length === 1 && left !== undefined && right !== undefined && more.length === 0)
    return link === undefined
      ? { bgp: [left, right], is: 'reset' }
      : { link: [left, right], is: options.silent === true ? 'silent' : 'down' };
  const { XiyouError } = await import('../../errors.ts');
  throw new XiyouError('command-line', 'say what is to break', {
    hint: 'one of: --link A B, --node X, --asn NUMBER, --bgp-reset ROUTER NEIGHBOUR',
  });
};

const readAsn = (text: string): number => {
  const asn = Number(text);
  if (Number.isInteger(asn) && asn > 0 && asn < 2 ** 32) return asn;
  throw new InvalidArgumentError('expected the number of an autonomous system');
};

/** The way, and the way back where that is another. */
const wayText = ({ way, back }: Convergence): string => {
  const same = back.toReversed().join() === way.join();
  return `by ${way.join(' > ')}${same ? '' : `, back by ${back.join(' > ')}`}`;
};

const time = (value: number | undefined, none: string): string => {
  if (value === undefined) return none;
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
};

const row = (result: Convergence, standard: boolean): string[] => [
  standard ? 'standard, no BFD' : result.timers,
  result.lost === 0 ? 'never stopped' : time(result.flowsAgain, 'not again'),
  `${result.lost} of ${result.sent}`,
  time(result.longestGap, ''),
  result.lost === 0 ? '' : time(result.firstAnswer, 'none'),
];

export const converge = (program: Command): void => {
  const command = program
    .command('converge')
    .description('break a link, a node or a BGP session, measure until traffic flows again, and mend it')
    .argument('<from>', 'the node that sends')
    .argument('<to>', 'the node that answers, one of its addresses, or a name of the file for one')
    .option('--link <ends...>', 'cut the link between these two nodes')
    .option('--silent', 'with --link: nothing passes, but the carrier stays, so that only protocols can notice')
    .option('--node <node>', 'stop this node')
    .option('--asn <number>', 'stop all routers of this autonomous system', readAsn)
    .option('--kill', 'with --node and --asn: as when the power goes')
    .addOption(new Option('--restart', 'with --node and --asn: start again at once').conflicts('kill'))
    .option('--bgp-reset <ends...>', 'reset the BGP session of a router with a neighbour')
    .option('--every <seconds>', 'time between two probes', readSeconds, 0.01)
    .option('--within <seconds>', 'give up after', readSeconds, 60)
    .option('--settle <seconds>', 'time without a loss after which traffic is said to flow', readSeconds, 2)
    .option('--standard', 'measure the same in a copy of the lab with standard timers and no BFD');
  withExamples(
    withJson(withLab(command)),
    ['xiyou converge h1 h2 --link r1 r2', 'a link inside a network'],
    ['xiyou converge h1 h2 --link r1 r2 --silent', 'the same, when nobody is told: what BFD is for'],
    ['xiyou converge monk temple --node c1 --kill', 'a dead router'],
    ['xiyou converge monk temple --asn 65010', 'a whole carrier goes'],
    ['xiyou converge monk temple --bgp-reset d1 e1 --standard', 'beside the figure of the standard timers'],
  ).action(async (from: string, to: string, options: ConvergeOptions) => {
    const event = await eventOf(options);
    const [engine, { convergeStandard }] = await Promise.all([
      import('../../engine/converge.ts'),
      import('../../engine/standard.ts'),
    ]);
    const interrupt = new AbortController();
    const stop = (): void => interrupt.abort();
    process.on('SIGINT', stop).on('SIGTERM', stop);
    try {
      const listener = options.json === true ? undefined : progress({ json: false });
      const { lab, within, settle } = options;
      const asked = {
        lab,
        from,
        to,
        event,
        within,
        settle,
        every: options.every * 1000,
        signal: interrupt.signal,
        listener,
      };
      const result = await engine.converge(asked);
      const standard = options.standard === true ? await convergeStandard(asked) : undefined;
      if (options.json === true) {
        printJson({ ...result, standard });
        return;
      }
      process.stdout.write(`${result.event}; a probe every ${result.every} ms, ${wayText(result)}\n\n`);
      printTable(
        ['TIMERS', 'FLOWS AGAIN', 'LOST', 'LONGEST GAP', 'FIRST ANSWER'],
        [row(result, false), ...(standard === undefined ? [] : [row(standard, true)])],
        '',
      );
      const notes = [
        ...(result.meets === 'no' ? ['none of the ways that probes can take comes by it'] : []),
        ...[result, standard].flatMap((one) =>
          one?.afterwards === undefined ? [] : [`afterwards ${one.lab} did not come back: ${one.afterwards}`],
        ),
      ];
      if (notes.length > 0) process.stdout.write(`\n${notes.join('\n')}\n`);
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  });
};
