/**
 * Requests that wait for their answers. The hop-by-hop identifier pairs them on the connection (RFC 6733, 3); the
 * end-to-end identifier tells requests of this node apart for at least four minutes, also after a restart.
 */
import type { Clock } from '../clock.ts';
import type { Avp } from '../../../src/signalling/diameter/avp.ts';
import { checkRequired, commandAbbreviation } from '../../../src/signalling/diameter/command.ts';
import { type DiameterMessage, encodeMessage } from '../../../src/signalling/diameter/message.ts';
import type { Repetition } from './peer-options.ts';

/** `timeout`: nobody answered; `lost`: the connection ended first; `not-open`: it was not open. */
export type PeerFault = 'timeout' | 'lost' | 'not-open';

/** A request that got no answer. */
export class DiameterPeerError extends Error {
  override readonly name = 'DiameterPeerError';
  readonly fault: PeerFault;
  constructor(fault: PeerFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * Hears what became of a request that was given up after it was sent: its answer, or undefined when none will come any
 * more - then nobody here knows whether the peer has served it.
 */
export type LateAnswer = (answer: DiameterMessage | undefined) => void;

/** Milliseconds for which a late answer is awaited: its end-to-end identifier means nothing after that (RFC 6733, 3). */
const LATEST = 240_000;

/** End-to-end identifiers: the low 12 bits of the time in seconds above 20 random ones, then one by one (RFC 6733, 3). */
export class EndToEnd {
  #last: number;
  constructor(random: () => number = Math.random) {
    this.#last = (Math.floor(Date.now() / 1000) % 4096) * 2 ** 20 + Math.floor(random() * 2 ** 20);
  }
  next(): number {
    this.#last = (this.#last + 1) % 2 ** 32;
    return this.#last;
  }
}

interface Pending {
  readonly command: number;
  readonly settle: (outcome: DiameterMessage | Error) => void;
}

export interface Draft {
  readonly command: number;
  readonly application: number;
  readonly avps: readonly Avp[];
}

export class PendingRequests {
  readonly #clock: Clock;
  readonly #send: (octets: Uint8Array) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #endToEnd: EndToEnd;
  #hopByHop: number;

  constructor(
    clock: Clock,
    random: () => number,
    send: (octets: Uint8Array) => void,
    endToEnd: EndToEnd = new EndToEnd(random),
  ) {
    this.#clock = clock;
    this.#send = send;
    this.#endToEnd = endToEnd;
    this.#hopByHop = Math.floor(random() * 2 ** 32);
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Sends a request of the base protocol whose answer nobody waits for. */
  send(command: number, avps: readonly Avp[]): void {
    this.#transmit({ command, application: 0, avps });
  }

  /** Sends a request; rejects after `timeout` milliseconds. `how.late` hears of it when it is answered after that. */
  request(draft: Draft, timeout: number, how: Repetition = {}): Promise<DiameterMessage> {
    return new Promise((resolve, reject) => {
      let cancel = (): void => undefined;
      const hopByHop = this.#transmit(draft, how);
      const settle = (outcome: DiameterMessage | Error): void => {
        cancel();
        this.#pending.delete(hopByHop);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      this.#pending.set(hopByHop, { command: draft.command, settle });
      const name = commandAbbreviation({ command: draft.command, request: true });
      cancel = this.#clock.after(timeout, () => {
        settle(new DiameterPeerError('timeout', `no answer to ${name} within ${timeout} ms`));
        if (how.late !== undefined) this.#awaitLate(hopByHop, draft.command, how.late);
      });
    });
  }

  /** A request was given up: its answer still has a taker. */
  #awaitLate(hopByHop: number, command: number, late: LateAnswer): void {
    const settle = (outcome: DiameterMessage | Error): void => {
      cancel();
      this.#pending.delete(hopByHop);
      late(outcome instanceof Error ? undefined : outcome);
    };
    const cancel = this.#clock.after(LATEST, () => settle(new DiameterPeerError('timeout', 'no late answer either')));
    this.#pending.set(hopByHop, { command, settle });
  }

  /** An answer came in; one that nobody waits for is dropped (RFC 6733, 6.2.1). */
  answer(message: DiameterMessage): void {
    const pending = this.#pending.get(message.hopByHop);
    if (pending === undefined || pending.command !== message.command) return;
    checkRequired(message);
    pending.settle(message);
  }

  /** The answer with this identifier is of no use. */
  fail(hopByHop: number, error: Error): void {
    this.#pending.get(hopByHop)?.settle(error);
  }

  failAll(error: Error): void {
    for (const { settle } of this.#pending.values()) settle(error);
  }

  /** Returns the hop-by-hop identifier that the request got. */
  #transmit(
    { command, application, avps }: Draft,
    { endToEnd = this.#endToEnd.next(), retransmitted = false }: Repetition = {},
  ): number {
    do this.#hopByHop = (this.#hopByHop + 1) % 2 ** 32;
    while (this.#pending.has(this.#hopByHop));
    this.#send(
      encodeMessage({
        request: true,
        // The base protocol's own requests are for the neighbour alone (RFC 6733, 5.3 to 5.5).
        proxiable: application !== 0,
        error: false,
        retransmitted,
        command,
        application,
        hopByHop: this.#hopByHop,
        endToEnd,
        avps,
      }),
    );
    return this.#hopByHop;
  }
}
