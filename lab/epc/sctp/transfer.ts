/**
 * The exchange of data on an established association: both halves, the path, and the packets that carry them - control
 * chunks first, then a SACK, then data (RFC 9260, 6.10) - with the timer T3-rtx and the one of delayed SACKs. A restart
 * of the peer replaces it by a new one.
 */
import { type Chunk, type DataChunk, padded, SACK_LENGTH, type SackChunk } from '../../../src/signalling/sctp/chunk.ts';
import type { Clock } from '../clock.ts';
import { Timer } from './timer.ts';
import { chunkLength } from '../../../src/signalling/sctp/encode.ts';
import { Inbound } from './inbound.ts';
import { Outbound } from './outbound.ts';
import { packetRoom, type Parameters } from './parameters.ts';
import type { Path } from './path.ts';

export interface TransferContext {
  readonly clock: Clock;
  readonly parameters: Parameters;
  /** Sends a packet to the peer. */
  readonly transmit: (chunks: readonly Chunk[]) => void;
  /** Whether the state of the association lets data out. */
  readonly open: () => boolean;
  /** T3-rtx expired once too often. */
  readonly unreachable: () => void;
}

/** The first TSN of either side, and the window that the peer advertised. */
export interface TransferStart {
  readonly localTsn: number;
  readonly remoteTsn: number;
  readonly window: number;
}

export class Transfer {
  readonly #context: TransferContext;
  readonly path: Path;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly #t3: Timer;
  readonly #sackTimer: Timer;
  /** Control chunks that go with the next packet. */
  #control: Chunk[] = [];
  #lastSent = -Infinity;
  timeouts = 0;

  constructor(context: TransferContext, path: Path, { localTsn, remoteTsn, window }: TransferStart) {
    this.#context = context;
    this.path = path;
    this.inbound = new Inbound(remoteTsn, context.parameters.receiveBuffer);
    this.outbound = new Outbound(localTsn, path);
    this.outbound.window = window;
    this.#t3 = new Timer(context.clock, () => this.#timedOut());
    this.#sackTimer = new Timer(context.clock, () => {
      this.inbound.requestSack();
      this.flush();
    });
  }

  stop(): void {
    this.#t3.stop();
    this.#sackTimer.stop();
  }

  /** Whether data has been sent since `moment`, or waits for its acknowledgement. */
  busySince(moment: number): boolean {
    return this.#lastSent >= moment || this.outbound.outstanding;
  }

  /** Lets a control chunk go with the next packet. */
  queue(chunk: Chunk): void {
    this.#control.push(chunk);
  }

  /** Takes a SACK or the cumulative TSN of a SHUTDOWN. @throws ProtocolViolation */
  acknowledge(sack: Pick<SackChunk, 'cumulative'> & Partial<SackChunk>): void {
    const probed = this.outbound.probing;
    const effect = this.outbound.acknowledge(sack, this.#context.clock.now());
    // A peer without room that answers is slow, not dead (6.1, A).
    if (effect.progress || (probed && sack.window === 0)) this.path.errors = 0;
    if (!this.outbound.outstanding) this.#t3.stop();
    else if (effect.advanced || effect.fastLowest) this.#t3.start(this.path.rto);
    if (effect.fastRetransmit) this.flush(true);
  }

  /** A packet with data has been read to its end: a SACK goes now or within SACK.Delay. */
  dataRead(): void {
    this.inbound.packetDone();
    if (!this.inbound.sackDue && !this.#sackTimer.running) this.#sackTimer.start(this.#context.parameters.sackDelay);
  }

  /** Sends what may be sent, at most Max.Burst packets of it; `force` as in `Outbound.take`. */
  flush(force = false): void {
    const { clock, parameters, transmit } = this.#context;
    const now = clock.now();
    if (!this.outbound.outstanding) this.path.rested(now - this.#lastSent);
    for (let packets = 0; packets < parameters.maxBurst || this.#control.length > 0; packets += 1) {
      const chunks = this.#nextPacket(now, force && packets === 0);
      if (chunks.length === 0) break;
      transmit(chunks);
    }
    if (this.outbound.outstanding && !this.#t3.running) this.#t3.start(this.path.rto);
  }

  /** Control chunks, a SACK when one is due or finds room beside data, and data. */
  #nextPacket(now: number, force: boolean): Chunk[] {
    const chunks: Chunk[] = [];
    let room = packetRoom(this.#context.parameters.mtu);
    for (let next = this.#control[0]; next !== undefined; next = this.#control[0]) {
      const length = padded(chunkLength(next));
      // A chunk longer than a packet, an echoed heartbeat of a larger MTU, goes alone and in IP fragments.
      if (length > room && chunks.length > 0) return chunks;
      chunks.push(next);
      this.#control.shift();
      room -= length;
    }
    const sackLength = SACK_LENGTH + this.inbound.sackExtra;
    if (this.inbound.sackDue && room >= SACK_LENGTH) {
      const sack = this.#sack(room);
      chunks.push(sack);
      room -= padded(chunkLength(sack));
    } else if (this.inbound.sackOwed && room > sackLength) {
      const data = this.#data(room - sackLength, now, force);
      if (data.length > 0) return [...chunks, this.#sack(room), ...data];
    }
    return [...chunks, ...this.#data(room, now, force)];
  }

  #sack(room: number): SackChunk {
    this.#sackTimer.stop();
    return this.inbound.sack(room - SACK_LENGTH);
  }

  #data(room: number, now: number, force: boolean): DataChunk[] {
    if (room <= 0 || !this.#context.open()) return [];
    const data = this.outbound.take(room, now, force);
    if (data.length > 0) this.#lastSent = now;
    return data;
  }

  /** T3-rtx expired (6.3.3): back off, count, and send the first lost chunks again. */
  #timedOut(): void {
    this.timeouts += 1;
    this.path.errors += 1;
    if (this.path.errors > this.#context.parameters.associationMaxRetrans) {
      this.#context.unreachable();
      return;
    }
    this.path.backOff();
    this.outbound.timedOut();
    this.flush(true);
  }
}
