/** When BGP is ready: its sessions are established, and the networks that other systems announce are in the kernel. */
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { routesProbe } from '../frr/routes-probe.ts';
import { convergence, enumerated } from '../frr/probe.ts';
import { families, networkText, nodeNamed } from '../shared/lookup.ts';
import { bgpOf, sessionsOf } from './sessions.ts';

const sessionProbes = (node: Node, topology: Topology): Probe[] =>
  families.flatMap((family): Probe[] => {
    const sessions = sessionsOf(node, topology).filter((session) => session.family === family);
    if (sessions.length === 0) return [];
    return [
      {
        node: node.name,
        name: `BGP: IPv${family} session${sessions.length === 1 ? '' : 's'} with ${enumerated(sessions.map((session) => session.peer?.name ?? session.address))} established`,
        question: {
          ask: 'command',
          argv: ['vtysh', '-c', `show bgp ipv${family} unicast summary json`],
          json: { peers: Object.fromEntries(sessions.map((session) => [session.address, { state: 'Established' }])) },
        },
        within: convergence(topology),
      },
    ];
  });

/** The BGP routers that are connected to a router by sessions, itself included. */
const connected = (node: Node, topology: Topology): Set<Node> => {
  const seen = new Set([nodeNamed(topology, node.name) ?? node]);
  for (const router of seen) {
    for (const { peer } of sessionsOf(router, topology)) if (peer !== undefined) seen.add(peer);
  }
  return seen;
};

/** Networks of other systems. Only where all sessions are automatic it is sure that each of them arrives. */
const foreignNetworks = (node: Node, topology: Topology): string[] => {
  const routers = [...connected(node, topology)];
  if (routers.some((router) => bgpOf(router)?.neighbors !== 'auto')) return [];
  return routers.filter((router) => router.asn !== node.asn).flatMap((router) => (bgpOf(router)?.networks ?? []).map(networkText));
};

/** The probes of one BGP router. */
export const bgpProbes = (node: Node, topology: Topology): Probe[] => [
  ...sessionProbes(node, topology),
  ...routesProbe(node, 'BGP', foreignNetworks(node, topology), topology),
];
