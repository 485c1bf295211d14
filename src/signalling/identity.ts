/**
 * The names that mobile networks give to networks, subscribers and services, and the octets they become. S1AP, NAS,
 * GTPv2 and S6a all carry them in the same form.
 *
 * Writing throws a RangeError for a text that is no such name; reading gives undefined for octets that spell none, and
 * the protocol that holds them says what that means.
 */
import { concatenate } from '../packet/octets.ts';

/** A public land mobile network: mobile country code of three digits, mobile network code of two or three. */
export interface Plmn {
  readonly mcc: string;
  readonly mnc: string;
}

/** The half octet that stands where there is no digit. */
const FILLER = 15;

/** Digits by their value in telephony BCD (3GPP TS 29.002, 17.7.8: TBCD-STRING). */
const TBCD_DIGITS = '0123456789*#abc';

/** 460/00 becomes 64 f0 00: MCC 2 and 1, MNC 3 and MCC 3, MNC 2 and 1 (TS 24.008, 10.5.1.3). */
export const encodePlmn = ({ mcc, mnc }: Plmn): Uint8Array => {
  if (!/^\d{3}$/u.test(mcc) || !/^\d{2,3}$/u.test(mnc)) throw new RangeError(`not a PLMN: ${mcc}/${mnc}`);
  const digit = (text: string, index: number): number => (index < text.length ? Number(text[index]) : FILLER);
  return Uint8Array.of(
    (digit(mcc, 1) << 4) | digit(mcc, 0),
    (digit(mnc, 2) << 4) | digit(mcc, 2),
    (digit(mnc, 1) << 4) | digit(mnc, 0),
  );
};

/** The network in the first three octets. */
export const decodePlmn = (octets: Uint8Array): Plmn | undefined => {
  const [first, second, third] = octets;
  if (first === undefined || second === undefined || third === undefined) return undefined;
  const mcc = [first & 15, first >> 4, second & 15];
  const mnc = [third & 15, third >> 4, ...(second >> 4 === FILLER ? [] : [second >> 4])];
  return [...mcc, ...mnc].every((digit) => digit <= 9) ? { mcc: mcc.join(''), mnc: mnc.join('') } : undefined;
};

/** Digits two per octet, the first in the low half; an odd number of them ends with a filler. */
export const encodeTbcd = (digits: string): Uint8Array => {
  const values = Array.from(digits, (digit) => TBCD_DIGITS.indexOf(digit));
  if (values.includes(-1)) throw new RangeError(`not digits: ${digits}`);
  return Uint8Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, index) => ((values[2 * index + 1] ?? FILLER) << 4) | (values[2 * index] ?? FILLER),
  );
};

/** The digits; a filler may stand only at the very end. */
export const decodeTbcd = (octets: Uint8Array): string | undefined => {
  const values = Array.from(octets).flatMap((octet) => [octet & 15, octet >> 4]);
  if (values.at(-1) === FILLER) values.pop();
  return values.includes(FILLER) ? undefined : values.map((value) => TBCD_DIGITS[value]).join('');
};

/** Octets of an access point name at most (TS 23.003, 9.1). */
const APN_LIMIT = 100;
const label = /^[\w-]{1,63}$/u;

/** `cmnet.mnc000.mcc460.gprs` as DNS labels, each behind its length (TS 23.003, 9.1). */
export const encodeApn = (apn: string): Uint8Array => {
  const labels = apn.split('.');
  const octets = concatenate(
    ...labels.map((text) => concatenate(Uint8Array.of(text.length), new TextEncoder().encode(text))),
  );
  if (!labels.every((text) => label.test(text)) || octets.length > APN_LIMIT)
    throw new RangeError(`not an access point name: ${apn}`);
  return octets;
};

/** The name that labels spell. */
export const decodeApn = (octets: Uint8Array): string | undefined => {
  const labels: string[] = [];
  for (let at = 0; at < octets.length;) {
    const end = at + 1 + (octets[at] ?? 0);
    const text = end > octets.length ? '' : String.fromCharCode(...octets.subarray(at + 1, end));
    if (!label.test(text)) return undefined;
    labels.push(text);
    at = end;
  }
  return labels.length === 0 || octets.length > APN_LIMIT ? undefined : labels.join('.');
};
