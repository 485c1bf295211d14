/**
 * One SCTP association (RFC 9260, section 4): the state machine, without a socket and without a clock of its own. It is
 * handed packets, a clock and a function that sends; everything it does follows from those, so a test can replay hours
 * of loss and silence in milliseconds. Single-homed: one address on either side.
 */
import { put16, put32 } from '../../../src/packet/octets.ts';
import {
  type Chunk,
  type DataChunk,
  type InitChunk,
  type Packet,
  unknownAction,
} from '../../../src/signalling/sctp/chunk.ts';
import type { Clock } from '../clock.ts';
import { Timer } from './timer.ts';
import type { Cookie } from './cookie.ts';
import { encodePacket } from '../../../src/signalling/sctp/encode.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Parameters } from './parameters.ts';
import { Path } from './path.ts';
import { Persistence } from './persistence.ts';
import { ProtocolViolation } from './reassembly.ts';
import * as setup from './setup.ts';
import { causes, describeCauses, parameterTypes, type Tlv } from '../../../src/signalling/sctp/tlv.ts';
import { Transfer } from './transfer.ts';
import {
  type Address,
  type AssociationState,
  type CloseReason,
  type Message,
  type SctpAssociation,
  SctpError,
  type SendOptions,
  type Statistics,
  type TimerName,
} from './types.ts';
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
const sendingStates: ReadonlySet<AssociationState> = new Set(['established', 'shutdown-pending', 'shutdown-received']);
const receivingStates: ReadonlySet<AssociationState> = new Set(['established', 'shutdown-pending', 'shutdown-sent']);
/** T5-shutdown-guard: five times RTO.Max (9.2). */
const GUARD_FACTOR = 5;

/** What the two sides agreed on. */
type Agreement = Pick<Cookie, 'remoteTag' | 'localTsn' | 'remoteTsn' | 'window' | 'outboundStreams' | 'inboundStreams'>;

export class Association implements SctpAssociation {
  readonly local: Address;
  readonly remote: Address;
  readonly #around: Surroundings;
  readonly #user = new User();
  #state: AssociationState = 'closed';
  #own: setup.Side;
  #remoteTag = 0;
  #path: Path;
  #transfer: Transfer | undefined;
  #streams = { inbound: 0, outbound: 0 };
  readonly #persistence: Persistence;
  readonly #guard: Timer;
  readonly #heartbeat: Heartbeat;
  /** While positive, a packet is being read: what is due leaves at its end. */
  #corks = 0;
  #isClosing = false;
  /** `send` has said that it is enough. */
  #isFull = false;
  #staleCookies = 0;
  readonly #sent = { messagesSent: 0, octetsSent: 0, packetsSent: 0 };
  #packetsReceived = 0;
  #restarts = 0;

  constructor(local: Address, remote: Address, around: Surroundings, own: setup.Side) {
    this.local = local;
    this.remote = remote;
    this.#around = around;
    this.#own = own;
    const { clock, parameters, random } = around;
    const path = (): Path => this.#path;
    this.#path = new Path(parameters);
    this.#persistence = new Persistence(clock, path, (tries) => this.#mayRetry(tries));
    this.#guard = new Timer(clock, () => this.abort('T5-shutdown-guard expired'));
    this.#heartbeat = new Heartbeat({
      clock,
      random,
      parameters,
      path,
      busySince: (moment) => this.#transfer?.busySince(moment) ?? true,
      send: (chunk) => this.#control(chunk),
      missed: () => this.#countError('heartbeat'),
    });
  }

  get state(): AssociationState {
    return this.#state;
  }
  get streams(): { readonly inbound: number; readonly outbound: number } {
    return this.#streams;
  }
  get buffered(): number {
    return this.#transfer?.outbound.buffered ?? 0;
  }
  get closed(): Promise<CloseReason> {
    return this.#user.closed;
  }
  /** Whether the peer's tag is not settled yet: SHUTDOWN ACKs are then out of the blue (8.5.1, E). */
  get settingUp(): boolean {
    return this.#state === 'cookie-wait' || this.#state === 'cookie-echoed';
  }

  // What the user does.

  send(stream: number, ppid: number, bytes: Uint8Array, { unordered = false }: SendOptions = {}): boolean {
    const { receiveBuffer, sendBuffer } = this.#around.parameters;
    if (this.#state !== 'established' || this.#transfer === undefined)
      throw new SctpError(`${this.#name} cannot send: the association is ${this.#state}`);
    if (!Number.isInteger(stream) || stream < 0 || stream >= this.#streams.outbound)
      throw new RangeError(`${this.#name} has streams 0 to ${this.#streams.outbound - 1}, not ${stream}`);
    if (bytes.length === 0 || bytes.length > receiveBuffer)
      throw new RangeError(`a message has 1 to ${receiveBuffer} octets, not ${bytes.length}`);
    this.#transfer.outbound.push(stream, ppid, Uint8Array.from(bytes), unordered);
    this.#sent.messagesSent += 1;
    this.#sent.octetsSent += bytes.length;
    this.#flush();
    this.#isFull ||= this.buffered >= sendBuffer;
    return !this.#isFull;
  }

  onMessage(handler: (message: Message) => void): void {
    this.#user.onMessage(handler);
    this.#handOver();
  }
  onClose(handler: (reason: CloseReason) => void): void {
    this.#user.onClose(handler);
  }
  onRestart(handler: () => void): void {
    this.#user.onRestart(handler);
  }
  onDrain(handler: () => void): void {
    this.#user.onDrain(handler);
  }
  pause(): void {
    this.#user.paused = true;
  }
  resume(): void {
    this.#user.paused = false;
    this.#handOver();
  }

  close(): Promise<CloseReason> {
    this.#isClosing = true;
    if (this.settingUp) this.abort();
    else if (this.#state === 'established') {
      this.#state = 'shutdown-pending';
      this.#shutDownWhenEmpty();
    }
    return this.closed;
  }

  abort(detail = ''): void {
    if (this.#state === 'closed') return;
    // In COOKIE-WAIT the peer has no tag and nothing to abort.
    if (this.#state !== 'cookie-wait')
      this.#transmit([setup.abortChunk(causes.userInitiatedAbort, Buffer.from(detail))]);
    this.#end({ kind: 'aborted', by: 'local', detail });
  }

  statistics(): Statistics {
    const { inbound, outbound, timeouts = 0 } = this.#transfer ?? {};
    return {
      state: this.#state,
      ...this.#sent,
      messagesReceived: this.#user.messagesReceived,
      octetsReceived: this.#user.octetsReceived,
      packetsReceived: this.#packetsReceived,
      chunksSent: outbound?.chunksSent ?? 0,
      retransmissions: outbound?.retransmissions ?? 0,
      fastRetransmissions: outbound?.fastRetransmissions ?? 0,
      timeouts,
      duplicatesReceived: inbound?.duplicatesSeen ?? 0,
      heartbeatsSent: this.#heartbeat.sent,
      heartbeatsAnswered: this.#heartbeat.answered,
      restarts: this.#restarts,
      srtt: this.#path.srtt,
      rto: this.#path.rto,
      cwnd: this.#path.cwnd,
      flight: outbound?.flight ?? 0,
      peerWindow: outbound?.window ?? 0,
    };
  }

  // Setting up (section 5).

  /** Sends the INIT (5.1, A). */
  connect(): void {
    this.#initiate([]);
  }

  #initiate(parameters: readonly Tlv[]): void {
    this.#state = 'cookie-wait';
    const init = setup.initChunk('init', this.#own, this.#around.parameters, parameters);
    this.#persistence.start(() => this.#transmit([init], 0));
  }

  /** An INIT for an association that exists: both sides begin at once, or the peer begins anew (5.2.1, 5.2.2). */
  receiveInit(init: InitChunk): void {
    if (this.#state === 'shutdown-ack-sent') {
      this.#transmit([{ type: 'shutdownAck' }]);
      return;
    }
    const { clock, parameters, random, bake } = this.#around;
    const answer = setup.answerInit(init, {
      now: clock.now(),
      parameters,
      localPort: this.local.port,
      remotePort: this.remote.port,
      // While setting up, the answer repeats the tag of the own INIT; later a new one keeps the old association safe.
      own: this.settingUp ? this.#own : { tag: Math.max(1, random()), tsn: random() },
      tie: { local: this.#own.tag, remote: this.#remoteTag },
      bake,
    });
    this.#transmit([answer], init.tag);
  }

  /** Whether a cookie belongs to the association as it stands, however old it is. */
  owns(cookie: Cookie): boolean {
    return cookie.localTag === this.#own.tag && cookie.remoteTag === this.#remoteTag;
  }

  /** A good cookie, and the packet it was the first chunk of: its COOKIE ACK goes with the answers to the rest. */
  receiveEcho(cookie: Cookie, packet: Packet): void {
    this.#corked(() => {
      const good = this.#state === 'closed' ? this.#establish(cookie) : this.#existingCookie(cookie);
      if (good) this.#transfer?.queue({ type: 'cookieAck' });
      this.receive(packet);
    });
  }

  /** A cookie for an association that there is already (5.2.4); false when it is not to be acknowledged. */
  #existingCookie(cookie: Cookie): boolean {
    const meaning = setup.cookieMeaning(cookie, this.#own.tag, this.#remoteTag);
    if (meaning === 'discard') return false;
    if (meaning === 'restart' && this.#state === 'shutdown-ack-sent') {
      const error = setup.errorChunk(causes.cookieReceivedWhileShuttingDown, new Uint8Array(0));
      this.#transmit([{ type: 'shutdownAck' }, error], cookie.remoteTag);
      return false;
    }
    if (meaning === 'restart') this.#restart(cookie);
    else if (this.settingUp) this.#establish(cookie);
    else if (meaning === 'collision') this.#remoteTag = cookie.remoteTag;
    return true;
  }

  #establish(cookie: Cookie): true {
    this.#begin(cookie);
    this.#established();
    return true;
  }

  /** What is common to both ends of the handshake: the agreed values, and the transfer that lives by them. */
  #begin(agreed: Agreement): void {
    this.#transfer?.stop();
    this.#remoteTag = agreed.remoteTag;
    this.#streams = { inbound: agreed.inboundStreams, outbound: agreed.outboundStreams };
    const { clock, parameters } = this.#around;
    this.#transfer = new Transfer(
      {
        clock,
        parameters,
        transmit: (chunks) => this.#transmit(chunks),
        open: () => sendingStates.has(this.#state),
        unreachable: () => this.#unreachable('T3-rtx'),
      },
      this.#path,
      agreed,
    );
  }

  #established(): void {
    this.#persistence.stop();
    this.#state = 'established';
    this.#heartbeat.start();
    this.#around.opened();
  }

  #restart(cookie: Cookie): void {
    this.#persistence.stop();
    this.#guard.stop();
    this.#heartbeat.stop();
    this.#path = new Path(this.#around.parameters);
    this.#own = { tag: cookie.localTag, tsn: cookie.localTsn };
    this.#begin(cookie);
    this.#state = 'established';
    this.#heartbeat.start();
    this.#restarts += 1;
    this.#user.tellRestarted();
    // The peer knows nothing of a shutdown that was under way.
    if (this.#isClosing) void this.close();
  }

  #initAck(chunk: InitChunk): void {
    if (this.#state !== 'cookie-wait') return;
    const { cookie, unrecognized, refusal } = setup.readInitAck(chunk);
    if (cookie === undefined) {
      if (refusal !== undefined) this.#transmit([refusal], chunk.tag);
      this.#end({ kind: 'aborted', by: 'local', detail: 'its INIT ACK is invalid' });
      return;
    }
    this.#persistence.answered();
    const { streams } = this.#around.parameters;
    this.#begin({
      remoteTag: chunk.tag,
      localTsn: this.#own.tsn,
      remoteTsn: chunk.initialTsn,
      window: chunk.window,
      outboundStreams: Math.min(streams, chunk.inboundStreams),
      inboundStreams: Math.min(streams, chunk.outboundStreams),
    });
    this.#state = 'cookie-echoed';
    this.#persistence.start(() => this.#transmit([{ type: 'cookieEcho', cookie }, ...unrecognized]));
  }

  /** A stale cookie: another try, asking for one that lives longer by two RTOs (5.2.6). */
  #staleCookie(): void {
    if (this.#state !== 'cookie-echoed') return;
    this.#staleCookies += 1;
    if (this.#staleCookies > this.#around.parameters.maxInitRetransmits) {
      this.#end({ kind: 'aborted', by: 'peer', detail: 'staleCookie' });
      return;
    }
    const value = new Uint8Array(4);
    put32(value, 0, 2 * this.#path.rto);
    this.#initiate([{ type: parameterTypes.cookiePreservative, value }]);
  }

  // Packets from the peer.

  /** Takes a packet; INIT and COOKIE ECHO, which decide what it belongs to, were taken before. */
  receive({ tag, chunks }: Packet): void {
    this.#packetsReceived += 1;
    this.#corked(() => {
      let hasData = false;
      for (const chunk of chunks) {
        if (this.#state === 'closed' || !this.#isTagged(tag, chunk)) break;
        hasData ||= chunk.type === 'data';
        if (!this.#read(chunk)) break;
      }
      if (hasData && this.#state !== 'closed') this.#transfer?.dataRead();
      this.#handOver();
    });
  }

  /** The verification tag (8.5, 8.5.1). */
  #isTagged(tag: number, chunk: Chunk): boolean {
    const reflected = (chunk.type === 'abort' || chunk.type === 'shutdownComplete') && chunk.reflected;
    return tag !== 0 && tag === (reflected ? this.#remoteTag : this.#own.tag);
  }

  /** Reads a chunk; false when the rest of the packet is to be ignored. */
  #read(chunk: Chunk): boolean {
    try {
      return this.#dispatch(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      return this.#refuse(setup.abortChunk(causes.protocolViolation, Buffer.from(error.message)), error.message);
    }
  }

  #dispatch(chunk: Chunk): boolean {
    switch (chunk.type) {
      case 'initAck':
        this.#initAck(chunk);
        break;
      case 'cookieAck':
        if (this.#state !== 'cookie-echoed') break;
        this.#persistence.answered();
        this.#established();
        break;
      case 'abort':
        // Everything was delivered both ways, and a late packet has told the peer's endpoint that it knows us no more.
        if (chunk.reflected && this.#state === 'shutdown-ack-sent') this.#end({ kind: 'shutdown' });
        else this.#end({ kind: 'aborted', by: 'peer', detail: describeCauses(chunk.causes) });
        break;
      case 'error':
        if (chunk.causes.some(({ type }) => type === causes.staleCookie)) this.#staleCookie();
        break;
      case 'unknown': {
        const { skip, report } = unknownAction(chunk.code >>> 6);
        if (report) this.#control(setup.errorChunk(causes.unrecognizedChunkType, chunk.octets));
        return skip;
      }
      case 'shutdownAck':
        if (this.#state !== 'shutdown-sent' && this.#state !== 'shutdown-ack-sent') break;
        this.#transmit([{ type: 'shutdownComplete', reflected: false }]);
        this.#end({ kind: 'shutdown' }, true);
        break;
      case 'shutdownComplete':
        if (this.#state === 'shutdown-ack-sent') this.#end({ kind: 'shutdown' });
        break;
      case 'init':
      case 'cookieEcho':
        // Neither may come behind another chunk (6.10).
        break;
      default:
        return this.settingUp || this.#transfer === undefined || this.#exchange(chunk, this.#transfer);
    }
    return true;
  }

  /** The chunks that only an association that is set up understands. */
  #exchange(
    chunk: Extract<Chunk, { type: 'data' | 'sack' | 'shutdown' | 'heartbeat' | 'heartbeatAck' }>,
    transfer: Transfer,
  ): boolean {
    switch (chunk.type) {
      case 'data':
        return this.#data(chunk, transfer);
      case 'sack':
        if (!sendingStates.has(this.#state)) break;
        transfer.acknowledge(chunk);
        this.#acknowledged();
        break;
      case 'heartbeat':
        this.#control({ type: 'heartbeatAck', information: chunk.information });
        break;
      case 'heartbeatAck':
        if (this.#heartbeat.answer(chunk.information)) this.#path.errors = 0;
        break;
      case 'shutdown':
        this.#shutdown(chunk.cumulative, transfer);
        break;
    }
    return true;
  }

  #data(chunk: DataChunk, { inbound }: Transfer): boolean {
    if (!receivingStates.has(this.#state)) return true;
    const value = new Uint8Array(4);
    if (chunk.payload.length === 0) {
      put32(value, 0, chunk.tsn);
      return this.#refuse(setup.abortChunk(causes.noUserData, value), `TSN ${chunk.tsn} has no user data`);
    }
    const isForeign = chunk.stream >= this.#streams.inbound;
    const isNew = inbound.receive(chunk, isForeign);
    if (isForeign && isNew) {
      put16(value, 0, chunk.stream);
      this.#control(setup.errorChunk(causes.invalidStreamIdentifier, value));
    }
    // The peer has not seen the SHUTDOWN: it is sent again, with the SACK (9.2).
    if (this.#state === 'shutdown-sent') {
      inbound.requestSack();
      this.#control({ type: 'shutdown', cumulative: inbound.cumulative });
    }
    return true;
  }

  /** Something may have been acknowledged: the user may send more, or all is said and done. */
  #acknowledged(): void {
    if (this.#isFull && this.buffered <= this.#around.parameters.sendBuffer / 2) {
      this.#isFull = false;
      this.#user.tellDrained();
    }
    this.#shutDownWhenEmpty();
  }

  // Shutting down (9.2).

  #shutdown(cumulative: number, transfer: Transfer): void {
    if (sendingStates.has(this.#state)) {
      this.#state = 'shutdown-received';
      transfer.acknowledge({ cumulative });
      this.#acknowledged();
    } else if (this.#state === 'shutdown-sent') this.#sendShutdownAck();
  }

  #shutDownWhenEmpty(): void {
    const transfer = this.#transfer;
    if (transfer?.outbound.empty !== true) return;
    if (this.#state === 'shutdown-received') this.#sendShutdownAck();
    if (this.#state !== 'shutdown-pending') return;
    this.#state = 'shutdown-sent';
    this.#heartbeat.stop();
    this.#guard.start(GUARD_FACTOR * this.#around.parameters.rtoMax);
    this.#persistence.start(() => this.#transmit([{ type: 'shutdown', cumulative: transfer.inbound.cumulative }]));
  }

  #sendShutdownAck(): void {
    this.#state = 'shutdown-ack-sent';
    this.#heartbeat.stop();
    this.#persistence.start(() => this.#transmit([{ type: 'shutdownAck' }]));
  }

  // Timeouts (section 8).

  #mayRetry(tries: number): boolean {
    if (!this.settingUp) return this.#countError('T2-shutdown');
    if (tries <= this.#around.parameters.maxInitRetransmits) return true;
    this.#unreachable(this.#state === 'cookie-wait' ? 'T1-init' : 'T1-cookie');
    return false;
  }

  /** Counts a timeout; false when it was the last one (8.1). */
  #countError(timer: TimerName): boolean {
    this.#path.errors += 1;
    if (this.#path.errors <= this.#around.parameters.associationMaxRetrans) return true;
    this.#unreachable(timer);
    return false;
  }

  #unreachable(timer: TimerName): void {
    // Perhaps only one direction is broken: then the peer learns of it.
    if (!this.settingUp) this.#transmit([{ type: 'abort', reflected: false, causes: [] }]);
    this.#end({ kind: 'unreachable', timer });
  }

  // Sending.

  get #name(): string {
    return `SCTP ${this.remote.address}:${this.remote.port}`;
  }

  #transmit(chunks: readonly Chunk[], tag = this.#remoteTag): void {
    this.#sent.packetsSent += 1;
    this.#around.transmit(encodePacket(this.local.port, this.remote.port, tag, chunks));
  }

  /** Sends a control chunk, together with whatever else is due. */
  #control(chunk: Chunk): void {
    this.#transfer?.queue(chunk);
    this.#flush();
  }

  #flush(): void {
    if (this.#corks === 0 && this.#state !== 'closed') this.#transfer?.flush();
  }

  /** Does work whose packets leave together at its end. */
  #corked(work: () => void): void {
    this.#corks += 1;
    try {
      work();
    } finally {
      this.#corks -= 1;
      this.#flush();
    }
  }

  #handOver(): void {
    const inbound = this.#transfer?.inbound;
    if (inbound === undefined || inbound.queued === 0) return;
    this.#corked(() => {
      this.#user.handOver(inbound);
      inbound.offerWindow();
    });
  }

  // The end.

  /** Aborts because of something the peer did. */
  #refuse(abort: Chunk, detail: string): false {
    this.#transmit([abort]);
    this.#end({ kind: 'aborted', by: 'local', detail });
    return false;
  }

  #end(reason: CloseReason, owing = false): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#persistence.stop();
    this.#guard.stop();
    this.#heartbeat.stop();
    this.#transfer?.stop();
    this.#around.gone(owing);
    try {
      this.#handOver();
    } finally {
      this.#user.tellClosed(reason);
    }
  }
}
