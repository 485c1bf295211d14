/** A clock that stands still until a test lets time pass, for state machines that are given theirs. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../lab/epc/clock.ts';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

export interface FakeClock extends Clock {
  /** Lets so many milliseconds pass: timers run in their order, and promises settle after each. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** How many timers wait. */
  readonly waiting: () => number;
}

export const fakeClock = (): FakeClock => {
  let now = 0;
  const timers = new Set<Timer>();
  /** The first timer that is due by `end`; of two at one moment the one that was set first. */
  const next = (end: number): Timer | undefined =>
    [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
  return {
    now: () => now,
    after: (milliseconds, action) => {
      const timer = { at: now + milliseconds, action };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass: async (milliseconds) => {
      const end = now + milliseconds;
      await turn();
      for (let timer = next(end); timer !== undefined; timer = next(end)) {
        timers.delete(timer);
        now = timer.at;
        timer.action();
        await turn();
      }
      now = end;
    },
    waiting: () => timers.size,
  };
};
