/**
 * The contract between the dissector and its protocols. A decoder looks at the header at `at`; when it understands it,
 * it pushes a layer, moves `at` behind the header and says what follows; when it does not, it returns the reason and
 * the rest of the frame becomes a data layer. One `Reading` serves all the layers of a frame, and "what follows" is
 * stored in it rather than returned, because the dissector is the correlator's hot path and must not allocate per layer.
 */
import type { DataReason, Layer } from './layer.ts';

/** The number spaces in which a header names the protocol behind it. */
export type Space = 'link' | 'etherType' | 'ipVersion' | 'ipProtocol' | 'udpPort' | 'udpSourcePort';

export interface Reading {
  readonly bytes: Uint8Array;
  readonly layers: Layer[];
  /** The first octet that is not understood yet. */
  at: number;
  /** Where the captured octets of the enclosing layer end. Never beyond the frame. */
  end: number;
  /** Where the enclosing headers say that the packet ends; beyond `end` in a frame that was cut at a snap length. */
  wireEnd: number;
  space: Space;
  selector: number;
  /** Only read in the space `udpPort`, when no protocol has the destination port. */
  sourcePort: number;
}

/** Undefined means: go on with `space` and `selector`. */
export type Decode = (reading: Reading) => DataReason | undefined;

/** Says what follows. */
export const follow = (reading: Reading, space: Space, selector: number): undefined => {
  reading.space = space;
  reading.selector = selector;
};

/** Why `needed` octets at `at` cannot be read: cut by the capture, or never there. Undefined when they are there. */
export const missing = (reading: Reading, needed: number): DataReason | undefined => {
  const until = reading.at + needed;
  return until <= reading.end ? undefined : until > reading.wireEnd ? 'malformed' : 'truncated';
};

/** Narrows the packet to what a length field says: everything from `end` on is padding or belongs to nobody. */
export const limit = (reading: Reading, end: number): void => {
  if (end < reading.wireEnd) reading.wireEnd = end;
  if (end < reading.end) reading.end = end;
};
