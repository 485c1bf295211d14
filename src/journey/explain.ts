/**
 * Explains a hop: two neighbouring sightings of one packet. Over a cable nothing may change, so the frames must be
 * equal octet by octet up to the shorter capture. Through a node, every octet that differs is in some header field, and
 * each such field needs a cause that is found in the node's own state: a route, a translation, a tunnel. What has no
 * cause stays in the list as unexplained.
 */
import type { Change, Hop } from './change.ts';
import {
  explainChecksum,
  explainHeaderChecksum,
  explainOptions,
  explainRest,
  explainTrafficClass,
} from './cause/header.ts';
import { explainLink } from './cause/link.ts';
import { explainAddresses } from './cause/nat.ts';
import { metadataWay } from './cause/metadata.ts';
import { explainTtl, wayOf } from './cause/route.ts';
import { tenantWay } from './cause/tenant.ts';
import type { Way } from './cause/route.ts';
import { explainTunnels } from './cause/tunnel.ts';
import { differences } from './fields.ts';
import type { Field, PacketView } from './fields.ts';
import { weakest } from './grade.ts';
import type { Ground } from './ground.ts';
import type { Join, Journey } from './journey.ts';
import { headerChecksumRight } from './sums.ts';
import { tupleOf } from './sighting.ts';
import type { Sighting } from './sighting.ts';
import { outermost, stackOf, tunnelIdentity } from './stack.ts';
import type { Stack } from './stack.ts';

const sameFrame = (from: Sighting, to: Sighting): boolean => {
  const [a, b] = [from.frame.bytes, to.frame.bytes];
  const length = Math.min(a.length, b.length);
  return (
    from.frame.wireLength === to.frame.wireLength && Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0
  );
};

/** The rule of the cable: both ends show the same octets. */
const overLink = (from: Sighting, to: Sighting): Change[] => {
  if (sameFrame(from, to)) return [];
  const [a, b] = [from.frame, to.frame];
  const common = a.bytes.subarray(0, b.bytes.length);
  const at = common.findIndex((octet, index) => octet !== b.bytes[index]);
  const layer = from.layers.findLast(({ offset }) => offset <= at);
  const place = at < 0 ? 'length' : `octet ${at}${layer === undefined ? '' : ` (${layer.protocol})`}`;
  const shown = (bytes: Uint8Array, length: number): string =>
    at < 0 ? `${length} octets` : `0x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
  return [
    {
      kind: 'other',
      where: 'outer',
      field: place,
      from: shown(a.bytes, a.wireLength),
      to: shown(b.bytes, b.wireLength),
      problem: 'the frame changed on the cable',
    },
  ];
};

const ipFields: readonly Field[] = [
  'version',
  'traffic class',
  'length',
  'identification',
  'fragment',
  'ttl',
  'protocol',
  'header checksum',
  'source',
  'destination',
  'ip options',
];
const addressFields: readonly Field[] = ['source', 'destination', 'source port', 'destination port', 'icmp identifier'];
const summed: readonly Field[] = [...addressFields, 'checksum', 'tcp options'];
const some = (fields: ReadonlySet<Field>, wanted: readonly Field[]): boolean =>
  wanted.some((field) => fields.has(field));

/** Changes of one IP packet and its transport header, in a frame of any depth. */
const inPacket = (
  ground: Ground,
  from: Sighting,
  to: Sighting,
  views: readonly [PacketView, PacketView],
  where: Change['where'],
  way: () => Way,
): Change[] => {
  const [before, after] = views;
  const fields = differences(before, after);
  if (fields.size === 0) return [];
  const { node } = to.frame;
  const partial = from.frame.offload?.partialChecksum === true || to.frame.offload?.partialChecksum === true;
  const addresses = some(fields, addressFields)
    ? explainAddresses(
        ground,
        from,
        to,
        where,
        after.transport?.protocol ?? 'ip',
        tupleOf(before.ip, before.transport),
        tupleOf(after.ip, after.transport),
      )
    : [];
  return [
    ...addresses,
    ...(fields.has('ttl')
      ? [explainTtl({ ...before, ethernet: undefined }, { ...after, ethernet: undefined }, where, way())]
      : []),
    ...(fields.has('traffic class') ? explainTrafficClass(ground, node, before, after, where) : []),
    ...(fields.has('tcp options') ? explainOptions(ground, node, before, after, where) : []),
    ...(some(fields, ipFields) ? explainHeaderChecksum(before, after, where) : []),
    ...(some(fields, summed) ? explainChecksum(before, after, where, partial) : []),
    ...explainRest(
      fields,
      after,
      where,
      addresses.some(({ cause }) => cause !== undefined),
    ),
  ];
};

const viewOf = ({ frame }: Sighting, { ip, transport }: Stack['inner']): PacketView => ({
  bytes: frame.bytes,
  ip,
  transport,
});
const outerView = ({ frame }: Sighting, stack: Stack): PacketView => ({
  bytes: frame.bytes,
  ip: outermost(stack).ip,
  transport: stack.tunnels[0]?.udp,
});

/** A tunnel header that a node wrote has to be a right one. */
const newOuter = (to: Sighting, stack: Stack): Change[] =>
  stack.tunnels
    .filter(({ ip }) => !headerChecksumRight({ bytes: to.frame.bytes, ip, transport: undefined }))
    .map(() => ({
      kind: 'checksum',
      where: 'outer',
      field: 'ipv4 header checksum',
      from: '',
      to: 'wrong',
      problem: 'wrong in the new header',
    }));

const throughNode = (ground: Ground, from: Sighting, to: Sighting): Change[] => {
  if (sameFrame(from, to) && from.frame.link === to.frame.link) return [];
  const [before, after] = [stackOf(from), stackOf(to)];
  if (before === undefined || after === undefined)
    return [{ kind: 'other', where: 'outer', field: 'frame', from: '', to: '', problem: 'no IP inside' }];
  const same = before.tunnels.map(tunnelIdentity).join() === after.tunnels.map(tunnelIdentity).join();
  const carried = same && before.tunnels.length > 0;
  let known: Way | undefined;
  const way = (): Way =>
    (known ??=
      (carried ? undefined : (metadataWay(ground, from, to) ?? tenantWay(ground, from, after.inner))) ??
      wayOf(ground, from, to, carried ? outermost(after) : after.inner, !same));
  const packet = carried
    ? inPacket(ground, from, to, [outerView(from, before), outerView(to, after)], 'outer', way)
    : inPacket(ground, from, to, [viewOf(from, before.inner), viewOf(to, after.inner)], 'inner', way);
  const changes = [
    ...(same ? [] : [...explainTunnels(ground, to, before, after), ...newOuter(to, after)]),
    ...packet,
    ...explainLink(ground, from, to, before, after, same, way),
  ];
  // A last look: something differs that is in no field above, such as a VLAN tag.
  if (changes.length === 0)
    changes.push({
      kind: 'other',
      where: 'outer',
      field: 'frame',
      from: `${from.frame.wireLength} octets`,
      to: `${to.frame.wireLength} octets`,
      problem: 'the frames differ outside of the packet',
    });
  return changes;
};

/** Explains one hop. */
export const explainHop = (ground: Ground, from: Sighting, to: Sighting, join: Join): Hop => {
  const changes = join.over === 'link' ? overLink(from, to) : throughNode(ground, from, to);
  const grades = changes.map(({ cause }) => cause?.grade ?? 'unexplained');
  return {
    from,
    to,
    join,
    changes,
    grade: weakest([...grades, ...(join.candidates > 1 ? (['inferred'] as const) : [])]),
  };
};

/** All hops of a journey. A copy's first hop leads from the sighting it shares with the journey it branched off. */
export const hopsOf = (ground: Ground, { sightings, joins }: Journey): Hop[] =>
  joins.flatMap((join, index) => {
    const [from, to] = [sightings[index], sightings[index + 1]];
    return from === undefined || to === undefined ? [] : [explainHop(ground, from, to, join)];
  });
