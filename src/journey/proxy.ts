/**
 * Across a proxy. It ends the client's connection and opens one of its own, so no packet goes through; but in TCP mode
 * the octets do, unchanged. The proxy's log names both connections of a pair; without a log line two connections
 * belong together when the first payload octets of both are the same, and no other connection has them.
 */
import { sameTuple } from './translation.ts';
import type { Conversation } from './conversation.ts';
import { firstData } from './conversation.ts';
import type { Tuple } from './evidence.ts';
import type { Grade } from './grade.ts';
import type { Ground } from './ground.ts';
import { firstOf, lastOf } from './journey.ts';
import type { Journey } from './journey.ts';
import { payloadOf } from './sighting.ts';

export interface ProxyJoin {
  readonly node: string;
  /** The client's conversation, and the proxy's own, by number. */
  readonly front: number;
  readonly back: number;
  readonly by: 'log' | 'payload';
  readonly grade: Grade;
}

/** Fewer equal octets could be chance: an HTTP method, a greeting. */
const ENOUGH = 16;

/** Whether two packets carry the same first octets of payload, as far as both were captured. */
export const samePayload = (a: Uint8Array, b: Uint8Array): boolean => {
  const length = Math.min(a.length, b.length);
  return length >= ENOUGH && Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0;
};

const endsAt = (node: string, journeys: readonly Journey[]): boolean =>
  journeys.some((journey) => lastOf(journey).frame.node === node);

/** A proxy that listens on `::` writes IPv4 addresses as mapped ones (RFC 4291, 2.5.5.2). */
const unmapped = (tuple: Tuple): Tuple => ({
  ...tuple,
  source: tuple.source.replace(/^::ffff:(?=\d+\.)/u, ''),
  destination: tuple.destination.replace(/^::ffff:(?=\d+\.)/u, ''),
});

const withTuple = (conversations: readonly Conversation[], tuple: Tuple): Conversation | undefined =>
  conversations.find(({ protocol, tuples }) => protocol === 'tcp' && tuples.some((known) => sameTuple(known, tuple)));

/** The pairs of one proxy. */
const pairsAt = (ground: Ground, node: string, conversations: readonly Conversation[]): ProxyJoin[] => {
  const fronts = conversations.filter(
    ({ protocol, origin, forward }) => protocol === 'tcp' && origin !== node && endsAt(node, forward),
  );
  const backs = conversations.filter(({ protocol, origin }) => protocol === 'tcp' && origin === node);
  const logged = (ground.about(node).proxied ?? []).flatMap((pair): ProxyJoin[] => {
    const [front, back] = [withTuple(fronts, unmapped(pair.front)), withTuple(backs, unmapped(pair.back))];
    return front === undefined || back === undefined
      ? []
      : [{ node, front: front.number, back: back.number, by: 'log', grade: 'exact' }];
  });
  const openFronts = fronts.filter(({ number }) => !logged.some(({ front }) => front === number));
  const openBacks = backs.filter(({ number }) => !logged.some(({ back }) => back === number));
  const octets = new Map(
    [...openFronts.map((item) => [item, lastOf] as const), ...openBacks.map((item) => [item, firstOf] as const)].map(
      ([{ number, forward }, pick]) => {
        const data = firstData(forward);
        return [number, data === undefined ? undefined : payloadOf(pick(data))];
      },
    ),
  );
  const alike = (one: Conversation, two: Conversation): boolean => {
    const [a, b] = [octets.get(one.number), octets.get(two.number)];
    return a !== undefined && b !== undefined && samePayload(a, b);
  };
  const guessed = openFronts.flatMap((front): ProxyJoin[] => {
    const fits = openBacks.filter((back) => alike(front, back));
    const [back] = fits;
    const rivals = openFronts.filter((other) => other !== front && alike(other, front));
    if (back === undefined || fits.length > 1 || rivals.length > 0) return [];
    return [{ node, front: front.number, back: back.number, by: 'payload', grade: 'inferred' }];
  });
  return [...logged, ...guessed];
};

/** All pairs of connections that proxies joined. */
export const proxyJoinsOf = (ground: Ground, conversations: readonly Conversation[]): ProxyJoin[] => {
  const proxies = new Set([
    ...ground.allRewrites.filter(({ rewrite }) => rewrite === 'proxy').map(({ node }) => node),
    ...Object.entries(ground.evidence.nodes)
      .filter(([, { proxied = [] }]) => proxied.length > 0)
      .map(([name]) => name),
  ]);
  return [...proxies].flatMap((node) => pairsAt(ground, node, conversations));
};

/** Conversations that a node began, and what proxies made of them, in order. */
export const scopeOf = (
  from: string,
  conversations: readonly Conversation[],
  joins: readonly ProxyJoin[],
): Conversation[] => {
  const wanted = new Set(conversations.filter(({ origin }) => origin === from).map(({ number }) => number));
  for (let size = -1; size !== wanted.size;) {
    size = wanted.size;
    for (const { front, back } of joins) if (wanted.has(front)) wanted.add(back);
  }
  return conversations.filter(({ number }) => wanted.has(number));
};
