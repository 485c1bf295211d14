/**
 * How long to wait before a daemon that ended is started again: not at all the first time, longer each time it ends soon
 * after, and not at all again once it has run for a while. As systemd and Kubernetes do it, but quicker: a lab is watched by a
 * person.
 */

/** Seconds before the first, the second, … start after ends that follow each other; the last one for all further. */
export const delays = [0, 1, 2, 4, 8, 16, 30] as const;

/** Seconds that a daemon has to run until its earlier ends are forgotten. */
export const steady = 60;

/** Counts ends that follow each other, by whatever names a daemon. */
export class Backoff {
  readonly #ends = new Map<string, number>();

  /** Seconds to wait after an end; `ran`: seconds that it ran, 0 for a start that failed. */
  delay(daemon: string, ran: number): number {
    const before = ran >= steady ? 0 : (this.#ends.get(daemon) ?? 0);
    this.#ends.set(daemon, before + 1);
    return delays[Math.min(before, delays.length - 1)] ?? 0;
  }
}
