/**
 * What stands in a gateway's table for a public address that it translates: the way to the machine. The address is announced
 * only while there is such a way, so a gateway that has lost its inner side loses the packets for it too.
 */
import { canonical } from '../../address/ip.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { familyOf, isInside, networkText } from '../shared/lookup.ts';
import { routesBack } from '../shared/tenants.ts';
import type { NatSettings } from './settings.ts';

/** The next hop towards a machine inside: itself on a shared segment, else the router of its tenant. */
const hopTo = (node: Node, machine: string, topology: Topology): string | undefined =>
  node.interfaces.some((own) => own.addresses.some((cidr) => isInside(cidr, machine)))
    ? machine
    : routesBack(node, topology).find(({ to }) => isInside(to, machine))?.via;

/** The next hop that stands for a prefix, where it is a single address that the node translates without state. */
export const insideHop = (node: Node, prefix: string, topology: Topology): string | undefined => {
  const rule = (node.features['nat'] as NatSettings | undefined)?.stateless.find(
    ({ address }) => networkText(`${canonical(address) ?? address}/${familyOf(address) === 4 ? 32 : 128}`) === prefix,
  );
  return rule === undefined ? undefined : hopTo(node, canonical(rule.to) ?? rule.to, topology);
};
