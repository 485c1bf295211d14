/**
 * The two bridges of a hypervisor. br-phy holds the underlay interfaces and, as the port a host has on its own bridge,
 * the VTEP's address; it switches like any learning bridge. br-int holds the machines' ports and the VXLAN port and
 * forwards by flows alone (`fail-mode=secure`).
 */
import type { Node } from '../../topology/topology.ts';
import { tunnelPort } from './flows/tables.ts';
import { underlayInterfaces } from './overlay.ts';
import type { TenantPort } from './overlay.ts';

export const physical = 'br-phy';
export const integration = 'br-int';

/** The VXLAN port; remote address and VNI come from the flows. */
export const tunnel = 'vx0';

/** The commands of one ovs-vsctl transaction, each repeatable. */
export const bridgeCommands = (
  node: Node,
  datapath: 'netdev' | 'system',
  vtep: string | undefined,
  ports: readonly TenantPort[],
): string[][] => {
  const underlay = underlayInterfaces(node);
  const addBridge = (name: string, failMode: string): string[][] => [
    ['--may-exist', 'add-br', name],
    ['set', 'bridge', name, `datapath_type=${datapath}`, `fail-mode=${failMode}`],
  ];
  const mac = underlay[0]?.mac;
  return [
    ...addBridge(physical, 'standalone'),
    // Open vSwitch sets a bridge's address itself, so it must be told; ARP for the VTEP then shows the interface's.
    ...(mac === undefined ? [] : [['set', 'bridge', physical, `other-config:hwaddr=${mac}`]]),
    ...underlay.map((own) => ['--may-exist', 'add-port', physical, own.name]),
    ...addBridge(integration, 'secure'),
    ...ports.flatMap((port) => [
      ['--may-exist', 'add-port', integration, port.name],
      ['set', 'interface', port.name, `ofport_request=${port.number}`],
    ]),
    ...(vtep === undefined
      ? []
      : [
          ['--may-exist', 'add-port', integration, tunnel],
          [
            ['set', 'interface', tunnel, 'type=vxlan', `ofport_request=${tunnelPort}`],
            ['options:key=flow', 'options:remote_ip=flow', `options:local_ip=${vtep}`],
          ].flat(),
        ]),
  ];
};
