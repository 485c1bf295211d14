/**
 * One direction of a cable as a physical line: a transmitter that sends one frame after the other at a rate, with a
 * queue before it, and a stretch of line that takes a time and loses some. Pure: time and chance come from outside.
 *
 *     offered -> [queue full? dropped] -> transmitter (size / rate) -> [lost?] -> delay and jitter -> due
 *
 * A lost frame has used its share of the rate, as on a real line.
 */
import type { Impairment } from './config.ts';

export type Fate = 'queue' | 'loss' | number;

export class Line {
  readonly #random: () => number;
  /** When the transmitter is done with everything it was given. */
  #busyUntil = 0;
  /** When the last frame that keeps the order arrives. */
  #lastDue = 0;

  /** @param random returns numbers from 0 to below 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Offers a frame at the time `now` (milliseconds). Returns when it comes out at the other end, in milliseconds of the
   * same clock, or what became of it instead.
   */
  offer(now: number, octets: number, { rate, delay, jitter, loss, reorder, queue }: Impairment): Fate {
    let sent = now;
    if (rate > 0) {
      const start = Math.max(now, this.#busyUntil);
      if (start - now > queue) return 'queue';
      sent = start + (octets * 8000) / rate;
      this.#busyUntil = sent;
    }
    if (loss > 0 && this.#random() < loss) return 'loss';
    if (reorder > 0 && this.#random() < reorder) return sent;
    const late = jitter > 0 ? (this.#random() * 2 - 1) * jitter : 0;
    const due = sent + Math.max(0, delay + late);
    // Without this, jitter would let a frame overtake the one before it.
    this.#lastDue = Math.max(due, this.#lastDue);
    return this.#lastDue;
  }
}
