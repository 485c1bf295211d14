/**
 * What BGP knows of routes, in a few words each: for the stamps of a passport. Which AS path it is, what the neighbour is
 * to the system and what that is worth; and where a shorter path was passed over, which one and by whose wish.
 */
import type { Validity } from '../../features/bgp/origin.ts';
import type { RelationBetween } from '../../features/bgp/valley.ts';
import type { Roa } from '../../features/rtr/settings.ts';
import { type Raw, number, parsed, raw, raws, text } from './json.ts';
import { originOf } from './origins.ts';

/** A path of a router's table, as `show bgp ipv4 unicast json` has it. */
export interface TablePath {
  readonly best: boolean;
  /** AS numbers as FRR prints them, sets in braces; empty where the own system originates it. */
  readonly path: readonly string[];
  readonly localPreference: number;
  readonly external: boolean;
  /** FRR's word for the last comparison that the best path won. */
  readonly reason?: string | undefined;
}

export type BgpTable = ReadonlyMap<string, readonly TablePath[]>;

/** What the topology says about the system of a router. */
export interface SystemView {
  readonly asn: number;
  readonly between: RelationBetween;
  /** Systems that it avoids, and those that it refuses. */
  readonly avoid: readonly number[];
  readonly refuse: readonly number[];
  /** What the router has of its RPKI cache; undefined where it asks none. */
  readonly payloads?: readonly Roa[] | undefined;
}

export interface BgpNote {
  readonly text: string;
  /** What was passed over, a line each. */
  readonly behind: readonly string[];
}

/** Paths of another router of the system, by its name; of the router itself without one. */
interface Offer {
  readonly path: TablePath;
  readonly at?: string | undefined;
}

/** BGP's default where a path carries none (RFC 4271, 9.1.1, leaves it to the operator; FRR's is 100). */
const defaultPreference = 100;

const readPath = (path: Raw): TablePath => ({
  best: path['bestpath'] === true,
  path: (text(path['path']) ?? '').split(' ').filter((word) => word !== ''),
  localPreference: number(path['locPrf'], defaultPreference),
  external: path['pathFrom'] === 'external' && text(path['path']) !== undefined,
  reason: text(path['selectionReason']),
});

/** `show bgp ipv4 unicast json`: the paths of each prefix. */
export const readTable = (answer: string | undefined): BgpTable =>
  new Map(
    Object.entries(raw(parsed(answer)['routes'])).map(([prefix, paths]) => [
      prefix,
      raws(paths).map((path) => readPath(path)),
    ]),
  );

/** `show bgp ipv4 unicast neighbors X filtered-routes json`: what import filters threw away, by prefix. */
export const readFiltered = (answer: string | undefined): BgpTable =>
  new Map(
    Object.entries(raw(parsed(answer)['receivedRoutes'])).map(([prefix, path]) => [
      prefix,
      [{ ...readPath(raw(path)), external: true }],
    ]),
  );

/** Several tables as one. */
export const joinTables = (tables: readonly BgpTable[]): BgpTable => {
  const joined = new Map<string, TablePath[]>();
  for (const table of tables)
    for (const [prefix, paths] of table) joined.set(prefix, [...(joined.get(prefix) ?? []), ...paths]);
  return joined;
};

const pathText = ({ path }: TablePath): string => path.join(' ');
const including = (path: TablePath, systems: readonly number[]): number[] =>
  systems.filter((asn) => path.path.includes(String(asn)));

const fromWhom = ({ path }: TablePath, view: SystemView): string => {
  const relation = view.between(view.asn, Number(path[0]));
  return relation === undefined || relation === 'inside' ? '' : ` from a ${relation}`;
};

const names = (systems: readonly number[], wish: string): string =>
  `AS ${systems.join(' and ')} ${systems.length === 1 ? 'is' : 'are'} ${wish}`;

const described = ({ path, at }: Offer, best: TablePath, view: SystemView): string =>
  `the ${path.path.length < best.path.length ? 'shorter ' : ''}AS path ${pathText(path)}${fromWhom(path, view)}${at === undefined ? '' : `, heard at ${at}`}`;

/** One path that lost although it looks better, or against which the system has a wish. */
const passedOver = (offer: Offer, best: TablePath, view: SystemView): string | undefined => {
  const { path } = offer;
  const avoided = including(path, view.avoid);
  if (path.localPreference >= best.localPreference) return undefined;
  if (path.path.length >= best.path.length && avoided.length === 0) return undefined;
  const wish = avoided.length === 0 ? '' : `; ${names(avoided, 'avoided')}`;
  return `policy passes over ${described(offer, best, view)}: local preference ${path.localPreference} against ${best.localPreference}${wish}`;
};

const validityIn = (prefix: string, path: TablePath, view: SystemView): Validity | undefined =>
  view.payloads === undefined ? undefined : originOf(view.payloads, prefix, pathText(path));

const refusedAt = (prefix: string, offer: Offer, best: TablePath, view: SystemView): string | undefined => {
  const refused = including(offer.path, view.refuse);
  const invalid = validityIn(prefix, offer.path, view) === 'invalid';
  if (refused.length === 0 && !invalid) return undefined;
  const why = refused.length > 0 ? names(refused, 'refused') : 'its origin is invalid (RPKI)';
  return `policy refuses ${described(offer, best, view)}: ${why}`;
};

const noteOf = (
  prefix: string,
  own: readonly TablePath[],
  best: TablePath,
  offers: readonly Offer[],
  refused: readonly Offer[],
  view: SystemView,
): BgpNote => {
  const behind = [
    ...offers.flatMap((offer) => passedOver(offer, best, view) ?? []),
    ...refused.flatMap((offer) => refusedAt(prefix, offer, best, view) ?? []),
  ];
  if (best.path.length === 0) return { text: 'from the own system', behind: [...new Set(behind)] };
  // The same path by two reflectors is no choice.
  const others = new Set(own.map(pathText)).size;
  const reason = others < 2 || best.reason === undefined ? '' : `, best of ${others} by ${best.reason}`;
  const whom = fromWhom(best, view);
  const validity = validityIn(prefix, best, view);
  const origin = validity === undefined ? '' : `, origin ${validity}`;
  // In a lab without agreements all paths are worth the same, and that is not worth a word.
  const worth =
    whom === '' && best.localPreference === defaultPreference ? '' : `, local preference ${best.localPreference}`;
  return { text: `AS path ${pathText(best)}${whom}${origin}${worth}${reason}`, behind: [...new Set(behind)] };
};

/**
 * The notes of one router, by prefix. Where a packet leaves the system, by a path from outside, it also counts what the
 * system's other routers have from outside: inside a system a border tells only its best path, so no other sees the rest.
 *
 * @param others tables of the other routers of the system, by name.
 * @param refused what import filters threw away, by router; the router's own under its name.
 */
export const bgpNotes = (
  router: string,
  table: BgpTable,
  view: SystemView,
  others: ReadonlyMap<string, BgpTable> = new Map(),
  refused: ReadonlyMap<string, BgpTable> = new Map(),
): Map<string, BgpNote> => {
  const notes = new Map<string, BgpNote>();
  for (const [prefix, paths] of table) {
    const best = paths.find((path) => path.best);
    if (best === undefined) continue;
    const elsewhere = (tables: ReadonlyMap<string, BgpTable>): Offer[] =>
      [...tables]
        .filter(([name]) => name === router || best.external)
        .flatMap(([name, other]) =>
          (other.get(prefix) ?? [])
            .filter((path) => path.external)
            .map((path) => ({ path, at: name === router ? undefined : name })),
        );
    const offers = [...paths.filter((path) => path !== best).map((path) => ({ path })), ...elsewhere(others)];
    notes.set(prefix, noteOf(prefix, paths, best, offers, elsewhere(refused), view));
  }
  return notes;
};
