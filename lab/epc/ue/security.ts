/**
 * The phone's keys: what it makes of a challenge, which messages it believes, and how it protects its own (3GPP TS
 * 24.301, 4.4 and 5.4; TS 33.401). The SIM card checks the network; the keys that come out of that are used when a
 * SECURITY MODE COMMAND, protected by them, says so.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Algorithm } from '../../../src/signalling/aka/eea.ts';
import type { Usim } from '../../../src/signalling/aka/usim.ts';
import type { Plmn } from '../../../src/signalling/identity.ts';
import {
  securityCapabilityOf,
  supports,
  ueSecurityCapability,
  type UeNetworkCapability,
} from '../../../src/signalling/nas/capability.ts';
import { emmCause } from '../../../src/signalling/nas/cause.ts';
import { NO_KEYS } from '../../../src/signalling/nas/emm.ts';
import { NasError } from '../../../src/signalling/nas/error.ts';
import {
  decodeNas,
  decodePlain,
  encodeNas,
  type MessageOf,
  type PlainMessage,
  securityHeader,
} from '../../../src/signalling/nas/message.ts';
import { identityType } from '../../../src/signalling/nas/mobile-identity.ts';
import {
  isProtected,
  NasSecurityContext,
  NasSecurityError,
  type Protection,
} from '../../../src/signalling/nas/security.ts';
import { acceptableUnprotected } from '../../../src/signalling/nas/unprotected.ts';

export interface PhoneSecurityOptions {
  readonly usim: Usim;
  readonly plmn: Plmn;
  readonly capability: UeNetworkCapability;
}

/** A message that came in: believed, or why not. */
export type Opened =
  | { readonly message: PlainMessage; readonly isProtected: boolean }
  /** To be answered by a SECURITY MODE REJECT. */
  | { readonly refused: number }
  | { readonly discarded: string };

type Answer = MessageOf<'authentication-response' | 'authentication-failure'>;

interface Keys {
  readonly keySet: number;
  readonly kasme: Uint8Array;
}

const isAlgorithm = (value: number): value is Algorithm => value === 0 || value === 1 || value === 2;

export class PhoneSecurity {
  readonly #options: PhoneSecurityOptions;
  #current: NasSecurityContext | undefined;
  /** Keys of an authentication that no SECURITY MODE COMMAND has put into use. */
  #fresh: Keys | undefined;
  /** The last challenge that was answered: when it comes again, the network did not get the answer (5.4.2.3). */
  #answered: { readonly rand: Uint8Array; readonly res: Uint8Array } | undefined;
  /** Whether a protected message came on this connection: then no other is believed (4.4.4.2). */
  #exchanging = false;

  constructor(options: PhoneSecurityOptions) {
    this.#options = options;
  }

  get keySet(): number {
    return this.#current?.keySet ?? NO_KEYS;
  }
  get context(): NasSecurityContext | undefined {
    return this.#current;
  }

  /** A new connection with the network begins: nothing is protected on it yet. */
  beginConnection(): void {
    this.#exchanging = false;
  }

  /** Throws all keys away. */
  forget(): void {
    this.#current = undefined;
    this.#fresh = undefined;
    this.#answered = undefined;
    this.#exchanging = false;
  }

  /** The first message of a connection: readable by a network that has lost the keys, signed for one that has not. */
  protectInitial(message: PlainMessage): Uint8Array {
    const plain = encodeNas(message);
    return this.#current?.protect(plain, 'integrity') ?? plain;
  }

  /** Every other message: protected once the network's are. */
  protect(message: PlainMessage, protection: Protection = 'integrityCiphered'): Uint8Array {
    const plain = encodeNas(message);
    return this.#exchanging ? (this.#current?.protect(plain, protection) ?? plain) : plain;
  }

  /** Answers a challenge (5.4.2.3, 5.4.2.6). */
  challenge({ rand, autn, keySet }: MessageOf<'authentication-request'>): Answer {
    if (this.#answered !== undefined && timingSafeEqual(this.#answered.rand, rand))
      return { kind: 'authentication-response', res: this.#answered.res };
    const result = this.#options.usim.challenge(rand, autn, this.#options.plmn);
    switch (result.outcome) {
      case 'authenticated':
        this.#fresh = { keySet, kasme: result.kasme };
        this.#answered = { rand, res: result.res };
        return { kind: 'authentication-response', res: result.res };
      case 'mac-failure':
        return { kind: 'authentication-failure', cause: emmCause['MAC failure'] };
      case 'synch-failure':
        return { kind: 'authentication-failure', cause: emmCause['Synch failure'], auts: result.auts };
      case 'non-eps':
        return { kind: 'authentication-failure', cause: emmCause['Non-EPS authentication unacceptable'] };
    }
  }

  /** The message that octets from the network are, if it may be believed. A SECURITY MODE COMMAND takes effect here. */
  open(octets: Uint8Array): Opened {
    try {
      if (!isProtected(octets)) return this.#openPlain(octets);
      const envelope = decodeNas(octets, 'downlink');
      if (envelope.kind === 'protected' && envelope.header === securityHeader.integrityNewContext)
        return this.#openCommand(octets, envelope.payload);
      if (this.#current === undefined) return { discarded: 'a protected message, and no keys' };
      const message = decodePlain(this.#current.open(octets).message, 'downlink');
      this.#exchanging = true;
      return { message, isProtected: true };
    } catch (error) {
      if (error instanceof NasError || error instanceof NasSecurityError) return { discarded: error.message };
      throw error;
    }
  }

  #openPlain(octets: Uint8Array): Opened {
    const message = decodePlain(octets, 'downlink');
    if (this.#exchanging) return { discarded: `${message.kind} without protection, after protected messages` };
    const believed =
      acceptableUnprotected(message.kind, 'downlink') &&
      (message.kind !== 'identity-request' || message.identityType === identityType.imsi);
    return believed ? { message, isProtected: false } : { discarded: `${message.kind} without protection` };
  }

  /** SECURITY MODE COMMAND (5.4.3.3 and 5.4.3.5). */
  #openCommand(octets: Uint8Array, payload: Uint8Array): Opened {
    const refused = { refused: emmCause['Security mode rejected, unspecified'] };
    const message = decodePlain(payload, 'downlink');
    if (message.kind !== 'security-mode-command') return { discarded: `${message.kind} with a new context` };
    const { eea, eia } = message.algorithms;
    const { capability } = this.#options;
    const keys = [this.#fresh, this.#current].find((keys) => keys?.keySet === message.keySet);
    // EIA0 protects nothing: it is for emergency calls (TS 33.401, 5.1.4.1).
    if (keys === undefined || !isAlgorithm(eea) || !isAlgorithm(eia) || eia === 0) return refused;
    // Keys in use go on counting; only the last message may come again, when its answer was lost.
    const next = keys === this.#current ? this.#current.nextCounts : { uplink: 0, downlink: 0 };
    const context = new NasSecurityContext({
      side: 'ue',
      keySet: keys.keySet,
      kasme: keys.kasme,
      eea,
      eia,
      uplinkCount: next.uplink,
      downlinkCount: Math.max(0, next.downlink - 1),
    });
    try {
      context.open(octets);
    } catch (error) {
      if (error instanceof NasSecurityError) return refused;
      throw error;
    }
    const told = ueSecurityCapability.encode(securityCapabilityOf(capability));
    const replayed = ueSecurityCapability.encode(message.capability);
    const same = told.length === replayed.length && timingSafeEqual(told, replayed);
    if (!same || !supports(capability.eea, eea) || !supports(capability.eia, eia))
      return { refused: emmCause['UE security capabilities mismatch'] };
    this.#current = context;
    this.#fresh = undefined;
    this.#exchanging = true;
    return { message, isProtected: true };
  }
}
