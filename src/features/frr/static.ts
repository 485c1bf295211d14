/**
 * staticd: the static routes of a router. They come from two sides, from the person (`routes:`) and from BGP, which
 * announces a network only if the router has a route to it; one file holds both, so one place makes it.
 */
import type { StagedOperation } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { anchors } from '../bgp/anchors.ts';
import { insideHop } from '../nat/anchor.ts';
import type { RoutesSettings, StaticRoute } from '../routes/settings.ts';
import { familyOf, networkText } from '../shared/lookup.ts';
import { daemon } from './daemon.ts';

/** FRR's line for a static route: `ip route 10.0.0.0/8 192.0.2.1 eth0 onlink`. */
const line = (route: StaticRoute): string =>
  [
    familyOf(route.to) === 4 ? 'ip route' : 'ipv6 route',
    networkText(route.to),
    ...(route.blackhole === true ? ['blackhole'] : []),
    ...(route.via === undefined ? [] : [route.via]),
    ...(route.dev === undefined ? [] : [route.dev]),
    ...(route.onlink === true ? ['onlink'] : []),
  ].join(' ');

/** A route that is there only for BGP to announce its prefix: packets for it go elsewhere. */
const anchor = (node: Node, to: string, topology: Topology): StaticRoute => {
  const via = insideHop(node, to, topology);
  return via === undefined ? { to, blackhole: true } : { to, via };
};

/** staticd with all static routes of the router; nothing when it has none. */
export const staticDaemon = (node: Node, topology: Topology): StagedOperation[] => {
  const own = (node.features['routes'] as RoutesSettings | undefined) ?? [];
  const lines = [...own, ...anchors(node, topology).map((to): StaticRoute => anchor(node, to, topology))].map(line);
  return lines.length === 0 ? [] : daemon(node, 'staticd', lines);
};
