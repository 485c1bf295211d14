/** The spanning tree that RSTP arrives at, worked out from the file. */
import t from 'tap';
import { registry } from '../../../../src/engine/load.ts';
import { portStates } from '../../../../src/kinds/switch/tree.ts';
import { loadText } from '../../../../src/topology/load.ts';

/** `node:port` of every port that discards. */
const discarding = (nodes: string, links: string): string[] => {
  const topology = loadText(
    `name: tree
defaults: {switch: {spanning-tree: rstp}}
nodes: {${nodes}}
links: [${links}]
`,
    'tree.yml',
    registry,
  );
  return topology.nodes.flatMap((node) =>
    node.kind === 'switch'
      ? [...portStates(node, topology)].flatMap(([port, state]) =>
          state === 'Discarding' ? [`${node.name}:${port}`] : [],
        )
      : [],
  );
};

void t.test('of a ring one port discards: across from the root, away from the better neighbour', (t) => {
  const ring = '[s1, s2], [s2, s3], [s3, s4], [s4, s1], [h, s3]';
  const nodes = (first: string): string =>
    `${first}, s2: {kind: switch}, s3: {kind: switch}, s4: {kind: switch}, h: {kind: host}`;
  t.same(discarding(nodes('s1: {kind: switch}'), ring), ['s3:to-s4'], 'the lowest MAC is the root');
  t.same(discarding(nodes('s1: {kind: switch, priority: 61440}'), ring), ['s4:to-s1'], 's2 is the root then');
  t.end();
});

void t.test('of two links between two switches the second discards, at the end that is not the root', (t) => {
  t.same(discarding('a: {kind: switch}, b: {kind: switch}', '[a, b], [a, b]'), ['b:to-a-2']);
  t.same(discarding('a: {kind: switch}, b: {kind: switch, priority: 0}', '[a, b], [a, b]'), ['a:to-b-2']);
  t.end();
});

void t.test('a triangle discards once, a tree never, and a plain switch is nobody', (t) => {
  const three = 'a: {kind: switch}, b: {kind: switch}, c: {kind: switch}';
  t.same(discarding(three, '[a, b], [b, c], [c, a]'), ['c:to-b']);
  t.same(discarding(three, '[a, b], [b, c]'), []);
  t.same(discarding('a: {kind: switch}, b: {kind: switch, spanning-tree: none}', '[a, b], [a, b]'), []);
  t.end();
});
