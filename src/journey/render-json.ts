/** A trace as plain JSON: the ledger, the conversations, every journey with its hops, and the passport. Times are microseconds since the first frame. */
import { firstOf, pointOf } from './journey.ts';
import type { Journey } from './journey.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { packetText, passportOf } from './passport.ts';
import type { Passport } from './passport.ts';
import { tupleText } from './evidence.ts';
import type { Change } from './change.ts';
import type { Grade } from './grade.ts';
import type { ProxyJoin } from './proxy.ts';
import { layersText } from './stack.ts';
import type { Trace } from './trace.ts';
import { summaryOf } from './words.ts';

export interface PointJson {
  readonly time: number;
  /** `node:interface >` out, `<` in. */
  readonly point: string;
  readonly layers: string;
  readonly octets: number;
  readonly what?: string;
  readonly grade?: Grade;
  readonly changes?: readonly Change[];
}

export interface JourneyJson {
  readonly number: number;
  readonly packet: string;
  readonly outcome: Outcome;
  readonly ambiguous: boolean;
  readonly copyOf?: Journey['copyOf'];
  readonly points: readonly PointJson[];
}

export interface TraceJson {
  readonly lab: string;
  readonly from: string | undefined;
  readonly ledger: Ledger;
  readonly conversations: readonly {
    readonly number: number;
    readonly protocol: string;
    readonly origin: string;
    readonly flows: readonly string[];
    readonly forward: readonly number[];
    readonly backward: readonly number[];
  }[];
  readonly proxied: readonly ProxyJoin[];
  readonly journeys: readonly JourneyJson[];
  readonly passport: Passport | undefined;
}

const MICROSECOND = 1000;

const journeyJson = (trace: Trace, journey: Journey): JourneyJson => {
  const hops = [undefined, ...trace.hops(journey)];
  return {
    number: journey.number,
    packet: packetText(firstOf(journey)),
    outcome: trace.outcome(journey),
    ambiguous: journey.ambiguous,
    ...(journey.copyOf === undefined ? {} : { copyOf: journey.copyOf }),
    points: journey.sightings.map((sighting, index): PointJson => {
      const hop = hops[index];
      return {
        time: sighting.at / MICROSECOND,
        point: pointOf(sighting),
        layers: layersText(sighting.layers),
        octets: sighting.frame.wireLength,
        ...(hop === undefined ? {} : { what: summaryOf(hop), grade: hop.grade, changes: hop.changes }),
      };
    }),
  };
};

/** Only what the trace is about: the conversations in its scope. */
export const traceJson = (trace: Trace, passport = passportOf(trace)): TraceJson => {
  const inScope = new Set(trace.scope.flatMap(({ forward, backward }) => [...forward, ...backward]));
  const numbers = (journeys: readonly Journey[]): number[] => journeys.map(({ number }) => number);
  return {
    lab: trace.ground.topology.name,
    from: trace.from,
    ledger: trace.ledger(),
    conversations: trace.scope.map(({ number, protocol, origin, tuples, forward, backward }) => ({
      number,
      protocol,
      origin,
      flows: tuples.map(tupleText),
      forward: numbers(forward),
      backward: numbers(backward),
    })),
    proxied: trace.joins.filter(({ front }) => trace.scope.some(({ number }) => number === front)),
    journeys: trace.journeys.filter((journey) => inScope.has(journey)).map((journey) => journeyJson(trace, journey)),
    passport,
  };
};
