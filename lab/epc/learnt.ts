/** The other end of a tunnel as a gateway knows it: where it is, and which message said so. */
import { type Fteid, type Message, messageName } from '../../src/signalling/gtpv2/index.ts';

export interface Learnt extends Fteid {
  /** The message of TS 29.274 that brought it: `Create Session Request`. */
  readonly learntFrom: string;
}

/** A tunnel end out of a message. */
export const learnt = (end: Fteid, { type }: Pick<Message, 'type'>): Learnt => ({
  ...end,
  learntFrom: messageName(type),
});

/** Both ends of a tunnel for the status: the own TEID, and the other's with the message that told it. */
export const tunnelStatus = (local: number, other: Learnt | undefined): Readonly<Record<string, unknown>> => ({
  local,
  remote: other?.teid,
  peer: other?.ipv4,
  learntFrom: other?.learntFrom,
});
