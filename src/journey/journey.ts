/** A journey: the sightings of one packet, in the order of its path. */
import type { Sighting } from './sighting.ts';

/** How a sighting follows the one before it: over a cable, or through a node. */
export interface Join {
  readonly over: 'link' | 'node';
  /**
   * How many packets that cannot be told apart waited at this place. 1: no doubt. More: the oldest was taken, and
   * which of them it was is not known.
   */
  readonly candidates: number;
  /** Set when the two frames have different identities and were joined by place, order and likeness: something damaged the packet. */
  readonly damaged?: boolean | undefined;
}

export interface Journey {
  /** From 1, in order of the first sighting. */
  readonly number: number;
  /** The identity of the packet at its first sighting. */
  readonly key: string;
  readonly sightings: readonly Sighting[];
  /** `joins[i]` leads from `sightings[i]` to `sightings[i + 1]`. */
  readonly joins: readonly Join[];
  /** A switch sent the packet out more than once: the journey, and the index of the sighting, from which this one branched off. */
  readonly copyOf?: { readonly journey: number; readonly sighting: number } | undefined;
  /** Journeys that branched off this one. */
  readonly copies: readonly number[];
  /** Whether it was ever at the same place together with a packet that has the same identity. */
  readonly ambiguous: boolean;
}

/** A journey while the walk is still on. */
export interface Draft {
  key: string;
  readonly sightings: Sighting[];
  readonly joins: Join[];
  copyOf: { readonly draft: Draft; readonly sighting: number } | undefined;
  ambiguous: boolean;
}

export const firstOf = (journey: Journey): Sighting => {
  const [first] = journey.sightings;
  if (first === undefined) throw new Error(`journey ${journey.number} has no sightings`);
  return first;
};

export const lastOf = (journey: Journey): Sighting => journey.sightings.at(-1) ?? firstOf(journey);

/** `node:interface >` for a frame that left, `<` for one that came in. */
export const pointOf = ({ frame }: Sighting): string =>
  `${frame.node}:${frame.interface} ${frame.direction === 'out' ? '>' : '<'}`;
