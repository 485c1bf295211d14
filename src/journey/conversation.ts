/**
 * Conversations: journeys that belong together, in both directions. A journey that passes a NAT has one tuple before and
 * another behind it, and thereby says that the two are one conversation; connection tracking entries say the same.
 */
import type { Ground } from './ground.ts';
import { reverseTuple, tupleText } from './evidence.ts';
import type { Tuple } from './evidence.ts';
import { firstOf } from './journey.ts';
import type { Journey } from './journey.ts';
import { ipOf, payloadLengthOf, transportOf, tupleOf } from './sighting.ts';
import type { Sighting } from './sighting.ts';

export interface Conversation {
  /** From 1, in order of its first packet. */
  readonly number: number;
  /** tcp, udp, icmp, icmpv6, or ip-N. */
  readonly protocol: string;
  /** The node that sent its first packet. */
  readonly origin: string;
  /** The flow from the originator, as it was seen at first and after each translation. */
  readonly tuples: readonly Tuple[];
  /** Journeys from the originator, and to it, in order of time; copies made by switches are not among them. */
  readonly forward: readonly Journey[];
  readonly backward: readonly Journey[];
}

/** Sets that are joined more and more: each text points to another one of its set, the last to itself. */
class Union {
  readonly #parents = new Map<string, string>();
  find(item: string): string {
    let root = item;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root)) root = parent;
    for (let at = item; at !== root;) {
      const parent = this.#parents.get(at) ?? root;
      this.#parents.set(at, root);
      at = parent;
    }
    return root;
  }
  join(a: string, b: string): void {
    const [one, two] = [this.find(a), this.find(b)];
    if (one !== two) this.#parents.set(two, one);
  }
}

interface Directed {
  readonly protocol: string;
  readonly tuple: Tuple;
}

const directedText = ({ protocol, tuple }: Directed): string => `${protocol} ${tupleText(tuple)}`;

/** The same text for both directions. */
const pairText = ({ protocol, tuple }: Directed): string => {
  const [one, two] = [tupleText(tuple), tupleText(reverseTuple(tuple))];
  return `${protocol} ${one < two ? one : two}`;
};

const directedOf = (sighting: Sighting): Directed | undefined => {
  const ip = ipOf(sighting);
  if (ip === undefined) return undefined;
  const transport = transportOf(sighting);
  return { protocol: transport?.protocol ?? `ip-${ip.next}`, tuple: tupleOf(ip, transport) };
};

/** The different flows a journey was seen as, in their order. */
const flowsOf = ({ sightings }: Journey): Directed[] => {
  const found: Directed[] = [];
  let before: Directed | undefined;
  for (const sighting of sightings) {
    const directed = directedOf(sighting);
    if (directed === undefined) continue;
    const [a, b] = [before?.tuple, directed.tuple];
    if (
      a?.source !== b.source ||
      a.destination !== b.destination ||
      a.sourcePort !== b.sourcePort ||
      a.destinationPort !== b.destinationPort
    )
      found.push(directed);
    before = directed;
  }
  return found;
};

interface Draft {
  readonly protocol: string;
  readonly origin: string;
  readonly tuples: Map<string, Tuple>;
  readonly forward: Journey[];
  readonly backward: Journey[];
}

/** Groups journeys to conversations. */
export const conversationsOf = (journeys: readonly Journey[], ground: Ground): Conversation[] => {
  const union = new Union();
  for (const { conntrack = [] } of Object.values(ground.evidence.nodes))
    for (const { protocol, original, reply } of conntrack)
      union.join(pairText({ protocol, tuple: original }), pairText({ protocol, tuple: reply }));
  const seen = journeys
    .filter(({ copyOf }) => copyOf === undefined)
    .map((journey) => ({ journey, flows: flowsOf(journey) }));
  for (const { flows } of seen) {
    const [first] = flows;
    if (first !== undefined) for (const flow of flows) union.join(pairText(first), pairText(flow));
  }
  const drafts = new Map<string, Draft>();
  for (const { journey, flows } of seen) {
    const [first] = flows;
    if (first === undefined) continue;
    const root = union.find(pairText(first));
    let draft = drafts.get(root);
    if (draft === undefined) {
      draft = {
        protocol: first.protocol,
        origin: firstOf(journey).frame.node,
        tuples: new Map(),
        forward: [],
        backward: [],
      };
      drafts.set(root, draft);
    }
    const known = draft.tuples;
    const back =
      flows.some((flow) => known.has(directedText({ ...flow, tuple: reverseTuple(flow.tuple) }))) &&
      !flows.some((flow) => known.has(directedText(flow)));
    for (const flow of flows) {
      const forward = back ? { ...flow, tuple: reverseTuple(flow.tuple) } : flow;
      known.set(directedText(forward), forward.tuple);
    }
    (back ? draft.backward : draft.forward).push(journey);
  }
  return [...drafts.values()].map((draft, index) => ({
    ...draft,
    tuples: [...draft.tuples.values()],
    number: index + 1,
  }));
};

/** The first packet of one direction that carries payload. */
export const firstData = (journeys: readonly Journey[]): Journey | undefined =>
  journeys.find((journey) => payloadLengthOf(firstOf(journey)) > 0);
