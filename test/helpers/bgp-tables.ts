/** The BGP tables of all routers of a running lab, and the AS paths in them. */
import { contains, parsePrefix } from '../../src/address/ip.ts';
import { bestRoutes } from '../../src/features/bgp/reach.ts';
import { crossesBorders, isBogonNumber } from '../../src/features/bgp/reserved.ts';
import { sessionsOf } from '../../src/features/bgp/sessions.ts';
import { bgpOf, systemsOf } from '../../src/features/bgp/systems.ts';
import { relationBetween, valleyIn } from '../../src/features/bgp/valley.ts';
import { families, familyOf } from '../../src/features/shared/lookup.ts';
import type { Node, Topology } from '../../src/topology/topology.ts';

/** Where routers can be asked: a lab of the command line's, or one of the library's. */
export interface Asked {
  readonly exec: (
    router: string,
    ...argv: string[]
  ) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

/** One path of one router's table. */
export interface TableEntry {
  readonly router: string;
  readonly asn: number;
  readonly prefix: string;
  readonly best: boolean;
  readonly path: readonly number[];
}

/** `show bgp … json`, as far as it is read here. */
interface BgpTable {
  readonly routes?: Readonly<Record<string, readonly { readonly path?: string; readonly bestpath?: boolean }[]>>;
}

/** Reads the table of one router, for both IP versions. */
export const tableOf = async (lab: Asked, router: string, asn: number): Promise<TableEntry[]> => {
  const tables = await Promise.all(
    families.map(async (family) => {
      const { exitCode, stdout, stderr } = await lab.exec(router, 'vtysh', '-c', `show bgp ipv${family} unicast json`);
      if (exitCode !== 0) throw new Error(`${router}: ${stderr}`);
      return JSON.parse(stdout) as BgpTable;
    }),
  );
  return tables.flatMap(({ routes = {} }) =>
    Object.entries(routes).flatMap(([prefix, paths]) =>
      paths.map(({ path = '', bestpath }) => ({
        router,
        asn,
        prefix,
        best: bestpath === true,
        path: path.split(' ').filter(Boolean).map(Number),
      })),
    ),
  );
};

/** The tables of all BGP routers, one router after the other: two cores have other things to do. */
export const allTables = async (lab: Asked, topology: Topology): Promise<TableEntry[]> => {
  const entries: TableEntry[] = [];
  for (const node of topology.nodes)
    if (bgpOf(node) !== undefined && node.asn !== undefined) entries.push(...(await tableOf(lab, node.name, node.asn)));
  return entries;
};

/** Every path that agreements do not allow, in words. A route server is in no path: its members' begin behind it. */
export const valleysIn = (entries: readonly TableEntry[], topology: Topology): string[] =>
  entries.flatMap(({ router, asn, prefix, path }) => {
    const server = systemsOf(topology).get(asn)?.routeServer === true;
    const [first = asn] = path;
    const valley = server
      ? valleyIn(first, path.slice(1), relationBetween(topology))
      : valleyIn(asn, path, relationBetween(topology));
    return valley === undefined ? [] : [`${router} ${prefix} ${path.join(' ')}: ${valley.reason}`];
  });

/** What some of the routers announce by the key, each prefix with the systems that do. */
const announcedBy = (routers: readonly Node[], key: 'networks' | 'aggregate'): Map<string, number[]> => {
  const origins = new Map<string, number[]>();
  for (const node of routers)
    for (const prefix of bgpOf(node)?.[key] ?? [])
      origins.set(prefix, [...new Set([...(origins.get(prefix) ?? []), node.asn ?? 0])]);
  return origins;
};

const isPart = (inner: string, outer: string): boolean => {
  const [part, whole] = [parsePrefix(inner), parsePrefix(outer)];
  return part !== undefined && whole !== undefined && part.length > whole.length && contains(whole, part);
};

/**
 * Where the routers' best paths are not those that were worked out beforehand, in words; a path that is missing on either
 * side is one too. Prefixes are those of `networks` and of `aggregate`, where something inside them is in `networks`.
 */
export const unforeseen = (entries: readonly TableEntry[], topology: Topology): string[] => {
  const routers = topology.nodes.filter((node) => bgpOf(node) !== undefined);
  const networks = announcedBy(routers, 'networks');
  const aggregates = announcedBy(routers, 'aggregate');
  const there = [...aggregates].filter(([whole]) => [...networks.keys()].some((network) => isPart(network, whole)));
  return [...networks, ...there].flatMap(([network, asns]) => {
    const aggregatedBy = [...aggregates].flatMap(([whole, systems]) => (isPart(network, whole) ? systems : []));
    const foreseen = bestRoutes(asns, routers, topology, familyOf(network), {
      crosses: crossesBorders(network, topology),
      isBogon: (asn) => isBogonNumber(asn, topology),
      aggregatedBy,
    });
    return routers.flatMap((node) => {
      if (bgpOf(node)?.['route-server'] === true) return [];
      // Of what its own system announces elsewhere a router without a session inside hears nothing, and of the parts of
      // what its own system announces as a whole only who is told of them from below.
      const alone = !sessionsOf(node, topology).some(({ internal }) => internal);
      if (alone && asns.includes(node.asn ?? 0) && bgpOf(node)?.networks.includes(network) !== true) return [];
      if (aggregatedBy.includes(node.asn ?? 0)) return [];
      const seen = entries.find((entry) => entry.router === node.name && entry.prefix === network && entry.best);
      const expected = foreseen?.get(node.asn ?? 0)?.path.join(' ') ?? 'none';
      const found = seen?.path.join(' ') ?? 'none';
      return expected === found ? [] : [`${node.name} to ${network}: foreseen ${expected}, found ${found}`];
    });
  });
};

/** The address by which a router of the lab speaks with another one over IPv4. */
export const sessionAddress = (topology: Topology, from: string, to: string): string => {
  const node = topology.nodes.find((candidate) => candidate.name === from);
  const session =
    node && sessionsOf(node, topology).find((candidate) => candidate.family === 4 && candidate.peer?.name === to);
  if (session === undefined) throw new Error(`${from} does not speak with ${to}`);
  return session.address;
};
