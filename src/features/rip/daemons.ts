/** ripd.conf and ripngd.conf, line by line as FRR 8.4 takes them. */
import type { Family } from '../../address/ip.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { addressesIn } from '../shared/lookup.ts';
import { bgpTag, permitted, prefixList } from '../shared/redistribute.ts';
import { ripInterfaces } from './interfaces.ts';
import type { RipSettings } from './settings.ts';

interface Dialect {
  readonly interface: string;
  readonly process: readonly string[];
  readonly list: string;
}

const dialects: Readonly<Record<Family, Dialect>> = {
  4: { interface: 'ip rip', process: ['router rip', ' version 2'], list: 'ip' },
  6: { interface: 'ipv6 ripng', process: ['router ripng'], list: 'ipv6' },
};

/**
 * Update, timeout and garbage collection in seconds: 30, 180 and 120 by RFC 2453, 3.8; ripd takes nothing below 5. In their
 * proportions, so that a neighbour that was not heard for two updates is believed here as it is there.
 */
const fastTimers = ' timers basic 5 30 20';

/** OSPF goes by another name in IPv6. */
const sourceName = (name: string, family: Family): string => (name === 'ospf' && family === 6 ? 'ospf6' : name);

const splitHorizon: Readonly<Record<RipSettings['split-horizon'], (command: string) => string[]>> = {
  simple: () => [],
  'poisoned-reverse': (command) => [` ${command} split-horizon poisoned-reverse`],
  none: (command) => [` no ${command} split-horizon`],
};

/** The lines of ripd.conf (family 4) or ripngd.conf (family 6). */
export const ripLines = (node: Node, settings: RipSettings, topology: Topology, family: Family): string[] => {
  const dialect = dialects[family];
  const interfaces = ripInterfaces(node, settings, topology, family);
  const passive = interfaces.filter((own) => own.neighbours.length === 0).map((own) => own.interface.name);
  const loopback = addressesIn(node.loopback, family).length === 0 ? [] : ['lo'];
  return [
    ...settings.redistribute.flatMap(({ from, only }) => [
      ...(only.length === 0
        ? []
        : prefixList(`from-${from}`, only.map(permitted)).filter((line) => line.startsWith(`${dialect.list} `))),
      `route-map from-${from} permit 10`,
      ...(only.length === 0 ? [] : [` match ${dialect.list} address prefix-list from-${from}`]),
      // RIP's tag has 16 bits (RFC 2453, 4.2); a larger AS number does not fit.
      ...(from === 'bgp' && bgpTag(node.asn) <= 0xffff ? [` set tag ${bgpTag(node.asn)}`] : []),
    ]),
    ...interfaces
      .filter((own) => own.neighbours.length > 0)
      .flatMap((own) => {
        const lines = splitHorizon[settings['split-horizon']](dialect.interface);
        return lines.length === 0 ? [] : [`interface ${own.interface.name}`, ...lines];
      }),
    ...dialect.process,
    ...(topology.timers === 'fast' ? [fastTimers] : []),
    ' allow-ecmp',
    ...[...loopback, ...interfaces.map((own) => own.interface.name)].map((name) => ` network ${name}`),
    ...[...loopback, ...passive].map((name) => ` passive-interface ${name}`),
    ...settings.redistribute.map(({ from }) => ` redistribute ${sourceName(from, family)} route-map from-${from}`),
  ];
};
