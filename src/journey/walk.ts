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
import { ethernetOf, ipOf, isGroupMac, transportOf, tupleOf } from './sighting.ts';
import type { Sighting } from './sighting.ts';
import { isStatelessly, sameTuple, translationsOf } from './translation.ts';

/** A packet that a switch has sent on already and may send on again. */
interface Passed {
  readonly draft: Draft;
  readonly sighting: number;
  readonly used: Set<string>;
}

/** Addresses that no router forwards and everyone on the link may take: 224.0.0.0/24 (RFC 5771), ff01 and ff02 (RFC 4291). */
const linkLocalGroup = /^(?:224\.0\.0\.|ff0[12]:|255\.255\.255\.255$)/u;

const sameBytes = (a: Sighting, b: Sighting): boolean => {
  const length = Math.min(a.frame.bytes.length, b.frame.bytes.length);
  return (
    a.frame.wireLength === b.frame.wireLength &&
    Buffer.compare(a.frame.bytes.subarray(0, length), b.frame.bytes.subarray(0, length)) === 0
  );
};

const push = <Item>(lists: Map<number, Item[]>, at: number, item: Item): void => {
  const list = lists.get(at);
  if (list === undefined) lists.set(at, [item]);
  else list.push(item);
};

/** Whether a packet may have become the other one inside a node: same flow, or a flow the node translates it into. */
const sameFlow = (ground: Ground, before: Sighting, after: Sighting): boolean => {
  const [one, two] = [ipOf(before), ipOf(after)];
  if (one === undefined || two === undefined) return false;
  const transport = transportOf(before);
  const tuple = tupleOf(one, transport);
  const next = tupleOf(two, transportOf(after));
  if (sameTuple(tuple, next) || isStatelessly(ground, before.frame.node, tuple, next)) return true;
  const found = transport === undefined ? [] : translationsOf(ground, before.frame.node, transport.protocol, tuple);
  return found.some((translation) => sameTuple(translation.after, next));
};

/** What the walk has to know about an interface, looked up once. */
interface Spot {
  /** The numbers of two places where journeys wait: on the cable to this interface, and inside its node. */
  readonly own: number;
  readonly inside: number;
  /** Where a packet that leaves here appears next. */
  readonly next: number;
  readonly wired: boolean;
  readonly switches: boolean;
  readonly translates: boolean;
}

/** More places than a lab has: identities and places share one number. */
const PLACES = 0x10_0000;

/** How many tunnels are around the innermost packet. */
const depthOf = ({ layers }: Sighting): number =>
  layers.filter(({ protocol }) => protocol === 'gtpu' || protocol === 'vxlan').length;

class Walk {
  readonly #ground: Ground;
  readonly #keys = new Map<string, number>();
  readonly #places = new Map<string, number>();
  readonly #spots = new Map<string, Map<string, Spot>>();
  /** Node -> destination -> whether it is the node's own, for every address that was met. */
  readonly #arrivals = new Map<string, Map<string, boolean>>();
  /** Journeys by identity and place, the oldest first. */
  readonly #waiting = new Map<number, Draft[]>();
  readonly #passed = new Map<number, Passed[]>();
  readonly drafts: Draft[] = [];
  constructor(ground: Ground) {
    this.#ground = ground;
  }

  #place(name: string): number {
    const known = this.#places.get(name) ?? this.#places.size;
    this.#places.set(name, known);
    return known;
  }

  #identity(key: string): number {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const made = this.#keys.size * PLACES;
    this.#keys.set(key, made);
    return made;
  }

  #spot(node: string, name: string): Spot {
    let spots = this.#spots.get(node);
    if (spots === undefined) this.#spots.set(node, (spots = new Map()));
    const known = spots.get(name);
    if (known !== undefined) return known;
    const peer = this.#ground.peer(node, name);
    const made: Spot = {
      own: this.#place(`${node}:${name}`),
      inside: this.#place(node),
      next: this.#place(peer === undefined ? node : `${peer.node}:${peer.interface}`),
      wired: peer !== undefined,
      switches: this.#ground.switches(node),
      translates: this.#ground.translates(node),
    };
    spots.set(name, made);
    return made;
  }

  /** Whether a packet that came in here has reached its end; one that is still in a tunnel has not. */
  #arrived(spot: Spot, sighting: Sighting): boolean {
    if (spot.translates || depthOf(sighting) > 0) return false;
    const { node } = sighting.frame;
    const destination = ipOf(sighting)?.destination ?? '';
    let arrivals = this.#arrivals.get(node);
    if (arrivals === undefined) this.#arrivals.set(node, (arrivals = new Map()));
    let arrived = arrivals.get(destination);
    if (arrived === undefined) {
      arrived = this.#ground.owns(node, destination) || (linkLocalGroup.test(destination) && !spot.switches);
      arrivals.set(destination, arrived);
    }
    return arrived;
  }

  /** Whether a journey that waits in the node goes on with this sighting. */
  #goesOn({ frame: last }: Sighting, { frame }: Sighting): boolean {
    if (last.direction === 'in') return frame.direction === 'out' || last.interface !== frame.interface;
    return frame.direction === 'out' && last.interface !== frame.interface;
  }

  /**
   * The candidates that have the shortest way to go in the node. A packet with the same tunnels around it only has to be
   * forwarded; one that is at a device without a cable (a TUN) has left or reached its tunnel there; for any other a
   * sighting in between would be missing.
   */
  #nearest(candidates: readonly Draft[], sighting: Sighting): readonly Draft[] {
    const steps = ({ sightings }: Draft): number => {
      const last = sightings.at(-1) ?? sighting;
      if (depthOf(last) === depthOf(sighting)) return 0;
      return this.#ground.peer(last.frame.node, last.frame.interface) === undefined ? 1 : 2;
    };
    const least = Math.min(...candidates.map(steps));
    return candidates.filter((draft) => steps(draft) === least);
  }

  #choose(
    queue: readonly Draft[],
    sighting: Sighting,
    over: Join['over'],
  ): { draft: Draft; candidates: number } | undefined {
    const last = ({ sightings }: Draft): Sighting => sightings.at(-1) ?? sighting;
    const possible = over === 'link' ? queue : queue.filter((draft) => this.#goesOn(last(draft), sighting));
    const [only] = possible;
    if (only === undefined) return undefined;
    if (possible.length === 1) return { draft: only, candidates: 1 };
    const likely = possible.filter((draft) =>
      over === 'link' ? sameBytes(last(draft), sighting) : sameFlow(this.#ground, last(draft), sighting),
    );
    const candidates = this.#nearest(likely.length > 0 ? likely : possible, sighting);
    if (candidates.length > 1) for (const draft of candidates) draft.ambiguous = true;
    return { draft: candidates[0] ?? only, candidates: candidates.length };
  }

  #begin(key: string, first: Sighting, copyOf?: Draft['copyOf']): Draft {
    const draft: Draft = { key, sightings: [first], joins: [], copyOf, ambiguous: false };
    this.drafts.push(draft);
    return draft;
  }

  /** A copy that a switch made of a packet it has sent on already. */
  #copy(key: string, at: number, sighting: Sighting): Draft | undefined {
    const found = this.#passed.get(at)?.find(({ used }) => !used.has(sighting.frame.interface));
    const from = found?.draft.sightings[found.sighting];
    if (found === undefined || from === undefined) return undefined;
    found.used.add(sighting.frame.interface);
    const draft = this.#begin(key, from, { draft: found.draft, sighting: found.sighting });
    draft.sightings.push(sighting);
    draft.joins.push({ over: 'node', candidates: 1 });
    return draft;
  }

  /** Switches may send a frame out of many ports, and so may routers where it is for a group. */
  #remember(at: number, spot: Spot, draft: Draft, last: Sighting, sighting: Sighting): void {
    const mac = ethernetOf(last)?.destination;
    if (!spot.switches && (mac === undefined || !isGroupMac(mac))) return;
    const used = new Set([last.frame.interface, sighting.frame.interface]);
    push(this.#passed, at, { draft, sighting: draft.sightings.length - 2, used });
  }

  step(key: string, sighting: Sighting): void {
    const { node, interface: name, direction } = sighting.frame;
    const identity = this.#identity(key);
    const spot = this.#spot(node, name);
    const over = direction === 'in' && spot.wired ? 'link' : 'node';
    const queue = this.#waiting.get(identity + (over === 'link' ? spot.own : spot.inside));
    const chosen = queue === undefined ? undefined : this.#choose(queue, sighting, over);
    let draft = chosen?.draft;
    if (chosen !== undefined && draft !== undefined) {
      queue?.splice(queue.indexOf(draft), 1);
      const last = draft.sightings.at(-1) ?? sighting;
      draft.sightings.push(sighting);
      draft.joins.push({ over, candidates: chosen.candidates });
      if (over === 'node') this.#remember(identity + spot.inside, spot, draft, last, sighting);
    }
    draft ??=
      (over === 'node' ? this.#copy(key, identity + spot.inside, sighting) : undefined) ?? this.#begin(key, sighting);
    if (direction === 'out') push(this.#waiting, identity + spot.next, draft);
    else if (!this.#arrived(spot, sighting)) push(this.#waiting, identity + spot.inside, draft);
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
