/** The answer to "why this way" as lines to read. */
import type { RelationBetween } from '../../features/bgp/valley.ts';
import { communityWords, heardFrom, lost } from './decision.ts';
import type { BgpView, Candidate, Hop, KernelRoute, OspfView, RibEntry, Step, Why } from './facts.ts';
import type { Refused } from './origins.ts';

export interface Known {
  /** The system of the node that was asked. */
  readonly asn: number | undefined;
  readonly between: RelationBetween;
}

const width = 9;
/** Lines under one word at the left. */
const block = (word: string, lines: readonly string[]): string[] =>
  lines.map((line, index) => `${(index === 0 ? word : '').padEnd(width)}${line}`.trimEnd());

const hopText = ({ via, dev, node }: Hop): string =>
  [
    ...(via === undefined ? ['directly'] : [`via ${via}${node === undefined ? '' : ` (${node})`}`]),
    ...(dev === undefined ? [] : [`dev ${dev}`]),
  ].join(' ');

/** Where a route of the kernel comes from, without any daemon having to be asked. */
const provenance: Readonly<Record<string, string>> = {
  kernel: 'connected: the node has an address in it',
  boot: 'set by hand or by the attachment of a phone',
  static: 'static, from the topology file',
  'static (FRR)': 'static, through FRR',
  ra: 'from a router advertisement',
  zebra: 'put there by zebra',
  ospf: 'learned by OSPF',
  bgp: 'learned by BGP',
  rip: 'learned by RIP',
  isis: 'learned by IS-IS',
};

const kernelLines = (route: KernelRoute | undefined): string[] => {
  if (route === undefined) return ['no route: packets to it are refused'];
  if (route.type === 'local')
    return [`${route.prefix} is an address of the node itself, dev ${route.chosen.dev ?? '?'}`];
  const head = `${route.prefix}, ${provenance[route.protocol] ?? route.protocol}`;
  if (route.hops.length < 2) return [head, hopText(route.chosen)];
  const same = (hop: Hop): boolean => hop.via === route.chosen.via && hop.dev === route.chosen.dev;
  return [
    `${head}; ${route.hops.length} next hops of equal cost`,
    ...route.hops.map((hop) => `${same(hop) ? '>' : ' '} ${hopText(hop)}`),
  ];
};

const ribLine = (entry: RibEntry): string => {
  const hops = entry.hops.map((hop) => `${hopText(hop)}${hop.recursive ? ', recursive' : ''}`).join('; ');
  const rank = `distance ${entry.distance}, metric ${entry.metric}`;
  return `${entry.selected ? '>' : ' '} ${entry.protocol} ${entry.prefix} (${rank}) ${hops}`.trimEnd();
};

const candidateLines = (candidate: Candidate, best: Candidate, known: Known): string[] => {
  const path = candidate.path.length === 0 ? 'own' : candidate.path.join(' ');
  const details = [
    `local preference ${candidate.localPreference}`,
    ...(candidate.validity === undefined || candidate.from === 'own' ? [] : [`origin ${candidate.validity}`]),
    ...(candidate.weight === 0 ? [] : [`weight ${candidate.weight}`]),
    ...(candidate.cost === 0 ? [] : [`next hop at cost ${candidate.cost}`]),
    ...(candidate.med === 0 ? [] : [`MED ${candidate.med}`]),
  ];
  const words = candidate.communities.map((text) => {
    const meaning = communityWords(text);
    return meaning === undefined ? text : `${text} (${meaning})`;
  });
  return [
    `${candidate === best ? '>' : ' '} AS path ${path}, ${heardFrom(candidate, known.asn, known.between)}`,
    `    ${details.join(', ')}`,
    ...(words.length === 0 ? [] : [`    communities: ${words.join(', ')}`]),
    ...(candidate === best ? [] : [`    lost by ${lost(best, candidate)}`]),
  ];
};

const bgpLines = (view: BgpView, known: Known, used: string | undefined): string[] => {
  const { candidates } = view;
  const best = candidates.find((candidate) => candidate.best);
  const head = `${view.prefix}: ${candidates.length === 1 ? 'one candidate' : `${candidates.length} candidates`}`;
  if (best === undefined) return [`${head}, and none can be used`];
  const unused = used === undefined || used === view.prefix ? '' : `; the longer prefix ${used} comes before it`;
  const reason = candidates.length === 1 || view.reason === undefined ? '' : `; FRR decided by: ${view.reason}`;
  return [`${head}${reason}${unused}`, ...candidates.flatMap((candidate) => candidateLines(candidate, best, known))];
};

/** Why a path was not taken: by what the cache says, or by another line of the policy. */
const refusedLine = ({ prefix, path, peer, node, validity }: Refused): string =>
  `${prefix}, AS path ${path.join(' ')}, from ${node ?? peer}: ${validity === 'invalid' ? 'its origin is invalid (RPKI)' : `by the policy; its origin is ${validity}`}`;

const ospfLines = (view: OspfView): string[] => [
  `${view.type}${view.area === undefined ? '' : `, area ${view.area}`}, cost ${view.cost}${view.hops.length > 1 ? `, ${view.hops.length} ways of equal cost` : ''}`,
  ...view.hops.map((hop) => `  ${hopText(hop)}`),
];

const distanceVector = new Set(['rip', 'ripng']);

/** `r1 (30) > r2 (20) > r4 (10) > h2`: what is left of the metric in parentheses, where a routing protocol gave one. */
export const wayText = (way: readonly Step[]): string =>
  way.map(({ node, metric }) => (metric === undefined ? node : `${node} (${metric})`)).join(' > ');

/** zebra believes in a route that the kernel does not have: a defect of one of the two, and packets go by the kernel. */
const missingInKernel = (why: Why): string[] =>
  why.kernel === undefined && why.rib.some((entry) => entry.selected && entry.hops.length > 0)
    ? ['! zebra selected a route that the kernel does not have']
    : [];

/** All lines. */
export const whyText = (why: Why, known: Known): string => {
  const chosen = why.rib.find((entry) => entry.selected);
  const owners = why.owners.length === 0 ? '' : ` (${why.owners.join(', ')})`;
  const metrics = why.way.some((step) => step.metric !== undefined);
  return [
    `${why.node} to ${why.address}${owners}`,
    ...block('kernel', kernelLines(why.kernel)),
    ...(why.rib.length === 0 ? [] : block('RIB', [...why.rib.map(ribLine), ...missingInKernel(why)])),
    ...(why.bgp === undefined ? [] : block('BGP', bgpLines(why.bgp, known, why.kernel?.prefix))),
    ...(why.refused === undefined ? [] : block('refused', why.refused.map(refusedLine))),
    ...(why.ospf === undefined ? [] : block('OSPF', ospfLines(why.ospf))),
    ...(chosen !== undefined && distanceVector.has(chosen.protocol)
      ? block('RIP', [`${chosen.metric} hops (16 would be out of reach), as the next hop tells it`])
      : []),
    ...(why.way.length < 2
      ? []
      : block('way', [`${wayText(why.way)}${metrics ? '   (what is left of the metric)' : ''}`])),
    '',
  ].join('\n');
};
