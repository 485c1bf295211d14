/** BIT STRING, OCTET STRING and PrintableString (X.691, clauses 16, 17 and 30). */
import { readLength, writeLength } from './number.ts';
import type { Reader } from './reader.ts';
import type { Marker } from './scalar.ts';
import type { Type } from './type.ts';
import type { Writer } from './writer.ts';

/** `SIZE (min..max)`, in bits, octets, characters or items. */
export interface Size {
  readonly min: number;
  readonly max: number;
  /** With the extension marker lengths outside the bounds may follow in later versions. */
  readonly extensible: boolean;
}

/** `SIZE (4)` is `size(4)`, `SIZE (1..160, ...)` is `size(1, 160, '...')`. */
export const size = (min: number, max = min, marker?: Marker): Size => ({ min, max, extensible: marker === '...' });

/** Without a size: any length. */
const ANY: Size = { min: 0, max: Infinity, extensible: false };

/** Writes the length; true when the string is of one fixed length of at most `inline` units, which are not aligned. */
const writeSize = (writer: Writer, length: number, of: Size, inline: number): boolean => {
  const outside = of.extensible && (length < of.min || length > of.max);
  if (of.extensible) writer.bit(outside);
  if (outside) writeLength(writer, length);
  else writeLength(writer, length, of.min, of.max);
  return !outside && of.min === of.max && of.max <= inline;
};

const readSize = (reader: Reader, of: Size, inline: number): { readonly length: number; readonly inline: boolean } => {
  const outside = of.extensible && reader.bit();
  const length = outside ? readLength(reader) : readLength(reader, of.min, of.max);
  return { length, inline: !outside && of.min === of.max && of.max <= inline };
};

/** `OCTET STRING` of any length, or of a size. A fixed size of one or two octets is not aligned (17.6). */
export const octetString = (of: Size = ANY): Type<Uint8Array> => ({
  write: (writer, value) => {
    const inline = writeSize(writer, value.length, of, 2);
    if (!inline && value.length > 0) writer.align();
    writer.octets(value);
  },
  read: (reader) => {
    const { length, inline } = readSize(reader, of, 2);
    if (!inline && length > 0) reader.align();
    return reader.octets(length);
  },
});

/** A string of bits: `length` of them, the first in the most significant bit of the first octet. */
export interface BitString {
  readonly length: number;
  readonly octets: Uint8Array;
}

/** A bit string of whole octets. */
export const bitStringOf = (octets: Uint8Array): BitString => ({ length: octets.length * 8, octets });

/** `BIT STRING (SIZE (...))`. A fixed size of up to 16 bits is not aligned (16.9). */
export const bitString = (of: Size): Type<BitString> => ({
  write: (writer, { length, octets }) => {
    if (octets.length !== Math.ceil(length / 8)) throw writer.wrong(`${length} bits`, `${octets.length} octets`);
    const inline = writeSize(writer, length, of, 16);
    if (!inline && length > 0) writer.align();
    const whole = length >> 3;
    writer.octets(octets.subarray(0, whole));
    const rest = length & 7;
    if (rest > 0) writer.bits((octets[whole] ?? 0) >> (8 - rest), rest);
  },
  read: (reader) => {
    const { length, inline } = readSize(reader, of, 16);
    if (!inline && length > 0) reader.align();
    const rest = length & 7;
    const whole = reader.octets(length >> 3);
    if (rest === 0) return { length, octets: whole };
    const octets = new Uint8Array(whole.length + 1);
    octets.set(whole);
    octets[whole.length] = reader.bits(rest) << (8 - rest);
    return { length, octets };
  },
});

/** `BIT STRING (SIZE (n))` of at most 53 bits as a number: identities and bit masks. `bits(16, '...')` with a marker. */
export const bits = (length: number, marker?: Marker): Type<number> => ({
  write: (writer, value) => {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** length)
      throw writer.wrong(`a number of ${length} bits`, String(value));
    writeSize(writer, length, size(length, length, marker), 16);
    if (length > 16) writer.align();
    writer.bits(value, length);
  },
  read: (reader) => {
    const found = readSize(reader, size(length, length, marker), 16);
    if (found.length !== length) throw reader.wrong(`${length} bits`, `${found.length} bits`);
    if (length > 16) reader.align();
    return reader.bits(length);
  },
});

/** `BIT STRING (SIZE (8 * n))` as n octets: keys. */
export const octetBits = (length: number): Type<Uint8Array> => {
  const type = bitString(size(length));
  return {
    write: (writer, value) => type.write(writer, bitStringOf(value)),
    read: (reader) => type.read(reader).octets,
  };
};

/** Letters, digits, space and these signs (ITU-T X.680, 41.4). */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/u;

/** `PrintableString (SIZE (...))`, in the aligned variant an octet for a character, otherwise seven bits (30.5.2). */
export const printableString = (of: Size): Type<string> => ({
  write: (writer, value) => {
    if (!PRINTABLE.test(value)) throw writer.wrong('a PrintableString', JSON.stringify(value));
    const width = writer.variant === 'aligned' ? 8 : 7;
    const inline = writeSize(writer, value.length, of, 16 / width);
    if (!inline && value.length > 0) writer.align();
    for (const character of value) writer.bits(character.charCodeAt(0), width);
  },
  read: (reader) => {
    const width = reader.variant === 'aligned' ? 8 : 7;
    const { length, inline } = readSize(reader, of, 16 / width);
    if (!inline && length > 0) reader.align();
    let value = '';
    for (let index = 0; index < length; index += 1) value += String.fromCharCode(reader.bits(width));
    if (!PRINTABLE.test(value)) throw reader.wrong('a PrintableString', JSON.stringify(value));
    return value;
  },
});
