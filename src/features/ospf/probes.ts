/** When OSPF is ready: its neighbours are Full, and the loopback addresses of all its routers are in the kernel. */
import type { Family } from '../../address/ip.ts';
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { convergence, enumerated } from '../frr/probe.ts';
import { routesProbe } from '../frr/routes-probe.ts';
import { familyOf, networkText, nodeNamed } from '../shared/lookup.ts';
import { areaNumber, areaSettings, isSummarised, ospfOf } from './areas.ts';
import { activeAreas, homeArea, ospfInterfaces } from './interfaces.ts';
import type { OspfInterface } from './interfaces.ts';
import type { OspfSettings } from './settings.ts';

const protocol: Readonly<Record<Family, { name: string; daemon: string; neighbours: string }>> = {
  4: { name: 'OSPF', daemon: 'ospfd', neighbours: 'show ip ospf neighbor' },
  6: { name: 'OSPFv3', daemon: 'ospf6d', neighbours: 'show ipv6 ospf6 neighbor' },
};

/** What `show … neighbor json` must contain when every router of the list is Full; each family has its own form. */
const full = (family: Family, interfaces: readonly OspfInterface[]): unknown => {
  const pairs = interfaces.flatMap((own) => own.neighbours.map((router) => ({ own, router })));
  if (family === 6) {
    return {
      neighbors: pairs.map(({ own, router }) => ({
        neighborId: router.routerId,
        interfaceName: own.interface.name,
        state: 'Full',
      })),
    };
  }
  const byRouter = Map.groupBy(pairs, ({ router }) => router.routerId ?? '');
  return {
    neighbors: Object.fromEntries(
      [...byRouter].map(([id, links]) => [id, Array.from(links, () => ({ converged: 'Full' }))]),
    ),
  };
};

/**
 * Between two routers the adjacency is Full at both. Where three or more share a segment, only the designated router
 * and its backup are Full with all (RFC 2328, 10.4), so each router is asked for one adjacency there.
 */
const neighbourProbes = (node: Node, active: readonly OspfInterface[], topology: Topology, family: Family): Probe[] => {
  const { name, daemon, neighbours } = protocol[family];
  const within = convergence(topology);
  const pairs = active.filter((own) => own.neighbours.length === 1);
  const shared = active.filter((own) => own.neighbours.length > 1);
  const pairProbe = (): Probe => ({
    node: node.name,
    name: `${name}: neighbour${pairs.length === 1 ? '' : 's'} ${enumerated(pairs.flatMap((own) => own.neighbours.map((router) => router.name)))} Full`,
    question: { ask: 'vty', daemon, command: `${neighbours} json`, json: full(family, pairs) },
    within,
  });
  const sharedProbe = (own: OspfInterface): Probe => ({
    node: node.name,
    name: `${name}: Full with the designated router on ${own.interface.name}`,
    question:
      family === 4
        ? { ask: 'vty', daemon, command: `${neighbours} ${own.interface.name}`, text: 'Full/' }
        : {
            ask: 'vty',
            daemon,
            command: `${neighbours} json`,
            json: { neighbors: [{ interfaceName: own.interface.name, state: 'Full' }] },
          },
    within,
  });
  return [...(pairs.length === 0 ? [] : [pairProbe()]), ...shared.map(sharedProbe)];
};

const computed = new WeakMap<Topology, Map<Family, Map<string, readonly Node[]>>>();

/** The OSPF routers that a router can hear of, itself included: one list per connected part, worked out once. */
const connected = (node: Node, topology: Topology, family: Family): readonly Node[] => {
  const byFamily = computed.get(topology) ?? new Map<Family, Map<string, readonly Node[]>>();
  computed.set(topology, byFamily);
  const parts = byFamily.get(family) ?? new Map<string, readonly Node[]>();
  byFamily.set(family, parts);
  const known = parts.get(node.name);
  if (known !== undefined) return known;
  const seen = new Set([nodeNamed(topology, node.name) ?? node]);
  for (const router of seen) {
    const settings = ospfOf(router);
    if (settings === undefined) continue;
    for (const own of ospfInterfaces(router, settings, topology, family))
      for (const other of own.neighbours) seen.add(other);
  }
  const list = topology.nodes.filter((router) => seen.has(router));
  for (const router of list) parts.set(router.name, list);
  return list;
};

/** Whether a router hears of another one's loopback: always inside an area, else unless a border router keeps it out. */
const hearsOf = (node: Node, other: Node, address: string, topology: Topology): boolean => {
  const areas = activeAreas(node, topology);
  const home = homeArea(other, topology);
  if (areas.some((area) => areaNumber(area) === areaNumber(home))) return true;
  return (
    areas.some((area) => areaSettings(node, area, topology)?.summaries !== false) &&
    !isSummarised(areaSettings(node, home, topology), networkText(address))
  );
};

/** The probes of one OSPF router for one IP version. */
export const ospfProbes = (node: Node, settings: OspfSettings, topology: Topology, family: Family): Probe[] => {
  const active = ospfInterfaces(node, settings, topology, family).filter((own) => own.neighbours.length > 0);
  const loopbacks = connected(node, topology, family)
    .filter((router) => router.name !== node.name)
    .flatMap((router) =>
      router.loopback.filter((address) => familyOf(address) === family && hearsOf(node, router, address, topology)),
    )
    .map(networkText);
  return [
    ...neighbourProbes(node, active, topology, family),
    ...routesProbe(node, protocol[family].name, loopbacks, topology),
  ];
};
