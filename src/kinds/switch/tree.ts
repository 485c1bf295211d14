/**
 * The spanning tree that switches agree on, worked out from the file (IEEE 802.1D-2004, 17.5 and 17.6): the switch with the
 * best identifier is the root; each other one keeps the port with the best way to it, and of the two ends of a link that is
 * in nobody's way to the root, the worse one discards.
 */
import { nodeNamed } from '../../features/shared/lookup.ts';
import type { Endpoint, Node, Topology } from '../../topology/topology.ts';
import { bridgeMac, settingsOf, speaksRstp } from './common.ts';

/** What a port does once the tree is there. */
export type PortState = 'Forwarding' | 'Discarding';

/** A switch's identifier: its priority, then its MAC; the lower one is better. */
const identifier = (node: Node, topology: Topology): string =>
  `${String(settingsOf(node).priority).padStart(5, '0')} ${bridgeMac(node, topology)}`;

interface Way {
  readonly root: string;
  /** Links to the root; all links have one cost here. */
  readonly cost: number;
  readonly bridge: string;
  /** Port of the switch that says it. */
  readonly port: number;
}

/** The order of priority vectors (17.6): negative where the first is the better one. */
const compare = (a: Way, b: Way): number =>
  a.root.localeCompare(b.root, 'en') || a.cost - b.cost || a.bridge.localeCompare(b.bridge, 'en') || a.port - b.port;

/** The number of a port, from 1: Open vSwitch counts them in the order in which they are put in. */
const portNumber = (topology: Topology, { node, interface: name }: Endpoint): number =>
  (nodeNamed(topology, node)?.interfaces.findIndex((own) => own.name === name) ?? -1) + 1;

interface Settled {
  /** What the switch says to others. */
  readonly way: Way;
  readonly rootPort: string | undefined;
}

/** What each switch says of its way to the root: repeated until nobody can have anything better to say. */
const settled = (switches: readonly Node[], topology: Topology): ReadonlyMap<string, Settled> => {
  const alone = (bridge: string): Way => ({ root: bridge, cost: 0, bridge, port: 0 });
  const found = new Map<string, Settled>(
    switches.map((node) => [node.name, { way: alone(identifier(node, topology)), rootPort: undefined }]),
  );
  const choose = (node: Node): Settled => {
    const bridge = identifier(node, topology);
    let heard = alone(bridge);
    let rootPort: string | undefined;
    for (const own of node.interfaces) {
      const other = found.get(own.peer.node);
      if (other === undefined) continue;
      const offered = { ...other.way, cost: other.way.cost + 1, port: portNumber(topology, own.peer) };
      if (compare(offered, heard) >= 0) continue;
      heard = offered;
      rootPort = own.name;
    }
    return { way: { root: heard.root, cost: heard.cost, bridge, port: 0 }, rootPort };
  };
  for (let round = 0; round < switches.length; round += 1)
    for (const node of switches) found.set(node.name, choose(node));
  return found;
};

/** What becomes of each port of a switch. */
export const portStates = (node: Node, topology: Topology): ReadonlyMap<string, PortState> => {
  const found = settled(topology.nodes.filter(speaksRstp), topology);
  const mine = found.get(node.name);
  return new Map(
    node.interfaces.map((own, index): [string, PortState] => {
      const other = found.get(own.peer.node);
      if (mine === undefined || other === undefined || mine.rootPort === own.name) return [own.name, 'Forwarding'];
      const theirs = { ...other.way, port: portNumber(topology, own.peer) };
      const designated = compare({ ...mine.way, port: index + 1 }, theirs) < 0;
      return [own.name, designated ? 'Forwarding' : 'Discarding'];
    }),
  );
};
