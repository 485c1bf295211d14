/**
 * From sightings to journeys: a walk over the graph of the lab, not a sort by time. A packet that left an interface is
 * next seen coming in at the other end of the cable; one that came in to a node is next seen leaving it, or inside it at
 * a device that no cable is on (a TUN device after a tunnel ended, a bridge); one that left such a device is next seen
 * leaving by a cable. A journey waits at the place where its packet must appear next, and a sighting takes the journey
 * that waits there with the same identity. So every sighting is in exactly one journey.
 *
 * Packets with the same identity that wait at the same place cannot be told apart. Their frames and their connections
 * are compared; if several are still possible the oldest goes on (links keep order), and all of them are marked.
 */
import type { Ground } from './ground.ts';
import type { Draft, Join, Journey } from './journey.ts';
import { mend } from './mend.ts';
import { ethernetOf, ipOf, transportOf, tupleOf } from './sighting.ts';
import type { Sighting } from './sighting.ts';
import { sameTuple, translationsOf } from './translation.ts';

/** A packet that a switch has sent on already and may send on again. */
interface Passed {
  readonly draft: Draft;
  readonly sighting: number;
  readonly used: Set<string>;
}

/** Addresses that no router forwards and everyone on the link may take: 224.0.0.0/24 (RFC 5771), ff01 and ff02 (RFC 4291). */
const linkLocalGroup = /^(?:224\.0\.0\.|ff0[12]:|255\.255\.255\.255$)/u;

export const isGroupMac = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;

const sameBytes = (a: Sighting, b: Sighting): boolean => {
  const length = Math.min(a.frame.bytes.length, b.frame.bytes.length);
  return a.frame.wireLength === b.frame.wireLength && Buffer.compare(a.frame.bytes.subarray(0, length), b.frame.bytes.subarray(0, length)) === 0;
};

/** Whether a packet may have become the other one inside a node: same flow, or a flow the node translates it into. */
const sameFlow = (ground: Ground, before: Sighting, after: Sighting): boolean => {
  const [one, two] = [ipOf(before), ipOf(after)];
  if (one === undefined || two === undefined) return false;
  const transport = transportOf(before);
  const tuple = tupleOf(one, transport);
  const next = tupleOf(two, transportOf(after));
  if (sameTuple(tuple, next)) return true;
  const found = transport === undefined ? [] : translationsOf(ground, before.frame.node, transport.protocol, tuple);
  return found.some((translation) => sameTuple(translation.after, next));
};

class Walk {
  readonly #ground: Ground;
  readonly #keys = new Map<string, number>();
  readonly #places = new Map<string, number>();
  /** Journeys by identity and place, the oldest first. */
  readonly #waiting = new Map<number, Draft[]>();
  readonly #passed = new Map<number, Passed[]>();
  readonly drafts: Draft[] = [];
  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** One number for an identity at a place: up to 2^20 places. */
  #at(key: string, place: string): number {
    let index = this.#keys.get(key);
    if (index === undefined) this.#keys.set(key, (index = this.#keys.size));
    let number = this.#places.get(place);
    if (number === undefined) this.#places.set(place, (number = this.#places.size));
    return index * 0x10_0000 + number;
  }

  #isWired({ frame }: Sighting): boolean {
    return this.#ground.peer(frame.node, frame.interface) !== undefined;
  }

  /** Where the packet must appear next; undefined where its way ends. */
  #next(sighting: Sighting): string | undefined {
    const { frame } = sighting;
    if (frame.direction === 'out') {
      const peer = this.#ground.peer(frame.node, frame.interface);
      return peer === undefined ? frame.node : `${peer.node}:${peer.interface}`;
    }
    const destination = ipOf(sighting)?.destination ?? '';
    const ground = this.#ground;
    const arrived = ground.owns(frame.node, destination) || (linkLocalGroup.test(destination) && !ground.switches(frame.node));
    return arrived && !ground.translates(frame.node) ? undefined : frame.node;
  }

  /** Whether a journey that waits in the node goes on with this sighting. */
  #goesOn(last: Sighting, sighting: Sighting): boolean {
    if (sighting.frame.direction === 'out')
      return last.frame.direction === 'in' || last.frame.interface !== sighting.frame.interface;
    return last.frame.direction === 'in' && last.frame.interface !== sighting.frame.interface;
  }

  #choose(queue: Draft[], sighting: Sighting, over: Join['over']): { draft: Draft; candidates: number } | undefined {
    const possible =
      over === 'link' ? queue : queue.filter(({ sightings }) => this.#goesOn(sightings.at(-1) ?? sighting, sighting));
    if (possible.length < 2) return possible[0] === undefined ? undefined : { draft: possible[0], candidates: 1 };
    const likely = possible.filter(({ sightings }) => {
      const last = sightings.at(-1) ?? sighting;
      return over === 'link' ? sameBytes(last, sighting) : sameFlow(this.#ground, last, sighting);
    });
    const candidates = likely.length > 0 ? likely : possible;
    if (candidates.length > 1) for (const draft of candidates) draft.ambiguous = true;
    const [draft] = candidates;
    return draft === undefined ? undefined : { draft, candidates: candidates.length };
  }

  /** A copy that a switch made of a packet it has sent on already. */
  #copy(key: string, sighting: Sighting): Draft | undefined {
    const { node, interface: name } = sighting.frame;
    const found = this.#passed.get(this.#at(key, node))?.find(({ used }) => !used.has(name));
    if (found === undefined) return undefined;
    found.used.add(name);
    const from = found.draft.sightings[found.sighting];
    if (from === undefined) return undefined;
    const draft = this.#begin(key, from, { draft: found.draft, sighting: found.sighting });
    draft.sightings.push(sighting);
    draft.joins.push({ over: 'node', candidates: 1 });
    return draft;
  }

  #begin(key: string, first: Sighting, copyOf?: Draft['copyOf']): Draft {
    const draft: Draft = { key, sightings: [first], joins: [], copyOf, ambiguous: false };
    this.drafts.push(draft);
    return draft;
  }

  /** Switches may send a frame out of many ports, and so may routers where it is for a group. */
  #remember(key: string, draft: Draft, last: Sighting, sighting: Sighting): void {
    const { node, interface: name } = sighting.frame;
    const mac = ethernetOf(last)?.destination;
    if (!this.#ground.switches(node) && (mac === undefined || !isGroupMac(mac))) return;
    const at = this.#at(key, node);
    const passed = { draft, sighting: draft.sightings.length - 2, used: new Set([last.frame.interface, name]) };
    const list = this.#passed.get(at);
    if (list === undefined) this.#passed.set(at, [passed]);
    else list.push(passed);
  }

  step(key: string, sighting: Sighting): void {
    const { node, interface: name, direction } = sighting.frame;
    const over = direction === 'in' && this.#isWired(sighting) ? 'link' : 'node';
    const queue = this.#waiting.get(this.#at(key, over === 'link' ? `${node}:${name}` : node));
    const chosen = queue === undefined ? undefined : this.#choose(queue, sighting, over);
    let draft: Draft;
    if (chosen === undefined) draft = (over === 'node' ? this.#copy(key, sighting) : undefined) ?? this.#begin(key, sighting);
    else {
      draft = chosen.draft;
      queue?.splice(queue.indexOf(draft), 1);
      const last = draft.sightings.at(-1) ?? sighting;
      draft.sightings.push(sighting);
      draft.joins.push({ over, candidates: chosen.candidates });
      if (over === 'node') this.#remember(key, draft, last, sighting);
    }
    const next = this.#next(sighting);
    if (next === undefined) return;
    const at = this.#at(key, next);
    const waiting = this.#waiting.get(at);
    if (waiting === undefined) this.#waiting.set(at, [draft]);
    else waiting.push(draft);
  }
}

/** The journeys of all IP packets among the sightings, which must be in order of time. */
export const journeysOf = (sightings: readonly Sighting[], ground: Ground): Journey[] => {
  const walk = new Walk(ground);
  for (const sighting of sightings) if (sighting.key !== undefined) walk.step(sighting.key, sighting);
  const drafts = mend(walk.drafts, ground);
  const numbers = new Map(drafts.map((draft, index) => [draft, index + 1]));
  const copies = new Map<Draft, number[]>();
  for (const draft of drafts)
    if (draft.copyOf !== undefined)
      copies.set(draft.copyOf.draft, [...(copies.get(draft.copyOf.draft) ?? []), numbers.get(draft) ?? 0]);
  return drafts.map(({ key, sightings, joins, copyOf, ambiguous }, index) => ({
    number: index + 1,
    key,
    sightings,
    joins,
    ...(copyOf === undefined ? {} : { copyOf: { journey: numbers.get(copyOf.draft) ?? 0, sighting: copyOf.sighting } }),
    copies: copies.get(drafts[index] as Draft) ?? [],
    ambiguous,
  }));
};
