/** A switch: a Linux bridge with every interface as a port. It speaks no IP, and no spanning tree: a loop is a loop. */
import { macOf } from '../address/mac.ts';
import type { KindDefinition } from '../fragment/definition.ts';
import { at } from '../fragment/fragment.ts';
import type { Operation } from '../fragment/operation.ts';
import type { Node, Topology } from '../topology/topology.ts';
import { keepsOffload, sysctls } from './common.ts';

const bridge = 'br0';

/** A bridge has a MAC address of its own, beyond those of its ports. */
const bridgeMac = (node: Node, topology: Topology): string =>
  macOf(topology.nodes.findIndex((other) => other.name === node.name) + 1, 0xffff);

export const switchKind: KindDefinition = {
  kind: 'switch',
  summary: 'A Linux bridge: every interface is a port.',
  shape: {},
  portRole: () => 'bridged',
  interfaceNames: 'peer',
  router: false,
  contribute: (node, _settings, topology) => ({
    operations: [
      // Without IPv6 the bridge and its ports have nothing to announce, and captures show other machines' frames only.
      ...at(
        'namespaces',
        { op: 'namespace', node: node.name },
        ...sysctls(node, { 'net.ipv6.conf.default.disable_ipv6': 1 }),
      ),
      ...at('links', { op: 'bridge', node: node.name, name: bridge, mac: bridgeMac(node, topology) }),
      ...at(
        'addresses',
        ...node.interfaces.map((own): Operation => ({
          op: 'interface',
          node: node.name,
          name: own.name,
          bridge,
          offload: keepsOffload(own, topology),
        })),
        { op: 'interface', node: node.name, name: bridge, offload: true },
      ),
    ],
  }),
};
