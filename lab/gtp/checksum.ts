/** The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words. */

/** Sum of the octets as big-endian words, an odd last octet padded with zero; not folded yet. */
const sum = (octets: Uint8Array): number => {
  let total = 0;
  for (let index = 0; index < octets.length; index += 2)
    total += ((octets[index] ?? 0) << 8) | (octets[index + 1] ?? 0);
  return total;
};

const fold = (total: number): number => {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
};

/** Checksum over octets whose own checksum field is zero; over a whole that has a right one, the result is 0. */
export const checksum = (...parts: readonly Uint8Array[]): number =>
  ~fold(parts.reduce((total, part) => total + sum(part), 0)) & 0xffff;

/** The pseudo-header that ICMPv6, UDP and TCP checksums cover over IPv6 (RFC 8200, 8.1). */
export const pseudoHeader6 = (source: Uint8Array, destination: Uint8Array, length: number, next: number): Buffer => {
  const header = Buffer.alloc(40);
  header.set(source, 0);
  header.set(destination, 16);
  header.writeUInt32BE(length, 32);
  header[39] = next;
  return header;
};
