/** Frames for a capture file, each with a comment that says which journey it is a hop of: Wireshark shows `frame.comment`. */
import type { Frame } from '../packet/layer.ts';
import type { Hop } from './change.ts';
import type { Sighting } from './sighting.ts';
import type { Trace } from './trace.ts';
import { summaryOf } from './words.ts';

/** Whose bearer a tunnel is of, and which message made it: what a capture file cannot show otherwise. */
const behind = ({ changes }: Hop): string =>
  changes
    .flatMap(({ cause }) => (cause?.behind === undefined ? [] : [`; ${[cause.text, ...cause.behind].join('; ')}`]))
    .join('');

/**
 * All frames of a trace in order of time; those of journeys with `journey=42 hop=7 SNAT 10.45.0.2 → 198.51.100.1`,
 * hops counted from 1. A frame from which a switch made copies has the comment of the journey that came there first.
 */
export const annotate = (trace: Trace): Frame[] => {
  const comments = new Map<Sighting, string>();
  for (const journey of trace.journeys) {
    const hops = [undefined, ...trace.hops(journey)];
    for (const [index, sighting] of journey.sightings.entries()) {
      if (comments.has(sighting)) continue;
      const hop = hops[index];
      const copy = journey.copyOf === undefined ? '' : ` copy of ${journey.copyOf.journey}`;
      comments.set(
        sighting,
        `journey=${journey.number} hop=${index + 1}${copy}${hop === undefined ? '' : ` ${summaryOf(hop)}${behind(hop)}`}`,
      );
    }
  }
  return trace.sightings.map((sighting) => {
    const comment = comments.get(sighting);
    return comment === undefined ? sighting.frame : { ...sighting.frame, comment };
  });
};
