/**
 * The key hierarchy of LTE (3GPP TS 33.401, annex A). Every key comes from the one above it through the same function:
 * HMAC-SHA-256 over a function code and the parameters, each followed by its length (TS 33.220, B.2).
 *
 *     K (SIM card, HSS) -> CK, IK -> KASME (MME) -> KNASenc, KNASint (NAS messages)
 *                                              \-> KeNB, NH (eNodeB)
 */
import { createHmac } from 'node:crypto';
import { concatenate } from '../../packet/octets.ts';
import { type Plmn, encodePlmn } from '../identity.ts';
import { bigEndian } from '../octets.ts';
import { needOctets } from './block.ts';

/** Octets of KASME, KeNB and NH. */
export const KEY_LENGTH = 32;

/** Function codes (A.2, A.3, A.4, A.7). */
const code = { kasme: 0x10, kenb: 0x11, nh: 0x12, algorithm: 0x15 } as const;

/** Algorithm type distinguishers (A.7, table A.7-1); those for RRC and the user plane belong to the eNodeB. */
const distinguisher = { encryption: 1, integrity: 2 } as const;

/** 32 octets from a key, a function code and parameters. */
export const kdf = (key: Uint8Array, functionCode: number, ...parameters: readonly Uint8Array[]): Uint8Array => {
  const hmac = createHmac('sha256', key).update(Uint8Array.of(functionCode));
  for (const parameter of parameters) hmac.update(parameter).update(bigEndian(parameter.length, 2));
  return new Uint8Array(hmac.digest());
};

/**
 * KASME (A.2): bound to the network that asked for it, so that a vector stolen from one network is of no use in another.
 *
 * @param sqnXorAk the first 6 octets of AUTN, so that the phone need not tell its ME part the sequence number
 */
export const deriveKasme = (ck: Uint8Array, ik: Uint8Array, servingNetwork: Plmn, sqnXorAk: Uint8Array): Uint8Array => {
  needOctets(sqnXorAk, 6, 'SQN xor AK');
  return kdf(concatenate(ck, ik), code.kasme, encodePlmn(servingNetwork), sqnXorAk);
};

/** KNASenc for 128-EEA number `algorithm` (A.7): the last 16 octets. */
export const deriveNasEncryptionKey = (kasme: Uint8Array, algorithm: number): Uint8Array =>
  nasKey(kasme, 'encryption', algorithm);

/** KNASint for 128-EIA number `algorithm` (A.7): the last 16 octets. */
export const deriveNasIntegrityKey = (kasme: Uint8Array, algorithm: number): Uint8Array =>
  nasKey(kasme, 'integrity', algorithm);

const nasKey = (kasme: Uint8Array, use: keyof typeof distinguisher, algorithm: number): Uint8Array => {
  needOctets(kasme, KEY_LENGTH, 'KASME');
  return kdf(kasme, code.algorithm, Uint8Array.of(distinguisher[use]), Uint8Array.of(algorithm)).subarray(
    KEY_LENGTH / 2,
  );
};

/** KeNB (A.3) from the uplink NAS COUNT of the message that brought the phone to connected mode. */
export const deriveKenb = (kasme: Uint8Array, uplinkCount: number): Uint8Array => {
  needOctets(kasme, KEY_LENGTH, 'KASME');
  return kdf(kasme, code.kenb, bigEndian(uplinkCount, 4));
};

/** The next hop key NH (A.4) from the KeNB first, later from the NH before it. */
export const deriveNextHop = (kasme: Uint8Array, previous: Uint8Array): Uint8Array => {
  needOctets(kasme, KEY_LENGTH, 'KASME');
  needOctets(previous, KEY_LENGTH, 'the KeNB or NH before');
  return kdf(kasme, code.nh, previous);
};
