/**
 * Prefixes and AS numbers that nobody may announce to the world (RFC 7454, 6.1.1 and 6.1.2). A lab is no world: it uses
 * private and documentation ranges as its public ones. So a reserved range in which a system of the lab announces
 * something, or has its number, counts as public in that lab; all the others are refused as anywhere else. Systems inside
 * another one, with which nobody has an agreement, make nothing public.
 */
import { contains, parsePrefix } from '../../address/ip.ts';
import type { Topology } from '../../topology/topology.ts';
import { isDefault, isInside, publicSystems } from './systems.ts';

/** From the IANA registries of special-purpose addresses (RFC 6890), and what is no unicast at all. */
const reservedPrefixes = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // shared by carriers and their customers, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.168.0.0/16', // private, RFC 1918
  '198.18.0.0/15', // benchmarks, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved, RFC 1112
  '::/8', // unspecified, loopback, IPv4-mapped, RFC 4291
  '100::/64', // discard, RFC 6666
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4, RFC 7526
  '3fff::/20', // documentation, RFC 9637
  'fc00::/7', // unique local, RFC 4193
  'fe80::/10', // link-local, RFC 4291
  'ff00::/8', // multicast, RFC 4291
] as const;

/** Longest prefixes that cross borders between systems (RFC 7454, 6.1.3). */
export const longest = { 4: 24, 6: 48 } as const;

interface NumberRange {
  readonly from: number;
  readonly to: number;
  /** The range as an extended regular expression without anchors. */
  readonly pattern: string;
}

const many = (count: number): string => '[0-9]'.repeat(count);

/** From the IANA registry of AS numbers. */
export const reservedNumbers: readonly NumberRange[] = [
  { from: 0, to: 0, pattern: '0' }, // RFC 7607
  { from: 23456, to: 23456, pattern: '23456' }, // AS_TRANS, RFC 6793
  { from: 64496, to: 64511, pattern: '(6449[6-9]|6450[0-9]|6451[01])' }, // documentation, RFC 5398
  {
    from: 64512, // private use, RFC 6996
    to: 65534,
    pattern: '(6451[2-9]|645[2-9][0-9]|64[6-9][0-9][0-9]|65[0-4][0-9][0-9]|655[0-2][0-9]|6553[0-4])',
  },
  { from: 65535, to: 65535, pattern: '65535' }, // RFC 7300
  { from: 65536, to: 65551, pattern: '(6553[6-9]|6554[0-9]|6555[01])' }, // documentation, RFC 5398
  {
    from: 4_200_000_000, // private use, RFC 6996
    to: 4_294_967_294,
    pattern: `(42[0-8]${many(7)}|429[0-3]${many(6)}|4294[0-8]${many(5)}|42949[0-5]${many(4)}|429496[0-6]${many(3)}|4294967[01]${many(2)}|42949672[0-8][0-9]|429496729[0-4])`,
  },
  { from: 4_294_967_295, to: 4_294_967_295, pattern: '4294967295' }, // RFC 7300
];

/** The reserved prefixes in which no system of the lab announces anything. */
export const bogonPrefixes = (topology: Topology): string[] => {
  const used = publicSystems(topology).flatMap((system) => system.prefixes.flatMap((text) => parsePrefix(text) ?? []));
  return reservedPrefixes.filter((text) => {
    const range = parsePrefix(text);
    return range !== undefined && !used.some((prefix) => contains(range, prefix));
  });
};

/** Prefixes longer than usual that a system of the world announces on purpose. */
export const longExceptions = (topology: Topology): string[] => [
  ...new Set(
    publicSystems(topology)
      .flatMap((system) => system.prefixes)
      .filter((text) => Number(text.split('/')[1]) > longest[text.includes(':') ? 6 : 4]),
  ),
];

/** Whether systems with an agreement take a prefix from each other: none that is reserved, too long, or a default route. */
export const crossesBorders = (text: string, topology: Topology): boolean => {
  const prefix = parsePrefix(text);
  if (prefix === undefined || isDefault(text)) return false;
  const tooLong = prefix.length > longest[text.includes(':') ? 6 : 4] && !longExceptions(topology).includes(text);
  return !tooLong && !bogonPrefixes(topology).some((range) => contains(parsePrefix(range) ?? prefix, prefix));
};

/** The ranges of reserved AS numbers in which no system of the world is. */
const bogonRanges = (topology: Topology): NumberRange[] => {
  const used = topology.nodes.flatMap(({ asn }) => (asn === undefined || isInside(asn, topology) ? [] : [asn]));
  return reservedNumbers.filter(({ from, to }) => !used.some((asn) => asn >= from && asn <= to));
};

/** Their patterns. */
export const bogonNumbers = (topology: Topology): string[] => bogonRanges(topology).map(({ pattern }) => pattern);

/** Whether paths with this number are refused. */
export const isBogonNumber = (asn: number, topology: Topology): boolean =>
  bogonRanges(topology).some(({ from, to }) => asn >= from && asn <= to);
