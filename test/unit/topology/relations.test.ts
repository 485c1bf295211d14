/** Relations between systems: written once, contradictions and rings found with their place in the file. */
import t from 'tap';
import { kinds } from '../../../src/kinds/registry.ts';
import { features } from '../../../src/features/registry.ts';
import { loadText } from '../../../src/topology/load.ts';
import { TopologyError } from '../../../src/topology/problem.ts';
import { relationsOf } from '../../../src/topology/relations.ts';

const registry = { kinds, features };

const file = (links: readonly string[], asns: readonly number[] = [65001, 65002, 65003]): string =>
  [
    'name: lab',
    'nodes:',
    ...asns.map((asn, index) => `  r${index + 1}: {kind: router, asn: ${asn}, bgp: {}}`),
    '  s: {kind: switch}',
    'links:',
    ...links.map((link) => `  - ${link}`),
    '',
  ].join('\n');

const relations = (text: string): string[] =>
  [...relationsOf(loadText(text, 'lab.yml', registry))]
    .flatMap(([asn, row]) => [...row].map(([other, relation]) => `${asn} is ${relation} of ${other}`))
    .toSorted();

const problems = (text: string): string[] => {
  try {
    loadText(text, 'lab.yml', registry);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.problems.map(({ position, message }) => `${position?.line ?? 0}:${position?.column ?? 0} ${message}`);
  }
};

void t.test('said at one end, it holds at both', (t) => {
  t.same(relations(file(['[{node: r1, relation: customer}, r2]'])), [
    '65001 is customer of 65002',
    '65002 is provider of 65001',
  ]);
  t.same(relations(file(['[r1, {node: r2, relation: provider}]'])), [
    '65001 is customer of 65002',
    '65002 is provider of 65001',
  ]);
  t.same(problems(file(['[{node: r1, relation: customer}, {node: r2, relation: provider}]', '[r1, r2]'])), []);
  t.end();
});

void t.test('on a switch it speaks of everybody there', (t) => {
  t.same(relations(file(['[{node: r1, relation: peer}, s]', '[r2, s]'], [65001, 65002])), [
    '65001 is peer of 65002',
    '65002 is peer of 65001',
  ]);
  t.end();
});

void t.test('two ends that do not agree', (t) => {
  t.same(problems(file(['[{node: r1, relation: customer}, {node: r2, relation: customer}]'])), [
    '8:59 AS 65002 is a customer of AS 65001 here, but a provider of it by links[0][0].relation',
  ]);
  t.same(problems(file(['[{node: r1, relation: customer}, r2]', '{endpoints: [r1, {node: r2, relation: peer}]}'])), [
    '9:43 AS 65002 is a peer of AS 65001 here, but a provider of it by links[0][0].relation',
  ]);
  t.end();
});

void t.test('a relation of nobody', (t) => {
  t.same(problems(file(['[{node: r1, relation: peer}, r2]'], [65001, 65001])), [
    '7:27 a relation is between two autonomous systems, and there is only AS 65001 on this link',
  ]);
  t.end();
});

void t.test('a ring in which each pays the next', (t) => {
  const ring = [
    '[{node: r1, relation: customer}, r2]',
    '[{node: r2, relation: customer}, r3]',
    '[r1, {node: r3, relation: customer}]',
  ];
  t.same(problems(file(ring)), ['8:27 each of these systems is a customer of the next: 65001, 65002, 65003, 65001']);
  t.same(problems(file(ring.slice(0, 2))), []);
  t.end();
});
