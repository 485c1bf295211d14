/** Balancers that belong together: those that announce an address in common. */
import type { Node, Topology } from '../../topology/topology.ts';
import { familyOf } from '../shared/lookup.ts';
import type { FrontendSettings, HaproxySettings } from './settings.ts';

export const haproxyOf = (node: Node): HaproxySettings | undefined =>
  node.features['haproxy'] as HaproxySettings | undefined;

/** The addresses that a node has only while its load balancer can serve them. */
export const announcedAddresses = (node: Node): readonly string[] => haproxyOf(node)?.announce ?? [];

/** The same as prefixes: `203.0.113.10/32`. */
export const announcedPrefixes = (node: Node): string[] =>
  announcedAddresses(node).map((address) => `${address}/${familyOf(address) === 4 ? 32 : 128}`);

/** The frontends that serve an address: those on it, and those on all. */
export const frontendsOn = (address: string, { frontends }: HaproxySettings): FrontendSettings[] =>
  frontends.filter((frontend) => frontend.address === undefined || frontend.address === address);

/** The other balancers that announce one of the node's addresses, in the order of the file. */
export const clusterOf = (node: Node, topology: Topology): Node[] => {
  const own = announcedAddresses(node);
  return topology.nodes.filter(
    (other) => other.name !== node.name && announcedAddresses(other).some((address) => own.includes(address)),
  );
};
