/**
 * A router: it forwards, and FRR speaks its routing protocols. The kind brings zebra, which owns the kernel's routes,
 * and staticd when anything on the node needs static routes; each protocol brings its own daemon as a feature.
 */
import type { KindDefinition } from '../fragment/definition.ts';
import { at } from '../fragment/fragment.ts';
import { noClientProblems } from '../features/dhcp/problems.ts';
import { forwardingOf } from '../features/frr/files.ts';
import { staticDaemon } from '../features/frr/static.ts';
import { zebra } from '../features/frr/zebra.ts';
import type { Node } from '../topology/topology.ts';
import { addressed, forwarding, forwardingInherited, ipNamespace, sysctls } from './common.ts';

/**
 * A link that loses its carrier keeps its IPv6 addresses and stops carrying routes at once, as on a real router; a
 * link that comes up announces itself, so that neighbours do not wait for a stale ARP or ND entry.
 */
const links = {
  'net.ipv6.conf.default.keep_addr_on_down': 1,
  'net.ipv6.conf.all.keep_addr_on_down': 1,
  'net.ipv4.conf.default.ignore_routes_with_linkdown': 1,
  'net.ipv4.conf.all.ignore_routes_with_linkdown': 1,
  'net.ipv6.conf.default.ignore_routes_with_linkdown': 1,
  'net.ipv6.conf.all.ignore_routes_with_linkdown': 1,
  'net.ipv4.conf.default.arp_notify': 1,
  'net.ipv6.conf.default.ndisc_notify': 1,
} as const;

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
      ...ipNamespace(node, { ...forwardingInherited, ...links }),
      ...addressed(node, topology),
      ...at('sysctls', ...sysctls(node, { ...forwarding, ...notForwarding(node) })),
      ...zebra(node),
      ...staticDaemon(node, topology),
    ],
  }),
};
