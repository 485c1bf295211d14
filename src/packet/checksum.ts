/**
 * The Internet checksum (RFC 1071): the complement of the ones' complement sum of 16-bit words. It does not depend on
 * the order of the words, so a NAT can correct it for the one word that it changed (RFC 1624) without reading the rest.
 */
import { u16 } from './octets.ts';
import { ipProtocols } from './numbers.ts';

/** Folds carries back into 16 bits. */
const fold = (sum: number): number => {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded;
};

/** Ones' complement sum of octets `from` to `to`, an odd last octet padded with zero, added to `initial`. */
export const onesSum = (bytes: Uint8Array, from = 0, to = bytes.length, initial = 0): number => {
  let sum = initial;
  const even = to - ((to - from) & 1);
  for (let at = from; at < even; at += 2) sum += u16(bytes, at);
  return fold(even < to ? sum + (bytes[even] ?? 0) * 256 : sum);
};

/**
 * The checksum of octets `from` to `to`. With `initial` the sum of a pseudo-header is included. Over octets that
 * contain their own correct checksum the result is 0.
 */
export const checksum = (bytes: Uint8Array, from = 0, to = bytes.length, initial = 0): number =>
  ~onesSum(bytes, from, to, initial) & 0xffff;

/** The checksum after one 16-bit word changed from `before` to `after` (RFC 1624, equation 3). */
export const updateChecksum = (old: number, before: number, after: number): number =>
  ~fold((~old & 0xffff) + (~before & 0xffff) + after) & 0xffff;

/**
 * Sum of the pseudo-header that TCP, UDP and ICMPv6 include (RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1):
 * addresses of 4 or 16 octets, protocol, and octets of transport header and payload. ICMP for IPv4 has none: 0.
 */
export const pseudoHeaderSum = (
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): number =>
  protocol === ipProtocols.icmp
    ? 0
    : onesSum(destination, 0, destination.length, onesSum(source)) + protocol + (length >>> 16) + (length & 0xffff);
