/**
 * The two bridges of a hypervisor. br-phy holds the underlay interfaces and, as the port a host has on its own bridge,
 * the VTEP's address; it switches like any learning bridge. br-int holds the machines' ports and the VXLAN port and
 * forwards by flows alone (`fail-mode=secure`).
 */
import type { Node } from '../../topology/topology.ts';
import { tunnelPort } from './flows/tables.ts';
import { type Datapath, aggregation, bridge, watched } from '../openvswitch/bridge.ts';
import { physicalMac, underlayInterfaces } from './overlay.ts';
import type { TenantPort } from './overlay.ts';

export const physical = 'br-phy';
export const integration = 'br-int';

/** The VXLAN port; remote address and VNI come from the flows. */
export const tunnel = 'vx0';

/** The bonds of the underlay by name. A bond is one port of br-phy with several interfaces. */
export const bondsOf = (node: Node): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...Map.groupBy(underlayInterfaces(node), ({ bond }) => bond)].flatMap(([bond, members]) =>
      bond === undefined ? [] : [[bond, members.map(({ name }) => name)]],
    ),
  );

/**
 * A bond: packets are spread by addresses and ports, which for VXLAN are those of the outer UDP, and its source port is made
 * of the machines' own (RFC 7348, 5). Flows stay where they are: nothing is moved while all members are there.
 */
const bond = (node: Node, name: string, members: readonly string[]): string[][] => [
  ['--may-exist', 'add-bond', physical, name, ...members],
  ['set', 'port', name, 'bond_mode=balance-tcp', 'other_config:bond-rebalance-interval=0', ...aggregation],
  ...members.map((member) => watched(member, node)),
];

/** The commands of one ovs-vsctl transaction, each repeatable. */
export const bridgeCommands = (
  node: Node,
  datapath: Datapath,
  vtep: string | undefined,
  ports: readonly TenantPort[],
): string[][] => [
  ...bridge(physical, datapath, 'standalone', physicalMac(node)),
  ...underlayInterfaces(node)
    .filter((own) => own.bond === undefined)
    .map((own) => ['--may-exist', 'add-port', physical, own.name]),
  ...[...bondsOf(node)].flatMap(([name, members]) => bond(node, name, members)),
  ...bridge(integration, datapath, 'secure'),
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
