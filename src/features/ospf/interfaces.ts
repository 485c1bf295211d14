/**
 * What OSPF does on each interface of a router. Towards other OSPF routers of the same AS it is active; every other
 * interface is passive: its network is announced, and no hello leaves.
 */
import type { Family } from '../../address/ip.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { addressesIn, interfaceCalled, membersOf, neighboursOn, routedInterfaces } from '../shared/lookup.ts';
import type { OspfInterfaceSettings, OspfSettings } from './settings.ts';

export interface OspfInterface {
  readonly interface: Interface;
  readonly area: string;
  /** OSPF routers of the same AS on the segment; none on a passive interface. */
  readonly neighbours: readonly Node[];
  /** Network type, where it is not the daemon's own choice for Ethernet, broadcast. */
  readonly network: 'point-to-point' | 'broadcast' | undefined;
  readonly settings: OspfInterfaceSettings;
}

export const ospfOf = (node: Node): OspfSettings | undefined => node.features['ospf'] as OspfSettings | undefined;

const names = (node: Node, list: readonly string[]): Set<string> =>
  new Set(list.map((name) => interfaceCalled(node, name)?.name ?? name));

const settingsOf = (node: Node, settings: OspfSettings, own: Interface): OspfInterfaceSettings =>
  Object.entries(settings.interfaces).find(([name]) => interfaceCalled(node, name) === own)?.[1] ?? {};

/** Whether a router speaks OSPF actively on an interface, as far as it alone decides. */
const speaks = (node: Node, own: Interface, family: Family): boolean => {
  const settings = ospfOf(node);
  return (
    settings !== undefined &&
    own.role === 'routed' &&
    addressesIn(own.addresses, family).length > 0 &&
    ![...names(node, settings.passive), ...names(node, settings.exclude)].includes(own.name)
  );
};

/**
 * A segment of exactly two machines needs no designated router: as a point-to-point network its adjacency is up as
 * soon as both have seen each other's hello (RFC 2328, 9.1), without the election's wait of one dead interval.
 */
const networkType = (own: Interface, chosen: OspfInterfaceSettings, topology: Topology): OspfInterface['network'] =>
  chosen.network ??
  (topology.timers === 'fast' && membersOf(topology, own.segment).length === 2 ? 'point-to-point' : undefined);

/** The interfaces of a router in OSPF of one IP version, in the order of the file. */
export const ospfInterfaces = (
  node: Node,
  settings: OspfSettings,
  topology: Topology,
  family: Family,
): OspfInterface[] => {
  const excluded = names(node, settings.exclude);
  return routedInterfaces(node)
    .filter((own) => !excluded.has(own.name) && addressesIn(own.addresses, family).length > 0)
    .map((own) => {
      const chosen = settingsOf(node, settings, own);
      const others = neighboursOn(topology, node, own).filter(
        (port) => port.node.asn === node.asn && speaks(port.node, port.interface, family),
      );
      return {
        interface: own,
        area: String(chosen.area ?? settings.area),
        neighbours: speaks(node, own, family) ? others.map((port) => port.node) : [],
        network: networkType(own, chosen, topology),
        settings: chosen,
      };
    });
};

/** Names of interfaces in the settings that the node does not have: path from `ospf:` and the name. */
export const unknownInterfaces = (node: Node, settings: OspfSettings): { path: (string | number)[]; name: string }[] =>
  [
    ...Object.keys(settings.interfaces).map((name) => ({ path: ['interfaces', name], name })),
    ...settings.passive.map((name, index) => ({ path: ['passive', index], name })),
    ...settings.exclude.map((name, index) => ({ path: ['exclude', index], name })),
  ].filter(({ name }) => interfaceCalled(node, name) === undefined);
