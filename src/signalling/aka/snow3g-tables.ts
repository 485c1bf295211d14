/**
 * The tables of SNOW 3G, built from their algebra (3GPP TS 35.216, annex 1) instead of copied: two S-boxes, each followed
 * by the matrix of the cipher's S1 or S2, and the multiplications by alpha and 1/alpha.
 */

/** Multiplication by x of a polynomial of 8 bits, modulo x^8 plus `reduction` (MULx, 3.1.1). */
const timesX = (value: number, reduction: number): number =>
  ((value << 1) & 0xff) ^ ((value & 0x80) === 0 ? 0 : reduction);

/** MULxPOW (3.1.2). */
const timesXPower = (value: number, power: number, reduction: number): number => {
  let product = value;
  for (let step = 0; step < power; step += 1) product = timesX(product, reduction);
  return product;
};

const multiply = (left: number, right: number, reduction: number): number => {
  let product = 0;
  for (let bit = 0; bit < 8; bit += 1) if (((right >> bit) & 1) !== 0) product ^= timesXPower(left, bit, reduction);
  return product;
};

const power = (base: number, exponent: number, reduction: number): number => {
  let product = 1;
  for (let bit = 5; bit >= 0; bit -= 1) {
    product = multiply(product, product, reduction);
    if (((exponent >> bit) & 1) !== 0) product = multiply(product, base, reduction);
  }
  return product;
};

const word = (first: number, second: number, third: number, fourth: number): number =>
  ((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0;

const octets = Array.from({ length: 256 }, (_, value) => value);

/** Modulus of Rijndael's field, of S2's field, and of the field under alpha. */
const RIJNDAEL = 0x1b;
const DICKSON = 0x69;
const ALPHA = 0xa9;

/** Rijndael's S-box: the inverse, x^254, and an affine map. */
const boxR = octets.map((value) => {
  const cubed = power(value, 62, RIJNDAEL);
  const inverse = multiply(power(cubed, 4, RIJNDAEL), power(value, 6, RIJNDAEL), RIJNDAEL);
  const doubled = inverse | (inverse << 8);
  return [4, 5, 6, 7, 8].reduce((sum, shift) => sum ^ ((doubled >> shift) & 0xff), 0x63);
});

/** The S-box of S2: a Dickson polynomial, g49(x) + 0x25 (annex 1). */
const boxQ = octets.map((value) =>
  [1, 9, 13, 15, 33, 41, 45, 47, 49].reduce((sum, exponent) => sum ^ power(value, exponent, DICKSON), 0x25),
);

/**
 * S1 and S2 substitute four octets and mix them as a column of Rijndael (3.3). The contribution of the first octet is
 * in `columns[0]`, that of the second in `columns[1]`, and so on.
 */
const columns = (box: readonly number[], reduction: number): readonly Uint32Array[] => {
  const twice = box.map((value) => timesX(value, reduction));
  const at = (table: readonly number[], index: number): number => table[index] ?? 0;
  const of = (column: (x1: number, x2: number, x3: number) => number): Uint32Array =>
    Uint32Array.from(octets, (value) => column(at(box, value), at(twice, value), at(box, value) ^ at(twice, value)));
  return [
    of((x1, x2, x3) => word(x2, x3, x1, x1)),
    of((x1, x2, x3) => word(x1, x2, x3, x1)),
    of((x1, x2, x3) => word(x1, x1, x2, x3)),
    of((x1, x2, x3) => word(x3, x1, x1, x2)),
  ];
};

const substitution = (box: readonly number[], reduction: number): ((value: number) => number) => {
  const [first, second, third, fourth] = columns(box, reduction);
  return (value) =>
    ((first?.[value >>> 24] ?? 0) ^
      (second?.[(value >>> 16) & 0xff] ?? 0) ^
      (third?.[(value >>> 8) & 0xff] ?? 0) ^
      (fourth?.[value & 0xff] ?? 0)) >>>
    0;
};

/** The substitutions of the finite state machine, on words of 32 bits. */
export const s1 = substitution(boxR, RIJNDAEL);
export const s2 = substitution(boxQ, DICKSON);

const alphaTable = (powers: readonly [number, number, number, number]): Uint32Array =>
  Uint32Array.from(octets, (value) => {
    const [first, second, third, fourth] = powers;
    const at = (exponent: number): number => timesXPower(value, exponent, ALPHA);
    return word(at(first), at(second), at(third), at(fourth));
  });

/** MULalpha and DIValpha (3.4.2, 3.4.3). */
export const multiplyByAlpha = alphaTable([23, 245, 48, 239]);
export const divideByAlpha = alphaTable([16, 39, 6, 64]);
