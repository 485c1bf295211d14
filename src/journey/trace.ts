/**
 * A trace: frames of all capture points and the nodes' state, put together. This is the door to the room: everything
 * else here works on what `traceOf` returns.
 */
import type { Rewrite } from '../fragment/fragment.ts';
import type { Frame } from '../packet/layer.ts';
import type { Topology } from '../topology/topology.ts';
import type { Hop } from './change.ts';
import { conversationsOf } from './conversation.ts';
import type { Conversation } from './conversation.ts';
import type { Evidence } from './evidence.ts';
import { hopsOf } from './explain.ts';
import { groundOf } from './ground.ts';
import type { Ground } from './ground.ts';
import type { Journey } from './journey.ts';
import { ledgerOf } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { outcomeOf, watchOf } from './outcome.ts';
import type { Outcome, Watch } from './outcome.ts';
import { proxyJoinsOf, scopeOf } from './proxy.ts';
import type { ProxyJoin } from './proxy.ts';
import { sightingsOf } from './sighting.ts';
import type { Sighting } from './sighting.ts';
import { journeysOf } from './walk.ts';

export interface TraceInput {
  /** Of all capture points, in any order. */
  readonly frames: readonly Frame[];
  readonly topology: Topology;
  readonly rewrites: readonly Rewrite[];
  readonly evidence: Evidence;
  /** The node whose conversations the trace is about; all conversations when absent. */
  readonly from?: string | undefined;
}

export interface Trace {
  readonly from: string | undefined;
  readonly ground: Ground;
  readonly watch: Watch;
  readonly sightings: readonly Sighting[];
  /** Of every packet that was seen, routing protocols included. */
  readonly journeys: readonly Journey[];
  readonly conversations: readonly Conversation[];
  readonly joins: readonly ProxyJoin[];
  /** The conversations that `from` began, and their continuation behind proxies. */
  readonly scope: readonly Conversation[];
  /** The hops of a journey with their changes and causes; explained when first asked for. */
  readonly hops: (journey: Journey) => readonly Hop[];
  readonly outcome: (journey: Journey) => Outcome;
  /** The ledger of the conversations in the scope, or of all packets that were seen. */
  readonly ledger: (of?: 'scope' | 'all') => Ledger;
}

/** The journeys of a scope, with the copies that switches made of them. */
const journeysIn = (journeys: readonly Journey[], scope: readonly Conversation[]): Journey[] => {
  const wanted = new Set(
    scope.flatMap(({ forward, backward }) => [...forward, ...backward]).map(({ number }) => number),
  );
  // A copy is numbered after what it was copied from.
  for (const { number, copyOf } of journeys) if (copyOf !== undefined && wanted.has(copyOf.journey)) wanted.add(number);
  return journeys.filter(({ number }) => wanted.has(number));
};

export const traceOf = ({ frames, topology, rewrites, evidence, from }: TraceInput): Trace => {
  const ground = groundOf(topology, rewrites, evidence);
  const sightings = sightingsOf(frames);
  const watch = watchOf(sightings, evidence, ground);
  const journeys = journeysOf(sightings, ground);
  const conversations = conversationsOf(journeys, ground);
  const joins = proxyJoinsOf(ground, conversations);
  const scope = from === undefined ? conversations : scopeOf(from, conversations, joins);
  const known = new Map<number, readonly Hop[]>();
  const hops = (journey: Journey): readonly Hop[] => {
    const made = known.get(journey.number) ?? hopsOf(ground, journey);
    known.set(journey.number, made);
    return made;
  };
  return {
    from,
    ground,
    watch,
    sightings,
    journeys,
    conversations,
    joins,
    scope,
    hops,
    outcome: (journey) => outcomeOf(ground, watch, journey),
    ledger: (of = 'scope') =>
      ledgerOf({
        ground,
        watch,
        evidence,
        sightings,
        journeys: of === 'all' || from === undefined ? journeys : journeysIn(journeys, scope),
        hops,
      }),
  };
};
