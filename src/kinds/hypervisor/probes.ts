/** When a hypervisor is ready: its flows are installed, and it has spoken once with every VTEP it will need. */
import type { Probe } from '../../fragment/fragment.ts';
import { isInside } from '../../features/shared/lookup.ts';
import type { Node } from '../../topology/topology.ts';
import { integration } from './bridges.ts';
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

const neighbourProbe = (node: Node, neighbour: string): Probe => ({
  node: node.name,
  name: `Open vSwitch knows the neighbour ${neighbour} of its tunnels`,
  question: { ask: 'command', argv: ['ovs-appctl', 'tnl/neigh/show'], text: `${neighbour} ` },
  within,
});

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
): Probe[] => {
  const vteps = [...new Set(remote.map((port) => port.vtep))];
  const neighbours = userspace ? [...new Set(vteps.flatMap((vtep) => nextHop(node, vtep, gateway)))] : [];
  return [
    flowsProbe(node, flows),
    ...vteps.map((vtep) => vtepProbe(node, vtep)),
    ...neighbours.map((neighbour) => neighbourProbe(node, neighbour)),
  ];
};
