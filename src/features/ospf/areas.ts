/**
 * Areas (RFC 2328, 3). A segment is in one area for all its routers, so one statement is enough: at an interface, at the
 * link, or as the area of one of the routers; the nearer one counts. A router with interfaces in several areas is a border
 * router, and the backbone, area 0, must be one of them. What kind of area one is holds for all routers in it.
 */
import { contains, parsePrefix } from '../../address/ip.ts';
import type { NodeProblem } from '../../fragment/definition.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { oncePerNode } from '../shared/once.ts';
import { interfaceCalled, membersOf } from '../shared/lookup.ts';
import type { Port } from '../shared/lookup.ts';
import type { OspfAreaSettings, OspfInterfaceSettings, OspfSettings } from './settings.ts';

export const ospfOf = (node: Node): OspfSettings | undefined => node.features['ospf'] as OspfSettings | undefined;

export const settingsOf = (node: Node, own: Interface): OspfInterfaceSettings =>
  Object.entries(ospfOf(node)?.interfaces ?? {}).find(([name]) => interfaceCalled(node, name) === own)?.[1] ?? {};

/** `0.0.1.0` and 256 are the same area. */
export const areaNumber = (area: string): number =>
  area.includes('.') ? area.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : Number(area);

const distinct = (areas: readonly (string | number | undefined)[]): string[] => [
  ...new Map(
    areas.flatMap((area): [number, string][] => (area === undefined ? [] : [[areaNumber(String(area)), String(area)]])),
  ).values(),
];

/** OSPF routers of the node's AS on a segment, itself included. */
const speakersOn = (node: Node, own: Interface, topology: Topology): Port[] =>
  membersOf(topology, own.segment).filter(
    (port) => port.node.asn === node.asn && ospfOf(port.node) !== undefined && port.interface.role === 'routed',
  );

/** What is said of the area of an interface's segment: the nearest statements, own ones first; empty for none. */
export const areaStatements = (node: Node, own: Interface, topology: Topology): string[] => {
  const ports = speakersOn(node, own, topology).toSorted(
    (left, right) => Number(right.node.name === node.name) - Number(left.node.name === node.name),
  );
  const levels = [
    ports.map((port) => settingsOf(port.node, port.interface).area),
    ports.map((port) => topology.links[port.interface.link]?.area),
    ports.map((port) => ospfOf(port.node)?.area),
  ].map(distinct);
  return levels.find((level) => level.length > 0) ?? [];
};

/** The area of an active interface. */
export const areaOf = (node: Node, own: Interface, topology: Topology): string =>
  areaStatements(node, own, topology)[0] ?? '0';

const statedAreas = oncePerNode((node: Node, topology: Topology): ReadonlyMap<number, OspfAreaSettings> => {
  const inside = topology.nodes.filter((other) => other.asn === node.asn);
  const entries = inside.flatMap((other) => Object.entries(ospfOf(other)?.areas ?? {}));
  return new Map(entries.toReversed().map(([name, settings]) => [areaNumber(name), settings]));
});

/** What is said of an area by any router of the AS. */
export const areaSettings = (node: Node, area: string, topology: Topology): OspfAreaSettings | undefined =>
  statedAreas(node, topology).get(areaNumber(area));

/** Whether a prefix is inside of what an area's border routers sum up. */
export const isSummarised = (settings: OspfAreaSettings | undefined, prefix: string): boolean =>
  (settings?.ranges ?? []).some((range) => {
    const [outer, inner] = [parsePrefix(range), parsePrefix(prefix)];
    return outer !== undefined && inner !== undefined && contains(outer, inner);
  });

/** What is wrong with the areas of a router. `areas` are those of its active interfaces. */
export const areaProblems = (
  node: Node,
  settings: OspfSettings,
  areas: readonly string[],
  active: readonly Interface[],
  topology: Topology,
): NodeProblem[] => {
  const several = new Set(areas.map(areaNumber));
  const others = (name: string): OspfAreaSettings | undefined => areaSettings(node, name, topology);
  return [
    ...active.flatMap((own): NodeProblem[] => {
      const statements = areaStatements(node, own, topology);
      return statements.length < 2
        ? []
        : [
            {
              path: [],
              message: `the segment of ${node.name}'s ${own.name} cannot be in several areas: ${statements.join(', ')}`,
              hint: 'say it once, with area: on the link',
            },
          ];
    }),
    ...(several.size > 1 && !several.has(0)
      ? [
          {
            path: [],
            message: `${node.name} joins the areas ${areas.join(' and ')} but is not in the backbone, area 0`,
            hint: 'areas meet only at area 0 (RFC 2328, 3.1): give it an interface there',
          },
        ]
      : []),
    ...Object.keys(settings.areas).flatMap((name): NodeProblem[] => [
      ...(areaNumber(name) === 0 && settings.areas[name]?.type !== 'normal'
        ? [{ path: ['areas', name, 'type'], message: 'the backbone, area 0, carries everything and cannot be a stub' }]
        : []),
      ...(JSON.stringify(others(name)) === JSON.stringify(settings.areas[name])
        ? []
        : [
            {
              path: ['areas', name],
              message: `another router of the AS says something else of area ${name}`,
              hint: 'saying it at one router of the AS is enough',
            },
          ]),
    ]),
  ];
};
