/**
 * The rules of the nat table, in the canonical form in which iptables-save prints them: host addresses with their
 * length, the protocol's match spelled out, options in iptables' order. A rule shown by the running gateway is then
 * the very text of the plan.
 */
import { canonical } from '../../address/ip.ts';
import type { Family } from '../../address/ip.ts';
import type { Node } from '../../topology/topology.ts';
import { familyOf, interfaceCalled, networkText } from '../shared/lookup.ts';
import type { DnatSettings, FloatingSettings, NatSettings, SnatSettings } from './settings.ts';

export interface NatRule {
  readonly family: Family;
  readonly type: 'SNAT' | 'DNAT' | 'MASQUERADE';
  readonly text: string;
}

/** The interface a person names, or the name itself. */
const device = (node: Node, name: string): string => interfaceCalled(node, name)?.name ?? name;

const text = (address: string): string => canonical(address) ?? address;

const hostPrefix = (address: string): string => `${text(address)}/${familyOf(address) === 4 ? 32 : 128}`;

/** `192.0.2.1:80`, `[2001:db8::1]:80`, or the address alone. */
const socket = (address: string, port: number | string | undefined): string =>
  port === undefined ? text(address) : `${familyOf(address) === 6 ? `[${text(address)}]` : text(address)}:${port}`;

const everything = (prefix: string): boolean => prefix === '0.0.0.0/0' || prefix === '::/0';

/** The interfaces that `out` names. */
export const devices = (node: Node, out: string | readonly string[]): string[] =>
  [out].flat().map((name) => device(node, name));

const snatBy = (rule: SnatSettings, out: string): NatRule[] => {
  const family = familyOf(rule.from);
  const source = networkText(rule.from);
  const match = [...(everything(source) ? [] : [`-s ${source}`]), `-o ${out}`];
  const make = (protocol: string | undefined, ports: string | undefined): NatRule => {
    const target =
      rule.to === 'masquerade'
        ? ['-j MASQUERADE', ...(ports === undefined ? [] : [`--to-ports ${ports}`])]
        : [`-j SNAT --to-source ${socket(rule.to, ports)}`];
    const words = ['-A POSTROUTING', ...match, ...(protocol === undefined ? [] : [`-p ${protocol}`]), ...target];
    return { family, type: rule.to === 'masquerade' ? 'MASQUERADE' : 'SNAT', text: words.join(' ') };
  };
  // Only TCP and UDP have ports; what is left over, such as ping, takes the last rule.
  return rule.ports === undefined
    ? [make(undefined, undefined)]
    : [make('tcp', rule.ports), make('udp', rule.ports), make(undefined, undefined)];
};

const snatRules = (node: Node, rule: SnatSettings): NatRule[] =>
  devices(node, rule.out).flatMap((out) => snatBy(rule, out));

const dnatRule = (node: Node, rule: DnatSettings): NatRule => ({
  family: familyOf(rule.address),
  type: 'DNAT',
  text: [
    '-A PREROUTING',
    `-d ${hostPrefix(rule.address)}`,
    ...(rule.in === undefined ? [] : [`-i ${device(node, rule.in)}`]),
    `-p ${rule.protocol} -m ${rule.protocol} --dport ${rule.port}`,
    `-j DNAT --to-destination ${socket(rule.to, rule.toPort)}`,
  ].join(' '),
});

/** A floating address: what comes for it goes to the machine, what the machine begins leaves with it. */
const floatingRules = (node: Node, { address, to, out }: FloatingSettings): NatRule[] =>
  devices(node, out).flatMap((outer): NatRule[] => [
    {
      family: familyOf(address),
      type: 'DNAT',
      text: `-A PREROUTING -d ${hostPrefix(address)} -i ${outer} -j DNAT --to-destination ${text(to)}`,
    },
    {
      family: familyOf(address),
      type: 'SNAT',
      text: `-A POSTROUTING -s ${hostPrefix(to)} -o ${outer} -j SNAT --to-source ${text(address)}`,
    },
  ]);

/** All rules of a node, in the order in which the kernel tries them: forwarded ports and single machines before the rest. */
export const natRules = (node: Node, settings: NatSettings): NatRule[] => [
  ...settings.dnat.map((rule) => dnatRule(node, rule)),
  ...settings.floating.flatMap((rule) => floatingRules(node, rule)),
  ...settings.snat.flatMap((rule) => snatRules(node, rule)),
];

/** The whole table: its chains with their policy, then the rules. */
export const natTable = (rules: readonly NatRule[]): string[] => [
  ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`),
  ...rules.map((rule) => rule.text),
];
