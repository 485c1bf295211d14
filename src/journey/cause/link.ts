/**
 * Why the link header changed: a router writes a new one, a tunnel brings its own, a TUN device and GTP-U carry none.
 * The link header inside a VXLAN is the machines' own and is carried as it is.
 */
import type { Ethernet } from '../../packet/layer.ts';
import type { Change } from '../change.ts';
import type { Ground } from '../ground.ts';
import type { Sighting } from '../sighting.ts';
import { outermost, ttlOf } from '../stack.ts';
import type { Packet, Stack } from '../stack.ts';
import { explainMac, wayOf } from './route.ts';
import type { Way } from './route.ts';

const same = (a: Ethernet | undefined, b: Ethernet | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.source === b.source &&
    a.destination === b.destination &&
    a.etherType === b.etherType);

const macs = (ethernet: Ethernet | undefined): string =>
  ethernet === undefined ? '' : `${ethernet.source} > ${ethernet.destination}`;

/** The base station puts a packet on the radio itself: from its own MAC to the phone's, at the other end of the link or behind a switch. */
const onRadio = (ground: Ground, to: Sighting, { ethernet, ip }: Packet): Change | undefined => {
  const { node, interface: name } = to.frame;
  const phone = ethernet === undefined ? undefined : ground.macOwner(ethernet.destination);
  if (ethernet === undefined || phone === undefined || ground.rewrites(node, 'gtpu').length === 0) return undefined;
  if (ethernet.source !== ground.macOf(node, name) || !ground.owns(phone.node, ip.destination)) return undefined;
  return {
    kind: 'mac',
    where: 'inner',
    field: 'ethernet',
    from: '',
    to: macs(ethernet),
    cause: { kind: 'gtpu', text: `the bearer's packet goes on the radio link to ${phone.node}`, grade: 'explained' },
  };
};

/** The link header next to the packet. */
const inner = (ground: Ground, to: Sighting, before: Stack, after: Stack, way: () => Way): Change[] => {
  const [old, made] = [before.inner, after.inner];
  if (same(old.ethernet, made.ethernet)) return [];
  const change = {
    kind: 'mac',
    where: 'inner',
    field: 'ethernet',
    from: macs(old.ethernet),
    to: macs(made.ethernet),
  } as const;
  if (made.ethernet === undefined && after.tunnels.at(-1)?.header.protocol === 'gtpu')
    return [
      {
        ...change,
        cause: { kind: 'gtpu', text: 'a bearer carries IP: the link header ends here', grade: 'explained' },
      },
    ];
  // A base station that is no IP hop leaves the TTL alone; one that routes has a route to show.
  const radio = old.ethernet === undefined && ttlOf(old.ip) === ttlOf(made.ip) ? onRadio(ground, to, made) : undefined;
  if (radio !== undefined) return [radio];
  if (after.tunnels.length > 0 && before.tunnels.length > 0)
    return [{ ...change, problem: 'a link header inside a tunnel may not change' }];
  return [explainMac(ground, to, old, made, 'inner', made.ethernet === undefined ? {} : way())];
};

/**
 * Changes of link headers between two sightings of a node.
 *
 * @param sameTunnels whether both have the same tunnels around the packet, so that the node acted on the outermost header
 */
export const explainLink = (
  ground: Ground,
  from: Sighting,
  to: Sighting,
  before: Stack,
  after: Stack,
  sameTunnels: boolean,
  way: () => Way,
): Change[] => {
  if (after.tunnels.length === 0) return inner(ground, to, before, after, way);
  const [old, made] = [outermost(before), outermost(after)];
  const outer = sameTunnels
    ? same(old.ethernet, made.ethernet)
      ? []
      : [explainMac(ground, to, old, made, 'outer', way())]
    : newOuter(ground, from, to, before, after);
  return [...outer, ...inner(ground, to, before, after, way)];
};

/** The link header of a tunnel's new outer packet: written by the node's own routing of it. */
const newOuter = (ground: Ground, from: Sighting, to: Sighting, before: Stack, after: Stack): Change[] => {
  const made = outermost(after);
  const old: Packet = { ip: made.ip, ethernet: before.tunnels[0]?.ethernet };
  return [explainMac(ground, to, old, made, 'outer', wayOf(ground, from, to, made, true))];
};
