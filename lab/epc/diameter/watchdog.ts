/**
 * The watchdog of a connection (RFC 3539, 3.4.1): silence for Tw brings a Device-Watchdog-Request, silence after that
 * makes the connection suspect, and silence once more ends it. Anything that comes in starts Tw anew. Probation after a
 * broken connection came back (REOPEN) is about choosing between two peers, and there is no second one here.
 */
import type { Clock } from '../clock.ts';

/** Tw in milliseconds (RFC 3539, 3.4.1: 30 s by default, and not below 6 s). */
export const WATCHDOG_INTERVAL = 30_000;

/** Tw varies by this much in both directions, so that nodes started together do not stay together (RFC 3539). */
const JITTER = 2000;

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly interval: number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Sends a Device-Watchdog-Request. */
  readonly ask: () => void;
  readonly onSuspect: () => void;
  /** A suspect connection is alive after all. */
  readonly onOkay: () => void;
  /** The connection is dead. */
  readonly onDead: () => void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  #state: 'okay' | 'asked' | 'suspect' = 'okay';
  #cancel = (): void => undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#state = 'okay';
    this.#wait();
  }

  stop(): void {
    this.#cancel();
  }

  /** A message came in. @param answer whether it answers the question whether the peer lives */
  heard(answer: boolean): void {
    const suspect = this.#state === 'suspect';
    // After a question only its answer settles it; a suspect connection is cleared by anything (RFC 3539, 3.4.1).
    if (answer || suspect) this.#state = 'okay';
    if (suspect) this.#options.onOkay();
    this.#wait();
  }

  #wait(): void {
    const { clock, interval, random } = this.#options;
    this.#cancel();
    this.#cancel = clock.after(interval + (2 * random() - 1) * Math.min(JITTER, interval / 2), () => this.#silence());
  }

  #silence(): void {
    const { ask, onSuspect, onDead } = this.#options;
    if (this.#state === 'suspect') {
      onDead();
      return;
    }
    const asked = this.#state === 'asked';
    this.#state = asked ? 'suspect' : 'asked';
    this.#wait();
    if (asked) onSuspect();
    else ask();
  }
}
