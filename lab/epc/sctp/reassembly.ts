/**
 * From DATA chunks to messages (RFC 9260, 6.6 and 6.9): fragments, whose TSNs follow each other, grow together into runs
 * until a run has a first and a last one; ordered messages then wait for those of their stream that were sent before.
 */
import { concatenate } from '../../../src/packet/octets.ts';
import type { DataChunk } from '../../../src/signalling/sctp/chunk.ts';
import { addTsn, nextSequence, nextTsn, sequenceBefore } from './serial.ts';

/** A message as it was sent. */
export interface Message {
  readonly stream: number;
  /** Payload protocol identifier: 18 is S1AP, 46 Diameter (IANA, SCTP Payload Protocol Identifiers). */
  readonly ppid: number;
  readonly bytes: Uint8Array;
  readonly unordered: boolean;
}

/** Fragments with TSNs in a row, from `from` to `to`, of one message. */
interface Run {
  readonly from: number;
  to: number;
  readonly chunks: DataChunk[];
}

interface Waiting {
  expected: number;
  readonly messages: Map<number, Message>;
}

/** A peer that breaks the rules; the text says how. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

export class Reassembly {
  readonly #byFirst = new Map<number, Run>();
  readonly #byLast = new Map<number, Run>();
  readonly #streams = new Map<number, Waiting>();
  #held = 0;

  /** Octets of fragments and of messages that wait for earlier ones. */
  get held(): number {
    return this.#held;
  }

  /**
   * Takes a chunk that was not here before and returns the messages that it completes, in their order.
   *
   * @throws ProtocolViolation when fragments that touch are not of one message, or a sequence number is used twice.
   */
  add(chunk: DataChunk): Message[] {
    this.#held += chunk.payload.length;
    const run = this.#join(chunk);
    const [first, last] = [run.chunks[0], run.chunks.at(-1)];
    if (first === undefined || last === undefined || !first.first || !last.last) return [];
    this.#byFirst.delete(run.from);
    this.#byLast.delete(run.to);
    const { stream, ppid, unordered, sequence } = first;
    const bytes = run.chunks.length === 1 ? first.payload : concatenate(...run.chunks.map(({ payload }) => payload));
    return this.#order({ stream, ppid, bytes, unordered }, sequence);
  }

  /** Puts a chunk at the end of the run before it, and the run after it behind that. */
  #join(chunk: DataChunk): Run {
    const before = this.#byLast.get(addTsn(chunk.tsn, -1));
    const after = this.#byFirst.get(nextTsn(chunk.tsn));
    if (before !== undefined) touch(before.chunks.at(-1), chunk);
    if (after !== undefined) touch(chunk, after.chunks[0]);
    let run: Run = { from: chunk.tsn, to: chunk.tsn, chunks: [chunk] };
    if (before !== undefined && !chunk.first) {
      run = before;
      this.#byLast.delete(before.to);
      run.to = chunk.tsn;
      run.chunks.push(chunk);
    }
    if (after !== undefined && !chunk.last) {
      this.#byFirst.delete(after.from);
      run.to = after.to;
      for (const next of after.chunks) run.chunks.push(next);
    }
    this.#byFirst.set(run.from, run);
    this.#byLast.set(run.to, run);
    return run;
  }

  #order(message: Message, sequence: number): Message[] {
    if (message.unordered) return this.#release([message]);
    const stream = this.#streams.get(message.stream) ?? { expected: 0, messages: new Map<number, Message>() };
    this.#streams.set(message.stream, stream);
    if (sequenceBefore(sequence, stream.expected) || stream.messages.has(sequence))
      throw new ProtocolViolation(`sequence number ${sequence} of stream ${message.stream} is used twice`);
    stream.messages.set(sequence, message);
    const ready: Message[] = [];
    for (let next = stream.messages.get(stream.expected); next !== undefined;) {
      ready.push(next);
      stream.messages.delete(stream.expected);
      stream.expected = nextSequence(stream.expected);
      next = stream.messages.get(stream.expected);
    }
    return this.#release(ready);
  }

  #release(messages: Message[]): Message[] {
    for (const { bytes } of messages) this.#held -= bytes.length;
    return messages;
  }
}

/** Checks that two chunks whose TSNs follow each other end and begin a message together, or are of the same one. */
const touch = (a: DataChunk | undefined, b: DataChunk | undefined): void => {
  if (a === undefined || b === undefined) return;
  if (a.last !== b.first) throw new ProtocolViolation(`TSN ${b.tsn} does not continue what TSN ${a.tsn} began`);
  if (a.last) return;
  if (a.stream !== b.stream || a.unordered !== b.unordered || (!a.unordered && a.sequence !== b.sequence))
    throw new ProtocolViolation(`TSN ${b.tsn} is in the middle of a message of another stream`);
};
