/**
 * A procedure of the MME for one phone, such as an attach: a function that sends messages and waits for others. What
 * comes in is offered to it; what it waits for it takes. A procedure that is overtaken by another one (a phone that is
 * switched off while it attaches) is aborted: whatever it waits for, now or later, ends in Aborted.
 */
import type { Clock } from '../clock.ts';
import type { PlainMessage } from '../../../src/signalling/nas/message.ts';
import type { S1apPdu } from '../../../src/signalling/s1ap/s1ap.ts';

/** A NAS message of the phone. */
export interface NasEvent {
  readonly nas: PlainMessage;
  /** Its NAS COUNT when it was protected and the protection was right. */
  readonly count: number | undefined;
}
/** An S1AP message of the eNodeB about the phone. */
export interface S1apEvent {
  readonly s1ap: S1apPdu;
}
export type Event = NasEvent | S1apEvent;

type Kind = PlainMessage['kind'];
type Name = S1apPdu['name'];
export type NasOf<K extends Kind> = NasEvent & { readonly nas: Extract<PlainMessage, { readonly kind: K }> };
export type S1apOf<N extends Name> = Extract<S1apPdu, { readonly name: N }>;

/** Another procedure has taken over, or the connection is gone. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/** Nobody answered. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

interface Waiter {
  readonly take: (event: Event) => boolean;
  readonly reject: (error: Error) => void;
}

/** How often a NAS message is sent: after the fifth expiry of its timer the procedure ends (TS 24.301, 5.4 and 5.5). */
const ATTEMPTS = 5;

export class Procedure {
  readonly name: string;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #aborted: Aborted | undefined;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  /** Gives the procedure a message; false when it does not wait for it. */
  offer(event: Event): boolean {
    for (const waiter of this.#waiters) if (waiter.take(event)) return true;
    return false;
  }

  abort(reason: string): void {
    this.#aborted ??= new Aborted(`${this.name}: ${reason}`);
    for (const { reject } of this.#waiters) reject(this.#aborted);
  }

  get aborted(): boolean {
    return this.#aborted !== undefined;
  }

  /** @throws {Aborted} when the procedure is over */
  check(): void {
    if (this.#aborted !== undefined) throw this.#aborted;
  }

  /** The result of something that takes its time, unless the procedure is over by then. */
  async during<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    this.check();
    return result;
  }

  /**
   * Sends a NAS message until the phone answers with one of these kinds.
   *
   * @throws {NoAnswer} after five attempts
   */
  async exchange<K extends Kind>(send: () => void, milliseconds: number, ...kinds: readonly K[]): Promise<NasOf<K>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      this.check();
      const answer = this.nas(milliseconds, ...kinds);
      send();
      const event = await answer;
      if (event !== undefined) return event;
    }
    throw new NoAnswer(`${this.name}: no ${kinds.join(' or ')}`);
  }

  /** The next NAS message of these kinds; undefined when none comes in time. */
  nas<K extends Kind>(milliseconds: number, ...kinds: readonly K[]): Promise<NasOf<K> | undefined> {
    const isWanted = (event: Event): event is NasOf<K> =>
      'nas' in event && (kinds as readonly Kind[]).includes(event.nas.kind);
    return this.#wait(milliseconds, (event) => (isWanted(event) ? event : undefined));
  }

  /** The next S1AP message of these names; undefined when none comes in time. */
  s1ap<N extends Name>(milliseconds: number, ...names: readonly N[]): Promise<S1apOf<N> | undefined> {
    return this.#wait(milliseconds, (event) =>
      's1ap' in event && (names as readonly Name[]).includes(event.s1ap.name) ? (event.s1ap as S1apOf<N>) : undefined,
    );
  }

  #wait<T>(milliseconds: number, read: (event: Event) => T | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#aborted !== undefined) {
        reject(this.#aborted);
        return;
      }
      const done = (): void => {
        cancel();
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        take: (event) => {
          const value = read(event);
          if (value === undefined) return false;
          done();
          resolve(value);
          return true;
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      const cancel = this.#clock.after(milliseconds, () => {
        this.#waiters.delete(waiter);
        resolve(undefined);
      });
    });
  }
}
