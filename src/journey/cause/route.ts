/**
 * Why a packet left by this interface towards this MAC with a smaller TTL: the node's route. A forwarding node takes
 * one from the TTL (RFC 1812, 5.3.1; RFC 8200, 3) and writes a new link header, its own MAC to that of the next hop.
 */
import { contains, parseAddress, parsePrefix } from '../../address/ip.ts';
import type { Prefix } from '../../address/ip.ts';
import type { Cause, Change } from '../change.ts';
import type { RouteEvidence } from '../evidence.ts';
import type { Ground } from '../ground.ts';
import { ethernetOf } from '../sighting.ts';
import type { Sighting } from '../sighting.ts';
import type { Endpoint } from '../../topology/topology.ts';
import { ttlOf } from '../stack.ts';
import type { Packet } from '../stack.ts';

interface Table {
  readonly routes: readonly { readonly prefix: Prefix; readonly route: RouteEvidence }[];
  readonly found: Map<string, RouteEvidence | undefined>;
}

const tables = new WeakMap<readonly RouteEvidence[], Table>();

/** Longest prefix first, then the smaller metric, as the kernel chooses. */
const tableOf = (routes: readonly RouteEvidence[]): Table => {
  const known = tables.get(routes);
  if (known !== undefined) return known;
  const parsed = routes.flatMap((route) => {
    const prefix = parsePrefix(route.prefix);
    return prefix === undefined ? [] : [{ prefix, route }];
  });
  parsed.sort((a, b) => b.prefix.length - a.prefix.length || (a.route.metric ?? 0) - (b.route.metric ?? 0));
  const made: Table = { routes: parsed, found: new Map() };
  tables.set(routes, made);
  return made;
};

/** The route a node has for a packet: the kernel's own answer where it was asked, else the longest prefix of the table. */
export const routeFor = (
  ground: Ground,
  node: string,
  destination: string,
  of: { readonly source?: string; readonly interface?: string } = {},
): RouteEvidence | undefined => {
  const { lookups = [], routes = [] } = ground.about(node);
  const asked = lookups.find(
    (lookup) =>
      lookup.destination === destination &&
      (lookup.source === undefined || lookup.source === of.source) &&
      (lookup.interface === undefined || lookup.interface === of.interface),
  );
  if (asked !== undefined) return asked;
  const table = tableOf(routes);
  if (!table.found.has(destination)) {
    const address = parseAddress(destination);
    table.found.set(
      destination,
      address === undefined ? undefined : table.routes.find(({ prefix }) => contains(prefix, address))?.route,
    );
  }
  return table.found.get(destination);
};

const origins: Readonly<Record<string, string>> = {
  kernel: 'connected',
  boot: 'set by hand',
  static: 'static',
  ospf: 'learned by OSPF',
  bgp: 'learned by BGP',
};

/** `route 203.0.113.0/24 via 192.0.2.2 dev to-c2, learned by BGP`. */
export const routeText = (route: RouteEvidence, dev?: string, via?: string): string => {
  const onDevice = route.nextHops.filter((candidate) => candidate.dev === dev);
  const hop = onDevice.find((candidate) => candidate.via === via) ?? onDevice[0] ?? route.nextHops[0];
  const name = route.prefix === '0.0.0.0/0' || route.prefix === '::/0' ? 'default route' : `route ${route.prefix}`;
  const words = [
    name,
    ...(hop?.via === undefined ? [] : [`via ${hop.via}`]),
    ...(hop?.dev === undefined ? [] : [`dev ${hop.dev}`]),
  ];
  const several = route.nextHops.length > 1 ? `, one of ${route.nextHops.length} next hops` : '';
  const note = route.note === undefined ? '' : ` (${route.note})`;
  return `${words.join(' ')}, ${origins[route.protocol] ?? route.protocol}${several}${note}`;
};

/** The route a packet took through a node, or why the state does not say so. */
export interface Way {
  readonly cause?: Cause | undefined;
  readonly problem?: string | undefined;
  /** Who the link header must be addressed to. */
  readonly nextHop?: string | undefined;
  /** The device that the route leads to; a packet leaves a bridge by one of its ports. */
  readonly device?: string | undefined;
  /** The new link header, where the node's state has it as it is. */
  readonly header?: { readonly source: string; readonly destination: string } | undefined;
}

/** Whether a MAC is the next hop's, by the node's neighbour table, else by whose interface it is. */
const isNextHop = (ground: Ground, to: Sighting, nextHop: string, mac: string): boolean => {
  const { node, interface: dev } = to.frame;
  const entry = ground
    .about(node)
    .neighbours?.find((neighbour) => neighbour.address === nextHop && neighbour.dev === dev);
  if (entry !== undefined) return entry.mac === mac;
  return ground.owners(nextHop).some((owner) => ground.macOf(owner.node, owner.interface) === mac);
};

/**
 * The route by which a packet for `destination` came to `to`. A packet that left in a tunnel, or arrived out of one,
 * was routed to a device that no cable is on, which may not have been seen.
 */
export const wayOf = (ground: Ground, from: Sighting, to: Sighting, packet: Packet, tunnelled: boolean): Way => {
  const { node, interface: dev } = to.frame;
  const { destination, source } = packet.ip;
  const route = routeFor(ground, node, destination, { source, interface: from.frame.interface });
  if (route === undefined) return { problem: `${node} has no route to ${destination}` };
  const fitting = route.nextHops.filter(
    (hop) => hop.dev === dev || hop.dev === undefined || (tunnelled && ground.peer(node, hop.dev) === undefined),
  );
  // Of several next hops on one link, the one that the packet is addressed to.
  const mac = ethernetOf(to)?.destination;
  const fits =
    (fitting.length > 1 && mac !== undefined
      ? fitting.find((hop) => isNextHop(ground, to, hop.via ?? destination, mac))
      : undefined) ?? fitting[0];
  if (route.type !== undefined && route.type !== 'unicast')
    return { problem: `${node} has a ${route.type} route for ${destination}` };
  if (fits === undefined) return { problem: `${routeText(route)} of ${node} does not lead to ${dev}` };
  return {
    cause: {
      kind: 'route',
      text: routeText(route, fits.dev, fits.via),
      ...(route.behind === undefined || route.behind.length === 0 ? {} : { behind: route.behind }),
      grade: 'explained',
    },
    nextHop: fits.via ?? destination,
    device: fits.dev,
  };
};

/** A TTL that changed: by one, by a route. */
export const explainTtl = (before: Packet, after: Packet, where: Change['where'], way: Way): Change => {
  const [from, to] = [ttlOf(before.ip), ttlOf(after.ip)];
  const change = {
    kind: 'ttl',
    where,
    field: after.ip.protocol === 'ipv4' ? 'ipv4 ttl' : 'ipv6 hop limit',
    from: String(from),
    to: String(to),
  } as const;
  if (from - to !== 1) return { ...change, problem: 'a router takes exactly 1' };
  return way.cause === undefined ? { ...change, problem: way.problem } : { ...change, cause: way.cause };
};

/** `02:… > 02:…`, or nothing without a link header. */
const macs = ({ ethernet }: Packet): string =>
  ethernet === undefined ? '' : `${ethernet.source} > ${ethernet.destination}`;

/**
 * Whose MAC it is. Both members of a stack have the gateway's: then it is the one's that the cable leads to.
 */
const macOwnerAt = (ground: Ground, { frame }: Sighting, mac: string): Endpoint | undefined => {
  const far = ground.peer(frame.node, frame.interface)?.node;
  const own = ground.about(far ?? '').interfaces?.find((candidate) => candidate.mac === mac);
  return far === undefined || own === undefined ? ground.macOwner(mac) : { node: far, interface: own.name };
};

/** A link header that a router wrote anew: from its own interface to the next hop. */
export const explainMac = (
  ground: Ground,
  to: Sighting,
  before: Packet,
  after: Packet,
  where: Change['where'],
  way: Way,
): Change => {
  const change = { kind: 'mac', where, field: 'ethernet', from: macs(before), to: macs(after) } as const;
  const { ethernet } = after;
  const { node, interface: dev } = to.frame;
  if (ethernet === undefined)
    return {
      ...change,
      cause: {
        kind: 'tun',
        text: `${dev} is a layer 3 device: it carries IP without a link header`,
        grade: 'explained',
      },
    };
  if (way.cause === undefined || way.nextHop === undefined) return { ...change, problem: way.problem };
  if (way.header !== undefined && way.header.source !== ethernet.source)
    return { ...change, problem: `${ethernet.source} is not the MAC of the router, which is ${way.header.source}` };
  if (way.header !== undefined && way.header.destination !== ethernet.destination)
    return { ...change, problem: `${ethernet.destination} is not where the flow sends it, ${way.header.destination}` };
  const senders = [dev, ...(way.device === undefined ? [] : [way.device])].map((name) => ground.macOf(node, name));
  if (way.header === undefined && !senders.includes(ethernet.source))
    return { ...change, problem: `${ethernet.source} is not the MAC of ${node}:${dev}` };
  if (way.header === undefined && !isNextHop(ground, to, way.nextHop, ethernet.destination))
    return { ...change, problem: `${ethernet.destination} is not the MAC of the next hop ${way.nextHop}` };
  const owner = macOwnerAt(ground, to, ethernet.destination);
  const bond = ground.interface(node, dev)?.bond;
  const member = bond === undefined ? '' : `, by ${dev} of ${bond}`;
  const name = owner === undefined ? way.nextHop : `${owner.node}:${owner.interface}`;
  return {
    ...change,
    cause: {
      kind: 'neighbour',
      text: `next hop ${way.nextHop} is ${name}${member}`,
      state: way.cause.text,
      grade: way.cause.grade,
    },
  };
};
