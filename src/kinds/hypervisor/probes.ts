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

/**
 * The first packets to a VTEP are lost until the switch knows its neighbour, so each is pinged once. `gateway` is the
 * next hop of VTEPs outside the own network, undefined when there is none.
 */
const vtepProbes = (node: Node, vtep: string, userspace: boolean, gateway: string | undefined): Probe[] => {
  const own = vtepCidr(node);
  const nextHop = own !== undefined && isInside(own, vtep) ? vtep : gateway;
  return [
    {
      node: node.name,
      name: `VTEP ${vtep} answers`,
      question: { ask: 'command', argv: ['ping', '-c', '1', '-W', '1', vtep], text: ' 1 received' },
      within,
    },
    ...(userspace && nextHop !== undefined
      ? [
          {
            node: node.name,
            name: `Open vSwitch knows the neighbour ${nextHop} of its tunnels`,
            question: { ask: 'command', argv: ['ovs-appctl', 'tnl/neigh/show'], text: `${nextHop} ` },
            within,
          } as const,
        ]
      : []),
  ];
};

export const hypervisorProbes = (
  node: Node,
  flows: readonly string[],
  remote: readonly RemotePort[],
  userspace: boolean,
  gateway: string | undefined,
): Probe[] => [
  flowsProbe(node, flows),
  ...[...new Set(remote.map((port) => port.vtep))].flatMap((vtep) => vtepProbes(node, vtep, userspace, gateway)),
];
