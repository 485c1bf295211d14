/** What the threads of a cable share: per direction, the impairment (main writes, thread reads) and the counters. */
import type { Impairment } from './config.ts';

const parameters = ['rate', 'delay', 'jitter', 'loss', 'reorder', 'queue'] as const satisfies (keyof Impairment)[];

/** What can become of a frame. */
export const fates = [
  /** Went out at the other end. */
  'passed',
  /** Lost on the way, by `loss`. */
  'loss',
  /** Dropped because it would have waited too long for its turn, or the line held too much. */
  'queue',
  /** Refused by the kernel at the other end: interface down, frame longer than its MTU. */
  'refused',
] as const;
export type FrameFate = (typeof fates)[number];

export class Direction {
  readonly memory: SharedArrayBuffer;
  readonly #version: Int32Array;
  readonly #parameters: Float64Array;
  readonly #counters: Float64Array;
  #known = -1;
  #impairment: Impairment | undefined;

  constructor(memory = new SharedArrayBuffer(8 * (1 + parameters.length + fates.length))) {
    this.memory = memory;
    this.#version = new Int32Array(memory, 0, 1);
    this.#parameters = new Float64Array(memory, 8, parameters.length);
    this.#counters = new Float64Array(memory, 8 * (1 + parameters.length));
  }

  /** The impairment that holds now; the same object until it changes. */
  get impairment(): Impairment {
    const version = Atomics.load(this.#version, 0);
    if (this.#impairment !== undefined && version === this.#known) return this.#impairment;
    this.#known = version;
    const values = parameters.map((name, index) => [name, this.#parameters[index] ?? 0]);
    return (this.#impairment = Object.fromEntries(values) as Record<keyof Impairment, number>);
  }

  /** Takes effect with the next frame; frames that are on the line keep their times. */
  set impairment(impairment: Impairment) {
    for (const [index, name] of parameters.entries()) this.#parameters[index] = impairment[name];
    Atomics.add(this.#version, 0, 1);
  }

  /** Counts a frame. Only one thread may do this. */
  count(fate: FrameFate): void {
    const index = fates.indexOf(fate);
    this.#counters[index] = (this.#counters[index] ?? 0) + 1;
  }

  counters(): Record<FrameFate, number> {
    return Object.fromEntries(fates.map((fate, index) => [fate, this.#counters[index] ?? 0])) as Record<
      FrameFate,
      number
    >;
  }
}
