/**
 * An RPKI cache: it tells routers which system may originate which prefix (RFC 8210). A cache of the world fetches signed
 * objects from repositories and validates them; what it has then is what stands here under `roas`. The program is lab/rtr.
 */
import { formatPrefix, networkOf, parsePrefix, widthOf } from '../../address/ip.ts';
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { networkText } from '../shared/lookup.ts';
import { type Roa, type RtrSettings, rtrSchema } from './settings.ts';

const directory = '/etc/xiyou/rtr';
const configPath = `${directory}/config.json`;
const roasPath = `${directory}/roas.json`;
const readyPath = '/run/rtr/ready';
const statusPath = '/run/rtr/status.json';

/**
 * Seconds between two questions of a router that hears nothing, after a failure, and until it drops what it has. The first
 * set is that of RFC 8210, 6; with fast timers nobody waits ten minutes for a cache that starts a second after its router.
 */
const intervals = {
  standard: { refresh: 3600, retry: 600, expire: 7200 },
  fast: { refresh: 10, retry: 1, expire: 7200 },
} as const;

/** Milliseconds between two Serial Notifies at least: a minute (RFC 8210, 8.2), or what a person takes to type. */
const notify = { standard: 60_000, fast: 500 } as const;

/** Of a ROA: the longest prefix that it speaks for. */
export const maxLengthOf = (roa: Roa): number => roa['max-length'] ?? Number(roa.prefix.split('/')[1]);

export const rtrOf = (node: Node): RtrSettings | undefined => node.features['rtr'] as RtrSettings | undefined;

const problems = (_: Node, { roas }: RtrSettings): NodeProblem[] => {
  const seen = new Map<string, number>();
  return roas.flatMap((roa, index): NodeProblem[] => {
    const prefix = parsePrefix(roa.prefix);
    if (prefix === undefined) return [];
    const path = ['roas', index];
    const key = `${networkText(roa.prefix)} ${maxLengthOf(roa)} ${roa.asn}`;
    const first = seen.get(key) ?? index;
    seen.set(key, first);
    const network = formatPrefix(networkOf(prefix));
    const longest = maxLengthOf(roa);
    return [
      ...(network === formatPrefix(prefix)
        ? []
        : [
            {
              path: [...path, 'prefix'],
              message: `${roa.prefix} has host bits`,
              hint: `the prefix is ${network}`,
            },
          ]),
      ...(longest < prefix.length || longest > widthOf(prefix.family)
        ? [
            {
              path: [...path, 'max-length'],
              message: `max-length ${longest} of ${roa.prefix}`,
              hint: `it is a prefix length from ${prefix.length} to ${widthOf(prefix.family)}`,
            },
          ]
        : []),
      ...(first === index ? [] : [{ path, message: `the same as roas[${first}]: ${roa.prefix} for AS ${roa.asn}` }]),
    ];
  });
};

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const operations = (node: Node, { roas, port, version }: RtrSettings, { timers }: Topology) => [
  ...at(
    'files',
    {
      op: 'file',
      node: node.name,
      path: configPath,
      content: json({
        port,
        version,
        intervals: intervals[timers],
        notify: notify[timers],
        roas: roasPath,
        ready: readyPath,
        status: statusPath,
      }),
      mode: 0o644,
    },
    {
      op: 'file',
      node: node.name,
      path: roasPath,
      content: json({ roas: roas.map((roa) => ({ prefix: roa.prefix, maxLength: maxLengthOf(roa), asn: roa.asn })) }),
      mode: 0o644,
      // Routers are told of a change; neither they nor the cache start anew for it.
      reload: 'rtr',
    },
  ),
  ...at('processes', {
    op: 'process',
    node: node.name,
    name: 'rtr',
    argv: ['@node', '@lab/rtr/main.ts', configPath],
    ready: readyPath,
  }),
];

export const rtr: FeatureDefinition<RtrSettings> = {
  feature: 'rtr',
  summary: 'An RPKI cache: tells routers which system may originate which prefix.',
  schema: rtrSchema,
  kinds: ['host'],
  problems,
  contribute: (node, settings, topology) => ({ operations: operations(node, settings, topology) }),
};
