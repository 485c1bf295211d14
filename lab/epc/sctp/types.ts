/** What users of associations see: their states, how they end, what they count. */
import type { Message } from './reassembly.ts';

export type { Message } from './reassembly.ts';

/** The states of RFC 9260, section 4. */
export type AssociationState =
  | 'closed'
  | 'cookie-wait'
  | 'cookie-echoed'
  | 'established'
  | 'shutdown-pending'
  | 'shutdown-sent'
  | 'shutdown-received'
  | 'shutdown-ack-sent';

/** A transport address. */
export interface Address {
  readonly address: string;
  readonly port: number;
}

/** Why there is no association any more. */
export type CloseReason =
  /** Both sides agreed, and everything that was sent has arrived. */
  | { readonly kind: 'shutdown' }
  /** One side broke it off; `detail` is what it said, or what it did wrong. */
  | { readonly kind: 'aborted'; readonly by: 'local' | 'peer'; readonly detail: string }
  /** The peer did not answer as often as the protocol parameters allow. */
  | { readonly kind: 'unreachable'; readonly timer: TimerName };

/** Whose expiry was one too many. */
export type TimerName = 'T1-init' | 'T1-cookie' | 'T2-shutdown' | 'T3-rtx' | 'heartbeat';

/** A close reason as part of a sentence about the peer. */
export const describeClose = (reason: CloseReason): string => {
  if (reason.kind === 'shutdown') return 'shut down';
  if (reason.kind === 'unreachable') return `does not answer (${reason.timer})`;
  const detail = reason.detail === '' ? '' : `: ${reason.detail}`;
  return reason.by === 'peer' ? `aborted the association${detail}` : `was sent an abort${detail}`;
};

/** An association that could not be made, or cannot do what it is asked to. */
export class SctpError extends Error {
  readonly reason: CloseReason | undefined;
  constructor(message: string, reason?: CloseReason) {
    super(message);
    this.name = 'SctpError';
    this.reason = reason;
  }
}

/** Counters since the association began; a restart of the peer does not reset them. */
export interface Statistics {
  readonly state: AssociationState;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly octetsSent: number;
  readonly octetsReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** DATA chunks, the ones sent again included. */
  readonly chunksSent: number;
  readonly retransmissions: number;
  readonly fastRetransmissions: number;
  /** Expiries of T3-rtx. */
  readonly timeouts: number;
  readonly duplicatesReceived: number;
  readonly heartbeatsSent: number;
  readonly heartbeatsAnswered: number;
  /** How often the peer began anew under the same address. */
  readonly restarts: number;
  /** Milliseconds; `srtt` is undefined before the first measurement. */
  readonly srtt: number | undefined;
  readonly rto: number;
  /** Octets. */
  readonly cwnd: number;
  readonly flight: number;
  readonly peerWindow: number;
}

export interface SendOptions {
  /** Delivered as soon as it arrives, whatever else is under way on its stream. */
  readonly unordered?: boolean | undefined;
}

/** One association, as its user has it. */
export interface SctpAssociation {
  readonly local: Address;
  readonly remote: Address;
  readonly state: AssociationState;
  /** Streams in each direction, numbered from 0. */
  readonly streams: { readonly inbound: number; readonly outbound: number };
  /** Octets that the peer has not acknowledged yet. */
  readonly buffered: number;
  /** How and when it ended. */
  readonly closed: Promise<CloseReason>;
  /**
   * Sends a message of 1 octet to 256 KiB; the bytes are copied.
   *
   * @returns false when so much is unacknowledged that the sender had better wait for `onDrain`; the message is sent.
   * @throws SctpError when the association is not established, RangeError for a stream or a size that there is not.
   */
  send(stream: number, ppid: number, bytes: Uint8Array, options?: SendOptions): boolean;
  /** Sets the receiver of messages. What came before is kept, within the receive window, and handed over now. */
  onMessage(handler: (message: Message) => void): void;
  /** Adds a function that is called once, when the association has ended. */
  onClose(handler: (reason: CloseReason) => void): void;
  /** Adds a function that is called when the peer has begun anew: what it had not acknowledged is lost, streams begin at 0. */
  onRestart(handler: () => void): void;
  /** Adds a function that is called when, after `send` returned false, half of what it objected to has been acknowledged. */
  onDrain(handler: () => void): void;
  /** Stops, and resumes, the delivery of messages; the peer is slowed down by the receive window. */
  pause(): void;
  resume(): void;
  /** Graceful: sends and receives what is under way, then shuts down. */
  close(): Promise<CloseReason>;
  /** At once; what is under way is lost. */
  abort(detail?: string): void;
  statistics(): Statistics;
}
