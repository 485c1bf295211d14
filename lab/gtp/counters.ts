/**
 * What went through each tunnel, and what did not. The counters lie in shared memory: a thread that carries packets
 * adds, the main thread reads. Each tunnel's number has one writer (the thread of its direction), so a plain addition
 * does; the events, which several threads may count, are added atomically.
 */
import { SLOTS } from './session-table.ts';

export type Direction = 'up' | 'down';

/** Things that happen beside the forwarding of packets. */
export const events = [
  /** Packets whose TEID no session has; each is answered by an Error Indication. */
  'unknownTeid',
  /** Packets for an address that no session has (PGW). */
  'unknownAddress',
  /** Datagrams that are no GTP-U message. */
  'malformed',
  'echoRequests',
  /** Error Indications that a peer sent: it does not know our TEID. */
  'errorIndications',
  /** Packets that the kernel refused to take from us. */
  'sendErrors',
  /** Packets for a phone that is idle: no tunnel leads to it (SGW). */
  'idle',
] as const;
export type Event = (typeof events)[number];

/** Two directions, packets and octets of each. */
const NUMBERS_PER_SLOT = 4;
const eventIndex: ReadonlyMap<Event, number> = new Map(events.map((event, index) => [event, index]));
const EVENTS_LENGTH = 64;

export interface Count {
  readonly packets: number;
  /** Of the phone's IP packets, without any tunnel header. */
  readonly octets: number;
}

export class Counters {
  readonly memory: SharedArrayBuffer;
  readonly #events: Int32Array;
  /** Doubles count exactly up to 2^53. */
  readonly #numbers: Float64Array;

  constructor(memory = new SharedArrayBuffer(EVENTS_LENGTH + SLOTS * NUMBERS_PER_SLOT * 8)) {
    this.memory = memory;
    this.#events = new Int32Array(memory, 0, EVENTS_LENGTH / 4);
    this.#numbers = new Float64Array(memory, EVENTS_LENGTH);
  }

  /** A packet of a session went on its way. */
  packet(slot: number, direction: Direction, octets: number): void {
    const at = slot * NUMBERS_PER_SLOT + (direction === 'up' ? 0 : 2);
    this.#numbers[at] = (this.#numbers[at] ?? 0) + 1;
    this.#numbers[at + 1] = (this.#numbers[at + 1] ?? 0) + octets;
  }

  event(event: Event): void {
    Atomics.add(this.#events, eventIndex.get(event) ?? 0, 1);
  }

  /** What went through the session of a slot, and through those that had the slot before. */
  count(slot: number, direction: Direction): Count {
    const at = slot * NUMBERS_PER_SLOT + (direction === 'up' ? 0 : 2);
    return { packets: this.#numbers[at] ?? 0, octets: this.#numbers[at + 1] ?? 0 };
  }

  /** How often an event happened. */
  happened(event: Event): number {
    return Atomics.load(this.#events, eventIndex.get(event) ?? 0) >>> 0;
  }

  /** All events. */
  get events(): Readonly<Record<Event, number>> {
    return Object.fromEntries(events.map((event) => [event, this.happened(event)])) as Record<Event, number>;
  }
}
