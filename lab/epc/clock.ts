/**
 * Time as protocol state machines see it: they are given a clock and never ask the machine for one, so that a test can
 * let an hour pass in a microsecond.
 */

export interface Clock {
  /** Milliseconds since some moment; they never go back. */
  readonly now: () => number;
  /** Runs `action` once when `milliseconds` have passed; the returned function calls it off. */
  readonly after: (milliseconds: number, action: () => void) => () => void;
}

/** The clock of a daemon. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};
