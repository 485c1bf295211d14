/** OSPF areas: said once, border routers, stubs and what their routers cannot know, cost from the rate. */
import t from 'tap';
import { ospfOf } from '../../../src/features/ospf/areas.ts';
import { activeAreas, homeArea, ospfInterfaces } from '../../../src/features/ospf/interfaces.ts';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import { loadText } from '../../../src/topology/load.ts';
import { TopologyError } from '../../../src/topology/problem.ts';
import type { Node, Topology } from '../../../src/topology/topology.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const lab = (settings: readonly string[], links: readonly string[]): string =>
  [
    'name: lab',
    'nodes:',
    ...settings.map((text, index) => `  r${index + 1}: {kind: router, ospf: ${text}}`),
    'links:',
    ...links.map((link) => `  - ${link}`),
    '',
  ].join('\n');

const load = (settings: readonly string[], links: readonly string[]): Topology =>
  loadText(lab(settings, links), 'lab.yml', { kinds, features });

const problems = (settings: readonly string[], links: readonly string[]): string[] => {
  try {
    load(settings, links);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.problems.map((problem) => `${problem.position?.line ?? 0}: ${problem.message}`);
  }
};

const nodeOf = (topology: Topology, name: string): Node => {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
};

const interfaces = (topology: Topology, name: string): string[] => {
  const node = nodeOf(topology, name);
  const settings = ospfOf(node);
  if (settings === undefined) throw new Error(`no OSPF on ${name}`);
  return ospfInterfaces(node, settings, topology, 4).map(
    (own) => `${own.interface.name} area ${own.area}${own.cost === undefined ? '' : ` cost ${own.cost}`}`,
  );
};

const chain = ['[r1, r2]', '{endpoints: [r2, r3], area: 1}'];

void t.test('an area on a link is one for both ends, and makes the router between a border router', (t) => {
  const topology = load(['{}', '{}', '{}'], chain);
  t.same(interfaces(topology, 'r2'), ['to-r1 area 0', 'to-r3 area 1']);
  t.same(activeAreas(nodeOf(topology, 'r2'), topology), ['0', '1']);
  t.same(interfaces(topology, 'r3'), ['to-r2 area 1']);
  t.equal(homeArea(nodeOf(topology, 'r3'), topology), '1', 'its loopback is where its neighbours are');
  t.end();
});

void t.test(
  'one router that names its area is enough; an interface is nearer than a link, a link than a router',
  (t) => {
    t.same(interfaces(load(['{}', '{area: 1}'], ['[r1, r2]']), 'r1'), ['to-r2 area 1']);
    t.same(interfaces(load(['{area: 0}', '{interfaces: {r1: {area: 3}}}'], ['{endpoints: [r1, r2], area: 2}']), 'r1'), [
      'to-r2 area 3',
    ]);
    t.same(interfaces(load(['{area: 0}', '{area: 0}'], ['{endpoints: [r1, r2], area: 0.0.0.2}']), 'r1'), [
      'to-r2 area 0.0.0.2',
    ]);
    t.end();
  },
);

void t.test('areas that cannot be', (t) => {
  t.same(problems(['{area: 0}', '{area: 1}'], ['[r1, r2]']), [
    "3: the segment of r1's to-r2 cannot be in several areas: 0, 1",
    "4: the segment of r2's to-r1 cannot be in several areas: 1, 0",
  ]);
  t.same(problems(['{}', '{}', '{}'], ['{endpoints: [r1, r2], area: 2}', '{endpoints: [r2, r3], area: 1}']), [
    '4: r2 joins the areas 1 and 2 but is not in the backbone, area 0',
  ]);
  t.same(problems(['{areas: {0: {type: stub}}}', '{}'], ['[r1, r2]']), [
    '3: the backbone, area 0, carries everything and cannot be a stub',
  ]);
  t.same(
    problems(['{areas: {1: {type: stub}}}', '{areas: {0.0.0.1: {type: nssa}}}'], ['{endpoints: [r1, r2], area: 1}']),
    ['4: another router of the AS says something else of area 0.0.0.1'],
  );
  t.end();
});

void t.test('a totally stubby area: no-summary at the border only, and no wait for what does not come in', (t) => {
  const topology = load(['{areas: {1: {type: stub, summaries: false, ranges: [10.255.0.3/32]}}}', '{}', '{}'], chain);
  const text = (name: string): string =>
    contributionOf(topology, name)
      .operations.flatMap(({ operation }) => (operation.op === 'file' ? [operation.content] : []))
      .join('\n');
  t.match(text('r2'), /^ area 1 stub no-summary$/mu);
  t.match(text('r2'), /^ area 1 range 10.255.0.3\/32$/mu);
  t.match(text('r3'), /^ area 1 stub$/mu);
  t.notMatch(text('r1'), ' area 1 stub', 'r1 has no interface there');
  const waits = (name: string): string[] =>
    contributionOf(topology, name).probes.flatMap(({ question }) =>
      question.ask === 'routes' ? question.to.filter((prefix) => !prefix.includes(':')) : [],
    );
  t.same(waits('r3'), [], 'r2’s loopback is in area 0, like r1’s');
  t.same(waits('r1'), ['10.255.0.2/32'], 'r3’s is summed up');
  t.same(waits('r2'), ['10.255.0.1/32', '10.255.0.3/32']);
  t.end();
});

void t.test('cost from the rate of the link, where it is wanted', (t) => {
  const links = ['{endpoints: [r1, r2], rate: 30mbit}', '[r1, r3]', '{endpoints: [r1, r3], rate: 100gbit}'];
  t.same(interfaces(load(['{reference-bandwidth: 100mbit}', '{}', '{}'], links), 'r1'), [
    'to-r2 area 0 cost 3',
    'to-r3 area 0',
    'to-r3-2 area 0 cost 1',
  ]);
  t.same(
    interfaces(load(['{}', '{}', '{}'], links), 'r1').filter((text) => text.includes('cost')),
    [],
  );
  t.end();
});
