/** The neighbours of FRR's daemons, in one form for all protocols, and whether they are in the state that is stated. */
import { type StateProtocol, type StateStatement, goodState } from '../topology/check.ts';
import type { Topology } from '../topology/topology.ts';
import { type Sign, nodeBehind } from './behind.ts';
import type { Answer } from './result.ts';

/** Which daemon is asked what. */
export const neighbourQuestions: Readonly<
  Record<StateProtocol, { readonly daemon: string; readonly command: string }>
> = {
  ospf: { daemon: 'ospfd', command: 'show ip ospf neighbor json' },
  ospf6: { daemon: 'ospf6d', command: 'show ipv6 ospf6 neighbor json' },
  bgp: { daemon: 'bgpd', command: 'show bgp summary json' },
  bfd: { daemon: 'bfdd', command: 'show bfd peers json' },
};

/** One adjacency or session, as the daemon tells it. */
interface Session {
  /** What the daemon calls it by. */
  readonly id: string;
  readonly sign: Sign;
  readonly state: string;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const entries = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The forms of FRR 8.4: ospfd by router id, ospf6d as a list, bgpd by address family and peer, bfdd as a list. */
const readers: Readonly<Record<StateProtocol, (json: unknown) => Session[]>> = {
  ospf: (json) =>
    entries((json as Json)['neighbors']).flatMap(([id, links]) =>
      list(links).map((one) => ({
        id,
        sign: {
          routerId: id,
          address: text(one['ifaceAddress'] ?? one['address']),
          interface: text(one['ifaceName']).split(':', 1)[0],
        },
        state: text(one['converged'] ?? one['nbrState'] ?? one['state']),
      })),
    ),
  ospf6: (json) =>
    list((json as Json)['neighbors']).map((one) => ({
      id: text(one['neighborId']),
      sign: { routerId: text(one['neighborId']), interface: text(one['interfaceName']) },
      state: text(one['state']),
    })),
  bgp: (json) =>
    entries(json).flatMap(([, family]) =>
      entries(isObject(family) ? family['peers'] : undefined).flatMap(([id, peer]) =>
        isObject(peer)
          ? [
              {
                id,
                // A session of RFC 5549 is called by its interface.
                sign: /[.:]/u.test(id) ? { address: id } : { interface: id },
                state: text(peer['state']),
              },
            ]
          : [],
      ),
    ),
  bfd: (json) =>
    list(json).map((one) => ({
      id: text(one['peer']),
      sign: {
        address: text(one['peer']),
        ...(one['interface'] === undefined ? {} : { interface: text(one['interface']) }),
      },
      state: text(one['status']),
    })),
};

/** Neighbours by name, or by what the daemon calls them where the lab has no such node; each with its sessions' states. */
export const neighboursIn = (
  { at, protocol }: Pick<StateStatement, 'at' | 'protocol'>,
  json: unknown,
  topology: Topology,
): ReadonlyMap<
  string,
  { readonly good: boolean; readonly states: readonly string[]; readonly ids: readonly string[] }
> => {
  const sessions = readers[protocol](json);
  const groups = Map.groupBy(sessions, ({ id, sign }) => nodeBehind(topology, at, sign) ?? id);
  return new Map(
    [...groups].map(([name, group]) => [
      name,
      {
        good: group.every(({ state }) => state.toLowerCase() === goodState[protocol]),
        states: group.map(({ state }) => state),
        ids: group.map(({ id }) => id),
      },
    ]),
  );
};

export const stateAnswer = (statement: StateStatement, json: unknown, topology: Topology): Answer => {
  const { state, neighbors, count } = statement;
  const found = neighboursIn(statement, json, topology);
  const named = (name: string): { readonly good: boolean } | undefined =>
    found.get(name) ?? [...found.values()].find(({ ids }) => ids.includes(name));
  const good = [...found.values()].filter((one) => one.good).length;
  const as = (name: string): boolean => (named(name)?.good ?? false) === (state !== 'down');
  // Without names and a number: whoever is there, and somebody has to be.
  const all =
    neighbors.length > 0 ? neighbors.every(as) : count !== undefined || (found.size > 0 && good === found.size);
  const seen = [...found].map(([name, { states }]) => `${name} ${[...new Set(states)].join(' and ')}`);
  return {
    ok: all && (count === undefined || good === count),
    seen: seen.length === 0 ? 'no neighbours' : seen.join(', '),
  };
};
