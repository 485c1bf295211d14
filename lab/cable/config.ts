/**
 * What a cable is told. A cable joins two interfaces of its namespace: every frame that comes in at one goes out at the
 * other, later or never, as its impairment says. The same words mean the same as in the topology file.
 */
import { type Field, list, member, number, optional, text } from '../fields.ts';

/** Impairment of one direction. */
export interface Impairment {
  /** Bits per second of Ethernet frames (without preamble and check sequence, as netem counts); 0 is without limit. */
  readonly rate: number;
  /** Milliseconds. */
  readonly delay: number;
  /** Milliseconds: the delay of each frame is between `delay - jitter` and `delay + jitter`, all values as likely. */
  readonly jitter: number;
  /** Share of frames that get lost on the way, 0..1. */
  readonly loss: number;
  /** Share of frames that skip the delay and so overtake others, 0..1. With 0 the order is kept, also under jitter. */
  readonly reorder: number;
  /** Milliseconds a frame may wait for its turn under `rate`; one that would wait longer is dropped (drop-tail). */
  readonly queue: number;
}

export interface CableConfig {
  readonly interfaces: readonly [string, string];
  /** From the first interface to the second, and back. */
  readonly impairments: readonly [Impairment, Impairment];
  /** Created when frames flow. */
  readonly ready?: string | undefined;
  /** Rewritten, at most once a second, when a counter has changed. */
  readonly status?: string | undefined;
}

/** A tenth of a second of buffer: what a home router has, and enough for TCP to fill the rate. */
const DEFAULT_QUEUE = 100;
/** The longest delay, a minute: longer than any terrestrial or lunar link. */
const MAX_MILLISECONDS = 60_000;
/** Beyond any rate that a program can forward. */
const MAX_RATE = 1e12;

const share = number(0, 1);
const milliseconds = number(0, MAX_MILLISECONDS);

const impairment = (field: Field): Impairment => ({
  rate: optional(member(field, 'rate'), number(0, MAX_RATE)) ?? 0,
  delay: optional(member(field, 'delay'), milliseconds) ?? 0,
  jitter: optional(member(field, 'jitter'), milliseconds) ?? 0,
  loss: optional(member(field, 'loss'), share) ?? 0,
  reorder: optional(member(field, 'reorder'), share) ?? 0,
  queue: optional(member(field, 'queue'), milliseconds) ?? DEFAULT_QUEUE,
});

/** `impairment` holds for both directions, unless `back` says otherwise. @throws Error that names the wrong field. */
export const cableConfig = (field: Field): CableConfig => {
  const interfaces = member(field, 'interfaces');
  const [first, second, ...more] = list(interfaces, text);
  if (first === undefined || second === undefined || more.length > 0)
    throw new Error(`config: ${interfaces.at}: expected two interfaces`);
  const forth = impairment(member(field, 'impairment'));
  return {
    interfaces: [first, second],
    impairments: [forth, optional(member(field, 'back'), impairment) ?? forth],
    ready: optional(member(field, 'ready'), text),
    status: optional(member(field, 'status'), text),
  };
};
