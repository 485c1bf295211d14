/**
 * Packed Encoding Rules, ITU-T X.691, for the protocols that 3GPP writes in ASN.1: S1AP in the aligned variant, RRC in
 * the unaligned one. Types are values, and reading like the ASN.1 of the specification is the point of their notation:
 *
 *     TAI ::= SEQUENCE {                        const TAI = sequence({
 *       pLMNidentity   PLMNidentity,              pLMNidentity: PLMNidentity,
 *       tAC            TAC,                       tAC: TAC,
 *       iE-Extensions  ... OPTIONAL,              'iE-Extensions': optional(Extensions),
 *       ...                                       ...extensible,
 *     }                                         });
 *
 * `ValueOf<typeof TAI>` is what one works with; the compiler knows every field. What a later version of a specification
 * added (behind `...`) is kept as octets under the key `'...'` and written again as it was.
 *
 * Numbers and lengths are in number.ts, strings in string.ts, and so on: this file is the door to all of them.
 */
export { PerError, within } from './error.ts';
export { Reader, type Variant } from './reader.ts';
export { Writer } from './writer.ts';
export { decode, encode, type Plain, type Type, type ValueOf } from './type.ts';
export { boolean, enumerated, integer, nothing, type UnknownItem } from './scalar.ts';
export {
  bits,
  bitString,
  bitStringOf,
  octetBits,
  octetString,
  printableString,
  size,
  type BitString,
  type Size,
} from './string.ts';
export { open, opaque, readOpen, writeOpen } from './open.ts';
export { extensible, optional, sequence, sequenceOf, type Additions, type Sequence } from './sequence.ts';
export { choice, type Choice, type UnknownAlternative } from './choice.ts';
