/** What a phone has when it is attached, and what happens to it. */
import type { ApnAmbr } from '../../../src/signalling/nas/session.ts';

/** The default bearer: the phone's way to the Internet, as the network described it. */
export interface Bearer {
  /** IPv4 address of the phone. */
  readonly address: string;
  readonly dns: readonly string[];
  readonly apn: string;
  /** EPS bearer identity. */
  readonly ebi: number;
  /** QoS class. */
  readonly qci: number;
  /** In kb/s. */
  readonly ambr?: ApnAmbr | undefined;
  readonly mtu?: number | undefined;
}

/** Mobility states of a phone (3GPP TS 24.301, 5.1.3.2); `off` is before and after all of them. */
export type EmmState =
  | 'off'
  | 'deregistered'
  | 'registered-initiated'
  | 'registered'
  | 'service-request-initiated'
  | 'deregistered-initiated';

/** What the machine tells the phone around it. */
export type UeEvent =
  /** `milliseconds` passed since the procedure began. */
  | { readonly kind: 'attached'; readonly bearer: Bearer; readonly milliseconds: number }
  /** `cause` is an EMM cause, or the ESM cause that is behind an ESM failure; undefined when nobody answered. */
  | { readonly kind: 'refused'; readonly error: string; readonly cause?: number | undefined }
  /** The radio bearers are there again after a service request. */
  | { readonly kind: 'served' }
  /** Another cell serves the phone; `milliseconds` passed since the order to go there. */
  | { readonly kind: 'moved'; readonly cell: string; readonly milliseconds: number }
  | { readonly kind: 'detached'; readonly by: 'phone' | 'network'; readonly cause?: number | undefined };

/** Timers of TS 24.301, table 10.2.1, in milliseconds. */
export const timers = {
  /** An attach without an answer. */
  t3410: 15_000,
  /** Before the next attempt to attach. */
  t3411: 10_000,
  /** Before the next attempt after five that failed; the network may say another time. */
  t3402: 720_000,
  /** A service request without an answer. */
  t3417: 5000,
  /** A network that failed to prove itself may try again. */
  t3418: 20_000,
  t3420: 15_000,
  /** A detach without an answer. */
  t3421: 15_000,
} as const;

/** Attempts to attach, and to detach, that follow each other (5.5.1.1, 5.5.2.2.4). */
export const ATTEMPTS = 5;
