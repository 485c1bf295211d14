/**
 * How long nothing of a lab has got any further. Hundreds of daemons start at once, and on a slow machine each takes its turn:
 * what tells one that hangs from one that waits is that nothing else gets any further either. So deadlines of `up` are
 * counted from here and not from when each was asked for.
 */
export class Standstill {
  #moved: number;
  readonly #now: () => number;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#moved = now();
  }

  /** Something got further. */
  moved(): void {
    this.#moved = this.#now();
  }

  /** Milliseconds since anything got further, but no more than since `began`, a moment of the same clock. */
  since(began = -Infinity): number {
    return this.#now() - Math.max(began, this.#moved);
  }
}
