/**
 * Address translation as connection tracking remembers it (nf_conntrack): an entry holds the tuple of the connection's
 * first packet and the tuple its answers are expected to have. A packet in the original direction leaves with the
 * reverse of the reply tuple, and one in the reply direction with the reverse of the original tuple.
 */
import { reverseTuple } from './evidence.ts';
import type { ConntrackEntry, Tuple } from './evidence.ts';
import type { Ground } from './ground.ts';

export interface Translation {
  readonly entry: ConntrackEntry;
  /** `reply`: the answer's way back, where the translation is undone. */
  readonly direction: 'original' | 'reply';
  readonly after: Tuple;
}

const samePort = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || a === b;

/** Whether two tuples are the same flow; a port that one of them does not name can be any. */
export const sameTuple = (a: Tuple, b: Tuple): boolean =>
  a.source === b.source &&
  a.destination === b.destination &&
  samePort(a.sourcePort, b.sourcePort) &&
  samePort(a.destinationPort, b.destinationPort);

/** `tcp` of a header's protocol name, as entries have it. */
type Protocol = ConntrackEntry['protocol'];

const indexes = new WeakMap<readonly ConntrackEntry[], Map<string, Translation[]>>();

const keyOf = (protocol: Protocol, tuple: Tuple): string => `${protocol} ${tuple.source} ${tuple.destination}`;

const indexOf = (entries: readonly ConntrackEntry[]): Map<string, Translation[]> => {
  const known = indexes.get(entries);
  if (known !== undefined) return known;
  const made = new Map<string, Translation[]>();
  const add = (key: string, translation: Translation): void => {
    const list = made.get(key);
    if (list === undefined) made.set(key, [translation]);
    else list.push(translation);
  };
  for (const entry of entries) {
    add(keyOf(entry.protocol, entry.original), { entry, direction: 'original', after: reverseTuple(entry.reply) });
    add(keyOf(entry.protocol, entry.reply), { entry, direction: 'reply', after: reverseTuple(entry.original) });
  }
  indexes.set(entries, made);
  return made;
};

/** The entries of a node that a packet with this tuple belongs to, and what it becomes by them. */
export const translationsOf = (ground: Ground, node: string, protocol: Protocol, tuple: Tuple): Translation[] => {
  const entries = ground.about(node).conntrack;
  if (entries === undefined) return [];
  return (indexOf(entries).get(keyOf(protocol, tuple)) ?? []).filter(({ entry, direction }) =>
    sameTuple(direction === 'original' ? entry.original : entry.reply, tuple),
  );
};

/** What a node's translations without state make of an address; undefined where there is none. */
export const statelessOf = (
  ground: Ground,
  node: string,
  address: string,
): { readonly to: string; readonly packets: number } | undefined =>
  ground.about(node).stateless?.find(({ from }) => from === address);

/** Whether one flow is the other one after a node's translations without state: of its source, its destination, or both. */
export const isStatelessly = (ground: Ground, node: string, before: Tuple, after: Tuple): boolean => {
  const may = (from: string, to: string): boolean => from === to || statelessOf(ground, node, from)?.to === to;
  return (
    may(before.source, after.source) &&
    may(before.destination, after.destination) &&
    samePort(before.sourcePort, after.sourcePort) &&
    samePort(before.destinationPort, after.destinationPort)
  );
};
