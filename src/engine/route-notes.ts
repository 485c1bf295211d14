/** Asks the routing daemons of a lab what they know of the routes in their kernels, for the stamps of a passport. */
import { validates } from '../features/bgp/origin.ts';
import { sessionsOf } from '../features/bgp/sessions.ts';
import { bgpOf, systemsOf } from '../features/bgp/systems.ts';
import { relationBetween } from '../features/bgp/valley.ts';
import type { RouteEvidence } from '../journey/evidence.ts';
import {
  type BgpNote,
  type BgpTable,
  bgpNotes,
  joinTables,
  readFiltered,
  readTable,
} from '../journey/why/bgp-notes.ts';
import { ospf6Notes, ospfNotes } from '../journey/why/notes.ts';
import { readPayloads } from '../journey/why/origins.ts';
import { askDaemon } from '../kernel/vty.ts';
import type { Node } from '../topology/topology.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';

/** Routers asked at one time. */
const width = 4;

const ask = (lab: Lab, node: Node, daemon: string, command: string): Promise<string | undefined> =>
  askDaemon(locate(lab.rootOf(node.name), `/run/frr/${daemon}.vty`), command);

const tablesOf = async (lab: Lab, node: Node): Promise<BgpTable> =>
  joinTables(
    await Promise.all(
      [4, 6].map(async (family) => readTable(await ask(lab, node, 'bgpd', `show bgp ipv${family} unicast json`))),
    ),
  );

/** What the router's import filters threw away; asked only where its system refuses somebody, or what is invalid. */
const filteredOf = async (lab: Lab, node: Node): Promise<BgpTable> => {
  const { topology } = lab.state;
  const system = systemsOf(topology).get(node.asn ?? 0);
  if ((system?.policy.refuse.length ?? 0) === 0 && system?.rpki?.invalid !== 'refuse') return new Map();
  const external = sessionsOf(node, topology).filter((session) => !session.internal);
  return joinTables(
    await Promise.all(
      external.map(async ({ family, address }) =>
        readFiltered(
          await ask(lab, node, 'bgpd', `show bgp ipv${family} unicast neighbors ${address} filtered-routes json`),
        ),
      ),
    ),
  );
};

const tables = async (lab: Lab, nodes: readonly Node[], read: typeof tablesOf): Promise<Map<string, BgpTable>> =>
  new Map(await mapLimit(nodes, width, async (node) => [node.name, await read(lab, node)] as const));

/** BGP's notes of every router, by prefix. */
const bgpNotesIn = async (lab: Lab, nodes: readonly Node[]): Promise<Map<string, Map<string, BgpNote>>> => {
  const { topology } = lab.state;
  const speakers = nodes.filter((node) => bgpOf(node) !== undefined && node.asn !== undefined);
  const [held, filtered] = [await tables(lab, speakers, tablesOf), await tables(lab, speakers, filteredOf)];
  const payloads = new Map(
    await mapLimit(
      speakers.filter((node) => validates(node, topology)),
      width,
      async (node) => [node.name, readPayloads(await ask(lab, node, 'bgpd', 'show rpki prefix-table json'))] as const,
    ),
  );
  const between = relationBetween(topology);
  return new Map(
    speakers.map((node) => {
      const inside = speakers.filter((other) => other.asn === node.asn);
      const of = (all: ReadonlyMap<string, BgpTable>, routers: readonly Node[]): Map<string, BgpTable> =>
        new Map(routers.map(({ name }) => [name, all.get(name) ?? new Map()]));
      const policy = systemsOf(topology).get(node.asn ?? 0)?.policy;
      return [
        node.name,
        bgpNotes(
          node.name,
          held.get(node.name) ?? new Map(),
          {
            asn: node.asn ?? 0,
            between,
            avoid: policy?.avoid ?? [],
            refuse: policy?.refuse ?? [],
            payloads: payloads.get(node.name),
          },
          of(
            held,
            inside.filter((other) => other !== node),
          ),
          of(filtered, inside),
        ),
      ] as const;
    }),
  );
};

/** OSPF's notes of one router, by prefix. */
const ospfNotesOf = async (lab: Lab, node: Node): Promise<Map<string, string>> => {
  if (!Object.hasOwn(node.features, 'ospf')) return new Map();
  const [four, six] = await Promise.all([
    ask(lab, node, 'ospfd', 'show ip ospf route json'),
    ask(lab, node, 'ospf6d', 'show ipv6 ospf6 route detail json'),
  ]);
  return new Map([...ospfNotes(four), ...ospf6Notes(six)]);
};

const routed = ({ protocol }: RouteEvidence): boolean => protocol === 'bgp' || protocol === 'ospf';

/**
 * Routes of nodes with what the routing daemons know of them.
 *
 * @param routes by node, as the kernels have them; nodes without any of BGP or OSPF are left out of the answer.
 */
export const noteRoutes = async (
  lab: Lab,
  routes: ReadonlyMap<string, readonly RouteEvidence[]>,
): Promise<Map<string, readonly RouteEvidence[]>> => {
  const nodes = lab.state.topology.nodes.filter(({ name }) => routes.get(name)?.some(routed) === true);
  const bgp = await bgpNotesIn(lab, nodes);
  const noted = await mapLimit(nodes, width, async (node) => {
    const ospf = await ospfNotesOf(lab, node);
    return [
      node.name,
      (routes.get(node.name) ?? []).map((route): RouteEvidence => {
        const { prefix, protocol } = route;
        if (protocol === 'ospf') return ospf.has(prefix) ? { ...route, note: ospf.get(prefix) } : route;
        const known = protocol === 'bgp' ? bgp.get(node.name)?.get(prefix) : undefined;
        return known === undefined ? route : { ...route, note: known.text, behind: known.behind };
      }),
    ] as const;
  });
  return new Map(noted);
};
