/**
 * One connection to a Diameter peer (RFC 6733, 5): capabilities are exchanged, then requests go both ways until one
 * side disconnects or the watchdog finds the other dead. No socket is here: a transport (TCP, SCTP, a test) gives whole
 * messages to `receive` and sends what it is given.
 *
 * States: `wait-cea` and `wait-cer` until the capabilities are known, `open`, `suspect` (open, but silent), `closing`
 * after a Disconnect-Peer, `closed`. Both sides opening a connection at once (the election of 5.6.4) does not happen
 * here: clients connect and servers listen.
 */
import type { Avp } from '../../../src/signalling/diameter/avp.ts';
import * as base from '../../../src/signalling/diameter/base-avps.ts';
import {
  haveCommonApplication,
  originOf,
  readCapabilities,
  type RemoteIdentity,
  writeCapabilities,
} from '../../../src/signalling/diameter/capabilities.ts';
import { answerTo, checkRequired, command, commandAbbreviation } from '../../../src/signalling/diameter/command.ts';
import { avp } from '../../../src/signalling/diameter/definition.ts';
import { DiameterError } from '../../../src/signalling/diameter/error.ts';
import { decodeMessage, type DiameterMessage, encodeMessage } from '../../../src/signalling/diameter/message.ts';
import { failure, result, resultOf, success } from '../../../src/signalling/diameter/outcome.ts';
import type { PeerOptions, PeerState, Repetition, RequestDraft } from './peer-options.ts';
import { DiameterPeerError, PendingRequests } from './pending.ts';
import { isProtocolError, isSuccess, resultName, results } from '../../../src/signalling/diameter/result.ts';
import { checkResult, checkServed } from './service.ts';
import { Watchdog, WATCHDOG_INTERVAL } from './watchdog.ts';

/** Disconnect-Cause (5.4.3). */
export const disconnectCauses = { rebooting: 0, busy: 1, doNotWantToTalkToYou: 2 } as const;

/** Tx of credit control (RFC 8506, 13), milliseconds. */
export const ANSWER_TIMEOUT = 10_000;

/** Milliseconds for capabilities and for the farewell. The standard leaves the Timeout of its state machine open. */
const HANDSHAKE_TIMEOUT = 10_000;

export class DiameterPeer {
  readonly #options: PeerOptions;
  readonly #send: (octets: Uint8Array) => void;
  readonly #watchdog: Watchdog;
  readonly #pending: PendingRequests;
  readonly #sessionPrefix: string;
  #sessions = 0;
  #state: PeerState;
  #remote: RemoteIdentity | undefined;
  #cancelHandshake = (): void => undefined;

  constructor(options: PeerOptions) {
    const { clock, role, transport, local, random = Math.random, watchdogInterval = WATCHDOG_INTERVAL } = options;
    const send = (octets: Uint8Array): void => {
      options.onWire?.('sent', octets);
      transport.send(octets);
    };
    this.#options = options;
    this.#send = send;
    this.#state = role === 'initiator' ? 'wait-cea' : 'wait-cer';
    this.#pending = new PendingRequests(clock, random, send, options.endToEnd);
    this.#sessionPrefix = `${local.host};${local.originStateId};`;
    this.#watchdog = new Watchdog({
      clock,
      random,
      interval: watchdogInterval,
      ask: () => this.#system(command.deviceWatchdog, [avp(base.originStateId, local.originStateId)]),
      onSuspect: () => this.#enter('suspect', 'no answer to the watchdog'),
      onOkay: () => this.#enter('open'),
      onDead: () => this.#end('silent for too long'),
    });
  }

  get state(): PeerState {
    return this.#state;
  }

  /** Who the peer is; undefined before the connection is open. */
  get remote(): RemoteIdentity | undefined {
    return this.#remote;
  }

  /** The transport is connected: an initiator introduces itself, both wait for the other. */
  start(): void {
    const { clock, role, local } = this.#options;
    this.#cancelHandshake = clock.after(HANDSHAKE_TIMEOUT, () => this.#end('no capabilities in time'));
    if (role === 'initiator') this.#pending.send(command.capabilitiesExchange, writeCapabilities(local));
  }

  /** A Session-Id that no other session has (8.8). */
  newSession(): string {
    this.#sessions += 1;
    return `${this.#sessionPrefix}${this.#sessions}`;
  }

  /**
   * Sends a request and waits for its answer, whatever its result is.
   *
   * @throws {DiameterPeerError} when the connection is not open, breaks, or nothing comes in time
   * @throws {DiameterError} when the answer is malformed or lacks what it must have
   */
  request(
    draft: RequestDraft,
    timeout = this.#options.answerTimeout ?? ANSWER_TIMEOUT,
    how?: Repetition,
  ): Promise<DiameterMessage> {
    if (this.#state !== 'open' && this.#state !== 'suspect')
      return Promise.reject(new DiameterPeerError('not-open', `the connection is ${this.#state}`));
    const avps = [
      avp(base.sessionId, draft.session ?? this.newSession()),
      ...originOf(this.#options.local),
      ...draft.avps,
    ];
    return this.#pending.request({ command: draft.command, application: draft.application, avps }, timeout, how);
  }

  /** Says goodbye, and ends the connection when the peer has answered or too much time has passed. */
  disconnect(cause: number = disconnectCauses.rebooting): void {
    if (this.#state === 'closed' || this.#state === 'closing') return;
    if (this.#state === 'wait-cea' || this.#state === 'wait-cer') {
      this.#end('disconnected');
      return;
    }
    this.#farewell();
    this.#system(command.disconnectPeer, [avp(base.disconnectCause, cause)]);
  }

  /** The transport is gone. */
  lost(reason: string): void {
    this.#end(reason, false);
  }

  /** One whole message, as it came in. Whatever is in it, this does not throw. */
  receive(octets: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#options.onWire?.('received', octets);
    try {
      const message = decodeMessage(octets);
      if (this.#state === 'wait-cer' || this.#state === 'wait-cea') this.#introduce(message);
      else this.#dispatch(message);
    } catch (error) {
      this.#malformed(error);
    }
  }

  #enter(state: PeerState, reason?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state, reason);
  }

  #end(reason: string, close = true): void {
    if (this.#state === 'closed') return;
    this.#cancelHandshake();
    this.#watchdog.stop();
    this.#enter('closed', reason);
    this.#pending.failAll(new DiameterPeerError('lost', reason));
    if (close) this.#options.transport.close();
  }

  #farewell(): void {
    this.#watchdog.stop();
    this.#enter('closing');
    this.#cancelHandshake = this.#options.clock.after(HANDSHAKE_TIMEOUT, () => this.#end('no farewell in time'));
  }

  /** A request of the base protocol; its answer is taken by `#dispatch`. */
  #system(code: number, avps: readonly Avp[]): void {
    this.#pending.send(code, [...originOf(this.#options.local), ...avps]);
  }

  #answer(request: DiameterMessage, avps: readonly Avp[]): void {
    const { code, vendor } = resultOf({ avps });
    const message = answerTo(request, avps, isProtocolError({ code, vendor }));
    this.#send(encodeMessage(message));
  }

  #open(remote: RemoteIdentity): void {
    this.#cancelHandshake();
    this.#remote = remote;
    this.#enter('open');
    this.#watchdog.start();
  }

  /** Before the connection is open nothing counts but the capabilities (5.6: anything else ends it). */
  #introduce(message: DiameterMessage): void {
    const { local } = this.#options;
    const expected = message.request === (this.#state === 'wait-cer');
    if (message.command !== command.capabilitiesExchange || !expected) {
      this.#end(`${commandAbbreviation(message)} before the capabilities`);
      return;
    }
    if (!message.request) {
      const outcome = resultOf(message);
      const remote = isSuccess(outcome) ? readCapabilities(message.avps) : undefined;
      if (remote === undefined) this.#end(`refused: ${resultName(outcome)}`);
      else if (!haveCommonApplication(local, remote)) this.#end(`no common application with ${remote.host}`);
      else this.#open(remote);
      return;
    }
    checkRequired(message);
    const remote = readCapabilities(message.avps);
    const code = this.#judge(remote);
    this.#answer(message, [result(code), ...writeCapabilities(local)]);
    if (code === results.DIAMETER_SUCCESS) this.#open(remote);
    else this.#end(`${remote.host}: ${resultName({ code, vendor: 0 })}`);
  }

  #judge(remote: RemoteIdentity): number {
    const { local, accept } = this.#options;
    if (accept !== undefined && !accept(remote)) return results.DIAMETER_UNKNOWN_PEER;
    return haveCommonApplication(local, remote) ? results.DIAMETER_SUCCESS : results.DIAMETER_NO_COMMON_APPLICATION;
  }

  #dispatch(message: DiameterMessage): void {
    const { local } = this.#options;
    if (this.#state !== 'closing') this.#watchdog.heard(message.command === command.deviceWatchdog && !message.request);
    if (!message.request) {
      if (message.command !== command.disconnectPeer) this.#pending.answer(message);
      else if (this.#state === 'closing') this.#end('disconnected');
      return;
    }
    checkRequired(message);
    switch (message.command) {
      case command.deviceWatchdog:
        this.#answer(message, [success, ...originOf(local), avp(base.originStateId, local.originStateId)]);
        return;
      case command.disconnectPeer:
        // Who said goodbye closes the connection when it has the answer (5.4.2).
        this.#answer(message, [success, ...originOf(local)]);
        this.#farewell();
        return;
      case command.capabilitiesExchange:
        this.#remote = readCapabilities(message.avps);
        this.#answer(message, [success, ...writeCapabilities(local)]);
        return;
      default:
        this.#serve(message);
    }
  }

  /** A request of an application. */
  #serve(request: DiameterMessage): void {
    const { local, onRequest, onError } = this.#options;
    const answer = (avps: readonly Avp[]): void => {
      if (this.#state !== 'closed') this.#answer(request, [...avps, ...originOf(local)]);
    };
    const failed = (error: unknown): void => {
      answer(failure(error));
      if (!(error instanceof DiameterError)) onError(error);
    };
    checkServed(request, local);
    const serve = async (): Promise<void> => answer(checkResult(await onRequest(request)));
    serve().catch(failed);
  }

  /** A message that could not be taken: a request is refused, an answer ends its request, and a lost stream the connection. */
  #malformed(error: unknown): void {
    if (!(error instanceof DiameterError)) {
      this.#options.onError(error);
      return;
    }
    const { received } = error;
    if (received === undefined) this.#end(error.message);
    else if (!received.request) this.#pending.fail(received.hopByHop, error);
    else {
      this.#answer(received, [...failure(error), ...originOf(this.#options.local)]);
      if (this.#state === 'wait-cer') this.#end(error.message);
    }
  }
}
