/**
 * Random numbers that can be had again: the seed is printed, and XIYOU_SEED sets it. Where a failure shall mean that a
 * change broke something (CI), every run has the same ones; a person's runs have new ones each time.
 */

/** Mulberry32: numbers from 0 up to 1, the same ones for the same seed. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const CI_SEED = 2018;

/** The seed of this run. */
export const seed = Number(
  process.env['XIYOU_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 2 ** 32 : CI_SEED),
);

/** `count` moments between `from` and `to`, one at random in each of as many equal parts. */
export const moments = (random: () => number, count: number, from: number, to: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.round(from + ((to - from) * (index + random())) / count));
