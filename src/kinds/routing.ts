/** What a node has that is a router by its kind: it forwards, for whoever its FRR files leave that to, and FRR has its routes. */
import { at } from '../fragment/fragment.ts';
import type { StagedOperation } from '../fragment/fragment.ts';
import { forwardingOf } from '../features/frr/files.ts';
import { routingDaemons } from '../features/frr/routing.ts';
import type { Node, Topology } from '../topology/topology.ts';
import { forwarding, forwardingInherited, ipNamespace, routedLinks, sysctls } from './common.ts';

const notForwarding = (node: Node): Record<string, number> => {
  const { ipv4, ipv6 } = forwardingOf(node);
  return {
    ...(ipv4 ? {} : { 'net.ipv4.ip_forward': 0 }),
    ...(ipv6 ? {} : { 'net.ipv6.conf.all.forwarding': 0 }),
  };
};

/** The namespace of a router. */
export const routerNamespace = (node: Node): StagedOperation[] =>
  ipNamespace(node, { ...forwardingInherited, ...routedLinks });

/** That it forwards, and the daemons that all of FRR needs. */
export const routerDaemons = (node: Node, topology: Topology): StagedOperation[] => [
  ...at('sysctls', ...sysctls(node, { ...forwarding, ...notForwarding(node) })),
  ...routingDaemons(node, topology),
];
