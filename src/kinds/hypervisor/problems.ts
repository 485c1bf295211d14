/** What can be wrong with a hypervisor that only the whole topology shows. */
import type { NodeProblem } from '../../fragment/definition.ts';
import { gatewayProblems } from '../default-route.ts';
import type { HypervisorSettings } from '../settings.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { tooManyExits } from '../../features/shared/exits.ts';
import { nodeNamed } from '../../features/shared/lookup.ts';
import { exitsOf } from './exits.ts';
import {
  overhead,
  reachableNetworks,
  remotePorts,
  tenantPorts,
  underlayInterfaces,
  vtepOf,
  wireVnis,
} from './overlay.ts';

const mtuProblems = (node: Node): NodeProblem[] => {
  const tenants = node.interfaces.filter((own) => own.role === 'tenant');
  const largest = Math.max(0, ...tenants.map((own) => own.mtu));
  return tenants.length === 0
    ? []
    : underlayInterfaces(node)
        .filter((own) => own.mtu < largest + overhead)
        .map((own) => ({
          path: [],
          message: `the link of ${node.name}:${own.name} has MTU ${own.mtu}, too small for VXLAN around packets of ${largest} octets`,
          hint: `give this link mtu: ${largest + overhead} or more, or the tenant links mtu: ${own.mtu - overhead}`,
        }));
};

/** VNIs of this hypervisor's own: of networks that there are, and no two the same, or their machines would meet. */
const vniProblems = (node: Node, settings: HypervisorSettings, topology: Topology): NodeProblem[] => {
  const reached = new Set(reachableNetworks(tenantPorts(node, topology), topology).map(({ vni }) => vni));
  const wire = [...wireVnis(settings, topology)].filter(([vni]) => reached.has(vni));
  const networkOf = (vni: number): string => topology.networks.find((network) => network.vni === vni)?.name ?? '';
  return Object.keys(settings.vni ?? {}).flatMap((name): NodeProblem[] => {
    const network = topology.networks.find((candidate) => candidate.name === name);
    const path = ['vni', name];
    if (network === undefined)
      return [{ path, message: `no network is called "${name}"`, hint: 'the keys are names of networks' }];
    const outside = settings.vni?.[name];
    const other = wire.find(([vni, own]) => own === outside && vni !== network.vni);
    return other === undefined
      ? []
      : [
          {
            path,
            message: `${node.name} has VNI ${String(outside)} for network ${networkOf(other[0])} already`,
            hint: 'give it another one: a hypervisor cannot tell two networks with one VNI apart',
          },
        ];
  });
};

/** Ways out that cannot be watched. Open vSwitch's BFD speaks IPv4 (vswitch.xml, bfd:bfd_dst_ip). */
const watchProblems = (node: Node, topology: Topology): NodeProblem[] => {
  const machines = [...tenantPorts(node, topology), ...remotePorts(node, topology)];
  const mute = exitsOf(node, machines, topology)
    .flatMap(({ watched }) => watched)
    .find(({ machine }) => machine.addresses[4].length === 0);
  const limit = tooManyExits(topology);
  return [
    ...(mute === undefined
      ? []
      : [
          {
            path: [],
            message: `${node.name} cannot watch ${mute.machine.node}, which has no IPv4 address in ${mute.machine.network.name}`,
            hint: 'give the network a prefix4',
          },
        ]),
    ...(limit === undefined ? [] : [{ path: [], message: limit }]),
  ];
};

export const problems = (node: Node, settings: HypervisorSettings, topology: Topology): NodeProblem[] => [
  ...gatewayProblems(node, settings.gateway),
  ...mtuProblems(node),
  ...vniProblems(node, settings, topology),
  ...watchProblems(node, topology),
  ...(vtepOf(node) === undefined && remotePorts(node, topology).length > 0
    ? [
        {
          path: [],
          message: `${node.name} shares a tenant network with other hypervisors but has no IPv4 address of its own`,
          hint: 'add a link of the underlay: one without network, to a switch, a router or another hypervisor',
        },
      ]
    : []),
  ...node.interfaces
    .filter(
      (own) =>
        own.role === 'tenant' && ['switch', 'hypervisor'].includes(nodeNamed(topology, own.peer.node)?.kind ?? ''),
    )
    .map((own) => ({
      path: [],
      message: `a tenant link of ${node.name} leads to ${own.peer.node}, which has no address of its own`,
      hint: 'link the virtual machines themselves to the hypervisor',
    })),
  ...node.interfaces
    .filter((own) => own.role === 'underlay' && nodeNamed(topology, own.peer.node)?.kind === 'host')
    .map((own) => ({
      path: [],
      message: `${own.peer.node} is linked to hypervisor ${node.name} without a tenant network`,
      hint: 'write network: NAME into the link',
    })),
];
