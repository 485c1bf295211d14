/**
 * Damaged messages by the thousand for a decoder. What it must not do: throw anything but its own error, take long,
 * or keep memory. Time is the processor's, since a wall clock on a busy machine says nothing; the seed repeats a run.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { randomFrom, seed } from './random.ts';

/** 20,000 in a usual run; `XIYOU_FUZZ=full` asks for all. */
const ROUNDS = process.env['XIYOU_FUZZ'] === 'full' ? 100_000 : 20_000;

/** What is written over a part of a message: length fields like the ends of their range. */
const telling = [0, 1, 3, 4, 7, 8, 12, 0x7f, 0x80, 0xfe, 0xff];

/** A copy of one of the samples with some octets changed, cut out, doubled, or the end of another sample behind it. */
export const mutate = (samples: readonly Uint8Array[], random: () => number): Uint8Array => {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (): Uint8Array => samples[below(samples.length)] ?? new Uint8Array();
  let octets = Uint8Array.from(pick());
  for (let change = below(5); change >= 0; change -= 1) {
    const at = below(octets.length);
    const kind = random();
    if (kind < 0.8) octets[at] = random() < 0.4 ? (telling[below(telling.length)] ?? 0) : below(256);
    else if (kind < 0.87) octets = octets.slice(0, at);
    else if (kind < 0.93) octets = Uint8Array.from([...octets.subarray(0, at), ...octets.subarray(below(at + 1))]);
    else octets = Uint8Array.from([...octets.subarray(0, at), ...pick().subarray(at)]);
  }
  return octets;
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Octets in use when everything that can go is gone; the buffers of one collection are freed in the background, until the next. */
const memory = (): number => {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

export interface FuzzReport {
  readonly seed: number;
  readonly rounds: number;
  /** Messages that were read in spite of the damage, and messages that were refused. */
  readonly read: number;
  readonly refused: number;
  /** Every other error, with the octets that led to it. At most ten. */
  readonly wrong: readonly string[];
  /** Processor time of the slowest message in milliseconds. */
  readonly slowest: number;
  /** Octets that stayed behind. */
  readonly growth: number;
}

/**
 * @param decode reads a message in every way there is; what it throws is counted
 * @param isRefusal whether an error is the decoder's own
 */
export const fuzz = (
  samples: readonly Uint8Array[],
  decode: (octets: Uint8Array) => void,
  isRefusal: (error: unknown) => boolean,
): FuzzReport => {
  const random = randomFrom(seed);
  const wrong: string[] = [];
  let [read, refused, slowest, before] = [0, 0, 0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    // The first tenth fills caches and compiles.
    if (round === ROUNDS / 10) before = memory();
    const octets = mutate(samples, random);
    const start = process.threadCpuUsage();
    try {
      decode(octets);
      read += 1;
    } catch (error) {
      if (isRefusal(error)) refused += 1;
      else if (wrong.length < 10) wrong.push(`${String(error)}: ${Buffer.from(octets).toString('hex')}`);
    }
    const { user, system } = process.threadCpuUsage(start);
    slowest = Math.max(slowest, (user + system) / 1000);
  }
  return { seed, rounds: ROUNDS, read, refused, wrong, slowest, growth: memory() - before };
};
