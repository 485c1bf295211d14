/**
 * One SCTP association (RFC 9260, section 4) as its user and its endpoint see it, without a socket and without a clock of
 * its own. It is handed packets, a clock and a function that sends; everything it does follows from those, so a test can
 * replay hours of loss and silence in milliseconds. Single-homed: one address on either side.
 *
 * Behind it: core.ts (what the parts share), initiate.ts and restart.ts (setting up and beginning anew), dispatch.ts
 * (packets of the peer), shutdown.ts; and below them transfer.ts, persistence.ts and heartbeat.ts.
 */
import type { InitChunk, Packet } from '../../../src/signalling/sctp/chunk.ts';
import type { Cookie } from './cookie.ts';
import { Core, type Surroundings } from './core.ts';
import { receive } from './dispatch.ts';
import { initiate } from './initiate.ts';
import { receiveEcho, receiveInit } from './restart.ts';
import type { Side } from './setup.ts';
import { close } from './shutdown.ts';
import { statisticsOf } from './statistics.ts';
import {
  type Address,
  type AssociationState,
  type CloseReason,
  type Message,
  type SctpAssociation,
  SctpError,
  type SendOptions,
  type Statistics,
} from './types.ts';

export class Association implements SctpAssociation {
  readonly #core: Core;

  constructor(local: Address, remote: Address, around: Surroundings, own: Side) {
    this.#core = new Core(local, remote, around, own);
  }

  get local(): Address {
    return this.#core.local;
  }
  get remote(): Address {
    return this.#core.remote;
  }
  get state(): AssociationState {
    return this.#core.state;
  }
  get streams(): { readonly inbound: number; readonly outbound: number } {
    return this.#core.streams;
  }
  get buffered(): number {
    return this.#core.buffered;
  }
  get closed(): Promise<CloseReason> {
    return this.#core.user.closed;
  }
  get #name(): string {
    return `SCTP ${this.remote.address}:${this.remote.port}`;
  }

  // What the user does.

  send(stream: number, ppid: number, bytes: Uint8Array, { unordered = false }: SendOptions = {}): boolean {
    const core = this.#core;
    const { receiveBuffer, sendBuffer } = core.around.parameters;
    if (core.state !== 'established' || core.transfer === undefined)
      throw new SctpError(`${this.#name} cannot send: the association is ${core.state}`);
    if (!Number.isInteger(stream) || stream < 0 || stream >= core.streams.outbound)
      throw new RangeError(`${this.#name} has streams 0 to ${core.streams.outbound - 1}, not ${stream}`);
    if (bytes.length === 0 || bytes.length > receiveBuffer)
      throw new RangeError(`a message has 1 to ${receiveBuffer} octets, not ${bytes.length}`);
    core.transfer.outbound.push(stream, ppid, Uint8Array.from(bytes), unordered);
    core.sent.messagesSent += 1;
    core.sent.octetsSent += bytes.length;
    core.flush();
    core.isFull ||= core.buffered >= sendBuffer;
    return !core.isFull;
  }

  onMessage(handler: (message: Message) => void): void {
    this.#core.user.onMessage(handler);
    this.#core.handOver();
  }
  onClose(handler: (reason: CloseReason) => void): void {
    this.#core.user.onClose(handler);
  }
  onRestart(handler: () => void): void {
    this.#core.user.onRestart(handler);
  }
  onDrain(handler: () => void): void {
    this.#core.user.onDrain(handler);
  }
  pause(): void {
    this.#core.user.paused = true;
  }
  resume(): void {
    this.#core.user.paused = false;
    this.#core.handOver();
  }

  close(): Promise<CloseReason> {
    close(this.#core);
    return this.closed;
  }
  abort(detail = ''): void {
    this.#core.abort(detail);
  }
  statistics(): Statistics {
    return statisticsOf(this.#core);
  }

  // What the endpoint does.

  /** Whether the peer's tag is not settled yet: SHUTDOWN ACKs are then out of the blue (8.5.1, E). */
  get settingUp(): boolean {
    return this.#core.settingUp;
  }

  /** Sends the INIT (5.1, A). */
  connect(): void {
    initiate(this.#core);
  }

  /** An INIT for an association that exists: both sides begin at once, or the peer begins anew (5.2.1, 5.2.2). */
  receiveInit(init: InitChunk): void {
    receiveInit(this.#core, init);
  }

  /** Whether a cookie belongs to the association as it stands, however old it is. */
  owns(cookie: Cookie): boolean {
    return cookie.localTag === this.#core.own.tag && cookie.remoteTag === this.#core.remoteTag;
  }

  /** A good cookie, and the packet it was the first chunk of: its COOKIE ACK goes with the answers to the rest. */
  receiveEcho(cookie: Cookie, packet: Packet): void {
    receiveEcho(this.#core, cookie, packet);
  }

  /** Takes a packet; INIT and COOKIE ECHO, which decide what it belongs to, were taken before. */
  receive(packet: Packet): void {
    receive(this.#core, packet);
  }
}
