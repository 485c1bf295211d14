/** BGP-4 (RFC 4271) by FRR's bgpd, for IPv4 and IPv6: sessions to all BGP routers around, networks announced as told. */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { daemon } from '../frr/daemon.ts';
import { bgpdLines } from './bgpd.ts';
import { bgpProbes } from './probes.ts';
import { unknownPeers, unreachablePeers } from './sessions.ts';
import { bgpSchema } from './settings.ts';
import type { BgpSettings } from './settings.ts';

export const bgp: FeatureDefinition<BgpSettings> = {
  feature: 'bgp',
  summary: 'BGP by FRR, for IPv4 and IPv6.',
  schema: bgpSchema,
  kinds: ['router'],
  problems: (node, settings, topology): NodeProblem[] => [
    ...(node.asn === undefined
      ? [
          {
            path: [],
            message: `${node.name} speaks BGP but is in no autonomous system`,
            hint: 'add asn: 65001, or another number',
          },
        ]
      : []),
    ...unknownPeers(settings, topology).map(({ index, name, node: peer }) => ({
      path: ['peers', index, 'node'],
      message:
        peer === undefined ? `there is no node ${name}` : `${name} does not speak BGP or is in no autonomous system`,
      ...(peer === undefined ? {} : { hint: `give ${name} bgp and an asn` }),
    })),
    ...(node.asn === undefined ? [] : unreachablePeers(node, topology)).map((other) => ({
      path: [],
      message: `${node.name} and ${other.name} are both in AS ${String(node.asn)}, but nothing carries their iBGP session`,
      hint: 'give both ospf, link them, or set neighbors: none and list peers',
    })),
  ],
  contribute: (node, settings, topology) => ({
    operations: daemon(node, 'bgpd', bgpdLines(node, settings, topology)),
    probes: bgpProbes(node, topology),
  }),
};
