/**
 * Whether peers live, and whether they are still who they were. An Echo Request asks the first (3GPP TS 29.274, 7.1.1);
 * the restart counter in a Recovery element tells the second: a peer that counts higher has forgotten everything, so
 * what was agreed with it is gone (TS 23.007, 18 and 19).
 */
import type { Clock } from '../clock.ts';
import { find } from '../../../src/signalling/gtpv2/element.ts';
import { Gtpv2Error } from '../../../src/signalling/gtpv2/error.ts';
import type { Message } from '../../../src/signalling/gtpv2/message.ts';
import { recovery } from '../../../src/signalling/gtpv2/subscriber.ts';
import type { Remote } from './transaction.ts';

export type PathEvent =
  | { readonly kind: 'up' | 'down'; readonly remote: Remote }
  /** The counters are those of before and after. */
  | { readonly kind: 'restarted'; readonly remote: Remote; readonly before: number; readonly after: number };

export interface PathOptions {
  readonly clock: Clock;
  /** Sends an Echo Request; rejects when nobody answers. */
  readonly echo: (to: Remote) => Promise<Message>;
  readonly onPath: (event: PathEvent) => void;
  /** Milliseconds between an answer and the next question; the standard wants at least 60 s (7.1.1). */
  readonly interval?: number;
}

/** Milliseconds between an answer and the next Echo Request, as often as the standard allows (7.1.1). */
export const ECHO_INTERVAL = 60_000;

/** Peers whose counter is kept at most; the one heard of first goes first. */
const LIMIT = 1000;

/** Whether a counter of eight bits that goes round has moved forward (TS 23.007: smaller values are old messages). */
const isLater = (after: number, before: number): boolean => {
  const distance = (after - before) & 0xff;
  return distance > 0 && distance < 128;
};

export class Paths {
  readonly #options: PathOptions;
  readonly #counters = new Map<string, number>();
  /** Watched peers by address; each with what ends the watch. */
  readonly #watched = new Map<string, () => void>();

  constructor(options: PathOptions) {
    this.#options = options;
  }

  /** The restart counter a peer last told, if it did. */
  counterOf(address: string): number | undefined {
    return this.#counters.get(address);
  }

  /** Looks into a message for a restart counter. A Recovery element that cannot be read says nothing. */
  observe(message: Message, remote: Remote): void {
    const after = recoveryOf(message);
    const before = this.#counters.get(remote.address);
    if (after === undefined || (before !== undefined && !isLater(after, before))) return;
    const [first] = before === undefined && this.#counters.size >= LIMIT ? this.#counters.keys() : [];
    if (first !== undefined) this.#counters.delete(first);
    this.#counters.set(remote.address, after);
    if (before !== undefined) this.#options.onPath({ kind: 'restarted', remote, before, after });
  }

  /**
   * Asks a peer from now on whether it lives; says `up` at the first answer, then only changes.
   *
   * @param first milliseconds before the first question: none need be asked when something was just heard of the peer
   */
  watch(remote: Remote, first = 0): void {
    if (this.#watched.has(remote.address)) return;
    const { clock, echo, onPath, interval = ECHO_INTERVAL } = this.#options;
    let watching = true;
    let state: 'up' | 'down' | undefined;
    let cancel = (): void => undefined;
    const learn = (now: 'up' | 'down'): void => {
      if (!watching) return;
      if (now !== state) onPath({ kind: now, remote });
      state = now;
      cancel = clock.after(interval, ask);
    };
    const ask = (): void => {
      echo(remote).then(
        () => learn('up'),
        () => learn('down'),
      );
    };
    this.#watched.set(remote.address, () => {
      watching = false;
      cancel();
    });
    if (first > 0) cancel = clock.after(first, ask);
    else ask();
  }

  /** Asks no more. */
  unwatch(address: string): void {
    this.#watched.get(address)?.();
    this.#watched.delete(address);
  }

  close(): void {
    for (const address of [...this.#watched.keys()]) this.unwatch(address);
  }
}

const recoveryOf = (message: Message): number | undefined => {
  try {
    return find(message.ies, recovery);
  } catch (error) {
    if (error instanceof Gtpv2Error) return undefined;
    throw error;
  }
};
