/** A stateful firewall in front of what a node leads to, by iptables and the kernel's connection tracking. */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { FirewallOperation } from '../../fragment/operation.ts';
import type { Node } from '../../topology/topology.ts';
import { interfaceProblem } from '../shared/interface-problem.ts';
import { familyOf } from '../shared/lookup.ts';
import { firewallTables, usesCookies } from './rules.ts';
import { type AllowSettings, type FirewallSettings, firewallSchema } from './settings.ts';

const ruleProblems = (rule: AllowSettings, path: (string | number)[]): NodeProblem[] => [
  ...(rule.ports !== undefined && rule.protocol !== 'tcp' && rule.protocol !== 'udp'
    ? [{ path: [...path, 'ports'], message: `${rule.protocol} has no ports`, hint: 'say protocol: tcp or udp' }]
    : []),
  ...(rule['syn-rate'] !== undefined && rule.protocol !== 'tcp'
    ? [{ path: [...path, 'syn-rate'], message: `only TCP begins with a SYN, and this is ${rule.protocol}` }]
    : []),
  ...(rule.from !== undefined && rule.to !== undefined && familyOf(rule.from) !== familyOf(rule.to)
    ? [{ path: [...path, 'from'], message: `${rule.from} and ${rule.to} are of different IP versions` }]
    : []),
];

const problems = (node: Node, settings: FirewallSettings): NodeProblem[] => [
  ...[settings.outside].flat().flatMap((name) => interfaceProblem(node, name, ['outside'])),
  ...settings.allow.flatMap((rule, index) => ruleProblems(rule, ['allow', index])),
];

/**
 * With cookies an acknowledgement may only begin a connection by its cookie (nf_conntrack_tcp_loose, conntrack-sysctl);
 * cookies hold what the client offered in the timestamp.
 */
const cookieSettings = { 'net.netfilter.nf_conntrack_tcp_loose': '0', 'net.ipv4.tcp_timestamps': '1' } as const;

export const firewall: FeatureDefinition<FirewallSettings> = {
  feature: 'firewall',
  summary: 'A stateful firewall: of what strangers begin, only published services pass.',
  schema: firewallSchema,
  kinds: ['gateway', 'router'],
  problems,
  contribute: (node, settings) => ({
    operations: [
      ...at(
        'firewall',
        ...firewallTables(node, settings).flatMap(({ family, filter, raw }): FirewallOperation[] => [
          ...(raw.length === 0 ? [] : [{ op: 'firewall', node: node.name, family, table: 'raw', rules: raw } as const]),
          { op: 'firewall', node: node.name, family, table: 'filter', rules: filter },
        ]),
        // After the tables: connection tracking, and its settings, come with the first rule that needs it.
        ...(usesCookies(settings)
          ? Object.entries(cookieSettings).map(
              ([key, value]) => ({ op: 'sysctl', node: node.name, key, value }) as const,
            )
          : []),
      ),
    ],
  }),
};
