/**
 * CRC32c, the checksum of every SCTP packet (RFC 9260, Appendix A): the Castagnoli polynomial, bits reflected, register
 * and result inverted. Eight octets are folded at a time ("slicing by eight"), for all the lab's signalling passes here.
 */

/** The Castagnoli polynomial 0x1edc6f41 with its bits reflected. */
const POLYNOMIAL = 0x82f6_3b78;
const SLICES = 8;

/** `tables[256 * k + n]`: what octet n does to the register when k more octets follow in the same step. */
const tables = ((): Uint32Array => {
  const all = new Uint32Array(256 * SLICES);
  for (let n = 0; n < 256; n += 1) {
    let register = n;
    for (let bit = 0; bit < 8; bit += 1)
      register = (register & 1) === 0 ? register >>> 1 : (register >>> 1) ^ POLYNOMIAL;
    all[n] = register;
  }
  for (let at = 256; at < all.length; at += 1) {
    const before = all[at - 256] ?? 0;
    all[at] = (before >>> 8) ^ (all[before & 255] ?? 0);
  }
  return all;
})();

const table = (slice: number, octet: number): number => tables[256 * slice + (octet & 255)] ?? 0;

const fold = (start: number, octets: Uint8Array, from: number, to: number): number => {
  let register = start;
  let at = from;
  for (; at + SLICES <= to; at += SLICES) {
    const low =
      register ^
      ((octets[at] ?? 0) |
        ((octets[at + 1] ?? 0) << 8) |
        ((octets[at + 2] ?? 0) << 16) |
        ((octets[at + 3] ?? 0) << 24));
    register =
      table(7, low) ^
      table(6, low >>> 8) ^
      table(5, low >>> 16) ^
      table(4, low >>> 24) ^
      table(3, octets[at + 4] ?? 0) ^
      table(2, octets[at + 5] ?? 0) ^
      table(1, octets[at + 6] ?? 0) ^
      table(0, octets[at + 7] ?? 0);
  }
  for (; at < to; at += 1) register = (register >>> 8) ^ table(0, register ^ (octets[at] ?? 0));
  return register;
};

const zeros = new Uint8Array(4);

/** CRC32c of octets, unsigned. */
export const crc32c = (octets: Uint8Array): number => ~fold(-1, octets, 0, octets.length) >>> 0;

/** CRC32c of an SCTP packet with its checksum field, octets 8 to 11, taken as zero (RFC 9260, 6.8). */
export const packetChecksum = (packet: Uint8Array): number => {
  const header = fold(fold(-1, packet, 0, 8), zeros, 0, 4);
  return ~fold(header, packet, 12, packet.length) >>> 0;
};
