/**
 * The metadata address: flows of the hypervisor hand a machine's question to the service behind their own port, with an address
 * that stands for the machine there, and give it the answer under the address that it asked. The hypervisor declares both.
 */
import type { Cause } from '../change.ts';
import type { Ground, RewriteOf } from '../ground.ts';
import type { Sighting } from '../sighting.ts';
import { ipOf } from '../sighting.ts';
import { stackOf } from '../stack.ts';
import type { Way } from './route.ts';

interface Found {
  readonly rewrite: RewriteOf<'metadata'>;
  readonly direction: 'question' | 'answer';
}

/** What the hypervisor declares of a packet that became another one in it. */
const declared = (ground: Ground, from: Sighting, to: Sighting): Found | undefined => {
  const [before, after] = [ipOf(from), ipOf(to)];
  if (before === undefined || after === undefined) return undefined;
  const { node, interface: left } = to.frame;
  for (const rewrite of ground.rewrites(node, 'metadata')) {
    const { address, asked, stand, service, port } = rewrite;
    if (
      from.frame.interface === port &&
      before.source === address &&
      before.destination === asked &&
      after.source === stand &&
      after.destination === service
    )
      return { rewrite, direction: 'question' };
    if (
      left === port &&
      before.source === service &&
      before.destination === stand &&
      after.source === asked &&
      after.destination === address
    )
      return { rewrite, direction: 'answer' };
  }
  return undefined;
};

const causeOf = ({ rewrite, direction }: Found): Cause => {
  const { machine, node, port, stand } = rewrite;
  return {
    kind: 'metadata',
    text:
      direction === 'question'
        ? `metadata service of ${node}: ${machine} asks, by its port ${port}`
        : `metadata service of ${node}: the answer to ${machine}, at its port ${port}`,
    state: `${stand} stands for ${machine} (${rewrite.address}) there`,
    ...(direction === 'answer' ? { reverse: true } : {}),
    grade: 'explained',
  };
};

/** Why the addresses of a packet changed, where it went to the metadata service or came from it. */
export const metadataCause = (ground: Ground, from: Sighting, to: Sighting): Cause | undefined => {
  const found = declared(ground, from, to);
  return found === undefined ? undefined : causeOf(found);
};

/** The way of such a packet: no hop is taken from its TTL, and its link header is the flows'. */
export const metadataWay = (ground: Ground, from: Sighting, to: Sighting): Way | undefined => {
  const found = declared(ground, from, to);
  const made = stackOf(to)?.inner;
  if (found === undefined || made?.ethernet === undefined) return undefined;
  const { source, destination } = made.ethernet;
  return { cause: causeOf(found), nextHop: made.ip.destination, header: { source, destination } };
};
