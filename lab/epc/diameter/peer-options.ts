/** What a peer is given and says: see peer.ts. */
import type { Clock } from '../clock.ts';
import type { Avp } from '../../../src/signalling/diameter/avp.ts';
import type { LocalIdentity, RemoteIdentity } from '../../../src/signalling/diameter/capabilities.ts';
import type { DiameterMessage } from '../../../src/signalling/diameter/message.ts';
import type { EndToEnd, LateAnswer } from './pending.ts';

/** What carries messages: each `send` is one whole message. */
export interface Transport {
  readonly send: (octets: Uint8Array) => void;
  /** Ends the connection; `lost` need not be called after it. */
  readonly close: () => void;
}

export type PeerState = 'wait-cea' | 'wait-cer' | 'open' | 'suspect' | 'closing' | 'closed';

export interface PeerOptions {
  readonly local: LocalIdentity;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Who opened the connection begins with the Capabilities-Exchange-Request. */
  readonly role: 'initiator' | 'responder';
  /** The AVPs of the answer, its result included; Session-Id and origin are added. A DiameterError is answered. */
  readonly onRequest: (request: DiameterMessage) => readonly Avp[] | Promise<readonly Avp[]>;
  /** Every change, with the reason where it is not as wished. */
  readonly onState?: (state: PeerState, reason?: string) => void;
  /** Every whole message that is sent or has come in, for a log. */
  readonly onWire?: (direction: 'sent' | 'received', octets: Uint8Array) => void;
  /** What went wrong that no peer is to blame for. */
  readonly onError: (error: unknown) => void;
  /** Whether to talk to the node that says it is this one; everybody when absent. */
  readonly accept?: (remote: RemoteIdentity) => boolean;
  /** Tw in milliseconds. */
  readonly watchdogInterval?: number;
  /** Milliseconds that an answer may take: Tx of credit control by default (RFC 8506, 13: 10 s). */
  readonly answerTimeout?: number;
  /** Numbers from 0 up to 1: for identifiers and for the watchdog. */
  readonly random?: () => number;
  /** Where end-to-end identifiers come from; connections that follow each other share it. Of its own when absent. */
  readonly endToEnd?: EndToEnd;
}

/** How a request is sent that is more than its connection's: see failover.ts. */
export interface Repetition {
  /** The same for every copy of a request. A new one when absent. */
  readonly endToEnd?: number;
  /** The T flag: a copy was sent on another connection (RFC 6733, 3). */
  readonly retransmitted?: boolean;
  readonly late?: LateAnswer;
}

/** A request before it has its identifiers; Origin-Host and Origin-Realm are added behind Session-Id. */
export interface RequestDraft {
  readonly command: number;
  readonly application: number;
  /** From `newSession` when absent. */
  readonly session?: string;
  readonly avps: readonly Avp[];
}
