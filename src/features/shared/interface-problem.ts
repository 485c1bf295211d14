/** What is wrong with a name under which a feature looks for an interface. */
import type { NodeProblem } from '../../fragment/definition.ts';
import type { Node } from '../../topology/topology.ts';
import { interfaceCalled } from './lookup.ts';

/** The problem of a name that is no interface of the node and no neighbour; none where it is one, or is left out. */
export const interfaceProblem = (node: Node, name: string | undefined, path: (string | number)[]): NodeProblem[] =>
  name === undefined || interfaceCalled(node, name) !== undefined
    ? []
    : [
        {
          path,
          message: `${node.name} has no interface ${name}, and no link to a node of that name`,
          hint: `its interfaces: ${node.interfaces.map((own) => own.name).join(', ')}`,
        },
      ];
