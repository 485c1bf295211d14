/** How OSPF and BGP ask BFD to watch a neighbour. */
import type { Node } from '../../topology/topology.ts';

/** The name of the one BFD profile of a router. */
export const profile = 'lab';

/** BFD needs both sides: a session with a router that does not speak it would keep the neighbour down. */
export const detectsWith = (node: Node, other: Node): boolean => 'bfd' in node.features && 'bfd' in other.features;
