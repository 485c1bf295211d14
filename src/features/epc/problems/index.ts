/** What can be wrong with an LTE network, found before anything is started. */
import type { NodeProblem } from '../../../fragment/definition.ts';
import type { Node, Topology } from '../../../topology/topology.ts';
import type { FunctionNode } from '../nodes.ts';
import type { EpcSettings, Role } from '../settings.ts';
import { ofHss, ofMme, ofOcs, ofPgw, ofSgw } from './core.ts';
import { ofEnodeb, ofPhone } from './radio.ts';
import { problem } from './shared.ts';

const ofRole: { readonly [R in Role]: (topology: Topology, own: FunctionNode<R>) => NodeProblem[] } = {
  ue: ofPhone,
  enodeb: ofEnodeb,
  mme: ofMme,
  hss: ofHss,
  sgw: ofSgw,
  pgw: ofPgw,
  ocs: ofOcs,
};

/** Only the PGW is a hop of the phones' packets; any other node that forwarded them would do so beside the tunnels. */
const kindProblems = (node: Node, { role }: EpcSettings): NodeProblem[] => {
  if (role === 'pgw')
    return node.kind === 'gateway'
      ? []
      : [problem(['role'], `${node.name} is a ${node.kind}, which does not forward`, 'make it kind: gateway')];
  return node.kind === 'host'
    ? []
    : [
        problem(
          ['role'],
          `${node.name} is a ${node.kind}, which would forward phones’ packets beside the tunnels`,
          'make it kind: host',
        ),
      ];
};

export const problemsOf = (topology: Topology, node: Node, settings: EpcSettings): NodeProblem[] => [
  ...kindProblems(node, settings),
  ...(ofRole[settings.role] as (topology: Topology, own: FunctionNode) => NodeProblem[])(topology, { node, settings }),
];
