/** What the two forms of a switch have in common, and how a switch is asked which one it is. */
import { macOf } from '../../address/mac.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import type { SwitchSettings } from '../settings.ts';

export const bridgeName = 'br0';

export const settingsOf = (node: Node): SwitchSettings => node.settings as unknown as SwitchSettings;

/** Whether the node is a switch with a rapid spanning tree. */
export const speaksRstp = (node: Node): boolean => node.kind === 'switch' && node.settings['spanning-tree'] === 'rstp';

/** A bridge has a MAC address of its own, beyond those of its ports. */
export const bridgeMac = (node: Node, topology: Topology): string =>
  macOf(topology.nodes.findIndex((other) => other.name === node.name) + 1, 0xffff);
