/**
 * Damage on a cable. A frame that changed between its two ends can have another identity there: then one journey ends
 * on the cable and another begins at its far end. Two such ends that fit - the same cable, the same length, in order,
 * and all but a few octets equal - are one journey again, with a join that says `damaged`.
 */
import type { Ground } from './ground.ts';
import type { Draft } from './journey.ts';
import type { Sighting } from './sighting.ts';

/** Octets that may differ. More is another packet. */
const LIMIT = 8;
/** Nanoseconds within which the far end must be; an impaired link may delay this long. */
const WINDOW = 2e9;

const differingOctets = (a: Sighting, b: Sighting): number => {
  if (a.frame.wireLength !== b.frame.wireLength || a.frame.bytes.length !== b.frame.bytes.length) return Infinity;
  let count = 0;
  for (let at = 0; at < a.frame.bytes.length; at += 1) if (a.frame.bytes[at] !== b.frame.bytes[at]) count += 1;
  return count;
};

const lastOf = ({ sightings }: Draft): Sighting | undefined => sightings.at(-1);

/** The drafts with damaged ones joined, in order of their first sighting. */
export const mend = (drafts: readonly Draft[], ground: Ground): Draft[] => {
  const ended = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const last = lastOf(draft);
    if (last?.frame.direction !== 'out') continue;
    const peer = ground.peer(last.frame.node, last.frame.interface);
    if (peer === undefined) continue;
    const place = `${peer.node}:${peer.interface}`;
    const list = ended.get(place);
    if (list === undefined) ended.set(place, [draft]);
    else list.push(draft);
  }
  const joined = new Map<Draft, Draft>();
  if (ended.size > 0) {
    for (const draft of drafts) {
      const [first] = draft.sightings;
      if (first === undefined || first.frame.direction !== 'in' || draft.copyOf !== undefined) continue;
      const candidates = ended.get(`${first.frame.node}:${first.frame.interface}`) ?? [];
      const found = candidates.find((candidate) => {
        const last = lastOf(candidate);
        if (last === undefined || last.at > first.at || first.at - last.at > WINDOW) return false;
        return differingOctets(last, first) <= LIMIT;
      });
      if (found === undefined) continue;
      candidates.splice(candidates.indexOf(found), 1);
      joined.set(draft, found);
    }
  }
  const kept = drafts.filter((draft) => !joined.has(draft));
  // Latest first, so that a packet that was damaged twice is put together from its end.
  for (const [draft, before] of [...joined].reverse()) {
    before.joins.push({ over: 'link', candidates: 1, damaged: true }, ...draft.joins);
    before.sightings.push(...draft.sightings);
    for (const other of kept)
      if (other.copyOf?.draft === draft)
        other.copyOf = {
          draft: before,
          sighting: other.copyOf.sighting + before.sightings.length - draft.sightings.length,
        };
  }
  return kept.sort((a, b) => (a.sightings[0]?.number ?? 0) - (b.sightings[0]?.number ?? 0));
};
