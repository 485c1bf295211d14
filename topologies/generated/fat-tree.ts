/**
 * A fat tree of k-port machines (Al-Fares, Loukissas, Vahdat: A scalable, commodity data center network architecture,
 * SIGCOMM 2008): k pods of k/2 edge and k/2 aggregation nodes, (k/2)² core nodes, k³/4 hosts. As in the paper, the
 * hosts of an edge share a prefix 10.<pod>.<edge>.0/24, so that a way down is one route; here with static routes and
 * one way up for each node. Parameters: k (even, 2 to 16, 4 when left out), name.
 */
import { XiyouError } from '../../src/errors.ts';
import { type GeneratedFile, type Parameters, nameOf, reaches, wholeNumber } from './parameters.ts';

interface Route {
  readonly to: string;
  readonly via: string;
}

/** Both families' prefixes of the link between an edge and one of its hosts: the edge has address 1, the host 2. */
const hostLink = (pod: number, edge: number, host: number, end: number): readonly [string, string] => [
  `10.${pod}.${edge}.${host * 4 + end}`,
  `fd10:${pod.toString(16)}:${edge.toString(16)}:${host.toString(16)}::${end === 0 ? '' : end}`,
];
/** The same for link number `index` among the inner ones: the upper node has address 1, the lower one 2. */
const innerLink = (index: number, end: number): readonly [string, string] => {
  const value = index * 4 + end;
  return [
    `10.${64 + (value >> 16)}.${(value >> 8) & 255}.${value & 255}`,
    `fd00:1:0:${index.toString(16)}::${end === 0 ? '' : end}`,
  ];
};
const both = (to: readonly [string, string], via: readonly [string, string]): Route[] => [
  { to: to[0], via: via[0] },
  { to: to[1], via: via[1] },
];
const everything = ['0.0.0.0/0', '::/0'] as const;

export default (parameters: Parameters = {}): GeneratedFile => {
  const k = wholeNumber(parameters, 'k', { otherwise: 4, from: 2, to: 16 });
  if (k % 2 === 1) throw new XiyouError('command-line', `-p k=${k}: a fat tree needs an even number of ports`);
  const half = k / 2;
  const range = Array.from({ length: half }, (_, index) => index);
  const pods = Array.from({ length: k }, (_, index) => index);
  const gateways = new Map<string, Route[]>();
  const hosts: string[] = [];
  const links: Readonly<Record<string, unknown>>[] = [];
  const routesOf = (node: string): Route[] => {
    const routes = gateways.get(node) ?? [];
    gateways.set(node, routes);
    return routes;
  };
  const join = (upper: string, lower: string, [prefix4, prefix6]: readonly [string, string]): void => {
    links.push({ endpoints: [upper, lower], prefix4: `${prefix4}/30`, prefix6: `${prefix6}/64` });
  };
  for (const pod of pods)
    for (const aggregation of range) {
      const middle = `a${pod}-${aggregation}`;
      for (const port of range) {
        const core = `c${aggregation}-${port}`;
        const index = links.length;
        join(core, middle, innerLink(index, 0));
        routesOf(core).push(...both([`10.${pod}.0.0/16`, `fd10:${pod.toString(16)}::/32`], innerLink(index, 2)));
        if (port === 0) routesOf(middle).push(...both(everything, innerLink(index, 1)));
      }
      for (const edge of range) {
        const lower = `e${pod}-${edge}`;
        const index = links.length;
        join(middle, lower, innerLink(index, 0));
        routesOf(middle).push(
          ...both(
            [`10.${pod}.${edge}.0/24`, `fd10:${pod.toString(16)}:${edge.toString(16)}::/48`],
            innerLink(index, 2),
          ),
        );
        if (aggregation === 0) routesOf(lower).push(...both(everything, innerLink(index, 1)));
      }
    }
  for (const pod of pods)
    for (const edge of range)
      for (const host of range) {
        const name = `h${pod}-${edge}-${host}`;
        hosts.push(name);
        join(`e${pod}-${edge}`, name, hostLink(pod, edge, host, 0));
      }
  const far = hostLink(k - 1, half - 1, half - 1, 2);
  return {
    name: nameOf(parameters, `fat-tree-${k}`),
    title: `A fat tree of ${k}-port machines`,
    story: 'Between any two hosts of different pods there are as many equal ways as there are core nodes.',
    nodes: {
      ...Object.fromEntries(
        [...gateways].map(([name, routes]) => [name, { kind: 'gateway', gateway: 'none', routes }]),
      ),
      ...Object.fromEntries(hosts.map((name) => [name, { kind: 'host' }])),
    },
    links,
    checks: reaches('h0-0-0', hosts.at(-1) ?? '', far),
  };
};
