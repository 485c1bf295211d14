/** A topology without some of its nodes and links: what is left to hope for while they are out of order. */
import type { Interface, Topology } from '../topology/topology.ts';

/**
 * The topology as nodes see it when some others are gone. Indices into `links` and `segments` keep their meaning: links
 * stay in the list, and only the interfaces at their ends and the members of segments are taken out.
 */
export const without = (topology: Topology, nodes: ReadonlySet<string>, links: ReadonlySet<number>): Topology => {
  if (nodes.size === 0 && links.size === 0) return topology;
  const gone = (own: Interface): boolean => links.has(own.link);
  const out = new Set(
    topology.nodes.flatMap((node) =>
      node.interfaces.filter((own) => nodes.has(node.name) || gone(own)).map((own) => `${node.name}:${own.name}`),
    ),
  );
  return {
    ...topology,
    nodes: topology.nodes
      .filter((node) => !nodes.has(node.name))
      .map((node) => ({ ...node, interfaces: node.interfaces.filter((own) => !gone(own)) })),
    segments: topology.segments.map((segment) => ({
      ...segment,
      members: segment.members.filter((member) => !out.has(`${member.node}:${member.interface}`)),
    })),
  };
};
