/**
 * What OSPF does on each interface of a router. Towards other OSPF routers of the same AS it is active; every other
 * interface is passive: its network is announced, and no hello leaves.
 */
import type { Family } from '../../address/ip.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { parseRate } from '../../topology/quantity.ts';
import { oncePerNode } from '../shared/once.ts';
import { addressesIn, families, interfaceCalled, membersOf, neighboursOn, routedInterfaces } from '../shared/lookup.ts';
import { areaNumber, areaOf, ospfOf, settingsOf } from './areas.ts';
import type { OspfInterfaceSettings, OspfSettings } from './settings.ts';

export interface OspfInterface {
  readonly interface: Interface;
  readonly area: string;
  /** OSPF routers of the same AS on the segment; none on a passive interface. */
  readonly neighbours: readonly Node[];
  /** Network type, where it is not the daemon's own choice for Ethernet, broadcast. */
  readonly network: 'point-to-point' | 'broadcast' | undefined;
  readonly cost: number | undefined;
  readonly settings: OspfInterfaceSettings;
}

const names = (node: Node, list: readonly string[]): Set<string> =>
  new Set(list.map((name) => interfaceCalled(node, name)?.name ?? name));

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

/** The OSPF routers of the AS that a router meets on an interface. */
const neighboursAt = (node: Node, own: Interface, topology: Topology, family: Family): Node[] =>
  speaks(node, own, family)
    ? neighboursOn(topology, node, own)
        .filter((port) => port.node.asn === node.asn && speaks(port.node, port.interface, family))
        .map((port) => port.node)
    : [];

/** Interfaces on which hellos go out, for any IP version. */
export const activeInterfaces = oncePerNode((node: Node, topology: Topology): Interface[] =>
  routedInterfaces(node).filter((own) =>
    families.some((family) => neighboursAt(node, own, topology, family).length > 0),
  ),
);

/** The areas of a router's active interfaces, each once, the lowest first. */
export const activeAreas = oncePerNode((node: Node, topology: Topology): string[] => [
  ...new Map(
    activeInterfaces(node, topology)
      .map((own) => areaOf(node, own, topology))
      .toSorted((left, right) => areaNumber(left) - areaNumber(right))
      .map((area) => [areaNumber(area), area]),
  ).values(),
]);

/**
 * The area of the loopback and of interfaces without neighbours: the router's own, else the lowest it has neighbours
 * in. An area where it has none would make it a border router to nowhere, which ignores what other areas tell it.
 */
export const homeArea = (node: Node, topology: Topology): string =>
  String(ospfOf(node)?.area ?? activeAreas(node, topology)[0] ?? 0);

/** Cost of an interface: as written, else by the rate of its link where wanted, else the daemon's own choice. */
const costOf = (own: Interface, chosen: OspfInterfaceSettings, settings: OspfSettings, topology: Topology) => {
  const rate = topology.links[own.link]?.impairment?.rate;
  const reference = parseRate(settings['reference-bandwidth'] ?? '');
  if (chosen.cost !== undefined || rate === undefined || reference === undefined) return chosen.cost;
  return Math.min(65_535, Math.max(1, Math.round(reference / rate)));
};

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
      const chosen = settingsOf(node, own);
      const neighbours = neighboursAt(node, own, topology, family);
      const stated = chosen.area ?? topology.links[own.link]?.area;
      return {
        interface: own,
        area: neighbours.length > 0 ? areaOf(node, own, topology) : String(stated ?? homeArea(node, topology)),
        neighbours,
        network: networkType(own, chosen, topology),
        cost: costOf(own, chosen, settings, topology),
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
