/** bgpd.conf: the router's sessions and what it announces. Line by line as FRR 8.4 takes it. */
import type { Family } from '../../address/ip.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { detectsWith, profile } from '../bfd/profile.ts';
import { families, familyOf, networkText } from '../shared/lookup.ts';
import { edgeLines, edgeNeighbourLines } from './edge.ts';
import { rpkiLines } from './origin.ts';
import { neighbourPolicyLines, requiresPolicy, roleLines } from './policy.ts';
import { hasOriginMap, originMap, policyLines } from './route-maps.ts';
import { sessionsOf } from './sessions.ts';
import type { Session } from './sessions.ts';
import type { BgpSettings } from './settings.ts';
import { isDefault, networksOf } from './systems.ts';

/** Equal-cost paths the router uses, as in OSPF. */
const paths = 16;

/**
 * Seconds and milliseconds that make sessions come up and routes arrive at once: reconnect every second instead of
 * 120, hold 3 s instead of 180 (RFC 4271, 10), no batching of updates. The three lines before `router bgp` and at the
 * top of it take away waits of 5 s and 1 s that FRR adds while policies load and while peers come up.
 */
const fast = {
  global: ['bgp route-map delay-timer 0'],
  router: [' timers bgp 1 3', ' coalesce-time 0'],
  neighbour: (address: string): string[] => [
    ` neighbor ${address} timers connect 1`,
    ` neighbor ${address} advertisement-interval 0`,
  ],
} as const;

const neighbour = (node: Node, session: Session, topology: Topology): string[] => [
  ` neighbor ${session.address} remote-as ${session.asn}`,
  ...(session.peer === undefined ? [] : [` neighbor ${session.address} description ${session.peer.name}`]),
  ...(session.source === undefined ? [] : [` neighbor ${session.address} update-source ${session.source}`]),
  ...(session.multihop === undefined || session.internal
    ? []
    : [` neighbor ${session.address} ebgp-multihop ${session.multihop}`]),
  ...roleLines(session),
  ...(topology.timers === 'fast' ? fast.neighbour(session.address) : []),
  ...(session.direct && session.peer !== undefined && detectsWith(node, session.peer)
    ? [` neighbor ${session.address} bfd`, ` neighbor ${session.address} bfd profile ${profile}`]
    : []),
];

/** OSPF and RIP go by other names in IPv6. */
const sixth: Readonly<Record<string, string>> = { ospf: 'ospf6', rip: 'ripng' };
const origin = (name: string, family: Family): string => (family === 6 ? (sixth[name] ?? name) : name);

const addressFamily = (
  node: Node,
  family: Family,
  sessions: readonly Session[],
  settings: BgpSettings,
  topology: Topology,
): string[] => {
  const through = (source: string): string =>
    hasOriginMap(node, source, topology) ? ` route-map ${originMap(source)}` : '';
  return [
    ` address-family ipv${family} unicast`,
    ...networksOf(node)
      .filter((network) => familyOf(network) === family)
      // A default route is told to those inside only: without the mark of what is the system's own.
      .map((network) => `  network ${network}${isDefault(network) ? '' : through('networks')}`),
    ...[...new Set(settings.aggregate.filter((prefix) => familyOf(prefix) === family).map(networkText))].map(
      (prefix) => `  aggregate-address ${prefix} summary-only${through('aggregate')}`,
    ),
    ...settings.redistribute.map(({ from }) => `  redistribute ${origin(from, family)}${through(from)}`),
    `  maximum-paths ${paths}`,
    `  maximum-paths ibgp ${paths}`,
    ...sessions
      .filter((session) => session.family === family)
      .flatMap((session) => [
        `  neighbor ${session.address} activate`,
        ...(session.internal && settings['next-hop-self'] ? [`  neighbor ${session.address} next-hop-self`] : []),
        ...(session.client ? [`  neighbor ${session.address} route-reflector-client`] : []),
        ...neighbourPolicyLines(node, session, topology),
        ...edgeNeighbourLines(node, session),
      ]),
    ' exit-address-family',
  ];
};

/** The lines of bgpd.conf. */
export const bgpdLines = (node: Node, settings: BgpSettings, topology: Topology): string[] => {
  const sessions = sessionsOf(node, topology);
  return [
    ...(topology.timers === 'fast' ? fast.global : []),
    ...rpkiLines(node, topology),
    ...policyLines(node, topology),
    ...edgeLines(node, topology),
    `router bgp ${String(node.asn)}`,
    ...(node.routerId === undefined ? [] : [` bgp router-id ${node.routerId}`]),
    ' bgp log-neighbor-changes',
    ' no bgp default ipv4-unicast',
    ...(settings.cluster === undefined ? [] : [` bgp cluster-id ${settings.cluster}`]),
    // RFC 8212 wants a policy on every eBGP session; a lab without any relation announces everything to everybody.
    requiresPolicy(node, topology) ? ' bgp ebgp-requires-policy' : ' no bgp ebgp-requires-policy',
    ' bgp bestpath as-path multipath-relax',
    // RFC 4271, 9.1.2.2: the lower identifier decides. FRR takes the older path before, which is another one each time.
    ' bgp bestpath compare-routerid',
    ...(topology.timers === 'fast' ? fast.router : []),
    ...sessions.flatMap((session) => neighbour(node, session, topology)),
    ...families.flatMap((family) => addressFamily(node, family, sessions, settings, topology)),
  ];
};
