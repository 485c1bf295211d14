/** AES-CMAC (RFC 4493, NIST SP 800-38B), for messages of any number of bits: the core of 128-EIA2. */
import { BLOCK, encryptBlock, xor } from './block.ts';

/** Multiplication by x in GF(2^128) with the polynomial x^128 + x^7 + x^2 + x + 1 (RFC 4493, 2.3). */
const double = (block: Uint8Array): Uint8Array => {
  const doubled = block.map((octet, index) => ((octet << 1) | ((block[index + 1] ?? 0) >> 7)) & 0xff);
  if (((block[0] ?? 0) & 0x80) !== 0) doubled[BLOCK - 1] = (doubled[BLOCK - 1] ?? 0) ^ 0x87;
  return doubled;
};

/**
 * The whole code of 16 octets over the first `bits` bits of the message.
 *
 * @param key 16 octets
 */
export const cmac = (key: Uint8Array, message: Uint8Array, bits = message.length * 8): Uint8Array => {
  const whole = double(encryptBlock(key, new Uint8Array(BLOCK)));
  const octets = Math.ceil(bits / 8);
  const blocks = Math.max(1, Math.ceil(octets / BLOCK));
  const last = new Uint8Array(BLOCK);
  last.set(message.subarray((blocks - 1) * BLOCK, octets));
  const used = bits - (blocks - 1) * BLOCK * 8;
  if (used < BLOCK * 8) {
    // A single 1 follows the message; what was behind it in its last octet does not count.
    const at = Math.floor(used / 8);
    last[at] = ((last[at] ?? 0) & (0xff00 >> (used % 8))) | (0x80 >> (used % 8));
  }
  let state: Uint8Array = new Uint8Array(BLOCK);
  for (let index = 0; index < blocks - 1; index += 1)
    state = encryptBlock(key, xor(state, message.subarray(index * BLOCK, (index + 1) * BLOCK)));
  return encryptBlock(key, xor(state, xor(last, used === BLOCK * 8 ? whole : double(whole))));
};
