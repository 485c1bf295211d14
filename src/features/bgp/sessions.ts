/**
 * Which BGP sessions a router has, for each IP version. By itself it speaks eBGP with every BGP router of another AS
 * on its segments, and iBGP with every BGP router of its own AS: by the loopback addresses, which stay up as long as
 * any path does. Where the AS has route reflectors (RFC 4456), iBGP is between them and each other router only; where a
 * segment has a route server (RFC 7947), the systems on it speak with that. A session that one side asks for by
 * `peers: [{node}]` exists on both.
 */
import type { Family } from '../../address/ip.ts';
import type { Node, Relation, Topology } from '../../topology/topology.ts';
import { addressesIn, families, familyOf, meetings, membersOf, nodeNamed } from '../shared/lookup.ts';
import type { BgpPeerSettings, BgpSettings } from './settings.ts';
import { bgpOf, systemsOf } from './systems.ts';

/** What the peer's system is to the own one. Towards a route server each other member is a peer. */
export type Neighbour = Relation | 'route-server' | 'route-server-client';

export interface Session {
  readonly family: Family;
  /** The peer's address. */
  readonly address: string;
  readonly asn: number;
  /** Same AS: iBGP. */
  readonly internal: boolean;
  /** Own address to speak from, where the session is not on a shared segment. */
  readonly source?: string | undefined;
  readonly multihop?: number | undefined;
  /** The node on the other side, when it is one of the lab's. */
  readonly peer?: Node | undefined;
  /** Whether both sides are on one segment. */
  readonly direct: boolean;
  /** What the peer is, where the topology says so; never inside an AS. */
  readonly relation?: Neighbour | undefined;
  /** Whether the peer gets from this reflector what other routers of the AS have told it. */
  readonly client: boolean;
}

const asks = (node: Node, other: Node): BgpPeerSettings | undefined =>
  bgpOf(node)?.peers.find((peer) => peer.node === other.name);

const isReflector = (node: Node): boolean => bgpOf(node)?.reflector === true;
const isRouteServer = (node: Node): boolean => bgpOf(node)?.['route-server'] === true;

/** Whether a router is the client of a reflector. */
const isClient = (node: Node, peer: Node): boolean => node.asn === peer.asn && isReflector(node) && !isReflector(peer);

const neighbourOf = (node: Node, asn: number, peer: Node | undefined, topology: Topology): Neighbour | undefined => {
  if (asn === node.asn) return undefined;
  if (isRouteServer(node)) return 'route-server-client';
  if (peer !== undefined && isRouteServer(peer)) return 'route-server';
  return systemsOf(topology)
    .get(node.asn ?? 0)
    ?.relations.get(asn);
};

/** Whether two routers of one AS speak iBGP: all of them, or only with its reflectors where it has any. */
const speakInside = (node: Node, other: Node, topology: Topology): boolean =>
  isReflector(node) ||
  isReflector(other) ||
  systemsOf(topology)
    .get(node.asn ?? 0)
    ?.routers.some(isReflector) !== true;

const automatic = (node: Node): boolean => bgpOf(node)?.neighbors === 'auto';

/** Sessions between two routers over the segments they share. */
const directSessions = (
  node: Node,
  other: Node,
  asn: number,
  topology: Topology,
  wanted: (segment: number) => boolean = () => true,
): Session[] =>
  families.flatMap((family) =>
    meetings(topology, node, other, family)
      .filter((meeting) => wanted(meeting.own.segment))
      .map((meeting): Session => ({
        family,
        address: meeting.remote,
        asn,
        internal: asn === node.asn,
        peer: other,
        direct: true,
        relation: neighbourOf(node, asn, other, topology),
        client: isClient(node, other),
      })),
  );

/** Sessions between the loopback addresses of two routers. */
const loopbackSessions = (node: Node, other: Node, asn: number, topology: Topology, multihop?: number): Session[] =>
  families.flatMap((family): Session[] => {
    const [source] = addressesIn(node.loopback, family);
    const [address] = addressesIn(other.loopback, family);
    if (source === undefined || address === undefined) return [];
    return [
      {
        family,
        address,
        asn,
        internal: asn === node.asn,
        source,
        multihop,
        peer: other,
        direct: false,
        relation: neighbourOf(node, asn, other, topology),
        client: isClient(node, other),
      },
    ];
  });

/** Whether OSPF brings two routers of one AS each other's loopback addresses. */
const haveOspf = (node: Node, other: Node): boolean => 'ospf' in node.features && 'ospf' in other.features;

/** 255 hops: the far end of an eBGP session between loopbacks may be anywhere in the lab. */
const anywhere = 255;

const sessionsWith = (node: Node, other: Node, topology: Topology): Session[] => {
  const asn = other.asn;
  if (asn === undefined || bgpOf(other) === undefined || node.name === other.name) return [];
  const asked = asks(node, other) ?? asks(other, node);
  if (asked === undefined && !(automatic(node) && automatic(other))) return [];
  if (asked === undefined && asn === node.asn && !speakInside(node, other, topology)) return [];
  if (asn === node.asn && haveOspf(node, other)) return loopbackSessions(node, other, asn, topology);
  // On an exchange point's segment the route server stands between the others, unless two of them want to speak.
  const served = (segment: number): boolean =>
    !isRouteServer(node) &&
    !isRouteServer(other) &&
    membersOf(topology, segment).some((port) => isRouteServer(port.node) && port.node.asn !== node.asn);
  const direct = directSessions(
    node,
    other,
    asn,
    topology,
    (segment) => asked !== undefined || asn === node.asn || !served(segment),
  );
  if (asn === node.asn) {
    // One session for each IP version is enough inside an AS, however many segments the two share.
    return direct.length === 0
      ? loopbackSessions(node, other, asn, topology)
      : families.flatMap((family) => direct.find((session) => session.family === family) ?? []);
  }
  if (direct.length > 0) return direct;
  return asked === undefined ? [] : loopbackSessions(node, other, asn, topology, asked.multihop ?? anywhere);
};

/** A session with something the lab does not know by name. */
const foreignSession = (node: Node, peer: BgpPeerSettings, topology: Topology): Session[] =>
  peer.address === undefined || peer.asn === undefined
    ? []
    : [
        {
          family: familyOf(peer.address),
          address: peer.address,
          asn: peer.asn,
          internal: peer.asn === node.asn,
          source: peer.source,
          multihop: peer.multihop,
          direct: false,
          relation: neighbourOf(node, peer.asn, undefined, topology),
          client: false,
        },
      ];

const computed = new WeakMap<Topology, Map<string, readonly Session[]>>();

/** All sessions of a router, in the order of the file, one per peer address. Worked out once per topology and router. */
export const sessionsOf = (node: Node, topology: Topology): readonly Session[] => {
  const known = computed.get(topology) ?? new Map<string, readonly Session[]>();
  computed.set(topology, known);
  const before = known.get(node.name);
  if (before !== undefined) return before;
  const all = [
    ...topology.nodes.flatMap((other) => sessionsWith(node, other, topology)),
    ...(bgpOf(node)?.peers ?? []).flatMap((peer) => foreignSession(node, peer, topology)),
  ];
  const sessions = [...Map.groupBy(all, (session) => session.address).values()].flatMap(([first]) => first ?? []);
  known.set(node.name, sessions);
  return sessions;
};

/** Routers of the own AS that BGP should reach but nothing carries there: neither a shared segment nor OSPF on both. */
export const unreachablePeers = (node: Node, topology: Topology): Node[] =>
  topology.nodes.filter(
    (other) =>
      other.name !== node.name &&
      other.asn === node.asn &&
      automatic(node) &&
      automatic(other) &&
      speakInside(node, other, topology) &&
      !haveOspf(node, other) &&
      families.every((family) => meetings(topology, node, other, family).length === 0),
  );

/** Nodes named in `peers` that are not BGP routers with an AS number. */
export const unknownPeers = (
  settings: BgpSettings,
  topology: Topology,
): { index: number; name: string; node: Node | undefined }[] =>
  settings.peers.flatMap((peer, index) => {
    const node = peer.node === undefined ? undefined : nodeNamed(topology, peer.node);
    const usable =
      peer.node === undefined || (node !== undefined && bgpOf(node) !== undefined && node.asn !== undefined);
    return usable ? [] : [{ index, name: String(peer.node), node }];
  });
