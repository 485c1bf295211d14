/** What is asked of every function of an LTE network: that it is there, once, and within reach of those it speaks with. */
import type { NodeProblem } from '../../../fragment/definition.ts';
import type { Node, Topology } from '../../../topology/topology.ts';
import { meet } from '../addresses.ts';
import { choose, roleNames } from '../nodes.ts';
import type { Role } from '../settings.ts';

export type Path = readonly (string | number)[];

export const problem = (path: Path, message: string, hint: string): NodeProblem => ({ path, message, hint });

/** Two functions that have to talk share a segment. */
export const apart = (topology: Topology, from: Node, to: Node, path: Path = []): NodeProblem[] =>
  meet(topology, from, to) === undefined
    ? [problem(path, `${from.name} and ${to.name} share no IPv4 segment`, 'link them, or put both on one switch')]
    : [];

/** The other function of a role: there is one, only one is meant, and it is on a segment of this node. */
export const partner = (topology: Topology, node: Node, role: Role, name: string | undefined): NodeProblem[] => {
  const found = choose(topology, role, name);
  const path = name === undefined ? [] : [role];
  return 'problem' in found ? [problem(path, found.problem, found.hint)] : apart(topology, node, found.node, path);
};

/** A function has one address for all that speak the same protocol with it. */
export const severalAddresses = (
  topology: Topology,
  node: Node,
  role: Role,
  peers: readonly { readonly node: Node }[],
): NodeProblem[] => {
  const locals = new Set(peers.flatMap((peer) => meet(topology, node, peer.node)?.local ?? []));
  return locals.size > 1
    ? [
        problem(
          [],
          `its ${roleNames[role]}s are on several segments: ${[...locals].join(', ')}`,
          'put them on one switch',
        ),
      ]
    : [];
};

export const unused = (node: Node, role: Role, peers: readonly unknown[]): NodeProblem[] =>
  peers.length === 0
    ? [
        problem(
          [],
          `no ${roleNames[role]} leads to ${node.name}`,
          `give a node epc: {role: ${role}}, or leave ${node.name} out`,
        ),
      ]
    : [];
