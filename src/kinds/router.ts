/**
 * A router: it forwards, and FRR speaks its routing protocols. The kind brings zebra, which owns the kernel's routes,
 * and staticd when anything on the node needs static routes; each protocol brings its own daemon as a feature.
 */
import type { KindDefinition } from '../fragment/definition.ts';
import { at } from '../fragment/fragment.ts';
import { noClientProblems } from '../features/dhcp/problems.ts';
import { forwardingOf } from '../features/frr/files.ts';
import { routingDaemons } from '../features/frr/routing.ts';
import type { Node } from '../topology/topology.ts';
import { addressed, forwarding, forwardingInherited, ipNamespace, routedLinks, sysctls } from './common.ts';

const notForwarding = (node: Node): Record<string, number> => {
  const { ipv4, ipv6 } = forwardingOf(node);
  return {
    ...(ipv4 ? {} : { 'net.ipv4.ip_forward': 0 }),
    ...(ipv6 ? {} : { 'net.ipv6.conf.all.forwarding': 0 }),
  };
};

export const router: KindDefinition = {
  kind: 'router',
  summary: 'A router: it forwards, and FRR speaks its routing protocols.',
  shape: {},
  portRole: () => 'routed',
  interfaceNames: 'peer',
  router: true,
  problems: noClientProblems,
  contribute: (node, _settings, topology) => ({
    operations: [
      ...ipNamespace(node, { ...forwardingInherited, ...routedLinks }),
      ...addressed(node, topology),
      ...at('sysctls', ...sysctls(node, { ...forwarding, ...notForwarding(node) })),
      ...routingDaemons(node, topology),
    ],
  }),
};
