/**
 * Agreements between autonomous systems, grown as the Internet grew: preferential attachment (Barabási, Albert: Emergence
 * of scaling in random networks, Science 286, 1999). At the top a clique of peers that pay nobody; every system that comes
 * later buys transit from one or two of those that are there, the more likely from one the more links it has; at last some
 * pairs of similar standing peer. A customer is younger than its provider, so that nobody pays himself in a circle.
 */

/** What `one` is to `other`: its customer, or its peer. Systems are numbered from 0, in the order of their coming. */
export interface Agreement {
  readonly one: number;
  readonly other: number;
  readonly relation: 'customer' | 'peer';
}

export interface Growth {
  /** Systems, the clique included. */
  readonly systems: number;
  /** Systems of the clique: numbers 0 to tier1 - 1. */
  readonly tier1: number;
  /** Links between peers outside of the clique; fewer when the graph has no room for them. */
  readonly peerings: number;
  readonly seed: number;
}

/** Numbers of [0, 1) that are the same for the same seed: a Weyl sequence through the mixer of MurmurHash3 (fmix32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = Math.imul(seed, 0x85eb_ca6b) >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
};

/** Part of the systems that have two providers; the others have one. */
const multihomed = 0.5;
/** Draws for one pair of peers before the graph counts as full. */
const draws = 50;

/** The agreements of a grown world: the same for the same numbers. Younger customers stand as `one`. */
export const grow = ({ systems, tier1, peerings, seed }: Growth): Agreement[] => {
  const random = randomFrom(seed);
  const agreements: Agreement[] = [];
  // A system stands here once for each of its links, so that a draw prefers those with many.
  const ends: number[] = tier1 === 1 ? [0] : [];
  const providers = Array.from({ length: systems }, () => new Set<number>());
  const joined = Array.from({ length: systems }, () => new Set<number>());
  const agree = (one: number, other: number, relation: Agreement['relation']): void => {
    agreements.push({ one, other, relation });
    ends.push(one, other);
    joined[one]?.add(other);
    joined[other]?.add(one);
    if (relation === 'customer') providers[one]?.add(other);
  };
  const drawn = (): number => ends[Math.floor(random() * ends.length)] ?? 0;
  for (let one = 0; one < tier1; one += 1) for (let other = 0; other < one; other += 1) agree(one, other, 'peer');
  for (let one = tier1; one < systems; one += 1) {
    const wanted = Math.min(random() < multihomed ? 2 : 1, one);
    const chosen = new Set<number>();
    // All ends are older than `one`, and every older system has some, so the draws come to an end.
    while (chosen.size < wanted) chosen.add(drawn());
    for (const other of chosen) agree(one, other, 'customer');
  }
  /** A system's providers, theirs, and so on: nobody peers with whom he pays through others. */
  const above = (system: number): Set<number> => {
    const found = new Set(providers[system]);
    for (const provider of found) for (const next of providers[provider] ?? []) found.add(next);
    return found;
  };
  const mayPeer = (one: number, other: number): boolean =>
    one !== other &&
    Math.min(one, other) >= tier1 &&
    joined[one]?.has(other) !== true &&
    !above(one).has(other) &&
    !above(other).has(one);
  for (let made = 0, tried = 0; made < peerings && tried < draws; tried += 1) {
    const [one, other] = [drawn(), drawn()];
    if (!mayPeer(one, other)) continue;
    agree(Math.max(one, other), Math.min(one, other), 'peer');
    made += 1;
    tried = 0;
  }
  return agreements;
};
