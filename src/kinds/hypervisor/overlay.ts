/**
 * The overlay as one hypervisor sees it: its own tunnel endpoint (VTEP), the virtual machines on its ports, and where
 * every other machine of the same tenant networks is. All of it is known from the topology, so nothing is learnt.
 */
import { addressesIn, nodeNamed, withoutLength } from '../../features/shared/lookup.ts';
import type { Interface, Network, Node, Topology } from '../../topology/topology.ts';

/** A virtual machine's port on a hypervisor. */
export interface TenantPort {
  /** The hypervisor's interface. */
  readonly name: string;
  /** OpenFlow port number, fixed by the place of the interface among the tenant ports, from 1. */
  readonly number: number;
  readonly network: Network;
  /** MAC address of the machine behind it. */
  readonly mac: string;
}

/** Another hypervisor that holds machines of a network. */
export interface RemotePort {
  readonly vtep: string;
  readonly hypervisor: string;
  readonly network: Network;
  readonly mac: string;
}

export const underlayInterfaces = (node: Node): Interface[] => node.interfaces.filter((own) => own.role === 'underlay');

/** The IPv4 address that VXLAN packets of a hypervisor come from and go to. */
export const vtepOf = (node: Node): string | undefined =>
  underlayInterfaces(node).flatMap((own) => addressesIn(own.addresses, 4))[0];

/** The prefix of the VTEP's network in CIDR form. */
export const vtepCidr = (node: Node): string | undefined => {
  const vtep = vtepOf(node);
  return underlayInterfaces(node)
    .flatMap((own) => own.addresses)
    .find((cidr) => withoutLength(cidr) === vtep);
};

/** The ports of a hypervisor's virtual machines, in the order of the file. */
export const tenantPorts = (node: Node, topology: Topology): TenantPort[] =>
  node.interfaces
    .filter((own) => own.role === 'tenant')
    .flatMap((own, index): TenantPort[] => {
      const network = topology.networks.find((candidate) => candidate.name === own.network);
      const machine = nodeNamed(topology, own.peer.node)?.interfaces.find((other) => other.name === own.peer.interface);
      if (network === undefined || machine === undefined) return [];
      return [{ name: own.name, number: index + 1, network, mac: machine.mac }];
    });

/** The machines of the hypervisor's own networks that are behind other VTEPs. */
export const remotePorts = (node: Node, topology: Topology): RemotePort[] => {
  const own = new Set(tenantPorts(node, topology).map((port) => port.network.name));
  return topology.nodes
    .filter((other) => other.kind === 'hypervisor' && other.name !== node.name)
    .flatMap((other) => {
      const vtep = vtepOf(other);
      if (vtep === undefined) return [];
      return tenantPorts(other, topology)
        .filter((port) => own.has(port.network.name))
        .map((port): RemotePort => ({ vtep, hypervisor: other.name, network: port.network, mac: port.mac }));
    });
};
