/**
 * What the parts of an association share: its state, its agreed values, its timers, the way out, and the ways it ends.
 * The parts themselves are functions upon it: handshake.ts, restart.ts, dispatch.ts and shutdown.ts; the user sees none
 * of this but association.ts.
 */
import type { Chunk } from '../../../src/signalling/sctp/chunk.ts';
import { encodePacket } from '../../../src/signalling/sctp/encode.ts';
import { causes } from '../../../src/signalling/sctp/tlv.ts';
import type { Clock } from '../clock.ts';
import type { Cookie } from './cookie.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Parameters } from './parameters.ts';
import { Path } from './path.ts';
import { Persistence } from './persistence.ts';
import * as setup from './setup.ts';
import { Timer } from './timer.ts';
import { Transfer } from './transfer.ts';
import type { Address, AssociationState, CloseReason, TimerName } from './types.ts';
import { User } from './user.ts';

/** What an association needs of the endpoint it belongs to. */
export interface Surroundings {
  readonly clock: Clock;
  /** A random integer below 2^32. */
  readonly random: () => number;
  readonly parameters: Parameters;
  readonly transmit: (packet: Uint8Array) => void;
  readonly bake: (cookie: Cookie) => Uint8Array;
  /** The association is established, for the first time. */
  readonly opened: () => void;
  /** The association has ended; `owing` when the peer may have missed that and ask again for the last packet. */
  readonly gone: (owing: boolean) => void;
}

/** States in which data is sent, and in which it is taken (sections 6 and 9.2). */
export const sendingStates: ReadonlySet<AssociationState> = new Set([
  'established',
  'shutdown-pending',
  'shutdown-received',
]);
export const receivingStates: ReadonlySet<AssociationState> = new Set([
  'established',
  'shutdown-pending',
  'shutdown-sent',
]);

/** What the two sides agreed on. */
export type Agreement = Pick<
  Cookie,
  'remoteTag' | 'localTsn' | 'remoteTsn' | 'window' | 'outboundStreams' | 'inboundStreams'
>;

export class Core {
  readonly local: Address;
  readonly remote: Address;
  readonly around: Surroundings;
  readonly user = new User();
  state: AssociationState = 'closed';
  own: setup.Side;
  remoteTag = 0;
  path: Path;
  transfer: Transfer | undefined;
  streams: { readonly inbound: number; readonly outbound: number } = { inbound: 0, outbound: 0 };
  /** T1-init, T1-cookie and T2-shutdown: what is sent until it is answered. */
  readonly persistence: Persistence;
  /** T5-shutdown-guard (9.2). */
  readonly guard: Timer;
  readonly heartbeat: Heartbeat;
  /** The user wants the association to end. */
  isClosing = false;
  /** `send` has said that it is enough. */
  isFull = false;
  staleCookies = 0;
  readonly sent = { messagesSent: 0, octetsSent: 0, packetsSent: 0 };
  packetsReceived = 0;
  restarts = 0;
  /** While positive, a packet is being read: what is due leaves at its end. */
  #corks = 0;

  constructor(local: Address, remote: Address, around: Surroundings, own: setup.Side) {
    this.local = local;
    this.remote = remote;
    this.around = around;
    this.own = own;
    const { clock, parameters, random } = around;
    const path = (): Path => this.path;
    this.path = new Path(parameters);
    this.persistence = new Persistence(clock, path, (tries) => this.#mayRetry(tries));
    this.guard = new Timer(clock, () => this.abort('T5-shutdown-guard expired'));
    this.heartbeat = new Heartbeat({
      clock,
      random,
      parameters,
      path,
      busySince: (moment) => this.transfer?.busySince(moment) ?? true,
      send: (chunk) => this.control(chunk),
      missed: () => this.#countError('heartbeat'),
    });
  }

  /** Whether the peer's tag is not settled yet. */
  get settingUp(): boolean {
    return this.state === 'cookie-wait' || this.state === 'cookie-echoed';
  }
  /** Octets of messages that wait to be sent or acknowledged. */
  get buffered(): number {
    return this.transfer?.outbound.buffered ?? 0;
  }

  /** Takes the agreed values, and begins a transfer that lives by them: common to both ends of a handshake. */
  begin(agreed: Agreement): void {
    this.transfer?.stop();
    this.remoteTag = agreed.remoteTag;
    this.streams = { inbound: agreed.inboundStreams, outbound: agreed.outboundStreams };
    const { clock, parameters } = this.around;
    this.transfer = new Transfer(
      {
        clock,
        parameters,
        transmit: (chunks) => this.transmit(chunks),
        open: () => sendingStates.has(this.state),
        unreachable: () => this.#unreachable('T3-rtx'),
      },
      this.path,
      agreed,
    );
  }

  // Timeouts (section 8).

  #mayRetry(tries: number): boolean {
    if (!this.settingUp) return this.#countError('T2-shutdown');
    if (tries <= this.around.parameters.maxInitRetransmits) return true;
    this.#unreachable(this.state === 'cookie-wait' ? 'T1-init' : 'T1-cookie');
    return false;
  }

  /** Counts a timeout; false when it was the last one (8.1). */
  #countError(timer: TimerName): boolean {
    this.path.errors += 1;
    if (this.path.errors <= this.around.parameters.associationMaxRetrans) return true;
    this.#unreachable(timer);
    return false;
  }

  #unreachable(timer: TimerName): void {
    // Perhaps only one direction is broken: then the peer learns of it.
    if (!this.settingUp) this.transmit([{ type: 'abort', reflected: false, causes: [] }]);
    this.end({ kind: 'unreachable', timer });
  }

  // Sending.

  /** Sends a packet at once. */
  transmit(chunks: readonly Chunk[], tag = this.remoteTag): void {
    this.sent.packetsSent += 1;
    this.around.transmit(encodePacket(this.local.port, this.remote.port, tag, chunks));
  }

  /** Sends a control chunk, together with whatever else is due. */
  control(chunk: Chunk): void {
    this.transfer?.queue(chunk);
    this.flush();
  }

  /** Sends what is due, unless a packet is being read. */
  flush(): void {
    if (this.#corks === 0 && this.state !== 'closed') this.transfer?.flush();
  }

  /** Does work whose packets leave together at its end. */
  corked(work: () => void): void {
    this.#corks += 1;
    try {
      work();
    } finally {
      this.#corks -= 1;
      this.flush();
    }
  }

  /** Gives the user what has come in, and the peer the room that this makes. */
  handOver(): void {
    const inbound = this.transfer?.inbound;
    if (inbound === undefined || inbound.queued === 0) return;
    this.corked(() => {
      this.user.handOver(inbound);
      inbound.offerWindow();
    });
  }

  // The end.

  /** Ends the association without agreement (9.1). */
  abort(detail: string): void {
    if (this.state === 'closed') return;
    // In COOKIE-WAIT the peer has no tag and nothing to abort.
    if (this.state !== 'cookie-wait') this.transmit([setup.abortChunk(causes.userInitiatedAbort, Buffer.from(detail))]);
    this.end({ kind: 'aborted', by: 'local', detail });
  }

  /** Aborts because of something the peer did. */
  refuse(abort: Chunk, detail: string): false {
    this.transmit([abort]);
    this.end({ kind: 'aborted', by: 'local', detail });
    return false;
  }

  /** The association is over: timers stop, the user gets what is left and the reason. */
  end(reason: CloseReason, owing = false): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.persistence.stop();
    this.guard.stop();
    this.heartbeat.stop();
    this.transfer?.stop();
    this.around.gone(owing);
    try {
      this.handOver();
    } finally {
      this.user.tellClosed(reason);
    }
  }
}
