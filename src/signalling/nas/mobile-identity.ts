/**
 * Mobile identities: who a phone says it is. There are two elements with nearly the same form; they number the kinds of
 * identity differently: the EPS mobile identity of attach and detach (3GPP TS 24.301, 9.9.3.12), and the mobile identity
 * of GSM in all other places (TS 24.008, 10.5.1.4).
 *
 * Digits begin in the high half of the first octet, which also says whether their number is odd; the low half of an
 * octet comes before its high half from then on.
 */
import { concatenate, u32 } from '../../packet/octets.ts';
import type { Guti } from '../guti.ts';
import { decodeTbcd, encodeTbcd } from '../identity.ts';
import { bigEndian } from '../octets.ts';
import type { Value } from './field.ts';
import { guti } from './values.ts';

export interface DigitsIdentity {
  /** The subscriber (6 to 15 digits), the device (15), the device and its software version (16). */
  readonly kind: 'imsi' | 'imei' | 'imeisv';
  readonly digits: string;
}
export interface GutiIdentity {
  readonly kind: 'guti';
  readonly guti: Guti;
}
export interface TmsiIdentity {
  readonly kind: 'tmsi';
  /** 32 bits. */
  readonly tmsi: number;
}
/** The answer of a phone that lacks what it was asked for. */
export interface NoIdentity {
  readonly kind: 'none';
}
export type EpsMobileIdentity = DigitsIdentity | GutiIdentity;
export type MobileIdentity = DigitsIdentity | TmsiIdentity | NoIdentity;

/** Type of identity in an IDENTITY REQUEST (TS 24.008, 10.5.5.9), and in a mobile identity. */
export const identityType = { none: 0, imsi: 1, imei: 2, imeisv: 3, tmsi: 4 } as const;
/** Type of identity in an EPS mobile identity. */
const epsIdentityType = { imsi: 1, imei: 3, guti: 6 } as const;

const ODD = 8;
const FILLED = 0xf0;
/** An IMSI has country, network and at least one digit more; an IMEISV has 16. */
const DIGITS = /^\d{6,16}$/u;

const encodeDigits = (type: number, digits: string): Uint8Array => {
  if (!DIGITS.test(digits)) throw new RangeError(`not an identity of 6 to 16 digits: ${digits}`);
  const odd = digits.length % 2 === 1 ? ODD : 0;
  return concatenate(Uint8Array.of((Number(digits[0]) << 4) | odd | type), encodeTbcd(digits.slice(1)));
};

const decodeDigits = (content: Uint8Array): string | undefined => {
  const [first = 0] = content;
  const rest = decodeTbcd(content.subarray(1));
  if (rest === undefined) return undefined;
  const digits = `${first >> 4}${rest}`;
  const odd = (first & ODD) !== 0;
  return DIGITS.test(digits) && odd === (digits.length % 2 === 1) ? digits : undefined;
};

export const epsMobileIdentity: Value<EpsMobileIdentity> = {
  decode: (content) => {
    const type = (content[0] ?? 0) & 7;
    if (type === epsIdentityType.guti) {
      const decoded = guti.decode(content);
      return decoded === undefined ? undefined : { kind: 'guti', guti: decoded };
    }
    const digits = decodeDigits(content);
    if (digits === undefined) return undefined;
    if (type === epsIdentityType.imsi) return { kind: 'imsi', digits };
    return type === epsIdentityType.imei ? { kind: 'imei', digits } : undefined;
  },
  encode: (identity) => {
    if (identity.kind === 'guti') return guti.encode(identity.guti);
    if (identity.kind === 'imeisv') throw new RangeError('an EPS mobile identity is never an IMEISV');
    return encodeDigits(epsIdentityType[identity.kind], identity.digits);
  },
};

export const mobileIdentity: Value<MobileIdentity> = {
  decode: (content) => {
    const [first = 0] = content;
    const type = first & 7;
    if (type === identityType.none) return { kind: 'none' };
    if (type === identityType.tmsi) return content.length === 5 ? { kind: 'tmsi', tmsi: u32(content, 1) } : undefined;
    const kind = (['imsi', 'imei', 'imeisv'] as const).find((kind) => identityType[kind] === type);
    const digits = decodeDigits(content);
    return kind === undefined || digits === undefined ? undefined : { kind, digits };
  },
  encode: (identity) => {
    if (identity.kind === 'none') return Uint8Array.of(identityType.none);
    if (identity.kind === 'tmsi')
      return concatenate(Uint8Array.of(FILLED | identityType.tmsi), bigEndian(identity.tmsi, 4));
    return encodeDigits(identityType[identity.kind], identity.digits);
  },
};
