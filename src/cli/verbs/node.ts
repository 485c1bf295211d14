/** `xiyou node`: stop a node of a running lab, start it, or both. */
import { type Command, Argument } from 'commander';
import type { NodeOptions, NodeOutcome, StopOptions } from '../../engine/node.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';
import { printJson } from '../output/json.ts';
import { progress } from '../output/progress.ts';

type Action = 'stop' | 'start' | 'restart' | 'drain' | 'undrain';
const done: Readonly<Record<Action, string>> = {
  stop: 'stopped',
  start: 'started',
  restart: 'restarted',
  drain: 'drained: nothing new goes over it',
  undrain: 'taking part again',
};
/** What is said when there was nothing to do. */
const already: Readonly<Record<Action, string>> = {
  stop: 'stopped already',
  start: 'running already',
  restart: 'stopped already',
  drain: 'drained already',
  undrain: 'not drained',
};

export const node = (program: Command): void => {
  const command = program
    .command('node')
    .description('stop, start, restart or drain a node while the lab runs')
    .addArgument(new Argument('<action>', 'what to do').choices(Object.keys(done)))
    .argument('<node>', 'the node')
    .option('--kill', 'stop as when the power goes: no daemon says goodbye');
  withExamples(
    withJson(withLab(command)),
    ['xiyou node stop c1', 'its daemons end in good order; its neighbours lose the carrier'],
    ['xiyou node stop c1 --kill', 'a power cut'],
    ['xiyou node start c1', 'and back, until its probes answer'],
    ['xiyou node drain gw1', 'nothing new goes over it, and what does already stays; undrain ends that'],
  ).action(async (action: Action, name: string, options: CommonOptions & { readonly kill?: boolean }) => {
    const [{ restartNode, startNode, stopNode }, { drainNode, undrainNode }] = await Promise.all([
      import('../../engine/node.ts'),
      import('../../engine/drain.ts'),
    ]);
    const act: (node: string, options: StopOptions & NodeOptions) => Promise<NodeOutcome> = {
      stop: stopNode,
      start: startNode,
      restart: restartNode,
      drain: drainNode,
      undrain: undrainNode,
    }[action];
    const listener = options.json === true ? undefined : progress({ json: false });
    const outcome = await act(name, { lab: options.lab, kill: options.kill, listener });
    if (options.json === true) printJson({ node: name, action, ...outcome });
    else
      process.stdout.write(
        outcome.changed
          ? `${name} is ${done[action]} (${outcome.seconds.toFixed(2)} s)\n`
          : `${name} is ${already[action]}\n`,
      );
  });
};
