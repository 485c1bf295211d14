/**
 * RIP by FRR: ripd for IPv4 (RFC 2453) and ripngd for IPv6 (RFC 2080). Each router tells its neighbours how far it is
 * to everywhere and believes what they tell (Bellman-Ford); nobody knows the map. Beside OSPF it shows what that costs.
 */
import type { Family } from '../../address/ip.ts';
import type { FeatureDefinition } from '../../fragment/definition.ts';
import type { Node } from '../../topology/topology.ts';
import { daemon } from '../frr/daemon.ts';
import { interfaceProblem } from '../shared/interface-problem.ts';
import { addressesIn, families, routedInterfaces } from '../shared/lookup.ts';
import { ripLines } from './daemons.ts';
import { unknownInterfaces } from './interfaces.ts';
import { ripProbes } from './probes.ts';
import { ripSchema } from './settings.ts';
import type { RipSettings } from './settings.ts';

const spoken = (node: Node): Family[] => {
  const addresses = [...node.loopback, ...routedInterfaces(node).flatMap((own) => own.addresses)];
  return families.filter((family) => addressesIn(addresses, family).length > 0);
};

export const rip: FeatureDefinition<RipSettings> = {
  feature: 'rip',
  summary: 'RIP version 2 and RIPng by FRR.',
  schema: ripSchema,
  kinds: ['router', 'stack'],
  problems: (node, settings) =>
    unknownInterfaces(node, settings).flatMap(({ path, name }) => interfaceProblem(node, name, path)),
  contribute: (node, settings, topology) => ({
    operations: spoken(node).flatMap((family) =>
      daemon(node, family === 4 ? 'ripd' : 'ripngd', ripLines(node, settings, topology, family)),
    ),
    probes: spoken(node).flatMap((family) => ripProbes(node, topology, family)),
  }),
};
