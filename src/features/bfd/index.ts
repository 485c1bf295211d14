/**
 * Bidirectional forwarding detection (RFC 5880): neighbours that send each other packets every 100 ms notice a path
 * that died silently in 0.3 s, long before OSPF's and BGP's own timers. ospfd and bgpd ask for the sessions, towards
 * neighbours that carry this feature too; bfdd holds them.
 */
import type { FeatureDefinition } from '../../fragment/definition.ts';
import { daemon } from '../frr/daemon.ts';
import { profile } from './profile.ts';
import { bfdSchema } from './settings.ts';
import type { BfdSettings } from './settings.ts';

export const bfd: FeatureDefinition<BfdSettings> = {
  feature: 'bfd',
  summary: 'Fast failure detection for the node’s OSPF and BGP neighbours (RFC 5880).',
  schema: bfdSchema,
  kinds: ['router', 'stack', 'gateway', 'host'],
  problems: (node) =>
    'ospf' in node.features || 'bgp' in node.features
      ? []
      : [{ path: [], message: `${node.name} has bfd but no protocol that uses it`, hint: 'add ospf or bgp' }],
  contribute: (node, settings) => ({
    operations: daemon(node, 'bfdd', [
      'bfd',
      ` profile ${profile}`,
      `  receive-interval ${settings.interval}`,
      `  transmit-interval ${settings.interval}`,
      `  detect-multiplier ${settings.multiplier}`,
    ]),
  }),
};
