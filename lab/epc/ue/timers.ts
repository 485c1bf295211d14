/** Timers by their names, each of which runs at most once at a time. */
import type { Clock } from '../clock.ts';

export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #running = new Map<Name, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  runs(name: Name): boolean {
    return this.#running.has(name);
  }

  /** Starts a timer, anew when it runs already. */
  start(name: Name, milliseconds: number, expired: () => void): void {
    this.stop(name);
    const cancel = this.#clock.after(milliseconds, () => {
      this.#running.delete(name);
      expired();
    });
    this.#running.set(name, cancel);
  }

  stop(name: Name): void {
    this.#running.get(name)?.();
    this.#running.delete(name);
  }

  stopAll(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}
