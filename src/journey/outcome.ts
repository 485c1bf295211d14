/**
 * How a journey began and ended. A packet is delivered when it came in to a node that owns its destination. Otherwise
 * it is lost after its last sighting: inside the node it came in to, or on the cable it left by - unless the capture
 * itself ended there, in time or in place.
 */
import type { Evidence } from './evidence.ts';
import type { Ground } from './ground.ts';
import { firstOf, lastOf } from './journey.ts';
import type { Journey } from './journey.ts';
import { ethernetOf, ipOf, isGroupMac } from './sighting.ts';
import type { Sighting } from './sighting.ts';

export type Outcome =
  | { readonly ended: 'delivered'; readonly node: string }
  /** `at` the node itself, or on the way from it `to` the next one. */
  | { readonly ended: 'lost'; readonly node: string; readonly to?: string | undefined }
  /** The capture ended before the packet did. */
  | { readonly ended: 'edge'; readonly why: string }
  /** A flooded copy at a machine that is not meant, or a broadcast at a bridge. */
  | { readonly ended: 'stray'; readonly node: string };

export type Origin =
  | { readonly began: 'sent'; readonly node: string }
  | { readonly began: 'copy' }
  | { readonly began: 'edge'; readonly why: string }
  /** Out of nowhere: the packet was never seen before, and the node does not own its source. */
  | { readonly began: 'appeared'; readonly node: string };

/** The part of a capture in which everything was watched, in nanoseconds since the first frame. */
export interface Watch {
  /** Whether a node was captured at all. */
  readonly captured: (node: string) => boolean;
  readonly from: number;
  readonly to: number;
}

/** Nanoseconds a packet may be inside a node or on a cable without delay: a userspace hop on a busy machine. */
const SETTLE = 50e6;
const MILLISECOND = 1e6;

export const watchOf = (sightings: readonly Sighting[], evidence: Evidence, ground: Ground): Watch => {
  const nodes = new Set(
    evidence.capture === undefined ? sightings.map(({ frame }) => frame.node) : Object.keys(evidence.capture.nodes),
  );
  const [first, last] = [sightings[0], sightings.at(-1)];
  const delay = ground.topology.links.reduce(
    (sum, { impairment }) => sum + (impairment?.delay ?? 0) + (impairment?.jitter ?? 0),
    0,
  );
  const settle = SETTLE + delay * MILLISECOND;
  const begin = first?.frame.time ?? 0n;
  const at = (time: bigint | undefined, otherwise: number): number =>
    time === undefined ? otherwise : Number(time - begin);
  return {
    captured: (node) => nodes.has(node),
    from: evidence.capture?.from === undefined ? 0 : at(evidence.capture.from, 0) + settle,
    to: at(evidence.capture?.to, last?.at ?? 0) - settle,
  };
};

const group = /^(?:22[4-9]\.|23\d\.|255\.255\.255\.255$|ff)/u;

const arrived = (ground: Ground, { frame }: Sighting, destination: string, mac: string | undefined): boolean =>
  ground.owns(frame.node, destination) ||
  (!ground.switches(frame.node) && (group.test(destination) || (mac !== undefined && isGroupMac(mac))));

export const outcomeOf = (ground: Ground, watch: Watch, journey: Journey): Outcome => {
  const last = lastOf(journey);
  const { node, interface: name, direction } = last.frame;
  const destination = ipOf(last)?.destination ?? '';
  const mac = ethernetOf(last)?.destination;
  if (direction === 'in' && arrived(ground, last, destination, mac)) return { ended: 'delivered', node };
  if (direction === 'in' && mac !== undefined) {
    const own = ground.macOf(node, name);
    if (ground.switches(node) ? isGroupMac(mac) : own !== undefined && own !== mac) return { ended: 'stray', node };
  }
  const peer = direction === 'out' ? ground.peer(node, name) : undefined;
  if (peer !== undefined && !watch.captured(peer.node)) return { ended: 'edge', why: `${peer.node} was not captured` };
  if (last.at > watch.to) return { ended: 'edge', why: 'the capture ended' };
  return { ended: 'lost', node, ...(peer === undefined ? {} : { to: peer.node }) };
};

const anySource = /^(?:0\.0\.0\.0|::)$/u;

export const originOf = (ground: Ground, watch: Watch, journey: Journey): Origin => {
  if (journey.copyOf !== undefined) return { began: 'copy' };
  const first = firstOf(journey);
  const { node, interface: name, direction } = first.frame;
  const source = ipOf(first)?.source ?? '';
  if (direction === 'out' && (ground.owns(node, source) || anySource.test(source) || source.startsWith('fe80:')))
    return { began: 'sent', node };
  if (first.at < watch.from) return { began: 'edge', why: 'the capture had just begun' };
  const peer = direction === 'in' ? ground.peer(node, name) : undefined;
  if (peer !== undefined && !watch.captured(peer.node)) return { began: 'edge', why: `${peer.node} was not captured` };
  return { began: 'appeared', node };
};
