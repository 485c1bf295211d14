/**
 * Attribute-value pairs as octets (RFC 6733, 4.1):
 *
 *     code (32 bits)    V | M | P | reserved (8)    length of header and data (24)    vendor (32, only with V)
 *
 * then data, and zeros up to a multiple of four octets that the length does not count. A decoded AVP keeps its flags
 * and its data as they came: what is not in the dictionary goes out again unchanged, and what an AVP means is asked for
 * one at a time (definition.ts).
 */
import { u24, u32 } from '../../packet/octets.ts';
import { bigEndian, join } from '../octets.ts';
import { DiameterError } from './error.ts';
import { results } from './result.ts';

/** M tells a receiver that does not know the AVP to refuse the message; P asks for encryption and is history. */
export const avpFlag = { vendor: 0x80, mandatory: 0x40, protected: 0x20 } as const;

export interface Avp {
  readonly code: number;
  /** The IANA enterprise number of who defined it; 0 for the IETF (no V flag). */
  readonly vendor: number;
  /** Bits of `avpFlag`. */
  readonly flags: number;
  readonly data: Uint8Array;
}

const BASE_HEADER = 8;
const VENDOR_HEADER = 12;

/** Rounds up to a multiple of four. */
const padded = (length: number): number => (length + 3) & ~3;

const hasVendor = (flags: number): boolean => (flags & avpFlag.vendor) !== 0;

/** AVPs one behind the other. Throws a RangeError when one is longer than 24 bits can say. */
export const encodeAvps = (avps: readonly Avp[]): Uint8Array =>
  join(
    avps.flatMap(({ code, vendor, flags, data }) => {
      const header = hasVendor(flags) ? VENDOR_HEADER : BASE_HEADER;
      return [
        bigEndian(code, 4),
        Uint8Array.of(flags),
        bigEndian(header + data.length, 3),
        ...(hasVendor(flags) ? [bigEndian(vendor, 4)] : []),
        data,
        new Uint8Array(padded(data.length) - data.length),
      ];
    }),
  );

/**
 * Reads AVPs to the end of `octets`; padding behind the last one may be missing. They share its memory.
 *
 * @param avps where they go: after an error it has those in front of it
 * @throws {DiameterError} 5014 with the AVP (and no data) in `failed` when one does not fit
 */
export const decodeAvps = (octets: Uint8Array, avps: Avp[] = []): Avp[] => {
  for (let at = 0; at < octets.length;) {
    const flags = octets[at + 4] ?? 0;
    const header = hasVendor(flags) ? VENDOR_HEADER : BASE_HEADER;
    if (at + header > octets.length)
      throw new DiameterError(results.DIAMETER_INVALID_AVP_LENGTH, 'an AVP is cut off in its header');
    const code = u32(octets, at);
    const vendor = hasVendor(flags) ? u32(octets, at + 8) : 0;
    const length = u24(octets, at + 5);
    if (length < header || at + length > octets.length)
      throw new DiameterError(results.DIAMETER_INVALID_AVP_LENGTH, `AVP ${code} with length ${length}`, {
        failed: { code, vendor, flags, data: new Uint8Array() },
      });
    avps.push({ code, vendor, flags, data: octets.subarray(at + header, at + length) });
    at += padded(length);
  }
  return avps;
};
