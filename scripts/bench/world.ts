/**
 * Whether a generated Internet (topologies/generated/as-graph.ts) that stands has the routes it must have: the table of
 * every router, read from its bgpd, against what Gao and Rexford's rules say of the graph. Nothing of what the engine
 * foresees is asked. Bench and integration test use the same judge.
 */
import { locate } from '../../src/engine/files.ts';
import { mapLimit } from '../../src/engine/once.ts';
import type { Lab } from '../../src/index.ts';
import { askDaemon } from '../../src/kernel/vty.ts';
import { agreementsOf, numberOf, prefixesOf } from '../../topologies/generated/as-graph.ts';
import type { Agreement } from '../../topologies/generated/as-growth.ts';
import type { Parameters } from '../../topologies/generated/parameters.ts';
import { type Expected, expectedRoutes } from './gao-rexford.ts';

/** One path to one prefix, as `show bgp … json` has it. */
export interface WorldPath {
  readonly path: string;
  readonly bestpath?: boolean;
  readonly locPrf?: number;
}

/** A router's table: prefix -> paths. */
export interface WorldTable {
  readonly router: string;
  /** Number of its system, from 0. */
  readonly system: number;
  readonly routes: Readonly<Record<string, readonly WorldPath[]>>;
}

/** docs/policy.md, "What follows". */
const preferences = { customer: 200, peer: 100, provider: 50 } as const;

type Kind = keyof typeof preferences;

/** What the second system is to the first. */
const kindsOf = (agreements: readonly Agreement[]): ((system: number, other: number) => Kind | undefined) => {
  const kinds = new Map<string, Kind>();
  for (const { one, other, relation } of agreements) {
    kinds.set(`${other} ${one}`, relation);
    kinds.set(`${one} ${other}`, relation === 'peer' ? 'peer' : 'provider');
  }
  return (system, other) => kinds.get(`${system} ${other}`);
};

/** Why a path may not be there; undefined when it may: it climbs, goes across at most once, and descends. */
const valley = (systems: readonly number[], kindOf: ReturnType<typeof kindsOf>): string | undefined => {
  let climbing = true;
  for (const [index, other] of systems.slice(1).entries()) {
    const kind = kindOf(systems[index] ?? -1, other);
    if (kind === undefined) return `${systems[index]} and ${other} have no agreement`;
    if (!climbing && kind !== 'customer') return `${systems[index]} carries what nobody pays for`;
    climbing &&= kind === 'provider';
  }
  return undefined;
};

/** What is wrong with the tables of the lab that these parameters made, in words; empty when all is as it must be. */
export const worldProblems = (tables: readonly WorldTable[], parameters: Parameters): string[] => {
  const agreements = agreementsOf(parameters);
  const count = Number(parameters['n']);
  const systems = Array.from({ length: count }, (_, system) => system);
  const kindOf = kindsOf(agreements);
  const families = parameters['families'] === '4' ? 1 : 2;
  const expected = systems.map((origin) => expectedRoutes(count, agreements, origin));
  const judge = (table: WorldTable, prefix: string, wanted: Expected | undefined): string[] => {
    const paths = table.routes[prefix] ?? [];
    const where = `${table.router} to ${prefix}`;
    const hops = ({ path }: WorldPath): number[] =>
      path
        .split(' ')
        .filter(Boolean)
        .map((asn) => Number(asn) - numberOf(0));
    const wrong = paths.flatMap((one) => {
      const reason = valley([table.system, ...hops(one)], kindOf);
      return reason === undefined ? [] : [`${where}: ${one.path}: ${reason}`];
    });
    const best = paths.find(({ bestpath }) => bestpath === true);
    if (best === undefined || wanted === undefined)
      return best === wanted
        ? wrong
        : [...wrong, `${where}: ${best === undefined ? 'no path' : `a path ${best.path} too many`}`];
    const [first] = hops(best);
    const kind = first === undefined ? 'own' : kindOf(table.system, first);
    const preference = wanted.kind === 'own' ? best.locPrf : preferences[wanted.kind];
    const seen = `${kind} ${hops(best).length} ${best.locPrf}`;
    const must = `${wanted.kind} ${wanted.length} ${preference}`;
    return seen === must ? wrong : [...wrong, `${where}: ${seen} (${best.path}), must be ${must}`];
  };
  return tables.flatMap((table) => {
    const known = systems.flatMap((origin) => prefixesOf(origin).slice(0, families));
    const strange = Object.keys(table.routes).filter((prefix) => !known.includes(prefix));
    return [
      ...strange.map((prefix) => `${table.router}: nobody announces ${prefix}`),
      ...systems.flatMap((origin) =>
        prefixesOf(origin)
          .slice(0, families)
          .flatMap((prefix) => judge(table, prefix, expected[origin]?.get(table.system))),
      ),
    ];
  });
};

/** Milliseconds for one answer on a busy machine. */
const patience = 20_000;
/** Routers asked at a time. */
const side = 4;

/** The tables of all routers, asked over each bgpd's own socket. */
export const worldTables = (lab: Lab, parameters: Parameters): Promise<WorldTable[]> => {
  const families = parameters['families'] === '4' ? [4] : [4, 6];
  const routers = lab.state.topology.nodes.filter(({ kind }) => kind === 'router');
  return mapLimit(routers, side, async ({ name, asn }) => {
    const socket = locate(lab.rootOf(name), '/run/frr/bgpd.vty');
    const routes: Record<string, readonly WorldPath[]> = {};
    for (const family of families) {
      const text = await askDaemon(socket, `show bgp ipv${family} unicast json`, patience);
      if (text === undefined) throw new Error(`bgpd of ${name} does not answer`);
      Object.assign(routes, (JSON.parse(text) as { routes?: object }).routes);
    }
    return { router: name, system: (asn ?? 0) - numberOf(0), routes };
  });
};
