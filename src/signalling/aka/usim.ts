/**
 * The phone's side of EPS-AKA: what the SIM card (USIM) and the phone around it make of a challenge (3GPP TS 33.102,
 * 6.3.3; TS 33.401, 6.1.1). Each refusal has an EMM cause of its own (TS 24.301, 5.4.2.6).
 */
import { timingSafeEqual } from 'node:crypto';
import { concatenate } from '../../packet/octets.ts';
import type { Plmn } from '../identity.ts';
import { BLOCK, needOctets, xor } from './block.ts';
import { deriveKasme } from './kdf.ts';
import { type SubscriberKeys, authenticate, respond } from './milenage.ts';
import { SQN_LENGTH, SequenceWindow, decodeSqn, encodeSqn } from './sqn.ts';
import { RESYNCHRONISATION_AMF } from './vector.ts';

export type ChallengeOutcome =
  | {
      readonly outcome: 'authenticated';
      /** The answer for the network, 8 octets. */
      readonly res: Uint8Array;
      /** 32 octets, the same as in the MME's vector. */
      readonly kasme: Uint8Array;
    }
  /** The separation bit of the AMF is clear: the vector is not for LTE. EMM cause 26. */
  | { readonly outcome: 'non-eps' }
  /** The challenge does not come from the card's home. EMM cause 20. */
  | { readonly outcome: 'mac-failure' }
  /** The sequence number is not fresh. EMM cause 21, with AUTS (14 octets) for the HSS. */
  | { readonly outcome: 'synch-failure'; readonly auts: Uint8Array };

/** The bit of the AMF that is set in vectors for LTE (TS 33.102, annex H). */
const SEPARATION_BIT = 0x80;

/** A SIM card: its keys and the sequence numbers it has seen. */
export class Usim {
  readonly #keys: SubscriberKeys;
  readonly window: SequenceWindow;

  constructor(keys: SubscriberKeys, window = new SequenceWindow()) {
    needOctets(keys.k, BLOCK, 'K');
    needOctets(keys.opc, BLOCK, 'OPc');
    this.#keys = keys;
    this.window = window;
  }

  /**
   * Answers a challenge of 16 octets RAND and 16 octets AUTN.
   *
   * @param servingNetwork the network that the phone is in, which KASME is bound to
   */
  challenge(rand: Uint8Array, autn: Uint8Array, servingNetwork: Plmn): ChallengeOutcome {
    needOctets(rand, BLOCK, 'RAND');
    needOctets(autn, BLOCK, 'AUTN');
    const amf = autn.subarray(SQN_LENGTH, SQN_LENGTH + 2);
    if (((amf[0] ?? 0) & SEPARATION_BIT) === 0) return { outcome: 'non-eps' };
    const concealed = autn.subarray(0, SQN_LENGTH);
    const { res, ck, ik, ak } = respond(this.#keys, rand);
    const sqn = xor(concealed, ak);
    const { macA } = authenticate(this.#keys, rand, sqn, amf);
    if (!timingSafeEqual(macA, autn.subarray(SQN_LENGTH + 2))) return { outcome: 'mac-failure' };
    if (!this.window.accept(decodeSqn(sqn))) return { outcome: 'synch-failure', auts: this.#auts(rand) };
    return { outcome: 'authenticated', res, kasme: deriveKasme(ck, ik, servingNetwork, concealed) };
  }

  #auts(rand: Uint8Array): Uint8Array {
    const sqn = encodeSqn(this.window.highest);
    const { macS } = authenticate(this.#keys, rand, sqn, RESYNCHRONISATION_AMF);
    return concatenate(xor(sqn, respond(this.#keys, rand).akStar), macS);
  }
}
