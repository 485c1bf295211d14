/**
 * A hypervisor: Open vSwitch carries the tenant networks of its virtual machines over VXLAN (RFC 7348). Machines are
 * nodes of their own, linked to it with `network: NAME`; its links without a network are the underlay.
 *
 * `datapath` says which Open vSwitch forwards with; `auto` must have been replaced by `kernel` or `userspace` by
 * whoever knows the machine before the node contributes, and counts as `userspace` here.
 */
import type { KindDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { FirewallOperation, Operation } from '../../fragment/operation.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { ipNamespace } from '../common.ts';
import { defaultRoutes } from '../default-route.ts';
import { hypervisorShape } from '../settings.ts';
import type { HypervisorSettings } from '../settings.ts';
import { bridgedPort, datapathOf } from '../openvswitch/bridge.ts';
import { bondsOf, bridgeCommands, integration, physical } from './bridges.ts';
import { flowLogOperations } from './flow-log.ts';
import { exitsOf, watchCommands, watchProbes } from './exits.ts';
import { exitGroups } from './flows/exits.ts';
import { overlayFlows } from './flows/flows.ts';
import { routerPortCommands, routerPortOperations, routerPorts } from './flows/neighbours.ts';
import { metadataCommands, metadataOperations, metadataProbes, metadataRewrites } from './metadata.ts';
import { reachableNetworks, remotePorts, tenantPorts, underlayInterfaces, vtepOf, wireVnis } from './overlay.ts';
import { hypervisorProbes } from './probes.ts';
import { problems } from './problems.ts';

/** The NICs up; their addresses go to br-phy, which exists only after the switch. */
const interfaces = (node: Node, topology: Topology): Operation[] =>
  node.interfaces.flatMap((own) => bridgedPort(node, own, topology));

/**
 * The userspace switch reads copies: the kernel's IP stack gets every frame of the ports too, and would answer what
 * is for the VTEP a second time. So it drops what comes in by a port (Open vSwitch, userspace.rst, firewall rules).
 */
const deafness = (node: Node): FirewallOperation => ({
  op: 'firewall',
  node: node.name,
  family: 4,
  table: 'filter',
  rules: [
    ...['INPUT', 'FORWARD', 'OUTPUT'].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...['INPUT', 'FORWARD'].flatMap((chain) => node.interfaces.map((own) => `-A ${chain} -i ${own.name} -j DROP`)),
  ],
});

const addresses = (node: Node): Operation[] => [
  { op: 'interface', node: node.name, name: physical, offload: true },
  ...node.loopback.map((address): Operation => ({ op: 'address', node: node.name, interface: 'lo', address })),
  ...underlayInterfaces(node).flatMap((own) =>
    own.addresses.map((address): Operation => ({ op: 'address', node: node.name, interface: physical, address })),
  ),
];

export const hypervisor: KindDefinition<HypervisorSettings> = {
  kind: 'hypervisor',
  summary: 'A hypervisor: Open vSwitch joins virtual machines of one tenant across machines by VXLAN.',
  shape: hypervisorShape,
  bonds: ['underlay'],
  portRole: ({ network }) => (network === undefined ? 'underlay' : 'tenant'),
  interfaceNames: 'peer',
  router: false,
  problems,
  contribute: (node, settings, topology) => {
    const userspace = settings.datapath !== 'kernel';
    const datapath = datapathOf(settings);
    const bonds = Object.fromEntries(bondsOf(node));
    const vtep = vtepOf(node);
    const local = tenantPorts(node, topology);
    const remote = remotePorts(node, topology);
    const wire = wireVnis(settings, topology);
    const exits = exitsOf(node, [...local, ...remote], topology);
    const flows = overlayFlows(local, remote, topology, userspace, wire, exits);
    const groups = exitGroups(exits);
    const ports = userspace ? [] : routerPorts(local, topology);
    const routes = defaultRoutes(node, settings.gateway, topology, ['router', 'gateway', 'stack'], () => physical);
    return {
      operations: [
        ...ipNamespace(node),
        ...at('addresses', ...interfaces(node, topology)),
        ...(userspace && node.interfaces.length > 0 ? at('firewall', deafness(node)) : []),
        ...at('switches', {
          op: 'openvswitch',
          node: node.name,
          datapath,
          commands: [
            ...bridgeCommands(node, datapath, vtep, local),
            ...routerPortCommands(integration, ports),
            ...metadataCommands(local),
            ...watchCommands(integration, exits),
          ],
          ...(Object.keys(bonds).length === 0 ? {} : { bonds }),
        }),
        ...at('tunnels', ...addresses(node), ...routerPortOperations(node, ports), ...routes, {
          op: 'flows',
          node: node.name,
          bridge: integration,
          flows,
          ...(groups === undefined ? {} : { groups }),
        }),
        ...metadataOperations(node, local, topology),
        ...flowLogOperations(node, local),
      ],
      probes: [
        ...hypervisorProbes(
          node,
          flows,
          remote,
          userspace,
          routes.find((route) => route.to === '0.0.0.0/0')?.via,
          topology,
        ),
        ...metadataProbes(node, local),
        ...watchProbes(node, exits),
      ],
      rewrites: [
        ...(vtep === undefined
          ? []
          : // A router of the tenant sends into networks that no machine here is in.
            reachableNetworks(local, topology).map(
              (network) =>
                ({
                  rewrite: 'vxlan',
                  node: node.name,
                  vni: wire.get(network.vni) ?? network.vni,
                  network: network.name,
                  vtep,
                }) as const,
            )),
        ...metadataRewrites(node, local),
      ],
    };
  },
};
