/** Values of information elements that many messages share: numbers, octets, and the places and networks of a phone. */
import { concatenate } from '../../packet/octets.ts';
import { type Guti, type Tai, GUTI_LENGTH, TAI_LENGTH, decodeGuti, decodeTai, encodeGuti, encodeTai } from '../guti.ts';
import { type Plmn, decodeApn, decodePlmn, encodeApn, encodePlmn } from '../identity.ts';
import { bigEndian, readBigEndian } from '../octets.ts';
import type { Value } from './field.ts';

/** Octets that nothing here looks into, `least` to `most` of them. */
export const octets = (least = 0, most = Number.POSITIVE_INFINITY): Value<Uint8Array> => ({
  decode: (content) => (content.length < least || content.length > most ? undefined : content),
  encode: (content) => {
    if (content.length < least || content.length > most)
      throw new RangeError(`${content.length} octets where ${least} to ${most} may stand`);
    return content;
  },
});

/** A whole number in `length` octets. */
export const number = (length = 1): Value<number> => ({
  decode: (content) => (content.length < length ? undefined : readBigEndian(content.subarray(0, length))),
  encode: (value) => bigEndian(value, length),
});

/** A number of four bits, for elements of half an octet. */
export const nibble: Value<number> = {
  decode: ([value = 0]) => value & 15,
  encode: (value) => {
    if (!Number.isInteger(value) || value < 0 || value > 15) throw new RangeError(`${value} is not a number of 4 bits`);
    return Uint8Array.of(value);
  },
};

/** Access point name (TS 24.008, 10.5.6.1). */
export const apn: Value<string> = { decode: decodeApn, encode: encodeApn };

export const tai: Value<Tai> = { decode: decodeTai, encode: encodeTai };

/** Equivalent PLMNs (TS 24.008, 10.5.1.13): up to 15. */
export const plmnList: Value<readonly Plmn[]> = {
  decode: (content) => {
    if (content.length === 0 || content.length % 3 !== 0) return undefined;
    const plmns = Array.from({ length: content.length / 3 }, (_, index) => decodePlmn(content.subarray(index * 3)));
    return plmns.every((plmn) => plmn !== undefined) ? plmns : undefined;
  },
  encode: (plmns) => concatenate(...plmns.map(encodePlmn)),
};

/** Type of identity of a GUTI, with the four bits before it all set (9.9.3.12). */
const GUTI_HEAD = 0xf6;

/** EPS mobile identity that can only be a GUTI (9.9.3.12). */
export const guti: Value<Guti> = {
  decode: (content) =>
    content.length === 1 + GUTI_LENGTH && ((content[0] ?? 0) & 7) === (GUTI_HEAD & 7)
      ? decodeGuti(content.subarray(1))
      : undefined,
  encode: (value) => concatenate(Uint8Array.of(GUTI_HEAD), encodeGuti(value)),
};

/**
 * A part of a tracking area identity list (9.9.3.33): type 0 names areas of one network one by one, type 1 areas whose
 * codes follow each other, type 2 areas of several networks. 1 to 16 areas.
 */
export interface PartialTaiList {
  readonly type: 0 | 1 | 2;
  readonly tais: readonly Tai[];
}

const MOST_TAIS = 16;
const PLMN_OCTETS = 3;
const TAC_OCTETS = 2;

/** Octets of the areas of a part, after its first. */
const partLength = (type: number, count: number): number | undefined =>
  [PLMN_OCTETS + TAC_OCTETS * count, PLMN_OCTETS + TAC_OCTETS, TAI_LENGTH * count][type];

const decodePart = (type: 0 | 1 | 2, count: number, content: Uint8Array): PartialTaiList | undefined => {
  const first = decodeTai(content);
  if (first === undefined) return undefined;
  const tais = Array.from({ length: count }, (_, index): Tai | undefined => {
    if (type === 2) return decodeTai(content.subarray(index * TAI_LENGTH));
    const at = PLMN_OCTETS + index * TAC_OCTETS;
    const tac = type === 1 ? first.tac + index : readBigEndian(content.subarray(at, at + TAC_OCTETS));
    return tac > 0xffff ? undefined : { plmn: first.plmn, tac };
  });
  return tais.every((tai) => tai !== undefined) ? { type, tais } : undefined;
};

const encodePart = ({ type, tais }: PartialTaiList): Uint8Array => {
  const [first] = tais;
  if (first === undefined || tais.length > MOST_TAIS) throw new RangeError(`a part of ${tais.length} tracking areas`);
  const head = Uint8Array.of((type << 5) | (tais.length - 1));
  if (type === 2) return concatenate(head, ...tais.map(encodeTai));
  const codes = type === 1 ? [first] : tais;
  return concatenate(head, encodePlmn(first.plmn), ...codes.map(({ tac }) => bigEndian(tac, TAC_OCTETS)));
};

/** Tracking area identity list: the areas in which the phone need not say where it is. */
export const taiList: Value<readonly PartialTaiList[]> = {
  decode: (content) => {
    const parts: PartialTaiList[] = [];
    for (let at = 0; at < content.length;) {
      const head = content[at] ?? 0;
      const [type, count] = [(head >> 5) & 3, (head & 31) + 1];
      const length = partLength(type, count);
      if (type === 3 || length === undefined || count > MOST_TAIS || at + 1 + length > content.length) return undefined;
      const part = decodePart(type as 0 | 1 | 2, count, content.subarray(at + 1, at + 1 + length));
      if (part === undefined) return undefined;
      parts.push(part);
      at += 1 + length;
    }
    return parts.length === 0 ? undefined : parts;
  },
  encode: (parts) => concatenate(...parts.map(encodePart)),
};
