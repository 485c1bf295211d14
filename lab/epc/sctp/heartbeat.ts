/**
 * Heartbeats (RFC 9260, 8.3): on a path where nothing else is under way, a question with a nonce every HB.interval plus
 * RTO, give or take half an RTO, so that a peer that vanished is missed even by those who have nothing to say to it.
 */
import { put32 } from '../../../src/packet/octets.ts';
import type { Chunk } from '../../../src/signalling/sctp/chunk.ts';
import type { Clock } from '../clock.ts';
import { Timer } from './timer.ts';
import type { Parameters } from './parameters.ts';
import type { Path } from './path.ts';
import { parameterTypes, tlvOctets } from '../../../src/signalling/sctp/tlv.ts';

const NONCE_LENGTH = 8;

export interface HeartbeatContext {
  readonly clock: Clock;
  /** A random integer below 2^32. */
  readonly random: () => number;
  readonly parameters: Parameters;
  readonly path: () => Path;
  /** Whether data has been sent since `moment`, or is under way. */
  readonly busySince: (moment: number) => boolean;
  readonly send: (chunk: Chunk) => void;
  /** A heartbeat was not answered in time; false when the association has ended by that. */
  readonly missed: () => boolean;
}

export class Heartbeat {
  readonly #context: HeartbeatContext;
  readonly #timer: Timer;
  #since = 0;
  #open: { readonly information: Uint8Array; readonly at: number } | undefined;
  sent = 0;
  answered = 0;

  constructor(context: HeartbeatContext) {
    this.#context = context;
    this.#timer = new Timer(context.clock, () => this.#expired());
  }

  start(): void {
    const { clock, parameters, random, path } = this.#context;
    this.#since = clock.now();
    this.#timer.start(parameters.heartbeatInterval + path().rto * (0.5 + random() / 2 ** 32));
  }

  stop(): void {
    this.#timer.stop();
    this.#open = undefined;
  }

  /** Takes the information of a HEARTBEAT ACK; false when it answers nothing that was asked. */
  answer(information: Uint8Array): boolean {
    const open = this.#open;
    if (open === undefined || Buffer.compare(open.information, information) !== 0) return false;
    this.#open = undefined;
    this.answered += 1;
    this.#context.path().measured(this.#context.clock.now() - open.at);
    return true;
  }

  #expired(): void {
    const { busySince, missed, path } = this.#context;
    if (this.#open !== undefined) {
      path().backOff();
      if (!missed()) return;
    }
    // What is under way has a timer of its own, and finds a dead peer sooner.
    if (busySince(this.#since)) this.#open = undefined;
    else this.#ask();
    this.start();
  }

  #ask(): void {
    const { clock, random, send } = this.#context;
    const value = new Uint8Array(NONCE_LENGTH);
    put32(value, 0, random());
    put32(value, 4, random());
    const information = tlvOctets({ type: parameterTypes.heartbeatInfo, value });
    this.#open = { information, at: clock.now() };
    this.sent += 1;
    send({ type: 'heartbeat', information });
  }
}
