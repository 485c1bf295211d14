/**
 * Diameter out of TCP (RFC 6733, 2.1): the octets of each direction in their order, cut into messages by the length in
 * each header. Segments may hold several messages or parts of one, come twice, overlap, come out of order, or not at
 * all; then reading goes on where a message seems to begin again, and what was passed over is told.
 */
import { u24 } from '../packet/octets.ts';
import { MESSAGE_LIMIT } from '../signalling/diameter/framing.ts';
import { HEADER_LENGTH } from '../signalling/diameter/message.ts';
import type { SignallingPacket } from './packet.ts';
import { type Unit, wayOf } from './unit.ts';

const VERSION = 1;

/** Octets that are there and in order, with the packet that brought each part. */
interface Part {
  readonly packet: SignallingPacket;
  readonly octets: Uint8Array;
}

/** Distance of two sequence numbers, which turn over at 2^32. */
const behind = (later: number, earlier: number): number => (later - earlier) | 0;

class Stream {
  readonly units: Unit[] = [];
  /** The sequence number behind the last octet that is in order. */
  #next: number | undefined;
  #parts: Part[] = [];
  readonly #early: SignallingPacket[] = [];
  /** Messages by the sequence numbers of their first octets, for repetitions. */
  readonly #begun: { readonly sequence: number; readonly unit: Unit }[] = [];
  /** The sequence number of the first octet in `#parts`. */
  #begin = 0;

  take(packet: SignallingPacket): void {
    if (this.#next === undefined) this.#restart(packet.sequence);
    const distance = behind(packet.sequence, this.#next ?? 0);
    if (distance > 0) {
      this.#early.push(packet);
      return;
    }
    if (-distance < packet.payload.length) this.#append(packet, -distance);
    else this.#repeated(packet);
    const index = this.#early.findIndex(({ sequence }) => behind(sequence, this.#next ?? 0) <= 0);
    const [waiting] = index < 0 ? [] : this.#early.splice(index, 1);
    if (waiting !== undefined) this.take(waiting);
  }

  /** Nothing more will come: what is left is told, and read on behind gaps. */
  finish(): void {
    while (this.#early.length > 0) {
      this.#early.sort((a, b) => behind(a.sequence, b.sequence));
      const first = this.#early.shift();
      if (first === undefined) break;
      this.#tell('octets are missing in the stream');
      this.#restart(first.sequence);
      this.take(first);
    }
    this.#tell('the stream ends in the middle of it');
  }

  #restart(sequence: number): void {
    this.#next = sequence;
    this.#begin = sequence;
    this.#parts = [];
  }

  #append(packet: SignallingPacket, skip: number): void {
    const octets = packet.payload.subarray(skip);
    this.#parts.push({ packet, octets });
    this.#next = ((this.#next ?? 0) + octets.length) >>> 0;
    this.#cut();
  }

  /** Cuts off every message that is whole. */
  #cut(): void {
    for (;;) {
      const [first] = this.#parts;
      if (first === undefined) return;
      const whole = Buffer.concat(this.#parts.map(({ octets }) => octets));
      if (whole.length < 4) return;
      const length = u24(whole, 1);
      if (whole[0] !== VERSION || length < HEADER_LENGTH || length % 4 !== 0 || length > MESSAGE_LIMIT) {
        this.#tell('no Diameter message begins here');
        return;
      }
      if (whole.length < length) return;
      this.#emit(whole.subarray(0, length), undefined);
      this.#drop(length);
    }
  }

  #emit(octets: Uint8Array, problem: string | undefined): void {
    const [first] = this.#parts;
    if (first === undefined) return;
    let left = octets.length;
    const packets = this.#parts.filter(({ octets: part }) => {
      const used = left > 0;
      left -= part.length;
      return used;
    }).length;
    const unit: Unit = { protocol: 'Diameter', octets, packet: first.packet, packets, problem };
    this.units.push(unit);
    this.#begun.push({ sequence: this.#begin, unit });
  }

  #drop(length: number): void {
    this.#begin = (this.#begin + length) >>> 0;
    let left = length;
    while (left > 0) {
      const [first] = this.#parts;
      if (first === undefined) return;
      if (first.octets.length > left) {
        this.#parts[0] = { packet: first.packet, octets: first.octets.subarray(left) };
        return;
      }
      left -= first.octets.length;
      this.#parts.shift();
    }
  }

  /** Whatever is in hand is no message; it is told as one piece. */
  #tell(problem: string): void {
    const octets = Buffer.concat(this.#parts.map(({ octets: part }) => part));
    if (octets.length === 0) return;
    this.#emit(octets, problem);
    this.#drop(octets.length);
  }

  /** A segment whose octets are all known: the messages that begin in it are repeated. */
  #repeated(packet: SignallingPacket): void {
    const repeated = this.#begun.filter(({ sequence }) => {
      const at = behind(sequence, packet.sequence);
      return at >= 0 && at < packet.payload.length;
    });
    for (const { unit } of repeated) this.units.push({ ...unit, packet, packets: 1, repeats: unit });
  }
}

/** The Diameter messages in segments, which are in order of time. */
export const diameterUnits = (packets: readonly SignallingPacket[]): readonly Unit[] => {
  const streams = new Map<string, Stream>();
  const broken: Unit[] = [];
  for (const packet of packets) {
    if (packet.problem !== undefined) {
      broken.push({ protocol: 'Diameter', octets: packet.payload, packet, packets: 1, problem: packet.problem });
      continue;
    }
    const way = wayOf(packet);
    const stream = streams.get(way) ?? new Stream();
    streams.set(way, stream);
    stream.take(packet);
  }
  for (const stream of streams.values()) stream.finish();
  return [...[...streams.values()].flatMap(({ units }) => units), ...broken];
};
