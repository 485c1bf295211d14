/**
 * BGP announces a network only if the router has a route to exactly that prefix (`bgp network import-check`). Where
 * nothing else brings one, a blackhole route is the anchor: inside the AS the longer prefixes win over it.
 */
import type { Node, Topology } from '../../topology/topology.ts';
import type { RoutesSettings } from '../routes/settings.ts';
import { announcedPrefixes } from '../haproxy/cluster.ts';
import { networkText } from '../shared/lookup.ts';
import type { BgpSettings } from './settings.ts';

const networksOf = (node: Node): string[] =>
  [...node.loopback, ...node.interfaces.flatMap((own) => own.addresses)].map(networkText);

/** The prefixes a router must anchor to announce what its `bgp: networks` say. */
export const anchors = (node: Node, topology: Topology): string[] => {
  const bgp = node.features['bgp'] as BgpSettings | undefined;
  if (bgp === undefined || bgp.networks.length === 0) return [];
  const statics = ((node.features['routes'] as RoutesSettings | undefined) ?? []).map((route) => networkText(route.to));
  // OSPF brings the networks of the whole AS; an anchor of distance 1 would win over it and swallow their packets.
  const inside = 'ospf' in node.features ? topology.nodes.filter((other) => other.asn === node.asn) : [node];
  // An anchor would have an address of a balancer announced while nobody serves it.
  const known = new Set([...announcedPrefixes(node), ...statics, ...inside.flatMap(networksOf)]);
  return [...new Set(bgp.networks.map(networkText))].filter((network) => !known.has(network));
};
