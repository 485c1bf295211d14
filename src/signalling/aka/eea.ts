/**
 * Ciphering (3GPP TS 33.401, B.1): EEA0 changes nothing, 128-EEA1 is SNOW 3G (UEA2 of TS 35.215), 128-EEA2 is AES in
 * counter mode. Ciphering twice gives the message back.
 */
import { createCipheriv } from 'node:crypto';
import { concatenate, u32 } from '../../packet/octets.ts';
import { bigEndian } from '../octets.ts';
import { BLOCK, needOctets } from './block.ts';
import { keyStream, keyWords } from './snow3g.ts';

/** The algorithms this lab knows; their numbers are those of TS 33.401, 5.1.3.2 and 5.1.4.2, for ciphering and integrity. */
export type Algorithm = 0 | 1 | 2;
export const algorithms: readonly Algorithm[] = [0, 1, 2];

export type Direction = 'uplink' | 'downlink';

/** What makes every message's key stream different. */
export interface Position {
  /** 32 bits; a NAS COUNT has 24 of them. */
  readonly count: number;
  /** 5 bits; 0 for NAS (TS 33.401, 8.1.1). */
  readonly bearer: number;
  readonly direction: Direction;
}

/** DIRECTION is 0 for uplink and 1 for downlink (B.1.1). */
export const directionBit = (direction: Direction): 0 | 1 => (direction === 'uplink' ? 0 : 1);

/** COUNT, then BEARER, DIRECTION and zeros up to 64 bits (B.1.3, B.2.3). */
export const positionOctets = ({ count, bearer, direction }: Position): Uint8Array => {
  return concatenate(bigEndian(count, 4), Uint8Array.of((bearer << 3) | (directionBit(direction) << 2), 0, 0, 0));
};

const eea1 = (key: Uint8Array, position: Position, message: Uint8Array): Uint8Array => {
  const octets = positionOctets(position);
  const [count, bearer] = [u32(octets, 0), u32(octets, 4)];
  const stream = keyStream(keyWords(key), [count, bearer, count, bearer], Math.ceil(message.length / 4));
  return message.map((octet, index) => octet ^ ((stream[index >> 2] ?? 0) >>> (24 - 8 * (index & 3))));
};

const eea2 = (key: Uint8Array, position: Position, message: Uint8Array): Uint8Array => {
  const counter = concatenate(positionOctets(position), new Uint8Array(8));
  return new Uint8Array(createCipheriv('aes-128-ctr', key, counter).update(message));
};

/**
 * The message ciphered or deciphered.
 *
 * @param key 16 octets
 * @param bits how many bits of the message count; those behind them come out as zeros
 */
export const eea = (
  algorithm: Algorithm,
  key: Uint8Array,
  position: Position,
  message: Uint8Array,
  bits = message.length * 8,
): Uint8Array => {
  if (algorithm === 0) return message;
  needOctets(key, BLOCK, 'the ciphering key');
  const ciphered = (algorithm === 1 ? eea1 : eea2)(key, position, message);
  if (bits % 8 !== 0) {
    const last = Math.floor(bits / 8);
    ciphered[last] = (ciphered[last] ?? 0) & (0xff00 >> (bits % 8));
  }
  return ciphered;
};
