/** When RIP is ready: the loopback addresses of all its routers that are not too far away are in the kernel. */
import type { Family } from '../../address/ip.ts';
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { routesProbe } from '../frr/routes-probe.ts';
import { familyOf, networkText } from '../shared/lookup.ts';
import { ripInterfaces, ripOf } from './interfaces.ts';

/** The metric that means unreachable (RFC 2453, 3.5); a network a router is in has metric 1. */
const infinity = 16;

/** The RIP routers from which something arrives: metric 1 at home, one more at each router on the way. */
const within = (node: Node, topology: Topology, family: Family): Node[] => {
  const seen = new Set([node.name]);
  const found: Node[] = [];
  let ring = [node];
  for (let metric = 2; metric < infinity && ring.length > 0; metric += 1) {
    ring = ring
      .flatMap((router) => {
        const settings = ripOf(router);
        return settings === undefined ? [] : ripInterfaces(router, settings, topology, family);
      })
      .flatMap((own) => own.neighbours)
      .filter((other) => !seen.has(other.name) && seen.add(other.name));
    found.push(...ring);
  }
  return found;
};

/** The probes of one RIP router for one IP version. */
export const ripProbes = (node: Node, topology: Topology, family: Family): Probe[] =>
  routesProbe(
    node,
    family === 4 ? 'RIP' : 'RIPng',
    within(node, topology, family)
      .flatMap((router) => router.loopback)
      .filter((address) => familyOf(address) === family)
      .map(networkText),
    topology,
  );
