/** BGP-4 (RFC 4271) by FRR's bgpd, for IPv4 and IPv6: sessions to all BGP routers around, networks announced as told. */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { inverse, relationsOf } from '../../topology/relations.ts';
import type { Node, Relation, Topology } from '../../topology/topology.ts';
import { configuration, daemonWith } from '../frr/daemon.ts';
import { rtrOf } from '../rtr/index.ts';
import { nearestAddress, nodeNamed } from '../shared/lookup.ts';
import { bgpdLines } from './bgpd.ts';
import { judgeAnew, rpkiProbes, validates } from './origin.ts';
import { bgpProbes } from './probes.ts';
import { unknownPeers, unreachablePeers } from './sessions.ts';
import { bgpSchema } from './settings.ts';
import type { BgpSettings } from './settings.ts';
import { bgpOf } from './systems.ts';

/** Caches that are none, and routers of one system that want different things. */
const originProblems = (node: Node, { rpki }: BgpSettings, topology: Topology): NodeProblem[] => {
  if (rpki === undefined) return [];
  const path = ['rpki'];
  const other = topology.nodes.find(
    (candidate) => candidate.asn === node.asn && (bgpOf(candidate)?.rpki?.invalid ?? rpki.invalid) !== rpki.invalid,
  );
  return [
    ...rpki.caches.flatMap((name, index): NodeProblem[] => {
      const at = [...path, 'caches', index];
      const cache = nodeNamed(topology, name);
      if (cache === undefined) return [{ path: at, message: `there is no node ${name}` }];
      if (rtrOf(cache) === undefined)
        return [{ path: at, message: `${name} is no RPKI cache`, hint: `give ${name} rtr: {roas: […]}` }];
      return nearestAddress(topology, node, cache) === undefined
        ? [{ path: at, message: `${name} has no address` }]
        : [];
    }),
    ...(other === undefined
      ? []
      : [
          {
            path: [...path, 'invalid'],
            message: `${node.name} and ${other.name} are both in AS ${String(node.asn)}, and do different things with what is invalid`,
            hint: 'say it once; it holds for all routers of the system',
          },
        ]),
  ];
};

/** Wishes and relations that contradict what the file says elsewhere, or themselves. */
const policyProblems = (node: Node, settings: BgpSettings, topology: Topology): NodeProblem[] => [
  ...(['avoid', 'refuse'] as const).flatMap((wish): NodeProblem[] => {
    const index = node.asn === undefined ? -1 : settings.policy[wish].indexOf(node.asn);
    return index < 0
      ? []
      : [
          {
            path: ['policy', wish, index],
            message: `AS ${String(node.asn)} is ${node.name}'s own; no path with it comes in at all`,
          },
        ];
  }),
  ...(settings.cluster !== undefined && !settings.reflector
    ? [{ path: ['cluster'], message: 'only a route reflector has a cluster id', hint: 'add reflector: true' }]
    : []),
  ...settings.peers.flatMap((peer, index): NodeProblem[] => {
    const other = peer.asn ?? topology.nodes.find((candidate) => candidate.name === peer.node)?.asn;
    if (peer.relation === undefined || other === undefined || node.asn === undefined) return [];
    const path = ['peers', index, 'relation'];
    if (other === node.asn)
      return [{ path, message: `a relation is between two autonomous systems, and both are AS ${other}` }];
    const said = relationsOf(topology).get(other)?.get(node.asn) ?? statedByOthers(node, other, topology);
    return said === undefined || said === peer.relation
      ? []
      : [
          {
            path,
            message: `AS ${other} is a ${peer.relation} of AS ${node.asn} here, but a ${said} of it elsewhere in the file`,
            hint: 'two systems have one relation, and saying it once is enough',
          },
        ];
  }),
];

/** What the `peers` of other routers say that a system is to the node's. */
const statedByOthers = (node: Node, asn: number, topology: Topology): Relation | undefined => {
  for (const router of topology.nodes) {
    for (const peer of bgpOf(router)?.peers ?? []) {
      const other = peer.asn ?? topology.nodes.find((candidate) => candidate.name === peer.node)?.asn;
      if (peer.relation === undefined || router.name === node.name) continue;
      if (router.asn === node.asn && other === asn) return peer.relation;
      if (router.asn === asn && other === node.asn) return inverse[peer.relation];
    }
  }
  return undefined;
};

export const bgp: FeatureDefinition<BgpSettings> = {
  feature: 'bgp',
  summary: 'BGP by FRR, for IPv4 and IPv6.',
  schema: bgpSchema,
  kinds: ['router', 'stack', 'gateway', 'host'],
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
    ...policyProblems(node, settings, topology),
    ...originProblems(node, settings, topology),
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
    operations: [
      ...daemonWith(
        node,
        'bgpd',
        configuration(node, bgpdLines(node, settings, topology)),
        validates(node, topology) ? ['-M', 'rpki'] : [],
      ),
      ...judgeAnew(node, topology),
    ],
    probes: [...rpkiProbes(node, topology), ...bgpProbes(node, topology)],
  }),
};
