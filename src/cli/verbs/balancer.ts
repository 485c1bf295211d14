/** `xiyou balancer`: what load balancers think of their servers; drain one, bring it back, change its weight, reload. */
import { type Command, Argument, InvalidArgumentError } from 'commander';
import { type CommonOptions, readSeconds, withExamples, withJson, withLab } from '../options.ts';
import { printBalancers } from '../output/balancers.ts';
import { printJson } from '../output/json.ts';

const actions = ['drain', 'ready', 'maint', 'weight', 'reload'] as const;
type Action = (typeof actions)[number];

interface Options extends CommonOptions {
  readonly at?: string;
  readonly wait?: number;
}

/** HAProxy's weights. */
const MOST = 256;

const readWeight = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || value > MOST) throw new InvalidArgumentError(`expected a weight from 0 to ${MOST}`);
  return value;
};

const said: Readonly<Record<Action, string>> = {
  drain: 'gets no new connections',
  ready: 'gets connections again',
  maint: 'is out of service, without checks',
  weight: 'has another weight',
  reload: 'has read its file again',
};

export const balancer = (program: Command): void => {
  const command = program
    .command('balancer')
    .description('show load balancers with their servers; drain a server, bring it back, change its weight, reload')
    .addArgument(new Argument('[action]', 'what to do; without one the servers are shown').choices(actions))
    .argument('[server]', 'a server, of all frontends that have it, or FRONTEND/SERVER')
    .argument('[weight]', `from 0 to ${MOST}`, readWeight)
    .option('--at <node>', 'one load balancer; all of the lab when left out')
    .option('--wait <seconds>', 'after drain and maint: until the server has no connection left', readSeconds);
  withExamples(
    withJson(withLab(command)),
    ['xiyou balancer', 'balancers, their servers, sessions and checks'],
    ['xiyou balancer drain bajie --wait 60', 'no new connections; go on when the last one has ended'],
    ['xiyou balancer ready bajie', 'and back'],
    ['xiyou balancer weight order/bajie 5 --at wukong1', 'in one frontend of one balancer'],
    ['xiyou balancer reload', 'all read their files again; no connection is lost'],
  ).action(
    async (action: Action | undefined, server: string | undefined, weight: number | undefined, options: Options) => {
      const [{ withLab: open }, { changeServer, reloadBalancers, viewBalancers, waitForSilence }] = await Promise.all([
        import('../../engine/open.ts'),
        import('../../engine/balancers.ts'),
      ]);
      if (action !== undefined && action !== 'reload' && server === undefined)
        command.error(`error: ${action} needs a server`, { exitCode: 2 });
      if (action === 'weight' && weight === undefined) command.error('error: weight needs a number', { exitCode: 2 });
      await open(options.lab, async (lab) => {
        if (action === undefined) {
          const balancers = await viewBalancers(lab);
          if (options.json === true) printJson({ lab: lab.paths.lab, balancers });
          else printBalancers(balancers);
          return;
        }
        const nodes =
          action === 'reload'
            ? await reloadBalancers(lab, options.at)
            : await changeServer(
                lab,
                server ?? '',
                action === 'weight' ? { weight: weight ?? 0 } : { state: action },
                options.at,
              );
        if (options.wait !== undefined && (action === 'drain' || action === 'maint'))
          await waitForSilence(lab, server ?? '', options.at, options.wait);
        if (options.json === true) printJson({ action, server, weight, balancers: nodes });
        else
          process.stdout.write(
            action === 'reload'
              ? `${nodes.join(', ')}: ${said.reload}\n`
              : `${server ?? ''} ${said[action]}: ${nodes.join(', ')}\n`,
          );
      });
    },
  );
};
