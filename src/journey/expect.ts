/**
 * Statements about a journey for tests, each of which throws an error with the whole path when it does not hold:
 *
 *     expectJourney(trace, journey).passes('nat').snat().vxlan(5001).delivered('controller').once();
 *
 * Several journeys are one way where a proxy passed on over a connection of its own what it got over another.
 */
import type { Change } from './change.ts';
import { unexplainedOf } from './change.ts';
import { firstOf, pointOf } from './journey.ts';
import type { Journey } from './journey.ts';
import { hex, stackOf } from './stack.ts';
import type { Trace } from './trace.ts';
import { summaryOf } from './words.ts';
import { flow } from '../packet/identity.ts';
import { transportOf } from './sighting.ts';

export interface JourneyExpectation {
  /** Seen at all these nodes, in this order. */
  readonly passes: (...nodes: string[]) => JourneyExpectation;
  readonly avoids: (...nodes: string[]) => JourneyExpectation;
  /** Its source was translated, or translated back on the way of an answer; at this node. */
  readonly snat: (node?: string) => JourneyExpectation;
  readonly dnat: (node?: string) => JourneyExpectation;
  /** Was inside this tenant network's tunnel; any when absent. */
  readonly vxlan: (vni?: number) => JourneyExpectation;
  readonly gtpu: (teid?: number) => JourneyExpectation;
  readonly delivered: (node?: string) => JourneyExpectation;
  readonly lost: (node: string) => JourneyExpectation;
  /** No other packet has its identity, no switch copied it, and its octets were not sent a second time. */
  readonly once: () => JourneyExpectation;
  /** Every change of every hop has a cause. */
  readonly explained: () => JourneyExpectation;
}

/** The nodes that journeys pass, one after the other. */
export const nodesOf = (journeys: readonly Journey[]): string[] =>
  journeys
    .flatMap(({ sightings }) => sightings.map(({ frame }) => frame.node))
    .filter((node, index, all) => node !== all[index - 1]);

export const expectJourney = (trace: Trace, given: Journey | readonly Journey[]): JourneyExpectation => {
  const journeys = 'sightings' in given ? [given] : given;
  const last = journeys.at(-1);
  if (last === undefined) throw new Error('no such packet was seen');
  const hops = journeys.flatMap((journey) => trace.hops(journey));
  const nodes = nodesOf(journeys);
  const path = (): string =>
    journeys
      .flatMap((journey) => [
        pointOf(firstOf(journey)),
        ...trace.hops(journey).map((hop) => `${pointOf(hop.to)}  ${summaryOf(hop)}`),
      ])
      .map((line) => `  ${line}`)
      .join('\n');
  const check = (holds: boolean, message: string): JourneyExpectation => {
    const numbers = journeys.map(({ number }) => number).join(' and ');
    if (!holds) throw new Error(`journey ${numbers} ${message}; its path:\n${path()}`);
    return expectation;
  };
  const translated = (kinds: readonly string[], node: string | undefined): boolean =>
    hops.some(
      (hop) =>
        (node === undefined || hop.to.frame.node === node) &&
        hop.changes.some(({ cause }: Change) => cause !== undefined && kinds.includes(cause.kind)),
    );
  const tunnels = journeys
    .flatMap(({ sightings }) => sightings)
    .flatMap((sighting) => stackOf(sighting)?.tunnels ?? [])
    .map(({ header }) => header);
  const expectation: JourneyExpectation = {
    passes: (...wanted) => {
      let at = 0;
      for (const node of nodes) if (node === wanted[at]) at += 1;
      return check(at === wanted.length, `does not pass ${wanted.slice(0, at + 1).join(', ')}`);
    },
    avoids: (...unwanted) =>
      check(
        !unwanted.some((node) => nodes.includes(node)),
        `passes ${unwanted.filter((node) => nodes.includes(node)).join(', ')}`,
      ),
    snat: (node) =>
      check(
        translated(['snat', 'masquerade'], node),
        `has no source translation${node === undefined ? '' : ` at ${node}`}`,
      ),
    dnat: (node) =>
      check(translated(['dnat'], node), `has no destination translation${node === undefined ? '' : ` at ${node}`}`),
    vxlan: (vni) =>
      check(
        tunnels.some((header) => header.protocol === 'vxlan' && (vni === undefined || header.vni === vni)),
        `was in no VXLAN${vni === undefined ? '' : ` with VNI ${vni}`}`,
      ),
    gtpu: (teid) =>
      check(
        tunnels.some((header) => header.protocol === 'gtpu' && (teid === undefined || header.teid === teid)),
        `was in no GTP-U tunnel${teid === undefined ? '' : ` with TEID ${hex(teid)}`}`,
      ),
    delivered: (node) => {
      const outcome = trace.outcome(last);
      return check(
        outcome.ended === 'delivered' && (node === undefined || outcome.node === node),
        `is not delivered${node === undefined ? '' : ` to ${node}`}, it ended ${outcome.ended}`,
      );
    },
    lost: (node) => {
      const outcome = trace.outcome(last);
      return check(
        outcome.ended === 'lost' && outcome.node === node,
        `is not lost at ${node}, it ended ${outcome.ended}`,
      );
    },
    once: () => {
      const alone = (journey: Journey): boolean =>
        journey.copies.length === 0 &&
        !repeated(trace, journey) &&
        !trace.journeys.some(
          ({ key, number, copyOf }) => key === journey.key && number !== journey.number && copyOf === undefined,
        );
      return check(journeys.every(alone), 'is not the only one of its kind');
    },
    explained: () => {
      const open = hops.flatMap(unexplainedOf);
      return check(open.length === 0, `has ${open.length} unexplained changes`);
    },
  };
  return expectation;
};

/** Whether another packet of the same flow carries the same octets of a TCP stream: a retransmission. */
const repeated = (trace: Trace, journey: Journey): boolean => {
  const first = firstOf(journey);
  const transport = transportOf(first);
  if (transport?.protocol !== 'tcp' || transport.payloadLength === 0) return false;
  const own = flow(first.layers, first.innermost);
  return trace.journeys.some((other) => {
    const sighting = firstOf(other);
    const same = transportOf(sighting);
    return (
      other.number !== journey.number &&
      other.copyOf === undefined &&
      same?.protocol === 'tcp' &&
      same.sequence === transport.sequence &&
      same.payloadLength > 0 &&
      flow(sighting.layers, sighting.innermost) === own
    );
  });
};
