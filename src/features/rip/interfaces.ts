/** Where a router speaks RIP: towards other RIP routers of the same AS; its other interfaces are announced only. */
import type { Family } from '../../address/ip.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { addressesIn, interfaceCalled, neighboursOn, routedInterfaces } from '../shared/lookup.ts';
import type { RipSettings } from './settings.ts';

export interface RipInterface {
  readonly interface: Interface;
  /** RIP routers of the same AS on the segment; none on a passive interface. */
  readonly neighbours: readonly Node[];
}

export const ripOf = (node: Node): RipSettings | undefined => node.features['rip'] as RipSettings | undefined;

const names = (node: Node, list: readonly string[]): Set<string> =>
  new Set(list.map((name) => interfaceCalled(node, name)?.name ?? name));

const speaks = (node: Node, own: Interface, family: Family): boolean => {
  const settings = ripOf(node);
  return (
    settings !== undefined &&
    own.role === 'routed' &&
    addressesIn(own.addresses, family).length > 0 &&
    !names(node, [...settings.passive, ...settings.exclude]).has(own.name)
  );
};

/** The interfaces of a router in RIP (family 4) or RIPng (6), in the order of the file. */
export const ripInterfaces = (
  node: Node,
  settings: RipSettings,
  topology: Topology,
  family: Family,
): RipInterface[] => {
  const excluded = names(node, settings.exclude);
  return routedInterfaces(node)
    .filter((own) => !excluded.has(own.name) && addressesIn(own.addresses, family).length > 0)
    .map((own) => ({
      interface: own,
      neighbours: speaks(node, own, family)
        ? neighboursOn(topology, node, own)
            .filter((port) => port.node.asn === node.asn && speaks(port.node, port.interface, family))
            .map((port) => port.node)
        : [],
    }));
};

/** Names of interfaces in the settings that the node does not have: path from `rip:` and the name. */
export const unknownInterfaces = (node: Node, settings: RipSettings): { path: (string | number)[]; name: string }[] =>
  [
    ...settings.passive.map((name, index) => ({ path: ['passive', index], name })),
    ...settings.exclude.map((name, index) => ({ path: ['exclude', index], name })),
  ].filter(({ name }) => interfaceCalled(node, name) === undefined);
