/**
 * FRR's own configuration files on a router, as they are: an integrated frr.conf, or one file per daemon, and the
 * `daemons` file. Nothing in them is understood here but whose line is whose; FRR itself judges them, and a line that
 * it does not take is an error with the file and the line.
 */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Probe } from '../../fragment/fragment.ts';
import type { Node } from '../../topology/topology.ts';
import { daemonWith, owner } from './daemon.ts';
import type { Daemon } from './daemons.ts';
import { readDaemonsFile } from './daemons.ts';
import { linesOf, originOf, startedDaemons, textOf, textsOf } from './files.ts';
import { frrSchema } from './settings.ts';
import type { FrrSettings } from './settings.ts';

/** Seconds until a daemon that was just started answers on a busy machine. */
const answerDeadline = 30;

/** Features that write the file of a daemon themselves. */
const writers: Readonly<Record<string, readonly Daemon[]>> = {
  ospf: ['ospfd', 'ospf6d'],
  bgp: ['bgpd', 'staticd'],
  bfd: ['bfdd'],
  routes: ['staticd'],
};

const clashes = (node: Node): NodeProblem[] =>
  Object.entries(writers).flatMap(([feature]) =>
    Object.hasOwn(node.features, feature)
      ? [
          {
            path: [],
            message: `${node.name} has both frr and ${feature}, and each would write the configuration of ${(writers[feature] ?? []).join(' and ')}`,
            hint: `write what ${feature} says into the files of frr, or leave frr out`,
          },
        ]
      : [],
  );

const accepted = (node: Node, settings: FrrSettings, daemon: Daemon): Probe => ({
  node: node.name,
  name: `FRR: ${daemon} took its configuration`,
  question: { ask: 'accepted', daemon, refused: settings.refused, origin: originOf(settings, daemon) },
  within: answerDeadline,
});

export const frr: FeatureDefinition<FrrSettings> = {
  feature: 'frr',
  summary: 'FRR’s own configuration files, as they are.',
  schema: frrSchema,
  kinds: ['router', 'stack'],
  problems: (node, settings) => [
    ...clashes(node),
    ...(settings.daemons === undefined
      ? []
      : readDaemonsFile(textOf(settings.daemons).text).problems.map(({ line, message }) => ({
          path: ['daemons'],
          message: `${textOf(settings.daemons ?? '').file ?? 'daemons'}:${line}: ${message}: not possible here`,
        }))),
  ],
  contribute: (node, settings) => {
    const options = settings.daemons === undefined ? undefined : readDaemonsFile(textOf(settings.daemons).text).options;
    const started = startedDaemons(settings);
    const copy = (path: string, content: string) =>
      at('files', { op: 'file', node: node.name, path, content, mode: 0o640, owner } as const);
    return {
      operations: [
        // For people who look for them in the node; the daemons read files of their own.
        ...(settings.config === undefined ? [] : copy('/etc/frr/frr.conf', textOf(settings.config).text)),
        ...(settings.daemons === undefined ? [] : copy('/etc/frr/daemons', textOf(settings.daemons).text)),
        ...started.flatMap((daemon) => {
          const lines = textsOf(settings, daemon).flatMap(({ text }) => linesOf(text));
          return daemonWith(node, daemon, [...lines, ''].join('\n'), options?.get(daemon));
        }),
      ],
      probes: started.map((daemon) => accepted(node, settings, daemon)),
    };
  },
};
