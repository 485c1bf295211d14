/**
 * Packets for phones that are idle (3GPP TS 23.401, 5.3.4.3). They wait here while the MME calls the phone, in bounded
 * numbers; when the phone is connected they go on their way, and when it cannot be found they are dropped and no more
 * are taken for a while, so that a phone that is gone is not called with every packet.
 */
import type { Clock } from '../clock.ts';

/** Packets of a phone that wait at most. The first ones are kept: they begin what is meant for the phone. */
export const MOST_PACKETS = 64;
/** Milliseconds that packets wait at most: longer than any MME calls. */
export const LONGEST_WAIT = 60_000;
/** Milliseconds for which nothing is taken after a phone was not found. */
export const HOLD_OFF = 10_000;

export interface WaitingPorts<Session> {
  readonly clock: Clock;
  /** Has the phone called; resolves with whether the MME does so. */
  readonly notify: (session: Session) => Promise<boolean>;
  /** Says to the user plane whether it shall give packets of this session here. */
  readonly hold: (session: Session, held: boolean) => void;
}

interface Queue {
  readonly packets: Uint8Array[];
  readonly cancel: () => void;
}

export class Waiting<Session> {
  readonly #ports: WaitingPorts<Session>;
  readonly #queues = new Map<Session, Queue>();
  /** Phones that were not found lately; the functions end the time for which they are left alone. */
  readonly #left = new Map<Session, () => void>();

  constructor(ports: WaitingPorts<Session>) {
    this.#ports = ports;
  }

  /** How many packets of a phone wait. */
  size(session: Session): number {
    return this.#queues.get(session)?.packets.length ?? 0;
  }

  /** Takes a packet; the first one has the phone called. */
  take(session: Session, packet: Uint8Array): void {
    if (this.#left.has(session)) return;
    const queue = this.#queues.get(session) ?? this.#begin(session);
    if (queue.packets.length < MOST_PACKETS) queue.packets.push(packet);
  }

  /** The phone is there, or its session is over: what has waited, in its order. */
  end(session: Session): readonly Uint8Array[] {
    const queue = this.#queues.get(session);
    queue?.cancel();
    this.#queues.delete(session);
    this.#left.get(session)?.();
    this.#left.delete(session);
    return queue?.packets ?? [];
  }

  /** The phone cannot be found. */
  drop(session: Session): void {
    const queue = this.#queues.get(session);
    if (queue === undefined) return;
    queue.cancel();
    this.#queues.delete(session);
    this.#ports.hold(session, false);
    const again = (): void => {
      this.#left.delete(session);
      this.#ports.hold(session, true);
    };
    this.#left.set(session, this.#ports.clock.after(HOLD_OFF, again));
  }

  #begin(session: Session): Queue {
    const { clock, notify } = this.#ports;
    const queue: Queue = { packets: [], cancel: clock.after(LONGEST_WAIT, () => this.drop(session)) };
    this.#queues.set(session, queue);
    const refused = (): void => {
      // The answer may come when the phone is there already, or when other packets wait.
      if (this.#queues.get(session) === queue) this.drop(session);
    };
    notify(session).then((called) => {
      if (!called) refused();
    }, refused);
    return queue;
  }
}
