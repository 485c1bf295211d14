/**
 * Nodes whose routes FRR holds: every router and stack, and a gateway or a host that speaks BGP itself (routing on the host). There zebra
 * and staticd run as on a router, and a link without carrier takes its routes with it at once.
 */
import type { StagedOperation } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { staticDaemon } from './static.ts';
import { zebra } from './zebra.ts';

/** Features whose daemons tell zebra what they learn, or learn of interfaces from it. */
const protocols = ['bgp', 'ospf', 'rip', 'bfd', 'frr'] as const;

/** Kinds that are routers by what they are. */
const routers: ReadonlySet<string> = new Set(['router', 'stack']);

/** Whether neighbours tell the node of routes. */
export const learnsRoutes = (node: Node): boolean => protocols.some((protocol) => protocol in node.features);

/** Whether zebra runs on the node and its static routes are staticd's. */
export const runsFrr = (node: Node): boolean => routers.has(node.kind) || learnsRoutes(node);

/** zebra and staticd of a node that needs them. */
export const routingDaemons = (node: Node, topology: Topology): StagedOperation[] =>
  runsFrr(node) ? [...zebra(node), ...staticDaemon(node, topology)] : [];
