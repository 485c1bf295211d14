/**
 * MILENAGE, the functions f1 to f5* of authentication and key agreement (3GPP TS 35.206). Operator and subscriber share
 * the subscriber key K and OPc, which is the operator's own value OP encrypted under K, so that a stolen SIM card does
 * not tell OP.
 *
 * All functions encrypt the random challenge once (TEMP) and then a rotated form of it once more; only a constant in
 * the last octet and the rotation differ (clause 4.1).
 */
import { concatenate } from '../../packet/octets.ts';
import { BLOCK, encryptBlock, needOctets, xor } from './block.ts';

/** What the SIM card and the HSS share: 16 octets each. */
export interface SubscriberKeys {
  readonly k: Uint8Array;
  readonly opc: Uint8Array;
}

/** f1 and f1*: 8 octets each. */
export interface Authentication {
  /** f1: shows the phone that the challenge comes from its home. */
  readonly macA: Uint8Array;
  /** f1*: shows the home that a resynchronisation request comes from the SIM card. */
  readonly macS: Uint8Array;
}

/** f2 to f5*. */
export interface Response {
  /** f2: what the phone answers, 8 octets. */
  readonly res: Uint8Array;
  /** f3 and f4: cipher key and integrity key, 16 octets each. */
  readonly ck: Uint8Array;
  readonly ik: Uint8Array;
  /** f5 and f5*: hide sequence numbers, in a challenge and in a resynchronisation request; 6 octets each. */
  readonly ak: Uint8Array;
  readonly akStar: Uint8Array;
}

/** OPc from the operator's OP (8.2). */
export const deriveOpc = (k: Uint8Array, op: Uint8Array): Uint8Array => {
  needOctets(op, BLOCK, 'OP');
  return xor(encryptBlock(k, op), op);
};

const rotateLeft = (block: Uint8Array, bits: number): Uint8Array =>
  concatenate(block.subarray(bits / 8), block.subarray(0, bits / 8));

/** The constants c2 to c5 differ from zero in their last octet only. */
const withConstant = (block: Uint8Array, constant: number): Uint8Array => {
  block[BLOCK - 1] = (block[BLOCK - 1] ?? 0) ^ constant;
  return block;
};

const temp = ({ k, opc }: SubscriberKeys, rand: Uint8Array): Uint8Array => {
  needOctets(k, BLOCK, 'K');
  needOctets(opc, BLOCK, 'OPc');
  needOctets(rand, BLOCK, 'RAND');
  return encryptBlock(k, xor(rand, opc));
};

/**
 * f1 and f1*.
 *
 * @param rand 16 octets
 * @param sqn the sequence number, 6 octets
 * @param amf the authentication management field, 2 octets
 */
export const authenticate = (
  keys: SubscriberKeys,
  rand: Uint8Array,
  sqn: Uint8Array,
  amf: Uint8Array,
): Authentication => {
  needOctets(sqn, 6, 'SQN');
  needOctets(amf, 2, 'AMF');
  const input = concatenate(sqn, amf, sqn, amf);
  // r1 = 64 and c1 = 0.
  const mixed = xor(temp(keys, rand), rotateLeft(xor(input, keys.opc), 64));
  const output = xor(encryptBlock(keys.k, mixed), keys.opc);
  return { macA: output.subarray(0, 8), macS: output.subarray(8) };
};

/** f2, f3, f4, f5 and f5* of a challenge of 16 octets. */
export const respond = (keys: SubscriberKeys, rand: Uint8Array): Response => {
  const challenge = xor(temp(keys, rand), keys.opc);
  const output = (rotation: number, constant: number): Uint8Array =>
    xor(encryptBlock(keys.k, withConstant(rotateLeft(challenge, rotation), constant)), keys.opc);
  // (r2, c2) to (r5, c5).
  const second = output(0, 1);
  return {
    res: second.subarray(8),
    ck: output(32, 2),
    ik: output(64, 4),
    ak: second.subarray(0, 6),
    akStar: output(96, 8).subarray(0, 6),
  };
};
