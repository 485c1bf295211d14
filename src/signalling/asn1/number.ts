/**
 * Whole numbers and lengths, from which every other PER encoding is made (X.691, clause 11). The aligned and the
 * unaligned variant differ only here and in where strings begin.
 */
import { WIDEST } from './reader.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** Bits that an unsigned number needs; 0 for 0. */
const widthOf = (value: number): number => {
  const high = Math.floor(value / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(value);
};
/** Octets that an unsigned number needs; at least one. */
const octetsFor = (value: number): number => Math.max(1, Math.ceil(widthOf(value) / 8));

/** The longest number in octets that stays exact. */
const LONGEST = Math.floor(WIDEST / 8);

/**
 * Which form a constrained number takes (11.5): a field of `width` bits, or its octets behind their count of at most
 * `octets`. `span` is the greatest value minus the least.
 */
const formOf = (
  span: number,
  aligned: boolean,
): { readonly width: number; readonly align: boolean } | { readonly octets: number } => {
  if (!aligned || span < 255) return { width: widthOf(span), align: false };
  if (span === 255) return { width: 8, align: true };
  return span < 65_536 ? { width: 16, align: true } : { octets: octetsFor(span) };
};

const bounds = (min: number, max: number): string => `a whole number ${min}..${max}`;

/** A number of which both bounds are known (11.5). */
export const writeConstrained = (writer: Writer, value: number, min: number, max: number): void => {
  if (!Number.isInteger(value) || value < min || value > max) throw writer.wrong(bounds(min, max), String(value));
  const form = formOf(max - min, writer.variant === 'aligned');
  if ('width' in form) {
    if (form.align) writer.align();
    writer.bits(value - min, form.width);
    return;
  }
  const octets = octetsFor(value - min);
  writeConstrained(writer, octets, 1, form.octets);
  writer.align();
  writer.bits(value - min, octets * 8);
};

export const readConstrained = (reader: Reader, min: number, max: number): number => {
  const form = formOf(max - min, reader.variant === 'aligned');
  const { offset } = reader;
  let value: number;
  if ('width' in form) {
    if (form.align) reader.align();
    value = min + reader.bits(form.width);
  } else {
    const octets = readConstrained(reader, 1, form.octets);
    reader.align();
    value = min + reader.bits(octets * 8);
  }
  if (value > max) throw reader.wrong(`${bounds(min, max)} at bit ${offset}`, String(value));
  return value;
};

/** From this length on (16K) a part is sent in fragments. */
const FRAGMENT = 16_384;
const refusal = 'a length below 16384 (fragmented encodings are not supported)';

/**
 * A length determinant (11.9): a constrained number where the bound is below 64K, otherwise one octet below 128 and two
 * below 16384. Longer parts come in fragments, which no message of the packet core needs: they are refused.
 */
export const writeLength = (writer: Writer, length: number, min = 0, max = Infinity): void => {
  if (length < min || length > max) throw writer.wrong(`a length ${min}..${max}`, String(length));
  if (max < 65_536) {
    writeConstrained(writer, length, min, max);
    return;
  }
  if (length >= FRAGMENT) throw writer.wrong(refusal, String(length));
  writer.align();
  if (length < 128) writer.bits(length, 8);
  else writer.bits(0x8000 | length, 16);
};

export const readLength = (reader: Reader, min = 0, max = Infinity): number => {
  if (max < 65_536) return readConstrained(reader, min, max);
  reader.align();
  if (!reader.bit()) return reader.bits(7);
  if (reader.bit()) throw reader.wrong(refusal, 'a fragment');
  const length = reader.bits(14);
  if (length < min) throw reader.wrong(`a length of at least ${min}`, String(length));
  return length;
};

/** A number of which only the least value is known (11.7): its octets behind their count. */
export const writeSemiConstrained = (writer: Writer, value: number, min: number): void => {
  const above = value - min;
  if (!Number.isInteger(value) || !(above >= 0) || octetsFor(above) > LONGEST)
    throw writer.wrong(`a whole number ${min} or above`, String(value));
  writeLength(writer, octetsFor(above));
  writer.align();
  writer.bits(above, octetsFor(above) * 8);
};

const readOctetCount = (reader: Reader): number => {
  const count = readLength(reader);
  if (count < 1 || count > LONGEST) throw reader.wrong(`a number of 1..${LONGEST} octets`, `${count} octets`);
  reader.align();
  return count;
};

export const readSemiConstrained = (reader: Reader, min: number): number =>
  min + reader.bits(readOctetCount(reader) * 8);

/** A number without bounds (11.8): two's complement in as few octets as hold it. */
export const writeUnconstrained = (writer: Writer, value: number): void => {
  // One bit more for the sign; the magnitude of a negative number is one less than what it needs.
  const octets = Math.ceil((widthOf(value < 0 ? -value - 1 : value) + 1) / 8);
  if (!Number.isInteger(value) || octets > LONGEST)
    throw writer.wrong(`a whole number of at most ${LONGEST} octets`, String(value));
  writeLength(writer, octets);
  writer.align();
  writer.bits(value < 0 ? value + 2 ** (octets * 8) : value, octets * 8);
};

export const readUnconstrained = (reader: Reader): number => {
  const width = readOctetCount(reader) * 8;
  const value = reader.bits(width);
  return value >= 2 ** (width - 1) ? value - 2 ** width : value;
};

/** A number that is small in every present message but has no bound (11.6): the index of an extension. */
export const writeSmall = (writer: Writer, value: number): void => {
  writer.bit(value >= 64);
  if (value < 64) writer.bits(value, 6);
  else writeSemiConstrained(writer, value, 0);
};

export const readSmall = (reader: Reader): number => (reader.bit() ? readSemiConstrained(reader, 0) : reader.bits(6));

/** A length of the same kind, at least 1 (11.9.3.4): how many extension additions a type knows. */
export const writeSmallLength = (writer: Writer, length: number): void => {
  writer.bit(length > 64);
  if (length <= 64) writer.bits(length - 1, 6);
  else writeLength(writer, length);
};

export const readSmallLength = (reader: Reader): number => {
  if (!reader.bit()) return reader.bits(6) + 1;
  const length = readLength(reader);
  if (length === 0) throw reader.wrong('a length of at least 1', '0');
  return length;
};
