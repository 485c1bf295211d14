/** The timers of an association. */
import type { Clock } from '../clock.ts';

/** A timer that is started again and again with the same work, as the RFC's T1, T2 and T3 are. */
export class Timer {
  readonly #clock: Clock;
  readonly #work: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  get running(): boolean {
    return this.#cancel !== undefined;
  }

  /** Starts the timer, or starts it anew, to go off in `delay` milliseconds. */
  start(delay: number): void {
    this.stop();
    this.#cancel = this.#clock.after(delay, () => {
      this.#cancel = undefined;
      this.#work();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
