/**
 * A switch: a Linux bridge with every interface as a port. It speaks no IP, and no spanning tree: a loop is a loop. With
 * `spanning-tree: rstp` it is a bridge of Open vSwitch instead.
 */
import type { KindDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Operation } from '../../fragment/operation.ts';
import { keepsOffload, sysctls } from '../common.ts';
import { switchShape } from '../settings.ts';
import type { SwitchSettings } from '../settings.ts';
import { bridgeMac, bridgeName, speaksRstp } from './common.ts';
import { rstpSwitch } from './rstp.ts';
import type { Fragment } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';

/** The form without a spanning tree. */
const linuxBridge = (node: Node, topology: Topology): Partial<Fragment> => ({
  operations: [
    // Without IPv6 the bridge and its ports have nothing to announce, and captures show other machines' frames only.
    ...at(
      'namespaces',
      { op: 'namespace', node: node.name },
      ...sysctls(node, { 'net.ipv6.conf.default.disable_ipv6': 1 }),
    ),
    ...at('links', { op: 'bridge', node: node.name, name: bridgeName, mac: bridgeMac(node, topology) }),
    ...at(
      'addresses',
      ...node.interfaces.map((own): Operation => ({
        op: 'interface',
        node: node.name,
        name: own.name,
        bridge: bridgeName,
        offload: keepsOffload(own, topology),
      })),
      { op: 'interface', node: node.name, name: bridgeName, offload: true },
    ),
  ],
});

export const switchKind: KindDefinition<SwitchSettings> = {
  kind: 'switch',
  summary: 'A switch: every interface is a port.',
  shape: switchShape,
  portRole: () => 'bridged',
  interfaceNames: 'peer',
  router: false,
  contribute: (node, settings, topology) =>
    speaksRstp(node) ? rstpSwitch(node, settings, topology) : linuxBridge(node, topology),
};
