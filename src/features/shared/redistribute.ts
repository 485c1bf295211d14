/**
 * Redistribution: routes of one protocol announced by another. Whoever writes `only` says which; what came from BGP
 * carries a tag, so that it never goes back into BGP as if it had begun here.
 */
import { z } from 'zod';
import { networkText } from './lookup.ts';
import { prefix } from './values.ts';

export interface Redistribution<Name extends string = string> {
  readonly from: Name;
  /** Exactly these prefixes; empty for all. */
  readonly only: readonly string[];
}

/** `[static]` or `[{from: bgp, only: [0.0.0.0/0]}]`. */
export const redistribution = <const Names extends readonly [string, ...string[]]>(names: Names) => {
  const from = z.enum(names);
  return z
    .array(
      z.union([
        from.transform((name) => ({ from: name, only: [] as string[] })),
        z.strictObject({
          from: from.describe('Where the routes come from.'),
          only: z.array(prefix).min(1).describe('Exactly these prefixes.'),
        }),
      ]),
    )
    .default([]);
};

/** The tag of OSPF routes that came from BGP: the AS number, as RFC 1745 suggests. */
export const bgpTag = (asn: number | undefined): number => asn ?? 0;

/** `ip prefix-list NAME seq 5 permit 10.0.0.0/8`: a list of both IP versions; one without entries permits nothing. */
export const prefixList = (name: string, entries: readonly string[]): string[] => {
  const lines = (version: 'ip' | 'ipv6', wanted: readonly string[]): string[] =>
    wanted.map((entry, index) => `${version} prefix-list ${name} seq ${(index + 1) * 5} ${entry}`);
  const isSix = (entry: string): boolean => entry.includes(':');
  const four = entries.filter((entry) => !isSix(entry));
  const six = entries.filter(isSix);
  return [
    ...lines('ip', four.length === 0 ? ['deny 0.0.0.0/0 le 32'] : four),
    ...lines('ipv6', six.length === 0 ? ['deny ::/0 le 128'] : six),
  ];
};

/** An exact prefix of a list. */
export const permitted = (text: string): string => `permit ${networkText(text)}`;
