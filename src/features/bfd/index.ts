/**
 * Bidirectional forwarding detection (RFC 5880): neighbours that send each other packets every 100 ms notice a path
 * that died silently in 0.3 s, long before OSPF's and BGP's own timers. ospfd and bgpd ask for the sessions, towards
 * neighbours that carry this feature too; bfdd holds them. So do the hypervisors for
 * which the node is one of several ways out of a tenant's networks.
 */
import type { FeatureDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import { daemon } from '../frr/daemon.ts';
import { watchedBy } from '../shared/exits.ts';
import { profile } from './profile.ts';
import { bfdSchema } from './settings.ts';
import type { BfdSettings } from './settings.ts';
import { followsWorld, wayOutOperations, wayOutProbes, wayOutProfile } from './way-out.ts';

const profileLines = (name: string, settings: BfdSettings): string[] => [
  ` profile ${name}`,
  `  receive-interval ${settings.interval}`,
  `  transmit-interval ${settings.interval}`,
  `  detect-multiplier ${settings.multiplier}`,
];

export const bfd: FeatureDefinition<BfdSettings> = {
  feature: 'bfd',
  summary: 'Fast failure detection for the node’s OSPF and BGP neighbours (RFC 5880).',
  schema: bfdSchema,
  kinds: ['router', 'stack', 'gateway', 'host'],
  problems: (node, _settings, topology) =>
    'ospf' in node.features || 'bgp' in node.features || watchedBy(node, topology).length > 0
      ? []
      : [{ path: [], message: `${node.name} has bfd but no protocol that uses it`, hint: 'add ospf or bgp' }],
  contribute: (node, settings, topology) => ({
    operations: [
      ...at(
        'routes',
        ...watchedBy(node, topology).map(
          ({ prefix, interface: dev }) => ({ op: 'route', node: node.name, to: prefix, dev }) as const,
        ),
      ),
      ...daemon(node, 'bfdd', [
        'bfd',
        ...profileLines(profile, settings),
        ...(followsWorld(node, topology) ? [...profileLines(wayOutProfile, settings), '  shutdown'] : []),
        // Hypervisors that watch a way out of their tenant speak no protocol that would ask for the session.
        ...watchedBy(node, topology).flatMap((watched) =>
          watched.watchers.flatMap(({ address }) => [
            ` peer ${address} interface ${watched.interface}`,
            `  profile ${followsWorld(node, topology) ? wayOutProfile : profile}`,
          ]),
        ),
      ]),
      ...wayOutOperations(node, topology),
    ],
    probes: wayOutProbes(node, topology),
  }),
};
