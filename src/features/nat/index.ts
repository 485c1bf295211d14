/**
 * Network address translation (RFC 3022) by iptables and the kernel's connection tracking; of single addresses also without it,
 * by nftables.
 */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { canonical } from '../../address/ip.ts';
import { at } from '../../fragment/fragment.ts';
import type { Node } from '../../topology/topology.ts';
import { interfaceProblem } from '../shared/interface-problem.ts';
import { families, familyOf } from '../shared/lookup.ts';
import { devices, natRules, natTable } from './rules.ts';
import { natSchema } from './settings.ts';
import type { NatSettings } from './settings.ts';

const familyProblem = (from: string, to: string, path: (string | number)[]): NodeProblem[] =>
  familyOf(from) === familyOf(to) ? [] : [{ path, message: `${from} cannot become ${to}: NAT keeps the IP version` }];

const outProblems = (node: Node, out: string | readonly string[], path: (string | number)[]): NodeProblem[] =>
  typeof out === 'string'
    ? interfaceProblem(node, out, path)
    : out.flatMap((name, index) => interfaceProblem(node, name, [...path, index]));

/** An address can be translated to one machine only, and a machine can have one public address. */
const twice = (settings: NatSettings): NodeProblem[] =>
  settings.stateless.flatMap((rule, index) =>
    (['address', 'to'] as const).flatMap((key): NodeProblem[] => {
      const first = settings.stateless.findIndex((other) => canonical(other[key]) === canonical(rule[key]));
      return first === index
        ? []
        : [{ path: ['stateless', index, key], message: `${rule[key]} is already in nat.stateless[${first}]` }];
    }),
  );

/** A firewall that knows connections knows none of these. */
const besideFirewall = (node: Node, settings: NatSettings): NodeProblem[] =>
  settings.stateless.length > 0 && 'firewall' in node.features
    ? [
        {
          path: ['stateless'],
          message: `the firewall of ${node.name} tracks connections, and of what is translated without state there are none`,
          hint: 'use floating, or put the firewall in front of the gateway',
        },
      ]
    : [];

const problems = (node: Node, settings: NatSettings): NodeProblem[] => [
  ...settings.stateless.flatMap((rule, index) => [
    ...outProblems(node, rule.out, ['stateless', index, 'out']),
    ...familyProblem(rule.address, rule.to, ['stateless', index, 'to']),
  ]),
  ...twice(settings),
  ...besideFirewall(node, settings),
  ...settings.snat.flatMap((rule, index) => [
    ...outProblems(node, rule.out, ['snat', index, 'out']),
    ...(rule.to === 'masquerade' ? [] : familyProblem(rule.from, rule.to, ['snat', index, 'to'])),
  ]),
  ...settings.floating.flatMap((rule, index) => [
    ...outProblems(node, rule.out, ['floating', index, 'out']),
    ...familyProblem(rule.address, rule.to, ['floating', index, 'to']),
  ]),
  ...settings.dnat.flatMap((rule, index) => [
    ...interfaceProblem(node, rule.in, ['dnat', index, 'in']),
    ...familyProblem(rule.address, rule.to, ['dnat', index, 'to']),
  ]),
];

export const nat: FeatureDefinition<NatSettings> = {
  feature: 'nat',
  summary: 'Network address translation, with connection tracking or without.',
  schema: natSchema,
  kinds: ['gateway', 'router'],
  problems,
  contribute: (node, settings) => {
    const rules = natRules(node, settings);
    const pairs = settings.stateless.map(({ address, to, out }) => ({
      address: canonical(address) ?? address,
      to: canonical(to) ?? to,
      out: devices(node, out),
    }));
    return {
      operations: [
        ...families.flatMap((family) => {
          const own = rules.filter((rule) => rule.family === family);
          return own.length === 0
            ? []
            : at('firewall', { op: 'firewall', node: node.name, family, table: 'nat', rules: natTable(own) });
        }),
        ...(pairs.length === 0 ? [] : at('firewall', { op: 'stateless-nat', node: node.name, pairs })),
      ],
      rewrites: [
        ...rules.map((rule) => ({ rewrite: 'nat', node: node.name, rule: rule.text, type: rule.type }) as const),
        ...pairs.map((pair) => ({ rewrite: 'stateless-nat', node: node.name, ...pair }) as const),
      ],
    };
  },
};
