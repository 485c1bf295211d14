/**
 * The formats of information elements (3GPP TS 24.007, 11.2.1.1). What stands in an element is a `Value`; where its
 * octets begin and end is its format:
 *
 *     V       value of known length            mandatory elements
 *     LV      length, value
 *     LV-E    length of two octets, value
 *     TV      identifier (IEI), value; a value of half an octet shares its octet with the identifier
 *     TLV     identifier, length, value        optional elements
 *     TLV-E   identifier, length of two octets, value
 */
import { concatenate } from '../../packet/octets.ts';
import { bigEndian, readBigEndian } from '../octets.ts';
import { NasError } from './error.ts';
import type { NasReader, NasWriter } from './reader.ts';

/**
 * What an element means. `decode` gives undefined for octets that make no sense; `encode` throws a RangeError for a value
 * without a form. Bits that are spare, and octets behind those that are known, are passed over (TS 24.007, 11.4.2).
 */
export interface Value<T> {
  decode(octets: Uint8Array): T | undefined;
  encode(value: T): Uint8Array;
}

/** An element that a message always has: methods, so that a table of many types is a table of `Mandatory<unknown>`. */
export interface Mandatory<T> {
  read(from: NasReader): T;
  write(to: NasWriter, value: T): void;
}

/** An element that a message may have. */
export interface Optional<T> {
  /** 8 bits; of an element of half an octet the lower four are its value. */
  readonly iei: number;
  /** Octets of the value when no length is written; 0 for half an octet. Undefined when a length is. */
  readonly fixed: number | undefined;
  readonly value: Value<T>;
}

/** The value, or the error that says there is none. */
const sensible = <T>(value: T | undefined): T => {
  if (value === undefined) throw new NasError('mandatory', 'its octets make no sense');
  return value;
};

/** Octets in front of which their number stands in `width` octets. */
const withLength = (value: Uint8Array, width: 1 | 2): Uint8Array => concatenate(bigEndian(value.length, width), value);

/** Format V of half an octet; the value is decoded from, and encoded to, one octet below 16. */
export const half = <T>(value: Value<T>): Mandatory<T> => ({
  read: (from) => sensible(value.decode(Uint8Array.of(from.half()))),
  write: (to, content) => to.half((value.encode(content)[0] ?? 0) & 15),
});

/** Format V of whole octets. */
export const v = <T>(length: number, value: Value<T>): Mandatory<T> => ({
  read: (from) => sensible(value.decode(from.take(length))),
  write: (to, content) => {
    const octets = value.encode(content);
    if (octets.length !== length) throw new RangeError(`it has ${length} octets, not ${octets.length}`);
    to.put(octets);
  },
});

const lengthValue = <T>(value: Value<T>, width: 1 | 2): Mandatory<T> => ({
  read: (from) => sensible(value.decode(from.take(readBigEndian(from.take(width))))),
  write: (to, content) => to.put(withLength(value.encode(content), width)),
});

export const lv = <T>(value: Value<T>): Mandatory<T> => lengthValue(value, 1);
export const lve = <T>(value: Value<T>): Mandatory<T> => lengthValue(value, 2);

/** Format TV with a value of half an octet; `iei` ends in 0. */
export const tvHalf = <T>(iei: number, value: Value<T>): Optional<T> => ({ iei, fixed: 0, value });
/** Format TV with `length` octets of value. */
export const tv = <T>(iei: number, length: number, value: Value<T>): Optional<T> => ({ iei, fixed: length, value });
/** Format TLV, or TLV-E when the identifier says so. */
export const tlv = <T>(iei: number, value: Value<T>): Optional<T> => ({ iei, fixed: undefined, value });

/**
 * How many octets of length an unknown element has (TS 24.007, 11.2.4): 0, and no value either, with the first bit set;
 * 2 with identifiers 0x70 to 0x7f; else 1. Every element that was defined later follows this rule.
 */
const lengthOctets = (iei: number): 0 | 1 | 2 => {
  if (iei >= 0x80) return 0;
  return iei >= 0x70 ? 2 : 1;
};

/** An optional element as it is cut out of a message. */
export interface Cut {
  readonly iei: number;
  readonly value: Uint8Array;
  /** With identifier and length. */
  readonly octets: Uint8Array;
}

/** Cuts the next optional element out, with what `known` says about its form. */
export const cut = (from: NasReader, known: (iei: number) => Optional<unknown> | undefined): Cut => {
  const start = from.at;
  const first = from.octet();
  const iei = first >= 0x80 ? first & 0xf0 : first;
  const fixed = known(iei)?.fixed;
  const width = lengthOctets(iei);
  let value: Uint8Array;
  if (iei >= 0x80) value = Uint8Array.of(first & 15);
  else if (fixed !== undefined) value = from.take(fixed);
  else value = from.take(readBigEndian(from.take(width)));
  return { iei, value, octets: from.since(start) };
};

/** The octets of an optional element. */
export const paste = <T>({ iei, fixed, value }: Optional<T>, content: T): Uint8Array => {
  const octets = value.encode(content);
  if (fixed === 0) return Uint8Array.of(iei | ((octets[0] ?? 0) & 15));
  if (fixed !== undefined && octets.length !== fixed)
    throw new RangeError(`it has ${fixed} octets, not ${octets.length}`);
  const body = fixed === undefined ? withLength(octets, lengthOctets(iei) === 2 ? 2 : 1) : octets;
  return concatenate(Uint8Array.of(iei), body);
};
