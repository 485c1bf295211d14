/** Time as associations see it: a clock that is handed to them, so that a test can let days pass in a moment. */

export interface Clock {
  /** Milliseconds since some fixed moment, never going back; fractions allowed. */
  readonly now: () => number;
  /** Calls `work` once after `delay` milliseconds; the returned function prevents it. */
  readonly after: (delay: number, work: () => void) => () => void;
}

/** The clock of this process. Its timers keep the process alive: an open association is work to do. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delay, work) => {
    const timer = setTimeout(work, delay);
    return () => clearTimeout(timer);
  },
};

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
