/** What a router finds the origins of BGP routes to be, from the payloads that its RPKI cache gave it (RFC 6811). */
import { canonical, contains, parseAddress, parsePrefix } from '../../address/ip.ts';
import { type Validity, validityOf } from '../../features/bgp/origin.ts';
import type { Roa } from '../../features/rtr/settings.ts';
import { number, parsed, raw, raws, text } from './json.ts';

/** `show rpki prefix-table json`: what the router has; undefined where it asks no cache, or has heard none. */
export const readPayloads = (answer: string | undefined): readonly Roa[] | undefined => {
  const rows = raws(parsed(answer)['prefixes']);
  return rows.length === 0
    ? undefined
    : rows.map((row) => ({
        prefix: `${text(row['prefix']) ?? ''}/${number(row['prefixLenMin'])}`,
        'max-length': number(row['prefixLenMax']),
        asn: number(row['asn']),
      }));
};

/** A path that was heard and not taken. */
export interface Refused {
  readonly prefix: string;
  readonly path: readonly number[];
  readonly peer: string;
  /** The node that owns the peer's address. */
  readonly node?: string | undefined;
  readonly validity: Validity;
}

/** The numbers of an AS path in words; a set in braces counts as its members. */
const pathOf = (words: string): number[] => (words.match(/\d+/gu) ?? []).map(Number);

/** What a path's origin is found to be; the own system's routes are not judged. */
export const originOf = (payloads: readonly Roa[], prefix: string, words: string): Validity | undefined => {
  const origin = pathOf(words).at(-1);
  return origin === undefined ? undefined : validityOf(payloads, prefix, origin);
};

/** `show bgp ipv4 unicast neighbors PEER filtered-routes json`: those that would lead to the address. */
export const readRefused = (
  answer: string | undefined,
  address: string,
  peer: string,
  payloads: readonly Roa[],
): Refused[] => {
  const wanted = parseAddress(address);
  return Object.entries(raw(parsed(answer)['receivedRoutes'])).flatMap(([network, value]): Refused[] => {
    const prefix = parsePrefix(network);
    if (prefix === undefined || wanted === undefined || !contains(prefix, wanted)) return [];
    const path = pathOf(text(raw(value)['path']) ?? '');
    const name = canonical(network) ?? network;
    return [{ prefix: name, path, peer, validity: validityOf(payloads, name, path.at(-1) ?? 0) }];
  });
};
