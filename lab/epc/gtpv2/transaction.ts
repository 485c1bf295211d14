/**
 * Reliable delivery over UDP (3GPP TS 29.274, 7.6). A request is sent again, octet for octet, whenever T3-RESPONSE runs
 * out, N3-REQUESTS times in all. A receiver may so see a request twice: it knows it again by its sequence number and
 * sender, lets its procedure run once, and answers a repetition from memory. An answer carries the sequence number of
 * its request. No socket is here: octets come in through `receive` and go out through `send`.
 */
import type { Clock } from '../clock.ts';
import { Gtpv2Error } from '../../../src/signalling/gtpv2/error.ts';
import { checkMandatory } from '../../../src/signalling/gtpv2/mandatory.ts';
import {
  decodeDatagram,
  encodeMessage,
  type Message,
  versionNotSupported,
} from '../../../src/signalling/gtpv2/message.ts';
import {
  answersTo,
  isAnswer,
  isCommand,
  isKnown,
  isRequest,
  messageName,
  messageType,
} from '../../../src/signalling/gtpv2/message-type.ts';
import { Answers } from './answers.ts';
import { refusal } from '../../../src/signalling/gtpv2/refusal.ts';

/** One end of a path. */
export interface Remote {
  readonly address: string;
  /** 2123 for a request; an answer goes to wherever its request came from (4.2.1). */
  readonly port: number;
}

/** A message before it has its sequence number. */
export type Draft = Omit<Message, 'sequence'>;

/** A request that came in, or a message that wants no answer. */
export interface Incoming {
  readonly from: Remote;
  readonly message: Message;
  /** Sends the answer and keeps it for repetitions of the request. Only the first call counts. */
  readonly answer: (answer: Draft) => void;
}

export interface Timing {
  /** T3-RESPONSE in milliseconds. The standard leaves both numbers to the operator (7.6); these are usual ones. */
  readonly t3Response: number;
  /** N3-REQUESTS: how often a request is sent at most, the first time included. */
  readonly n3Requests: number;
}
export const defaultTiming: Timing = { t3Response: 3000, n3Requests: 3 };

export interface TransactionOptions extends Partial<Timing> {
  readonly clock: Clock;
  readonly send: (octets: Uint8Array, to: Remote) => void;
  /**
   * A new request with all its mandatory elements, or a message that wants no answer. What it throws or rejects with is
   * answered: a Gtpv2Error with its Cause, anything else with "System failure" (and then told to `onError`).
   */
  readonly onRequest: (incoming: Incoming) => void | Promise<void>;
  /** Every well-formed message, before it is dealt with. */
  readonly onMessage?: (message: Message, from: Remote) => void;
  readonly onError: (error: unknown) => void;
  /** Sequence number of the first request, up to 2^23 - 1. */
  readonly firstSequence?: number;
}

/** Nobody answered. */
export class Gtpv2Timeout extends Error {
  override readonly name = 'Gtpv2Timeout';
}

/** What happened to datagrams and messages since the beginning. */
export interface Counters {
  sent: number;
  /** Requests sent again. */
  repeated: number;
  /** Requests given up. */
  unanswered: number;
  received: number;
  /** Requests received again. */
  duplicates: number;
  /** Answers that nobody waits for, and messages of unknown type. */
  unexpected: number;
  malformed: number;
}

interface Pending {
  readonly remote: Remote;
  readonly answers: readonly number[];
  readonly settle: (outcome: Message | Error) => void;
}

/** Sequence numbers of requests are below this bit, those of commands above it. */
const COMMAND_BIT = 0x80_0000;

const keyOf = (remote: Remote, sequence: number): string => `${remote.address} ${remote.port} ${sequence}`;

export class Transactions {
  readonly counters: Readonly<Counters>;
  readonly #counters: Counters;
  readonly #options: TransactionOptions & Timing;
  readonly #pending = new Map<string, Pending>();
  readonly #answers: Answers;
  #sequence: number;

  constructor(options: TransactionOptions) {
    this.#options = { ...defaultTiming, ...options };
    this.#counters = { sent: 0, repeated: 0, unanswered: 0, received: 0, duplicates: 0, unexpected: 0, malformed: 0 };
    this.counters = this.#counters;
    this.#sequence = options.firstSequence ?? 1;
    // A repetition comes while the sender still repeats: after that an answer may be forgotten.
    this.#answers = new Answers(options.clock, this.#options.t3Response * this.#options.n3Requests);
  }

  /**
   * Sends a request until it is answered.
   *
   * @returns the answer, whatever its Cause says
   * @throws {Gtpv2Timeout} when there is none, or the peer speaks another version, or the transactions were closed
   * @throws {Gtpv2Error} when the answer lacks what it must have
   */
  request(to: Remote, draft: Draft, timing: Partial<Timing> = {}): Promise<Message> {
    const { t3Response, n3Requests } = { ...this.#options, ...timing };
    const sequence = this.#nextSequence(to, isCommand(draft.type));
    const octets = encodeMessage({ ...draft, sequence });
    const key = keyOf(to, sequence);
    return new Promise((resolve, reject) => {
      let attempts = 0;
      let cancel = (): void => undefined;
      const settle = (outcome: Message | Error): void => {
        cancel();
        this.#pending.delete(key);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const attempt = (): void => {
        if (attempts === n3Requests) {
          this.#counters.unanswered += 1;
          settle(new Gtpv2Timeout(`${to.address} did not answer ${messageName(draft.type)} (${attempts} times sent)`));
          return;
        }
        if (attempts > 0) this.#counters.repeated += 1;
        attempts += 1;
        cancel = this.#options.clock.after(t3Response, attempt);
        this.#send(octets, to);
      };
      this.#pending.set(key, { remote: to, answers: answersTo(draft.type), settle });
      attempt();
    });
  }

  /** Sends a message that wants no answer, once. */
  notify(to: Remote, draft: Draft): void {
    this.#send(encodeMessage({ ...draft, sequence: this.#nextSequence(to, false) }), to);
  }

  /** Takes a datagram that came in. Whatever is in it, this does not throw. */
  receive(octets: Uint8Array, from: Remote): void {
    this.#counters.received += 1;
    try {
      const messages = decodeDatagram(octets);
      for (const message of messages) if (message !== undefined) this.#take(message, from);
    } catch (error) {
      if (error instanceof Gtpv2Error) this.#malformed(octets, from, error);
      else this.#options.onError(error);
    }
  }

  /** How many requests wait for their answers, and how many answers are kept for repetitions. */
  get size(): { readonly requests: number; readonly answers: number } {
    return { requests: this.#pending.size, answers: this.#answers.size };
  }

  /** A peer has restarted: it counts its requests anew, so none of them is a repetition of one from before. */
  forgetPeer(address: string): void {
    this.#answers.forget(`${address} `);
  }

  /** Gives up all requests and forgets all answers. */
  close(): void {
    for (const { settle } of this.#pending.values()) settle(new Gtpv2Timeout('closed'));
    this.#answers.clear();
  }

  #nextSequence(to: Remote, command: boolean): number {
    const bit = command ? COMMAND_BIT : 0;
    let sequence: number;
    do {
      sequence = this.#sequence | bit;
      this.#sequence = (this.#sequence + 1) % COMMAND_BIT;
    } while (this.#pending.has(keyOf(to, sequence)));
    return sequence;
  }

  #send(octets: Uint8Array, to: Remote): void {
    this.#counters.sent += 1;
    this.#options.send(octets, to);
  }

  #take(message: Message, from: Remote): void {
    this.#options.onMessage?.(message, from);
    const pending = this.#pending.get(keyOf(from, message.sequence));
    const awaited = pending !== undefined && pending.answers.includes(message.type) ? pending : undefined;
    if (awaited !== undefined) awaited.settle(answerOrError(message));
    if (message.type === messageType['Version Not Supported Indication']) this.#abandon(from);
    else if (isRequest(message.type)) this.#serve(message, from);
    else if (awaited !== undefined) return;
    else if (isAnswer(message.type) || !isKnown(message.type)) this.#counters.unexpected += 1;
    else this.#handle({ message, from, answer: () => undefined });
  }

  /** The peer speaks another version: its sequence number means nothing, so it is about all that it was asked (7.1.3). */
  #abandon(from: Remote): void {
    for (const { remote, settle } of this.#pending.values())
      if (remote.address === from.address && remote.port === from.port)
        settle(new Gtpv2Timeout(`${from.address} does not speak version 2 of GTP`));
  }

  #serve(message: Message, from: Remote): void {
    const key = `${keyOf(from, message.sequence)} ${message.type}`;
    const known = this.#answers.get(key);
    if (known !== undefined) {
      this.#counters.duplicates += 1;
      // A repetition of a request that is still worked on: its answer will come.
      if (known.octets !== undefined) this.#send(known.octets, from);
      return;
    }
    this.#answers.begin(key);
    const answer = (draft: Draft): void => {
      const octets = encodeMessage({ ...draft, sequence: message.sequence });
      if (this.#answers.finish(key, octets)) this.#send(octets, from);
    };
    try {
      checkMandatory(message);
    } catch (error) {
      if (error instanceof Gtpv2Error) answer(refusal(message, error));
      else this.#options.onError(error);
      return;
    }
    this.#handle({ message, from, answer });
  }

  #handle(incoming: Incoming): void {
    const failed = (error: unknown): void => {
      if (isRequest(incoming.message.type)) incoming.answer(refusal(incoming.message, error));
      if (!(error instanceof Gtpv2Error)) this.#options.onError(error);
    };
    try {
      Promise.resolve(this.#options.onRequest(incoming)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** What could not be read: a request is refused (7.7.3), everything else dropped without a word. */
  #malformed(octets: Uint8Array, from: Remote, error: Gtpv2Error): void {
    this.#counters.malformed += 1;
    const { header } = error;
    // A later version is told which one is spoken here (7.7.2); an earlier one has messages of its own for that.
    if (error.fault === 'version' && (octets[0] ?? 0) >> 5 > 2) this.#send(versionNotSupported, from);
    if (header === undefined || !isRequest(header.type) || header.type === messageType['Echo Request']) return;
    this.#send(encodeMessage({ ...refusal(header, error), sequence: header.sequence }), from);
  }
}

/** The answer, unless it lacks what it must have. */
const answerOrError = (message: Message): Message | Error => {
  try {
    checkMandatory(message);
    return message;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};
