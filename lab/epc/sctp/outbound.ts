/**
 * The sending half of an association: messages cut into DATA chunks, what is in flight, what a SACK takes off it, what
 * has to be sent again and when more may go (RFC 9260, 6.1 to 6.3 and 7.2). It sends nothing itself: the association asks
 * it for chunks that fit a packet.
 */
import { DATA_HEADER_LENGTH, type DataChunk, padded, type SackChunk } from '../../../src/signalling/sctp/chunk.ts';
import type { Path } from './path.ts';
import { ProtocolViolation } from './reassembly.ts';
import { addTsn, nextSequence, nextTsn, tsnBefore, tsnDistance } from './serial.ts';

/** Gap reports after which a chunk counts as lost (7.2.4). */
const MISSES = 3;
/** Sent chunks are taken off the front of the queue when so many have gone. */
const COMPACT = 1024;

/** A chunk that has been sent and that no cumulative TSN covers yet. */
interface Flying {
  readonly chunk: DataChunk;
  misses: number;
  /** Acknowledged by a gap block; the receiver may still take that back. */
  acked: boolean;
  /** Counts as lost, not in flight: to be sent again when the window allows. */
  marked: boolean;
  /** Fast retransmission happens once per chunk (7.2.4). */
  fast: boolean;
}

type Fragment = Omit<DataChunk, 'tsn'>;

/** What a SACK did. */
export interface SackEffect {
  /** The cumulative TSN moved. */
  readonly advanced: boolean;
  /** Something was acknowledged that was not before, be it by a gap block. */
  readonly progress: boolean;
  /** Chunks were found lost: one packet of them may go at once. */
  readonly fastRetransmit: boolean;
  /** The lowest outstanding chunk is among them. */
  readonly fastLowest: boolean;
}

const stale: SackEffect = { advanced: false, progress: false, fastRetransmit: false, fastLowest: false };

export class Outbound {
  readonly #path: Path;
  #nextTsn: number;
  /** The last TSN that the peer has acknowledged together with all before it. */
  #cumulative: number;
  #pending: Fragment[] = [];
  #sent = 0;
  #flying: Flying[] = [];
  #marked = 0;
  #gapAcked = 0;
  readonly #sequences = new Map<number, number>();
  #buffered = 0;
  /** Octets sent and neither acknowledged nor counted as lost. */
  flight = 0;
  /** What the peer has room for beyond what is in flight. */
  window = 0;
  /** Fast recovery lasts until this TSN is acknowledged (7.2.4). */
  #recovery: number | undefined;
  #timed: { readonly tsn: number; readonly at: number } | undefined;
  retransmissions = 0;
  fastRetransmissions = 0;
  chunksSent = 0;

  constructor(initialTsn: number, path: Path) {
    this.#path = path;
    this.#nextTsn = initialTsn;
    this.#cumulative = addTsn(initialTsn, -1);
  }

  /** Octets that the peer has not acknowledged, sent or not. */
  get buffered(): number {
    return this.#buffered;
  }
  get empty(): boolean {
    return this.#flying.length === 0 && this.#sent === this.#pending.length;
  }
  /** Whether a retransmission timer has something to wait for. */
  get outstanding(): boolean {
    return this.#flying.length > 0;
  }
  /** Whether the peer has no room and one chunk is under way to ask for news (6.1, rule A). */
  get probing(): boolean {
    return this.window === 0 && this.outstanding;
  }

  /** Queues a message; its bytes are kept, not copied. */
  push(stream: number, ppid: number, bytes: Uint8Array, unordered: boolean): void {
    const sequence = unordered ? 0 : (this.#sequences.get(stream) ?? 0);
    if (!unordered) this.#sequences.set(stream, nextSequence(sequence));
    for (let at = 0; at < bytes.length; at += this.#path.unit) {
      const payload = bytes.subarray(at, at + this.#path.unit);
      const [first, last] = [at === 0, at + payload.length === bytes.length];
      this.#pending.push({ type: 'data', unordered, first, last, immediate: false, stream, sequence, ppid, payload });
    }
    this.#buffered += bytes.length;
  }

  /**
   * Chunks for one packet with `room` octets left, lost ones first; they count as sent. With `force` one packet of lost
   * chunks ignores the congestion window: the first after a timeout or a fast retransmit.
   */
  take(room: number, now: number, force = false): DataChunk[] {
    const chunks: DataChunk[] = [];
    let left = room;
    const fits = (payload: Uint8Array): boolean => padded(DATA_HEADER_LENGTH + payload.length) <= left;
    const use = (chunk: DataChunk): void => {
      chunks.push(chunk);
      left -= padded(DATA_HEADER_LENGTH + chunk.payload.length);
      this.flight += chunk.payload.length;
      this.window = Math.max(0, this.window - chunk.payload.length);
      this.chunksSent += 1;
    };
    const allowed = (): boolean => this.flight < this.#path.cwnd || this.flight === 0;
    for (let at = 0; this.#marked > 0 && at < this.#flying.length; at += 1) {
      const flying = this.#flying[at];
      if (flying?.marked !== true) continue;
      if (!fits(flying.chunk.payload) || !(force || allowed())) return chunks;
      flying.marked = false;
      this.#marked -= 1;
      flying.misses = 0;
      this.retransmissions += 1;
      // Whether its acknowledgement will be for the first or the second sending, nobody can tell (Karn's rule).
      if (this.#timed?.tsn === flying.chunk.tsn) this.#timed = undefined;
      use(flying.chunk);
    }
    if (force) return chunks;
    for (;;) {
      const fragment = this.#pending[this.#sent];
      if (fragment === undefined || !fits(fragment.payload) || !allowed()) break;
      if (fragment.payload.length > this.window && this.flight > 0) break;
      this.#sent += 1;
      const chunk: DataChunk = { ...fragment, tsn: this.#nextTsn };
      this.#nextTsn = nextTsn(this.#nextTsn);
      this.#timed ??= { tsn: chunk.tsn, at: now };
      this.#flying.push({ chunk, misses: 0, acked: false, marked: false, fast: false });
      use(chunk);
    }
    this.#compact();
    return chunks;
  }

  /**
   * Takes a SACK, or the cumulative TSN of a SHUTDOWN when `gaps` is absent.
   *
   * @throws ProtocolViolation when it acknowledges what was never sent.
   */
  acknowledge(sack: Pick<SackChunk, 'cumulative'> & Partial<SackChunk>, now: number): SackEffect {
    const distance = tsnDistance(this.#cumulative, sack.cumulative);
    if (distance < 0) return stale;
    if (distance > this.#flying.length)
      throw new ProtocolViolation(`TSN ${sack.cumulative} is acknowledged but was not sent`);
    const flightBefore = this.flight;
    const advanced = distance > 0;
    let octets = this.#release(distance, now);
    const [gapOctets, highest] = sack.gaps === undefined ? [0, undefined] : this.#gaps(sack.gaps, now);
    octets += gapOctets;
    const lost = this.#losses(highest, advanced);
    if (sack.window !== undefined) this.window = Math.max(0, sack.window - this.flight);
    if (this.#recovery !== undefined && !tsnBefore(this.#cumulative, this.#recovery)) this.#recovery = undefined;
    if (advanced) this.#path.acknowledged(octets, flightBefore, this.#recovery !== undefined, !this.outstanding);
    if (lost.length > 0 && this.#recovery === undefined) {
      this.#recovery = addTsn(this.#nextTsn, -1);
      this.#path.lost();
    }
    const fastLowest = lost.length > 0 && this.#flying.find(({ acked }) => !acked) === lost[0];
    return { advanced, progress: octets > 0, fastRetransmit: lost.length > 0, fastLowest };
  }

  /** T3-rtx expired: everything in flight counts as lost (6.3.3). */
  timedOut(): void {
    for (const flying of this.#flying) if (!flying.acked && !flying.marked) this.#lose(flying);
    this.#recovery = undefined;
    this.#timed = undefined;
    this.#path.timedOut();
  }

  #lose(flying: Flying): void {
    flying.marked = true;
    this.#marked += 1;
    this.flight -= flying.chunk.payload.length;
    this.window += flying.chunk.payload.length;
  }

  /** Takes the first `count` chunks off; returns the octets that were not acknowledged before. */
  #release(count: number, now: number): number {
    let octets = 0;
    for (const flying of this.#flying.splice(0, count)) {
      octets += this.#settle(flying, now);
      if (flying.acked) this.#gapAcked -= 1;
      this.#buffered -= flying.chunk.payload.length;
    }
    this.#cumulative = addTsn(this.#cumulative, count);
    return octets;
  }

  /** Accounts for a chunk that has arrived; returns its octets, or 0 when that was known. */
  #settle(flying: Flying, now: number): number {
    if (flying.acked) return 0;
    const { tsn, payload } = flying.chunk;
    if (flying.marked) this.#marked -= 1;
    else this.flight -= payload.length;
    flying.marked = false;
    if (this.#timed?.tsn === tsn) {
      this.#path.measured(Math.max(0, now - this.#timed.at));
      this.#timed = undefined;
    }
    return payload.length;
  }

  /** Enters gap blocks; returns the octets they newly acknowledge, and the highest such TSN. */
  #gaps(gaps: SackChunk['gaps'], now: number): [octets: number, highest: number | undefined] {
    if (gaps.length === 0 && this.#gapAcked === 0) return [0, undefined];
    const covered = new Uint8Array(this.#flying.length);
    for (const [first, last] of gaps) if (first > 0) covered.fill(1, first - 1, last);
    let octets = 0;
    let highest: number | undefined;
    for (const [index, flying] of this.#flying.entries()) {
      const isCovered = covered[index] === 1;
      if (isCovered && !flying.acked) {
        octets += this.#settle(flying, now);
        flying.acked = true;
        this.#gapAcked += 1;
        highest = flying.chunk.tsn;
      } else if (!isCovered && flying.acked) {
        // The receiver had to drop it after all (6.2.1, D iv).
        flying.acked = false;
        this.#gapAcked -= 1;
        this.flight += flying.chunk.payload.length;
      }
    }
    return [octets, highest];
  }

  /** Counts the misses (7.2.4: below the highest newly acknowledged TSN) and returns what is lost by them, marked. */
  #losses(highest: number | undefined, advanced: boolean): Flying[] {
    if (this.#gapAcked === 0) return [];
    const everything = advanced && this.#recovery !== undefined;
    if (highest === undefined && !everything) return [];
    const lost: Flying[] = [];
    const end = everything ? this.#flying.findLastIndex(({ acked }) => acked) : this.#flying.length;
    for (const flying of this.#flying.slice(0, end)) {
      if (!everything && !tsnBefore(flying.chunk.tsn, highest ?? 0)) break;
      if (flying.acked || flying.marked) continue;
      flying.misses += 1;
      if (flying.misses < MISSES || flying.fast) continue;
      flying.fast = true;
      this.fastRetransmissions += 1;
      this.#lose(flying);
      lost.push(flying);
    }
    return lost;
  }

  #compact(): void {
    if (this.#sent < COMPACT && this.#sent < this.#pending.length) return;
    this.#pending.splice(0, this.#sent);
    this.#sent = 0;
  }
}
