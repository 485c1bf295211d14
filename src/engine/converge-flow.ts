/**
 * The flow of a measurement: of equal ways a router chooses by addresses and ports, so a packet is sent from each of
 * many ports, all are followed through the lab, and one is taken that meets what is going to break.
 */
import { nodesOf } from '../journey/expect.ts';
import type { Journey } from '../journey/journey.ts';
import type { CheckEvent } from '../topology/check.ts';
import { parseAddress } from '../address/ip.ts';
import { ownersIn } from './epc.ts';
import type { Lab } from './lab.ts';
import { findLink } from './link.ts';
import { runTrace } from './trace.ts';

export interface Flow {
  /** Source port of the probes. */
  readonly port: string;
  /** Nodes from end to end, and back. */
  readonly way: readonly string[];
  readonly back: readonly string[];
  /** On which of its ways it comes by what is going to break. */
  readonly meets: 'there' | 'back' | 'both' | 'no';
}

/** Ports tried: by chance, all of them miss one of two equal ways once in four thousand million times. */
const tried = 32;
/** Milliseconds for the scout: its start on a busy machine, and its patience. */
const scoutTimeout = 15_000;

/** Whether a packet's way comes by what the event is about. */
const meetsOf = (lab: Lab, event: CheckEvent): ((journey: Journey | undefined) => boolean) => {
  const passes = (nodes: readonly string[]) => (journey: Journey | undefined) => {
    const seen = nodesOf(journey === undefined ? [] : [journey]);
    return nodes.some((node) => seen.includes(node));
  };
  switch (event.event) {
    case 'link': {
      const { ends } = findLink(lab, ...event.link).link;
      return (journey) =>
        journey?.sightings.some(({ frame }) =>
          ends.some((end) => end.node === frame.node && end.interface === frame.interface),
        ) ?? false;
    }
    case 'node':
      return passes(event.nodes);
    case 'bgp': {
      const [router, neighbour] = event.bgp;
      const other = parseAddress(neighbour) === undefined ? [neighbour] : ownersIn(lab)(neighbour);
      const [atRouter, atOther] = [passes([router]), passes(other)];
      return (journey) => atRouter(journey) && atOther(journey);
    }
  }
};

export interface FlowQuestion {
  readonly from: string;
  readonly to: string;
  /** Where the echo listens. */
  readonly port: string;
  readonly event: CheckEvent;
  readonly signal?: AbortSignal | undefined;
}

const rank: Readonly<Record<Flow['meets'], number>> = { both: 0, there: 1, back: 2, no: 3 };

/** The flow that is interrupted most surely; undefined when no packet leaves. */
export const flowFor = async (lab: Lab, { from, to, port, event, signal }: FlowQuestion): Promise<Flow | undefined> => {
  const argv = ['@node', '@lab/converge/main.ts', 'scout', to, port, String(tried)];
  const { trace } = await runTrace(lab, { from, argv, timeout: scoutTimeout, signal });
  const meets = meetsOf(lab, event);
  const flows = trace.scope.flatMap(({ protocol, tuples: [tuple], forward, backward }): Flow[] => {
    if (protocol !== 'udp' || tuple?.destination !== to || tuple.destinationPort !== Number(port)) return [];
    const [there, back] = [meets(forward[0]), meets(backward[0])];
    return [
      {
        port: String(tuple.sourcePort),
        way: nodesOf(forward.slice(0, 1)),
        back: nodesOf(backward.slice(0, 1)),
        meets: there && back ? 'both' : there ? 'there' : back ? 'back' : 'no',
      },
    ];
  });
  // Sorting keeps the order of equals.
  return flows.toSorted((a, b) => rank[a.meets] - rank[b.meets])[0];
};
