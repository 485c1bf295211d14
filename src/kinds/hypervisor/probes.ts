/** When a hypervisor is ready: its flows are installed, and it has spoken once with every VTEP it will need. */
import type { Probe } from '../../fragment/fragment.ts';
import { isInside } from '../../features/shared/lookup.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { integration, physical } from './bridges.ts';
import { vtepCidr } from './overlay.ts';
import type { RemotePort } from './overlay.ts';

/** Seconds until a hypervisor's parts must answer. */
const within = 30;

const flowsProbe = (node: Node, flows: readonly string[]): Probe => ({
  node: node.name,
  name: `Open vSwitch: ${flows.length} flows installed on ${integration}`,
  question: {
    ask: 'command',
    argv: ['ovs-ofctl', '-O', 'OpenFlow15', 'dump-aggregate', integration],
    text: `flow_count=${flows.length}`,
  },
  within,
});

/** The first packets to a VTEP are lost until the switch knows its neighbour, so each VTEP is pinged once. */
const vtepProbe = (node: Node, vtep: string): Probe => ({
  node: node.name,
  name: `VTEP ${vtep} answers`,
  question: { ask: 'command', argv: ['ping', '-c', '1', '-W', '1', vtep], text: ' 1 received' },
  within,
});

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

/** The MAC of the interface that has the address. */
const macOf = (topology: Topology, address: string): string | undefined =>
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
  const neighbours = userspace ? [...new Set(vteps.flatMap((vtep) => nextHop(node, vtep, gateway)))] : [];
  return [
    flowsProbe(node, flows),
    ...vteps.map((vtep) => vtepProbe(node, vtep)),
    ...neighbours.flatMap((neighbour) => {
      const mac = macOf(topology, neighbour);
      return mac === undefined ? [] : [neighbourProbe(node, neighbour, mac)];
    }),
  ];
};
