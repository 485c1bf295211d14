/** The block cipher under MILENAGE, AES-CMAC and 128-EEA2: AES with a 128-bit key, one block at a time. */
import { createCipheriv } from 'node:crypto';

/** Octets of a block and of a key. */
export const BLOCK = 16;

/** Octet by octet; the result is as long as `left`. */
export const xor = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  Uint8Array.from(left, (octet, index) => octet ^ (right[index] ?? 0));

/** Throws a RangeError unless `octets` has the length it needs. */
export const needOctets = (octets: Uint8Array, length: number, what: string): void => {
  if (octets.length !== length) throw new RangeError(`${what} has ${length} octets, not ${octets.length}`);
};

/** One block through AES-128: the E[x]k of TS 35.206. */
export const encryptBlock = (key: Uint8Array, block: Uint8Array): Uint8Array => {
  const cipher = createCipheriv('aes-128-ecb', key, null);
  cipher.setAutoPadding(false);
  return new Uint8Array(cipher.update(block));
};
