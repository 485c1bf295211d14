/**
 * SNOW 3G (3GPP TS 35.216), the stream cipher under 128-EEA1 and 128-EIA1: a shift register of sixteen words over which
 * a machine of three registers R1, R2, R3 walks. Everything is in words of 32 bits.
 */
import { u32 } from '../../packet/octets.ts';
import { divideByAlpha, multiplyByAlpha, s1, s2 } from './snow3g-tables.ts';

const STAGES = 16;
/** Clocks of initialisation without output (4.1). */
const SETUP = 32;

/** Four words; for a key, K3 to K0 as the octets read from left to right. */
export type Words = readonly [number, number, number, number];

/** The octets of a 128-bit key as words, leftmost first. */
export const keyWords = (key: Uint8Array): Words => [u32(key, 0), u32(key, 4), u32(key, 8), u32(key, 12)];

/** `count` words of key stream z1, z2, ... (4.2); `vector` is IV3 to IV0. */
export const keyStream = (key: Words, vector: Words, count: number): Uint32Array => {
  // In the specification K0 is the rightmost word, and so is IV0.
  const [k3, k2, k1, k0] = key;
  const [iv3, iv2, iv1, iv0] = vector;
  const stages = Uint32Array.of(
    ...[~k0, ~k1, ~k2, ~k3, k0, k1, k2, k3],
    ...[~k0, ~k1 ^ iv3, ~k2 ^ iv2, ~k3, k0 ^ iv1, k1, k2, k3 ^ iv0],
  );
  const at = (stage: number): number => stages[stage] ?? 0;
  let [r1, r2, r3] = [0, 0, 0];

  /** One clock of the finite state machine (3.4.6). */
  const clockMachine = (): number => {
    const output = ((at(15) + r1) ^ r2) >>> 0;
    const next = (r2 + ((r3 ^ at(5)) >>> 0)) >>> 0;
    [r3, r2, r1] = [s2(r2), s1(r1), next];
    return output;
  };
  /** One clock of the shift register (3.4.4, 3.4.5); `feedback` is zero when key stream is made. */
  const clockRegister = (feedback: number): void => {
    const first = at(0);
    const eleventh = at(11);
    const next =
      (first << 8) ^
      (multiplyByAlpha[first >>> 24] ?? 0) ^
      at(2) ^
      (eleventh >>> 8) ^
      (divideByAlpha[eleventh & 0xff] ?? 0) ^
      feedback;
    stages.copyWithin(0, 1);
    stages[STAGES - 1] = next;
  };

  for (let clock = 0; clock < SETUP; clock += 1) clockRegister(clockMachine());
  clockMachine();
  clockRegister(0);
  return Uint32Array.from({ length: count }, () => {
    const output = clockMachine() ^ at(0);
    clockRegister(0);
    return output;
  });
};
