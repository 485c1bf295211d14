/**
 * The ledger: nothing is silently thrown away. Every sighting of IP is in exactly one journey; every packet that was
 * sent is delivered, or lost at a named place, or left the capture; every change of a packet has a cause. What the
 * capture could not keep makes the ledger incomplete, and then nothing is called lost; what cannot be told apart is
 * said to be so.
 */
import { changeText, unexplainedOf } from './change.ts';
import type { Hop } from './change.ts';
import type { Evidence } from './evidence.ts';
import type { Grade } from './grade.ts';
import type { Ground } from './ground.ts';
import { firstOf, pointOf } from './journey.ts';
import type { Journey } from './journey.ts';
import { lossesOf } from './loss.ts';
import type { Loss } from './loss.ts';
import { originOf, outcomeOf } from './outcome.ts';
import type { Outcome, Watch } from './outcome.ts';
import { flow } from '../packet/identity.ts';
import type { Sighting } from './sighting.ts';

/** `complete`: all delivered, all explained. `lossy`: all explained, some lost. `unexplained`: something has no cause. `incomplete`: the capture lost frames, so nothing is certain. */
export type Verdict = 'complete' | 'lossy' | 'unexplained' | 'incomplete';

/** A change without a cause, or a packet out of nowhere. */
export interface Unexplained {
  readonly journey: number;
  /** `node:interface` of the sighting that shows it. */
  readonly at: string;
  readonly text: string;
}

/** Packets with the same identity that met at a place. */
export interface AmbiguousGroup {
  readonly flow: string;
  readonly packets: number;
  readonly delivered: number;
  readonly lost: number;
}

export interface Ledger {
  readonly verdict: Verdict;
  readonly sightings: number;
  /** Sightings of IP, and how many of them journeys hold; a ledger of all journeys has them equal. */
  readonly ip: number;
  readonly held: number;
  /** Sightings of other protocols, by their name. */
  readonly others: Readonly<Record<string, number>>;
  readonly journeys: number;
  /** Packets: journeys that are not copies made by a switch. `sent` = `delivered` + `lost` + `unseen` + `edge` + `stray`. */
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  /** Packets that were not seen to the end while the capture had losses: they are not called lost. */
  readonly unseen: number;
  readonly edge: number;
  readonly stray: number;
  readonly losses: readonly Loss[];
  readonly hops: { readonly link: number; readonly node: number };
  readonly grades: Readonly<Record<Grade, number>>;
  readonly unexplained: readonly Unexplained[];
  readonly ambiguous: readonly AmbiguousGroup[];
  readonly capture: { readonly received: number; readonly dropped: number; readonly nodes: readonly string[] };
}

export interface Account {
  readonly ground: Ground;
  readonly watch: Watch;
  readonly evidence: Evidence;
  readonly sightings: readonly Sighting[];
  readonly journeys: readonly Journey[];
  readonly hops: (journey: Journey) => readonly Hop[];
}

const captureOf = ({ capture }: Evidence): Ledger['capture'] => {
  const nodes = Object.entries(capture?.nodes ?? {});
  return {
    received: nodes.reduce((sum, [, { received }]) => sum + received, 0),
    dropped: nodes.reduce((sum, [, { dropped }]) => sum + dropped, 0),
    nodes: nodes.filter(([, { dropped }]) => dropped > 0).map(([name]) => name),
  };
};

/** A packet and the copies that switches made of it count once: delivered where any of them is. */
const settle = (own: Outcome, copies: readonly Outcome[]): Outcome =>
  [own, ...copies].find(({ ended }) => ended === 'delivered') ??
  (own.ended === 'stray' ? copies.find(({ ended }) => ended === 'lost') : undefined) ??
  own;

const outcomes = ({ ground, watch, journeys }: Account): Map<Journey, Outcome> => {
  const own = new Map(journeys.map((journey) => [journey.number, outcomeOf(ground, watch, journey)]));
  const children = new Map<number, number[]>();
  for (const { number, copyOf } of journeys)
    if (copyOf !== undefined) children.set(copyOf.journey, [...(children.get(copyOf.journey) ?? []), number]);
  const below = (number: number): number[] => (children.get(number) ?? []).flatMap((child) => [child, ...below(child)]);
  return new Map(
    journeys
      .filter(({ copyOf }) => copyOf === undefined)
      .map((journey) => [
        journey,
        settle(
          own.get(journey.number) ?? { ended: 'edge', why: '' },
          below(journey.number).flatMap((number) => own.get(number) ?? []),
        ),
      ]),
  );
};

const otherProtocols = (sightings: readonly Sighting[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { key, layers } of sightings) {
    if (key !== undefined) continue;
    const name = layers.findLast(({ protocol }) => protocol !== 'data')?.protocol ?? 'nothing';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

const groupsOf = (settled: ReadonlyMap<Journey, Outcome>): AmbiguousGroup[] => {
  const groups = new Map<string, [Journey, Outcome][]>();
  for (const [journey, outcome] of settled)
    if (journey.ambiguous) {
      const list = groups.get(journey.key);
      if (list === undefined) groups.set(journey.key, [[journey, outcome]]);
      else list.push([journey, outcome]);
    }
  const count = (members: readonly [Journey, Outcome][], ended: Outcome['ended']): number =>
    members.filter(([, outcome]) => outcome.ended === ended).length;
  return [...groups.values()].map((members) => {
    const flows = new Set(members.map(([journey]) => flow(firstOf(journey).layers, firstOf(journey).innermost) ?? ''));
    return {
      flow: [...flows].join(', '),
      packets: members.length,
      delivered: count(members, 'delivered'),
      lost: count(members, 'lost'),
    };
  });
};

/** Draws up the ledger of some journeys of a trace. */
export const ledgerOf = (account: Account): Ledger => {
  const { ground, watch, evidence, sightings, journeys } = account;
  const capture = captureOf(evidence);
  const settled = outcomes(account);
  const counts = { delivered: 0, lost: 0, edge: 0, stray: 0 };
  for (const { ended } of settled.values()) counts[ended] += 1;
  const grades: Record<Grade, number> = { exact: 0, explained: 0, inferred: 0, unexplained: 0 };
  const hops = { link: 0, node: 0 };
  const unexplained: Unexplained[] = [];
  for (const journey of journeys) {
    const origin = originOf(ground, watch, journey);
    const first = firstOf(journey);
    if (origin.began === 'appeared')
      unexplained.push({
        journey: journey.number,
        at: pointOf(first),
        text: `a packet out of nowhere: ${flow(first.layers, first.innermost) ?? ''}`,
      });
    for (const hop of account.hops(journey)) {
      grades[hop.grade] += 1;
      hops[hop.join.over] += 1;
      for (const change of unexplainedOf(hop))
        unexplained.push({ journey: journey.number, at: pointOf(hop.to), text: changeText(change) });
    }
  }
  const ended = [...settled].flatMap(([journey, outcome]) =>
    outcome.ended === 'lost' ? [{ journey, node: outcome.node, to: outcome.to }] : [],
  );
  const certain = capture.dropped === 0;
  const verdict = !certain
    ? 'incomplete'
    : unexplained.length > 0
      ? 'unexplained'
      : counts.lost > 0
        ? 'lossy'
        : 'complete';
  return {
    verdict,
    sightings: sightings.length,
    ip: sightings.filter(({ key }) => key !== undefined).length,
    // A copy shares its first sighting with the journey it branched off.
    held: journeys.reduce((sum, { sightings: own, copyOf }) => sum + own.length - (copyOf === undefined ? 0 : 1), 0),
    others: otherProtocols(sightings),
    journeys: journeys.length,
    sent: settled.size,
    ...counts,
    lost: certain ? counts.lost : 0,
    unseen: certain ? 0 : counts.lost,
    losses: certain ? lossesOf(ground, ended) : [],
    hops,
    grades,
    unexplained,
    ambiguous: groupsOf(settled),
    capture,
  };
};
