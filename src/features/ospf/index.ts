/** OSPF by FRR: ospfd for IPv4 (RFC 2328) and ospf6d for IPv6 (RFC 5340), each where the router has addresses of its kind. */
import type { Family } from '../../address/ip.ts';
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { hasRelations } from '../bgp/systems.ts';
import { daemon } from '../frr/daemon.ts';
import { interfaceProblem } from '../shared/interface-problem.ts';
import { addressesIn, families, routedInterfaces } from '../shared/lookup.ts';
import { ospfLines } from './daemons.ts';
import { areaProblems } from './areas.ts';
import { activeAreas, activeInterfaces, unknownInterfaces } from './interfaces.ts';
import { ospfProbes } from './probes.ts';
import { ospfSchema } from './settings.ts';
import type { OspfSettings } from './settings.ts';

const spoken = (node: Node): Family[] => {
  const addresses = [...node.loopback, ...routedInterfaces(node).flatMap((own) => own.addresses)];
  return families.filter((family) => addressesIn(addresses, family).length > 0);
};

/** A table of the whole world does not belong into a protocol that every router computes with. */
const tableProblems = (settings: OspfSettings, topology: Topology): NodeProblem[] =>
  settings.redistribute.flatMap(({ from, only }, index) =>
    from === 'bgp' && only.length === 0 && hasRelations(topology)
      ? [
          {
            path: ['redistribute', index],
            message: 'this would put the whole BGP table into OSPF',
            hint: 'use default-originate: true, or name the prefixes: {from: bgp, only: [203.0.113.0/24]}',
          },
        ]
      : [],
  );

export const ospf: FeatureDefinition<OspfSettings> = {
  feature: 'ospf',
  summary: 'OSPFv2 and OSPFv3 by FRR.',
  schema: ospfSchema,
  kinds: ['router', 'stack'],
  problems: (node, settings, topology) => [
    ...Object.entries(settings.interfaces).flatMap(([name, own]) =>
      own.dead !== undefined && (own.hello ?? settings.hello ?? 1) < 1
        ? [
            {
              path: ['interfaces', name, 'dead'],
              message: 'with less than a second between hellos the dead interval is 1 s',
              hint: 'leave `dead` out',
            },
          ]
        : [],
    ),
    ...unknownInterfaces(node, settings).flatMap(({ path, name }) => interfaceProblem(node, name, path)),
    ...areaProblems(node, settings, activeAreas(node, topology), activeInterfaces(node, topology), topology),
    ...tableProblems(settings, topology),
  ],
  contribute: (node, settings, topology) => ({
    operations: spoken(node).flatMap((family) =>
      daemon(node, family === 4 ? 'ospfd' : 'ospf6d', ospfLines(node, settings, topology, family)),
    ),
    probes: spoken(node).flatMap((family) => ospfProbes(node, settings, topology, family)),
  }),
};
