/**
 * Requests that outlive the connection they were sent on (RFC 6733, 5.5.4): when it is lost, those without an answer are
 * kept and sent again on the next one, with the same end-to-end identifier and the T flag, as their first copy may have
 * been served (RFC 6733, 3). There is one peer to talk to, so the next connection is with the same node. A request made
 * while there is no connection waits for one. All of it within the time that its answer may take.
 */
import { commandAbbreviation } from '../../../src/signalling/diameter/command.ts';
import type { DiameterMessage } from '../../../src/signalling/diameter/message.ts';
import type { Clock } from '../clock.ts';
import type { Repetition, RequestDraft } from './peer-options.ts';
import { DiameterPeerError, type EndToEnd, type LateAnswer } from './pending.ts';

/** A connection as it is seen here: a `DiameterPeer`. */
export interface Connection {
  readonly state: string;
  readonly request: (draft: RequestDraft, timeout: number, how: Repetition) => Promise<DiameterMessage>;
}

export interface FailoverOptions {
  readonly clock: Clock;
  /** The peer, as people know it. */
  readonly remote: string;
  /** Milliseconds that an answer may take, with the wait for a connection. */
  readonly timeout: number;
  readonly endToEnd: EndToEnd;
  readonly newSession: () => string;
}

interface Outstanding {
  /** With its Session-Id: the same in every copy. */
  readonly draft: RequestDraft;
  readonly endToEnd: number;
  readonly deadline: number;
  readonly late: LateAnswer | undefined;
  readonly resolve: (answer: DiameterMessage) => void;
  readonly reject: (error: unknown) => void;
  /** A copy has been sent already. */
  sent: boolean;
  /** Stops the wait for a connection. */
  cancel: () => void;
}

export class Failover {
  readonly #options: FailoverOptions;
  /** Requests that wait for a connection, in the order in which they were made. */
  readonly #waiting = new Set<Outstanding>();
  #connection: Connection | undefined;
  #stopped = false;

  constructor(options: FailoverOptions) {
    this.#options = options;
  }

  /** How many requests wait for a connection. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A connection is open: what waits goes out on it. */
  opened(connection: Connection): void {
    this.#connection = connection;
    for (const outstanding of [...this.#waiting]) {
      outstanding.cancel();
      this.#waiting.delete(outstanding);
      this.#send(outstanding);
    }
  }

  /** The connection is gone, or could not be made. */
  lost(): void {
    this.#connection = undefined;
  }

  /** No connection will follow: nothing waits any more. */
  stop(): void {
    this.#stopped = true;
    for (const outstanding of this.#waiting) this.#expire(outstanding);
  }

  /**
   * Sends a request and waits for its answer, on as many connections as it takes.
   *
   * @param late hears what became of the request if it is given up after it was sent
   * @throws {DiameterPeerError} `not-open` when there was no connection in time, `timeout` when there was no answer
   * @throws {DiameterError} when the answer is malformed or lacks what it must have
   */
  request(draft: RequestDraft, late?: LateAnswer): Promise<DiameterMessage> {
    const { clock, timeout, endToEnd, newSession } = this.#options;
    return new Promise((resolve, reject) => {
      this.#send({
        draft: { ...draft, session: draft.session ?? newSession() },
        endToEnd: endToEnd.next(),
        deadline: clock.now() + timeout,
        late,
        resolve,
        reject,
        sent: false,
        cancel: () => undefined,
      });
    });
  }

  #send(outstanding: Outstanding): void {
    const connection = this.#connection;
    if (connection?.state !== 'open' && connection?.state !== 'suspect') {
      this.#wait(outstanding);
      return;
    }
    const { draft, endToEnd, late, deadline, resolve, reject } = outstanding;
    const how: Repetition = { endToEnd, retransmitted: outstanding.sent, ...(late && { late }) };
    outstanding.sent = true;
    connection.request(draft, deadline - this.#options.clock.now(), how).then(resolve, (error: unknown) => {
      const broken = error instanceof DiameterPeerError && error.fault === 'lost';
      if (broken && !this.#stopped) this.#wait(outstanding);
      else reject(error);
    });
  }

  #wait(outstanding: Outstanding): void {
    const { clock } = this.#options;
    this.#waiting.add(outstanding);
    outstanding.cancel = clock.after(outstanding.deadline - clock.now(), () => this.#expire(outstanding));
    if (this.#stopped) this.#expire(outstanding);
  }

  #expire(outstanding: Outstanding): void {
    const { remote, timeout } = this.#options;
    const { draft, sent, reject, late, cancel } = outstanding;
    cancel();
    this.#waiting.delete(outstanding);
    if (!sent) {
      reject(new DiameterPeerError('not-open', `no connection with ${remote} within ${timeout} ms`));
      return;
    }
    const name = commandAbbreviation({ command: draft.command, request: true });
    reject(new DiameterPeerError('timeout', `${remote} was lost before its answer to ${name}`));
    late?.(undefined);
  }
}
