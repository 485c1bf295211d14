/**
 * The overlay as one hypervisor sees it: its own tunnel endpoint (VTEP), the virtual machines on its ports, and where
 * every other machine that they may reach is. All of it is known from the topology, so nothing is learnt.
 */
import { servesOn } from '../../features/dhcp/segments.ts';
import { announcedPrefixes } from '../../features/haproxy/cluster.ts';
import { addressesIn, nodeNamed, withoutLength } from '../../features/shared/lookup.ts';
import type { HypervisorSettings } from '../settings.ts';
import type { Interface, Network, Node, Topology } from '../../topology/topology.ts';

/** A virtual machine's interface in a tenant network. */
export interface Machine {
  readonly node: string;
  readonly network: Network;
  readonly mac: string;
  readonly addresses: Readonly<Record<4 | 6, readonly string[]>>;
  /** Addresses that it has on its loopback, for good or while its load balancer serves: who has them is a matter of routes. */
  readonly held: Readonly<Record<4 | 6, readonly string[]>>;
  /** Whether it passes on packets of others: then any source address may come from it. */
  readonly forwards: boolean;
  /** Whether it is a DHCP server of the network: nobody else gives addresses through a filtered port. */
  readonly servesDhcp: boolean;
  /** Its security groups; undefined where nothing is filtered. */
  readonly groups: readonly string[] | undefined;
}

/** A virtual machine's port on a hypervisor. */
export interface TenantPort extends Machine {
  /** The hypervisor's interface. */
  readonly name: string;
  /** OpenFlow port number, fixed by the place of the interface among the tenant ports, from 1. */
  readonly number: number;
}

/** A machine on another hypervisor. */
export interface RemotePort extends Machine {
  readonly vtep: string;
  readonly hypervisor: string;
}

/**
 * The VNI that a hypervisor has for each network on the wire, by the network's own: another one where its settings say so.
 * Inside its switch the network keeps its own number.
 */
export const wireVnis = (settings: HypervisorSettings, topology: Topology): ReadonlyMap<number, number> =>
  new Map(topology.networks.map(({ name, vni }) => [vni, settings.vni?.[name] ?? vni]));

/**
 * What VXLAN adds to a frame's payload: inner Ethernet 14, VXLAN 8, UDP 8, IPv4 20 octets (RFC 7348, 5). A packet that
 * is larger than the underlay's MTU is dropped without a message.
 */
export const overhead = 50;

export const underlayInterfaces = (node: Node): Interface[] => node.interfaces.filter((own) => own.role === 'underlay');

/** The MAC of br-phy: that of the interface its address stands at, so that ARP for the VTEP shows the interface's. */
export const physicalMac = (node: Node): string | undefined => {
  const underlay = underlayInterfaces(node);
  return (underlay.find(({ addresses }) => addresses.length > 0) ?? underlay[0])?.mac;
};

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

/** Kinds whose nodes pass packets on. */
const forwarders: ReadonlySet<string> = new Set(['gateway', 'router']);

const heldBy = (machine: Node): Machine['held'] => {
  const cidrs = [...machine.loopback, ...announcedPrefixes(machine)];
  return { 4: addressesIn(cidrs, 4), 6: addressesIn(cidrs, 6) };
};

/** The ports of a hypervisor's virtual machines, in the order of the file. */
export const tenantPorts = (node: Node, topology: Topology): TenantPort[] =>
  node.interfaces
    .filter((own) => own.role === 'tenant')
    .flatMap((own, index): TenantPort[] => {
      const network = topology.networks.find((candidate) => candidate.name === own.network);
      const peer = nodeNamed(topology, own.peer.node);
      const machine = peer?.interfaces.find((other) => other.name === own.peer.interface);
      if (network === undefined || peer === undefined || machine === undefined) return [];
      return [
        {
          name: own.name,
          number: index + 1,
          node: peer.name,
          network,
          mac: machine.mac,
          addresses: { 4: addressesIn(machine.addresses, 4), 6: addressesIn(machine.addresses, 6) },
          held: heldBy(peer),
          forwards: forwarders.has(peer.kind),
          servesDhcp: servesOn(peer, machine),
          groups: machine.groups,
        },
      ];
    });

/** Whether a hypervisor keeps security groups at a port. */
export const filtersPorts = (node: Node, topology: Topology): boolean =>
  tenantPorts(node, topology).some(({ groups }) => groups !== undefined);

/** The networks that machines on these ports reach: their own, and those that a router of their tenant joins to them. */
export const reachableNetworks = (local: readonly TenantPort[], topology: Topology): Network[] => {
  const own = new Set(local.map((port) => port.network.name));
  const routed = new Set(
    topology.networks.flatMap(({ name, tenant, router }) =>
      own.has(name) && tenant !== undefined && router !== undefined ? [tenant] : [],
    ),
  );
  return topology.networks.filter(
    ({ name, tenant, router }) => own.has(name) || (router !== undefined && tenant !== undefined && routed.has(tenant)),
  );
};

/** The machines of those networks that are behind other VTEPs. */
export const remotePorts = (node: Node, topology: Topology): RemotePort[] => {
  const reachable = new Set(reachableNetworks(tenantPorts(node, topology), topology).map(({ name }) => name));
  return topology.nodes
    .filter((other) => other.kind === 'hypervisor' && other.name !== node.name)
    .flatMap((other) => {
      const vtep = vtepOf(other);
      if (vtep === undefined) return [];
      return tenantPorts(other, topology)
        .filter((port) => reachable.has(port.network.name))
        .map(({ name: _name, number: _number, ...machine }): RemotePort => ({
          ...machine,
          vtep,
          hypervisor: other.name,
        }));
    });
};
