/**
 * Integrity (3GPP TS 33.401, B.2): 128-EIA1 is a polynomial over GF(2^64) that SNOW 3G makes secret (UIA2 of TS 35.215),
 * 128-EIA2 is AES-CMAC. EIA0 is for emergency calls without a SIM card; its code is four zeros.
 */
import { concatenate, u32 } from '../../packet/octets.ts';
import { bigEndian } from '../octets.ts';
import { BLOCK, needOctets } from './block.ts';
import { cmac } from './cmac.ts';
import { type Algorithm, type Position, directionBit, positionOctets } from './eea.ts';
import { keyStream, keyWords } from './snow3g.ts';

/** Octets of a message authentication code. */
export const MAC_LENGTH = 4;

/** An element of GF(2^64), modulo x^64 + x^4 + x^3 + x + 1, as two words. */
interface Element {
  readonly high: number;
  readonly low: number;
}

/** The element times 1, x, x^2, ... x^63 (MUL64x, TS 35.215, 4.3.2). */
const powersOf = (high: number, low: number): readonly Element[] => {
  const powers: Element[] = [{ high, low }];
  while (powers.length < 64) {
    const { high, low } = powers[powers.length - 1] ?? { high: 0, low: 0 };
    powers.push({
      high: ((high << 1) | (low >>> 31)) >>> 0,
      low: ((low << 1) ^ ((high & 0x8000_0000) === 0 ? 0 : 0x1b)) >>> 0,
    });
  }
  return powers;
};

/** The product of an element with the one whose `powers` are given (MUL64). */
const multiply = ({ high, low }: Element, powers: readonly Element[]): Element => {
  const product = { high: 0, low: 0 };
  for (const [bit, power] of powers.entries()) {
    const set = bit < 32 ? (low >>> bit) & 1 : (high >>> (bit - 32)) & 1;
    if (set === 0) continue;
    product.high ^= power.high;
    product.low ^= power.low;
  }
  return product;
};

const eia1 = (
  key: Uint8Array,
  { count, bearer, direction }: Position,
  message: Uint8Array,
  bits: number,
): Uint8Array => {
  const bit = directionBit(direction);
  // TS 33.401, B.2.2: FRESH is the bearer and 27 zeros.
  const fresh = bearer << 27;
  const stream = keyStream(keyWords(key), [count, fresh, count ^ (bit << 31), fresh ^ (bit << 15)], 5);
  const [z1 = 0, z2 = 0, z3 = 0, z4 = 0, z5 = 0] = stream;
  const powersOfP = powersOf(z1, z2);
  const padded = new Uint8Array(Math.ceil(bits / 64) * 8);
  padded.set(message.subarray(0, Math.ceil(bits / 8)));
  let sum: Element = { high: 0, low: 0 };
  for (let at = 0; at < padded.length; at += 8) {
    const block = { high: sum.high ^ u32(padded, at), low: sum.low ^ u32(padded, at + 4) };
    sum = multiply(block, powersOfP);
  }
  // The length is the last block, multiplied by Q; no NAS message has 2^32 bits.
  const { high } = multiply({ high: sum.high, low: sum.low ^ bits }, powersOf(z3, z4));
  return bigEndian((high ^ z5) >>> 0, MAC_LENGTH);
};

const eia2 = (key: Uint8Array, position: Position, message: Uint8Array, bits: number): Uint8Array => {
  const header = positionOctets(position);
  return cmac(key, concatenate(header, message), header.length * 8 + bits).subarray(0, MAC_LENGTH);
};

/**
 * The message authentication code, 4 octets.
 *
 * @param key 16 octets
 * @param bits how many bits of the message count
 */
export const eia = (
  algorithm: Algorithm,
  key: Uint8Array,
  position: Position,
  message: Uint8Array,
  bits = message.length * 8,
): Uint8Array => {
  if (algorithm === 0) return new Uint8Array(MAC_LENGTH);
  needOctets(key, BLOCK, 'the integrity key');
  return (algorithm === 1 ? eia1 : eia2)(key, position, message, bits);
};
