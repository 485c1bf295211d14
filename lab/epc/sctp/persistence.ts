/**
 * Something that is sent until it is answered: INIT by T1-init, COOKIE ECHO by T1-cookie, SHUTDOWN and SHUTDOWN ACK by
 * T2-shutdown (RFC 9260, 5.1 and 9.2). The RTO doubles each time.
 */
import type { Clock } from '../clock.ts';
import { Timer } from './timer.ts';
import type { Path } from './path.ts';

export class Persistence {
  readonly #clock: Clock;
  readonly #path: () => Path;
  readonly #mayRetry: (tries: number) => boolean;
  readonly #timer: Timer;
  #send: () => void = () => undefined;
  #tries = 0;
  #since = 0;

  /** `mayRetry` is asked at every timeout, with how many there were, and has ended the association when it says no. */
  constructor(clock: Clock, path: () => Path, mayRetry: (tries: number) => boolean) {
    this.#clock = clock;
    this.#path = path;
    this.#mayRetry = mayRetry;
    this.#timer = new Timer(clock, () => this.#expired());
  }

  /** Sends something now and at every timeout, instead of what was being sent. */
  start(send: () => void): void {
    this.#tries = 0;
    this.#since = this.#clock.now();
    this.#send = send;
    send();
    this.#timer.start(this.#path().rto);
  }

  stop(): void {
    this.#timer.stop();
  }

  /** The answer has come: it tells the round trip time when the question was asked only once. */
  answered(): void {
    this.stop();
    if (this.#tries === 0) this.#path().measured(this.#clock.now() - this.#since);
  }

  #expired(): void {
    this.#tries += 1;
    if (!this.#mayRetry(this.#tries)) return;
    this.#path().backOff();
    this.#send();
    this.#timer.start(this.#path().rto);
  }
}
