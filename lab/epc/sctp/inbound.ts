/**
 * The receiving half of an association: which TSNs have come, what a SACK says about them, and how much room is left
 * (RFC 9260, 6.2 and 6.7). When a SACK is due is decided here, too; the association has the timer.
 */
import type { DataChunk, SackChunk } from '../../../src/signalling/sctp/chunk.ts';
import { type Message, ProtocolViolation, Reassembly } from './reassembly.ts';
import { nextTsn, tsnBefore, tsnDistance } from './serial.ts';

/** How far beyond the cumulative TSN a chunk may be: half of what a gap block can express. Bounds the state, too. */
const FARTHEST = 1 << 15;
/** Duplicates that one SACK reports. */
const MOST_DUPLICATES = 32;
/** What an outstanding chunk costs beside its payload, so that a window of single octets is not a window of objects. */
const CHUNK_COST = 16;

/** First and last TSN of a block beyond the cumulative one. */
interface Block {
  first: number;
  last: number;
}

export class Inbound {
  #cumulative: number;
  readonly #capacity: number;
  readonly #reassembly = new Reassembly();
  /** Ascending, apart from each other. */
  #blocks: Block[] = [];
  #duplicates: number[] = [];
  /** Messages for a user who has asked for a pause. */
  #queue: Message[] = [];
  #queued = 0;
  #beyond = 0;
  /** Packets with data since the last SACK. */
  #packets = 0;
  #due = false;
  #lastWindow: number;
  duplicatesSeen = 0;
  droppedForSpace = 0;

  constructor(initialTsn: number, capacity: number) {
    this.#cumulative = (initialTsn - 1) >>> 0;
    this.#capacity = capacity;
    this.#lastWindow = capacity;
  }

  /** The last TSN up to which everything has come. */
  get cumulative(): number {
    return this.#cumulative;
  }

  /** Octets that the peer may send. */
  get window(): number {
    return Math.max(0, this.#capacity - this.#reassembly.held - this.#queued - this.#beyond * CHUNK_COST);
  }

  /** Whether a SACK has to go now, and whether one has to go soon. */
  get sackDue(): boolean {
    return this.#due || this.#packets >= 2;
  }
  get sackOwed(): boolean {
    return this.#due || this.#packets > 0;
  }

  /**
   * Takes a chunk; complete messages are queued for `take`. With `discard` it is acknowledged and thrown away.
   *
   * @returns false when it was a duplicate or there was no room.
   * @throws ProtocolViolation
   */
  receive(chunk: DataChunk, discard = false): boolean {
    const distance = tsnDistance(this.#cumulative, chunk.tsn);
    if (distance <= 0 || this.#has(chunk.tsn)) {
      this.duplicatesSeen += 1;
      if (this.#duplicates.length < MOST_DUPLICATES) this.#duplicates.push(chunk.tsn);
      this.#due = true;
      return false;
    }
    if (!this.#fits(distance, chunk.payload.length)) {
      this.droppedForSpace += 1;
      this.#due = true;
      return false;
    }
    // A message that the buffer cannot hold would never be complete: waiting for the rest is of no use.
    if (this.#reassembly.held + chunk.payload.length > 2 * this.#capacity)
      throw new ProtocolViolation(`a message is longer than the receive buffer of ${this.#capacity} octets`);
    // Out of order, or filling a hole: the sender should know at once (6.7).
    if (distance > 1 || this.#blocks.length > 0 || chunk.immediate) this.#due = true;
    this.#note(chunk.tsn, distance);
    if (discard) return true;
    for (const message of this.#reassembly.add(chunk)) {
      this.#queue.push(message);
      this.#queued += message.bytes.length;
    }
    return true;
  }

  /** Says that a packet with data has been read: every second one is acknowledged at once (6.2). */
  packetDone(): void {
    this.#packets += 1;
  }

  /** The next message for the user. */
  take(): Message | undefined {
    const message = this.#queue.shift();
    if (message !== undefined) this.#queued -= message.bytes.length;
    return message;
  }

  /** Octets of messages that wait for the user. */
  get queued(): number {
    return this.#queued;
  }

  /** Asks for a SACK when so much room has been freed that a sender who stopped should know (6.2, and RFC 1122 4.2.3.3). */
  offerWindow(): void {
    if (this.window - this.#lastWindow >= Math.min(this.#capacity / 2, 2 * 1500)) this.#due = true;
  }

  /** Asks for a SACK with the next packet. */
  requestSack(): void {
    this.#due = true;
  }

  /** The SACK to send now, with at most `room` octets of blocks and duplicates; nothing is owed after it. */
  sack(room: number): SackChunk {
    const duplicates = this.#duplicates;
    this.#duplicates = [];
    this.#due = false;
    this.#packets = 0;
    this.#lastWindow = this.window;
    const most = Math.max(0, Math.floor(room / 4) - duplicates.length);
    const offset = (tsn: number): number => tsnDistance(this.#cumulative, tsn);
    return {
      type: 'sack',
      cumulative: this.#cumulative,
      window: this.#lastWindow,
      gaps: this.#blocks.slice(0, most).map(({ first, last }) => [offset(first), offset(last)]),
      duplicates,
    };
  }

  /** Octets that the blocks and duplicates of a SACK would take. */
  get sackExtra(): number {
    return 4 * (this.#blocks.length + this.#duplicates.length);
  }

  /** The next expected chunk always finds room as long as the user keeps up: it may free what waits behind it. */
  #fits(distance: number, length: number): boolean {
    if (distance > FARTHEST) return false;
    return distance === 1 ? this.#queued < this.#capacity : length <= this.window;
  }

  #has(tsn: number): boolean {
    return this.#blocks.some(({ first, last }) => !tsnBefore(tsn, first) && !tsnBefore(last, tsn));
  }

  /** Enters a TSN, which is not there, into the blocks, and moves the cumulative one when it was the next. */
  #note(tsn: number, distance: number): void {
    if (distance === 1) {
      this.#cumulative = tsn;
      const [block] = this.#blocks;
      if (block === undefined || block.first !== nextTsn(tsn)) return;
      this.#beyond -= tsnDistance(block.first, block.last) + 1;
      this.#cumulative = block.last;
      this.#blocks.shift();
      return;
    }
    this.#beyond += 1;
    // New TSNs mostly come at the end.
    let at = this.#blocks.length;
    while (at > 0 && tsnBefore(tsn, this.#blocks[at - 1]?.first ?? tsn)) at -= 1;
    const [before, after] = [this.#blocks[at - 1], this.#blocks[at]];
    const joinsBefore = before !== undefined && nextTsn(before.last) === tsn;
    const joinsAfter = after !== undefined && nextTsn(tsn) === after.first;
    if (joinsBefore && joinsAfter) {
      before.last = after.last;
      this.#blocks.splice(at, 1);
    } else if (joinsBefore) before.last = tsn;
    else if (joinsAfter) after.first = tsn;
    else this.#blocks.splice(at, 0, { first: tsn, last: tsn });
  }
}
