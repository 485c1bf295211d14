/** Network address translation (RFC 3022) by iptables and the kernel's connection tracking. */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Node } from '../../topology/topology.ts';
import { interfaceProblem } from '../shared/interface-problem.ts';
import { families, familyOf } from '../shared/lookup.ts';
import { natRules, natTable } from './rules.ts';
import { natSchema } from './settings.ts';
import type { NatSettings } from './settings.ts';

const familyProblem = (from: string, to: string, path: (string | number)[]): NodeProblem[] =>
  familyOf(from) === familyOf(to) ? [] : [{ path, message: `${from} cannot become ${to}: NAT keeps the IP version` }];

const problems = (node: Node, settings: NatSettings): NodeProblem[] => [
  ...settings.snat.flatMap((rule, index) => [
    ...interfaceProblem(node, rule.out, ['snat', index, 'out']),
    ...(rule.to === 'masquerade' ? [] : familyProblem(rule.from, rule.to, ['snat', index, 'to'])),
  ]),
  ...settings.floating.flatMap((rule, index) => [
    ...interfaceProblem(node, rule.out, ['floating', index, 'out']),
    ...familyProblem(rule.address, rule.to, ['floating', index, 'to']),
  ]),
  ...settings.dnat.flatMap((rule, index) => [
    ...interfaceProblem(node, rule.in, ['dnat', index, 'in']),
    ...familyProblem(rule.address, rule.to, ['dnat', index, 'to']),
  ]),
];

export const nat: FeatureDefinition<NatSettings> = {
  feature: 'nat',
  summary: 'Network address translation by iptables.',
  schema: natSchema,
  kinds: ['gateway', 'router'],
  problems,
  contribute: (node, settings) => {
    const rules = natRules(node, settings);
    return {
      operations: families.flatMap((family) => {
        const own = rules.filter((rule) => rule.family === family);
        return own.length === 0
          ? []
          : at('firewall', { op: 'firewall', node: node.name, family, table: 'nat', rules: natTable(own) });
      }),
      rewrites: rules.map((rule) => ({ rewrite: 'nat', node: node.name, rule: rule.text, type: rule.type }) as const),
    };
  },
};
