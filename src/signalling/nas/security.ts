/**
 * An EPS NAS security context (3GPP TS 24.301, 4.4; TS 33.401, 8.1): the keys that a phone and its MME share after they
 * have authenticated each other, and the number of every message that they protect. The same class serves both: the side
 * says which direction is sent and which is received.
 *
 * A message that cannot be opened changes nothing. Whether a message may come without protection is another question
 * (unprotected.ts).
 */
import { timingSafeEqual } from 'node:crypto';
import { concatenate } from '../../packet/octets.ts';
import { type Algorithm, type Direction, eea } from '../aka/eea.ts';
import { MAC_LENGTH, eia } from '../aka/eia.ts';
import { deriveKenb, deriveNasEncryptionKey, deriveNasIntegrityKey } from '../aka/kdf.ts';
import { COUNTS, estimateCount, isNearlyUsedUp } from './count.ts';
import { type ProtectedMessage, decodeNas, encodeNas, protocol, securityHeader } from './message.ts';

/** BEARER of every NAS message (TS 33.401, 8.1.1). */
const BEARER = 0;
const SHORT_MAC_LENGTH = 2;

/**
 * - `integrity`: the code is wrong: other keys, or octets changed on the way
 * - `replay`: the code is that of a message with a number that was accepted before
 * - `not-protected`: the message is not in an envelope
 * - `exhausted`: all numbers of a direction are used; only new keys help
 */
export type NasSecurityFault = 'integrity' | 'replay' | 'not-protected' | 'exhausted';

/** A message that may not be believed, or cannot be sent. */
export class NasSecurityError extends Error {
  override readonly name = 'NasSecurityError';
  readonly fault: NasSecurityFault;

  constructor(fault: NasSecurityFault, what: string) {
    super(`NAS security: ${what}`);
    this.fault = fault;
  }
}

/** Security header types that `protect` makes. */
export type Protection = Exclude<keyof typeof securityHeader, 'plain' | 'serviceRequest'>;

export interface SecurityContextOptions {
  readonly side: 'ue' | 'mme';
  /** NAS key set identifier, 0 to 6. */
  readonly keySet: number;
  /** 32 octets. */
  readonly kasme: Uint8Array;
  readonly eea: Algorithm;
  readonly eia: Algorithm;
  /** The smallest NAS COUNT not used yet, of each direction; 0 for a context that is new. */
  readonly uplinkCount?: number;
  readonly downlinkCount?: number;
}

/** An envelope that was opened. */
export interface Opened {
  /** The plain message. */
  readonly message: Uint8Array;
  /** Its NAS COUNT. */
  readonly count: number;
  /** Security header type. */
  readonly header: number;
}

/** Types whose payload is ciphered (9.3.1). */
const isCiphered = (header: number): boolean =>
  header === securityHeader.integrityCiphered || header === securityHeader.integrityCipheredNewContext;

export class NasSecurityContext {
  readonly keySet: number;
  readonly kasme: Uint8Array;
  readonly eea: Algorithm;
  readonly eia: Algorithm;
  readonly #sends: Direction;
  readonly #receives: Direction;
  readonly #encryptionKey: Uint8Array;
  readonly #integrityKey: Uint8Array;
  /** The smallest NAS COUNT that is not used. */
  readonly #next: Record<Direction, number>;

  constructor(options: SecurityContextOptions) {
    const { side, keySet, kasme, uplinkCount = 0, downlinkCount = 0 } = options;
    this.keySet = keySet;
    this.kasme = kasme;
    this.eea = options.eea;
    this.eia = options.eia;
    this.#sends = side === 'ue' ? 'uplink' : 'downlink';
    this.#receives = side === 'ue' ? 'downlink' : 'uplink';
    this.#encryptionKey = deriveNasEncryptionKey(kasme, options.eea);
    this.#integrityKey = deriveNasIntegrityKey(kasme, options.eia);
    this.#next = { uplink: uplinkCount, downlink: downlinkCount };
  }

  /** The NAS COUNT of the next message of each direction. */
  get nextCounts(): Readonly<Record<Direction, number>> {
    return { ...this.#next };
  }

  /** Whether a network should authenticate the phone again before the numbers end (4.4.3.5). */
  get nearlyUsedUp(): boolean {
    return isNearlyUsedUp(Math.max(this.#next.uplink, this.#next.downlink));
  }

  /**
   * KeNB for the eNodeB (TS 33.401, 7.2.8.2).
   *
   * @param uplinkCount the count of the message that brought the phone to connected mode: that of its SERVICE REQUEST or
   * TRACKING AREA UPDATE REQUEST, or of its SECURITY MODE COMPLETE when it attached with new keys
   */
  kenb(uplinkCount: number): Uint8Array {
    return deriveKenb(this.kasme, uplinkCount);
  }

  /** A plain message in an envelope with the next number. */
  protect(plain: Uint8Array, protection: Protection = 'integrityCiphered'): Uint8Array {
    const header = securityHeader[protection];
    const count = this.#take();
    const payload = isCiphered(header) ? this.#cipher(this.#sends, count, plain) : plain;
    const sequence = count % 256;
    const mac = this.#mac(this.#sends, count, concatenate(Uint8Array.of(sequence), payload));
    return encodeNas({ kind: 'protected', header, mac, sequence, payload });
  }

  /**
   * The message in an envelope, whose number is thereby used.
   *
   * @throws {NasError} for octets that are no message
   * @throws {NasSecurityError} for a message that may not be believed
   */
  open(octets: Uint8Array): Opened {
    const envelope = decodeNas(octets, this.#receives);
    if (envelope.kind !== 'protected')
      throw new NasSecurityError('not-protected', `${envelope.kind} without an envelope`);
    const count = this.#accept(envelope.sequence, 8, envelope.mac, signedOctets(envelope));
    const { header, payload } = envelope;
    const message = isCiphered(header) ? this.#cipher(this.#receives, count, payload) : payload;
    return { message, count, header };
  }

  /** A SERVICE REQUEST with the next number: what a phone sends when it has been idle. */
  serviceRequest(): Uint8Array {
    const count = this.#take();
    const message = { kind: 'service-request', keySet: this.keySet, sequence: count % 32 } as const;
    const unsigned = encodeNas({ ...message, shortMac: new Uint8Array(SHORT_MAC_LENGTH) });
    const mac = this.#mac(this.#sends, count, unsigned.subarray(0, -SHORT_MAC_LENGTH));
    return encodeNas({ ...message, shortMac: mac.subarray(MAC_LENGTH - SHORT_MAC_LENGTH) });
  }

  /** The NAS COUNT of a SERVICE REQUEST, which is thereby used. Throws as `open` does. */
  openServiceRequest(octets: Uint8Array): number {
    const request = decodeNas(octets, this.#receives);
    if (request.kind !== 'service-request')
      throw new NasSecurityError('not-protected', `${request.kind} is no request`);
    return this.#accept(request.sequence, 5, request.shortMac, octets.subarray(0, 2));
  }

  #position(direction: Direction, count: number): { count: number; bearer: number; direction: Direction } {
    return { count, bearer: BEARER, direction };
  }

  #cipher(direction: Direction, count: number, octets: Uint8Array): Uint8Array {
    return eea(this.eea, this.#encryptionKey, this.#position(direction, count), octets);
  }

  #mac(direction: Direction, count: number, octets: Uint8Array): Uint8Array {
    return eia(this.eia, this.#integrityKey, this.#position(direction, count), octets);
  }

  #take(): number {
    const count = this.#next[this.#sends];
    if (count >= COUNTS)
      throw new NasSecurityError('exhausted', `every ${this.#sends} NAS COUNT of these keys is used`);
    this.#next[this.#sends] = count + 1;
    return count;
  }

  /** Finds the number of a message, and uses it when the code (or its last octets) is right. */
  #accept(sequence: number, bits: 5 | 8, code: Uint8Array, signed: Uint8Array): number {
    const direction = this.#receives;
    const isRight = (count: number): boolean =>
      timingSafeEqual(this.#mac(direction, count, signed).subarray(MAC_LENGTH - code.length), code);
    const count = estimateCount(this.#next[direction], sequence, bits);
    if (count >= COUNTS) throw new NasSecurityError('exhausted', `every ${direction} NAS COUNT of these keys is used`);
    if (isRight(count)) {
      this.#next[direction] = count + 1;
      return count;
    }
    const before = count - 2 ** bits;
    if (before >= 0 && isRight(before))
      throw new NasSecurityError('replay', `${direction} NAS COUNT ${before} was used before`);
    throw new NasSecurityError('integrity', `the code of ${direction} NAS COUNT ${count} is wrong`);
  }
}

/** What the code of an envelope covers (4.4.3.3): the sequence number and what is behind it. */
const signedOctets = ({ sequence, payload }: ProtectedMessage): Uint8Array =>
  concatenate(Uint8Array.of(sequence), payload);

/** Whether octets are a message in an envelope or a SERVICE REQUEST, rather than a plain one. */
export const isProtected = ([first = 0]: Uint8Array): boolean =>
  (first & 15) === protocol.emm && first >> 4 !== securityHeader.plain;
