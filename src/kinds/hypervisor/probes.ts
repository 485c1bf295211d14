/** When a hypervisor is ready: its flows are installed, and it has spoken once with every VTEP it will need. */
import type { Probe } from '../../fragment/fragment.ts';
import { isInside, nodeNamed } from '../../features/shared/lookup.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { flowsProbe, membersProbe, within } from '../openvswitch/bridge.ts';
import { gatewayMac } from '../stack/members.ts';
import { bondsOf, integration, physical } from './bridges.ts';
import { vtepCidr } from './overlay.ts';
import type { RemotePort } from './overlay.ts';

const answersProbe = (node: Node, address: string, name: string): Probe => ({
  node: node.name,
  name,
  question: { ask: 'command', argv: ['ping', '-c', '1', '-W', '1', address], text: ' 1 received' },
  within,
});

/** The first packets to a VTEP are lost until the switch knows its neighbour, so each VTEP is pinged once. */
const vtepProbe = (node: Node, vtep: string): Probe => answersProbe(node, vtep, `VTEP ${vtep} answers`);

/**
 * The switch learns its neighbours from ARP answers that pass by, and one that the kernel got before the switch looked
 * is never asked for again; so it is told. The probe is its answer that it has heard.
 */
const neighbourProbe = (node: Node, neighbour: string, mac: string): Probe => ({
  node: node.name,
  name: `Open vSwitch is told the neighbour ${neighbour} of its tunnels`,
  question: { ask: 'command', argv: ['ovs-appctl', 'tnl/neigh/set', physical, neighbour, mac], text: 'OK' },
  within,
});

/** The MAC of the interface that has the address, or of the stack that has it as its gateway. */
const macOf = (topology: Topology, address: string): string | undefined =>
  gatewayMac(topology, address) ??
  topology.nodes
    .flatMap((node) => node.interfaces)
    .find((own) => own.addresses.some((cidr) => cidr.split('/')[0] === address))?.mac;

/** The next hop towards a VTEP: itself on the own network, else the default gateway. */
const nextHop = (node: Node, vtep: string, gateway: string | undefined): string[] => {
  const own = vtepCidr(node);
  if (own !== undefined && isInside(own, vtep)) return [vtep];
  return gateway === undefined ? [] : [gateway];
};

/** The kernel's datapath resolves neighbours as the kernel does; only the userspace one has a table of its own. */
export const hypervisorProbes = (
  node: Node,
  flows: readonly string[],
  remote: readonly RemotePort[],
  userspace: boolean,
  gateway: string | undefined,
  topology: Topology,
): Probe[] => {
  const vteps = [...new Set(remote.map((port) => port.vtep))];
  const bonded = new Set([...bondsOf(node).values()].flat());
  // A member whose switch is stopped cannot be waited for.
  const members = node.interfaces.flatMap((own) =>
    bonded.has(own.name) && nodeNamed(topology, own.peer.node) !== undefined ? [own.name] : [],
  );
  const neighbours = userspace ? [...new Set(vteps.flatMap((vtep) => nextHop(node, vtep, gateway)))] : [];
  return [
    flowsProbe(node, integration, flows),
    ...membersProbe(node, members),
    ...(gateway === undefined || members.length === 0
      ? []
      : [answersProbe(node, gateway, `the gateway ${gateway} answers`)]),
    ...vteps.map((vtep) => vtepProbe(node, vtep)),
    ...neighbours.flatMap((neighbour) => {
      const mac = macOf(topology, neighbour);
      return mac === undefined ? [] : [neighbourProbe(node, neighbour, mac)];
    }),
  ];
};
