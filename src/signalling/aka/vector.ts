/**
 * The HSS side of EPS-AKA (3GPP TS 33.401, 6.1): authentication vectors for an MME, and the way back to a common sequence
 * number when a SIM card says that the two have parted (TS 33.102, 6.3.5).
 */
import { timingSafeEqual } from 'node:crypto';
import { concatenate } from '../../packet/octets.ts';
import type { Plmn } from '../identity.ts';
import { needOctets, xor } from './block.ts';
import { deriveKasme } from './kdf.ts';
import { type SubscriberKeys, authenticate, respond } from './milenage.ts';
import { SQN_LENGTH, decodeSqn, encodeSqn } from './sqn.ts';

/** What the MME gets: it can challenge the phone and check the answer, without ever seeing K. */
export interface AuthenticationVector {
  /** 16 octets, sent to the phone. */
  readonly rand: Uint8Array;
  /** 16 octets, sent to the phone: (SQN xor AK), AMF, MAC-A. */
  readonly autn: Uint8Array;
  /** 8 octets: what the phone has to answer. */
  readonly xres: Uint8Array;
  /** 32 octets: the root of the keys of this MME. */
  readonly kasme: Uint8Array;
}

/** The AMF of every EPS vector: only the separation bit is set (TS 33.102, annex H; TS 33.401, 6.1.2). */
export const EPS_AMF: Uint8Array = Uint8Array.of(0x80, 0);

/** A resynchronisation request is computed with an AMF of zeros, which is not sent (TS 33.102, 6.3.3). */
export const RESYNCHRONISATION_AMF: Uint8Array = new Uint8Array(2);

/** Octets of AUTS: (SQN_MS xor AK*) and MAC-S (TS 33.102, 6.3.3). */
export const AUTS_LENGTH = 14;

/**
 * The vector for a challenge.
 *
 * @param rand 16 octets that nobody can foresee; never the same twice for a subscriber
 * @param sqn a sequence number above all that were used
 * @param servingNetwork the network of the MME that asked
 */
export const generateVector = (
  keys: SubscriberKeys,
  {
    rand,
    sqn,
    servingNetwork,
    amf = EPS_AMF,
  }: { rand: Uint8Array; sqn: number; servingNetwork: Plmn; amf?: Uint8Array },
): AuthenticationVector => {
  const number = encodeSqn(sqn);
  const { macA } = authenticate(keys, rand, number, amf);
  const { res, ck, ik, ak } = respond(keys, rand);
  const concealed = xor(number, ak);
  return {
    rand,
    autn: concatenate(concealed, amf, macA),
    xres: res,
    kasme: deriveKasme(ck, ik, servingNetwork, concealed),
  };
};

/**
 * The sequence number that a SIM card tells in AUTS; the next vector has to follow on it. Undefined when the card cannot
 * have made this AUTS for this challenge: then nothing may change.
 *
 * @param rand the challenge that the card refused
 * @param auts 14 octets
 */
export const resynchronise = (keys: SubscriberKeys, rand: Uint8Array, auts: Uint8Array): number | undefined => {
  needOctets(auts, AUTS_LENGTH, 'AUTS');
  const sqn = xor(auts.subarray(0, SQN_LENGTH), respond(keys, rand).akStar);
  const { macS } = authenticate(keys, rand, sqn, RESYNCHRONISATION_AMF);
  return timingSafeEqual(macS, auts.subarray(SQN_LENGTH)) ? decodeSqn(sqn) : undefined;
};
