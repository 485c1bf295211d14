/** What is the same whenever it is asked of a node of a resolved topology, worked out once. */
import type { Node, Topology } from '../../topology/topology.ts';

/** Remembers the answers of a pure question, for as long as the topology lives. */
export const oncePerNode = <Answer>(
  question: (node: Node, topology: Topology) => Answer,
): ((node: Node, topology: Topology) => Answer) => {
  const answers = new WeakMap<Topology, Map<string, { readonly answer: Answer }>>();
  return (node, topology) => {
    const known = answers.get(topology) ?? new Map<string, { readonly answer: Answer }>();
    answers.set(topology, known);
    const entry = known.get(node.name) ?? { answer: question(node, topology) };
    known.set(node.name, entry);
    return entry.answer;
  };
};
