/** PER against encodings worked out by hand from ITU-T X.691, in both variants. */
import t, { type Test } from 'tap';
import {
  bits,
  bitString,
  boolean,
  choice,
  decode,
  encode,
  enumerated,
  extensible,
  integer,
  nothing,
  octetBits,
  octetString,
  opaque,
  open,
  optional,
  PerError,
  printableString,
  sequence,
  sequenceOf,
  size,
  type Type,
  type Variant,
} from '../../../../src/signalling/asn1/per.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const octetsOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Checks that the value encodes to these octets and the octets decode to the value. */
const both = <V>(t: Test, what: string, type: Type<V>, value: V, expected: string, variant: Variant = 'aligned') => {
  t.equal(hex(encode(type, value, variant)), expected.replaceAll(' ', ''), `${what}, ${variant}: writes ${expected}`);
  t.same(decode(type, octetsOf(expected), variant), value, `${what}, ${variant}: reads ${expected}`);
};

/** The error that reading these octets ends in. */
const refusal = (type: Type<unknown>, text: string, variant: Variant = 'aligned'): string => {
  try {
    decode(type, octetsOf(text), variant);
  } catch (error) {
    return error instanceof PerError ? error.message : `no PerError: ${String(error)}`;
  }
  return 'read';
};

void t.test('constrained whole numbers take the form that their range asks for', (t) => {
  // A bit first, so that alignment shows.
  const after = (type: Type<number>) => sequence({ flag: boolean, value: type });
  const value = (number: number) => ({ flag: true, value: number });
  both(t, 'one value', after(integer(7, 7)), value(7), '80');
  both(t, '2 values', after(integer(0, 1)), value(1), 'c0');
  both(t, '255 values: 8 bits, not aligned', after(integer(0, 254)), value(254), 'ff00');
  both(t, '256 values: an aligned octet', after(integer(0, 255)), value(254), '80fe');
  both(t, '257 values: two aligned octets', after(integer(0, 256)), value(256), '800100');
  both(t, '65536 values', after(integer(0, 65_535)), value(1), '800001');
  both(t, '65537 values: length 1..3 in two bits, octets', after(integer(0, 65_536)), value(1), '8001');
  both(t, '32 bits: length 1..4 in two bits', after(integer(0, 4_294_967_295)), value(0xdeadbeef), 'e0 deadbeef');
  both(t, '24 bits: length 1..3 in two bits', after(integer(0, 16_777_215)), value(70_000), 'c0 011170');
  both(t, '10^10: length 1..5 in three bits', after(integer(0, 1e10)), value(1e10), 'c0 02540be400');
  both(t, 'a lower bound', after(integer(-70, -22)), value(-65), '8a');
  for (const [min, max, number, expected] of [
    [0, 255, 254, 'ff00'],
    [0, 256, 256, 'c000'],
    [0, 4_294_967_295, 0xdeadbeef, 'ef56df7780'],
    [-70, -22, -65, '8a'],
  ] as const)
    both(t, `${min}..${max}`, after(integer(min, max)), value(number), expected, 'unaligned');
  t.end();
});

void t.test('numbers with an extension marker, one bound, or none', (t) => {
  both(t, 'inside', integer(0, 15, '...'), 5, '28');
  both(t, 'outside: as a number without bounds', integer(0, 15, '...'), 300, '80 02 012c');
  both(t, 'at least 1', integer(1), 256, '01 ff');
  both(t, 'at least -1', integer(-1), 4095, '02 1000');
  both(t, 'any', integer(), -129, '02 ff7f');
  both(t, 'any', integer(), 127, '01 7f');
  both(t, 'any', integer(), 128, '02 0080');
  both(t, 'any', integer(), -(2 ** 40), '06 ff0000000000');
  t.throws(() => encode(integer(), 2 ** 50, 'aligned'), PerError, 'more octets than a number holds');
  t.match(refusal(integer(), '07 01020304050607'), /expected a number of 1..6 octets/);
  t.end();
});

void t.test('enumerations know their items, and keep those of later versions', (t) => {
  both(t, 'three items', enumerated('a', 'b', 'c'), 'c', '80');
  const later = enumerated('a', 'b', '...', 'c');
  both(t, 'with a marker', later, 'b', '40');
  both(t, 'an addition', later, 'c', '80');
  both(t, 'an unknown addition', later, 'extension-3', '83');
  both(t, 'an unknown addition far away', later, 'extension-64', 'c0 01 40');
  both(t, 'one item and a marker', enumerated('a', '...'), 'a', '00');
  t.match(refusal(enumerated('a', 'b', 'c'), 'c0'), /expected a whole number 0..2 at bit 0, found 3/);
  t.throws(() => encode(later as Type<string>, 'd', 'aligned'), /expected one of a, b, \.\.\., c, found "d"/);
  t.end();
});

void t.test('strings are aligned when they are long', (t) => {
  const after = <V>(type: Type<V>) => sequence({ flag: boolean, value: type });
  const value = <V>(given: V) => ({ flag: true, value: given });
  both(t, '2 octets, fixed', after(octetString(size(2))), value(octetsOf('abcd')), 'd5e680');
  both(t, '3 octets, fixed', after(octetString(size(3))), value(octetsOf('abcdef')), '80abcdef');
  both(t, '3..8 octets', after(octetString(size(3, 8))), value(octetsOf('abcdef')), '80abcdef');
  both(t, 'any octets', after(octetString()), value(octetsOf('abcdef')), '8003abcdef');
  both(t, 'no octets', after(octetString()), value(octetsOf('')), '8000');
  both(t, '16 bits, fixed', after(bits(16)), value(0xabcd), 'd5e680');
  both(t, '16 bits or later others', after(bits(16, '...')), value(0xabcd), 'aaf340');
  both(t, '20 bits, fixed', after(bits(20)), value(0xabcde), '80abcde0');
  both(t, 'bits as octets', after(octetBits(24)), value(octetsOf('abcdef')), '80abcdef');
  const address = after(bitString(size(1, 160, '...')));
  both(t, '1..160 bits', address, value({ length: 12, octets: octetsOf('abc0') }), '82c0 abc0');
  const name = after(printableString(size(1, 150, '...')));
  both(t, '1..150 characters', name, value('enb-1'), '8100 656e622d31');
  both(t, 'any octets', after(octetString()), value(octetsOf('abcdef')), '81d5e6f780', 'unaligned');
  both(t, '20 bits', after(bits(20)), value(0xabcde), 'd5e6f0', 'unaligned');
  t.match(refusal(printableString(size(3)), '00 61 62'), /expected a PrintableString/);
  t.throws(() => encode(octetString(size(3)), new Uint8Array(4), 'aligned'), PerError);
  t.throws(() => encode(bits(4), 16, 'aligned'), PerError);
  t.end();
});

void t.test('a length is one octet, two octets, or refused', (t) => {
  for (const [length, expected] of [
    [127, '7f'],
    [128, '8080'],
    [16_383, 'bfff'],
  ] as const)
    t.equal(hex(encode(octetString(), new Uint8Array(length), 'aligned')).slice(0, expected.length), expected);
  t.throws(() => encode(octetString(), new Uint8Array(16_384), 'aligned'), /fragmented encodings are not supported/);
  t.match(refusal(octetString(), 'c1 00'), /octet 0 bit 2: expected a length below 16384 .*found a fragment/);
  t.end();
});

void t.test('sequences say which fields are there, and keep what was added later', (t) => {
  const type = sequence({ a: integer(0, 3), b: optional(boolean), c: optional(integer(0, 255)), ...extensible });
  both(t, 'without optional fields', type, { a: 2 }, '10');
  both(t, 'with all', type, { a: 2, b: true, c: 9 }, '74 09');
  const additions = [octetsOf('aabb'), undefined, octetsOf('cc')];
  // 1 00 01: marker, no options, a. 0 000010: three additions. 101: which of them. Then the open types, aligned.
  both(t, 'with additions', type, { a: 1, '...': additions }, '882a 02aabb 01cc');
  t.match(refusal(type, '60'), /c: octet 1: expected 8 more bits, found 0: the end/);
  t.throws(() => encode(type as Type<unknown>, {}, 'aligned'), /expected the field a, found nothing/);
  t.end();
});

void t.test('choices name their alternative, and keep those of later versions', (t) => {
  const type = choice({ a: integer(0, 255), b: nothing, ...extensible, c: octetString(size(1)) });
  both(t, 'the first', type, { a: 5 }, '00 05');
  both(t, 'the second', type, { b: null }, '40');
  both(t, 'an addition is an open type', type, { c: octetsOf('07') }, '80 01 07');
  both(t, 'an unknown addition', type, { '...': { index: 1, octets: octetsOf('aabb') } }, '81 02 aabb');
  t.throws(() => encode(type as Type<object>, {}, 'aligned'), /expected one of a, b, \.\.\., c, found nothing/);
  t.end();
});

void t.test('lists and open types', (t) => {
  both(t, '1..6 items: three bits', sequenceOf(boolean, size(1, 6)), [true, false, true], '54');
  both(t, 'no item', sequenceOf(boolean, size(0, 65_535)), [], '0000');
  both(t, 'an open type', open(integer(0, 3)), 2, '01 80');
  both(t, 'an open type of no bits is one octet', open(nothing), null, '01 00');
  both(t, 'octets of an open type', opaque, octetsOf('aabb'), '02 aabb');
  t.match(
    refusal(open(integer(0, 3)), '02 80 00'),
    /octet 1 bit 2: expected the end of the value, found 1 more octets/,
  );
  t.match(
    refusal(sequenceOf(integer(0, 9), size(3)), '12f0'),
    /\[2\]: .*expected a whole number 0..9 at bit 8, found 15/,
  );
  t.end();
});

void t.test('an error tells the way to its place', (t) => {
  const inner = sequence({ list: sequenceOf(choice({ x: integer(0, 4), y: nothing }), size(1, 4)) });
  const type = sequence({ before: integer(0, 255), body: open(inner) });
  const error = t.throws(() => decode(type, octetsOf('00 01 1c'), 'aligned')) as unknown as PerError;
  t.ok(error instanceof PerError);
  t.equal(error.path.join(' '), 'body list [0] x');
  t.equal(error.message, 'body.list[0].x: octet 2 bit 6: expected a whole number 0..4 at bit 19, found 7');
  t.equal(error.offset, 22);
  t.end();
});

void t.test('decoded strings do not share the memory of the message', (t) => {
  const message = Buffer.from('03aabbcc', 'hex');
  const value = decode(octetString(), message, 'aligned');
  message.fill(0);
  t.equal(hex(value), 'aabbcc');
  t.end();
});
