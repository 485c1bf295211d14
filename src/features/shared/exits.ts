/**
 * Several ways out of a tenant's networks, and who watches whether they live. Each hypervisor with machines of the tenant has
 * a BFD session (RFC 5880) of its own with each way out, through the tenant's network itself: the path that is watched is the
 * path that packets take. For that it has an address in a link-local range (RFC 3927), of which the gateway alone knows.
 */
import { watchMacOf } from '../../address/mac.ts';
import type { BfdSettings } from '../bfd/settings.ts';
import { nodeNamed } from './lookup.ts';
import type { Exit, Network, Node, Tenant, Topology } from '../../topology/topology.ts';

/** 169.254.64.0/18: far from 169.254.169.254, where metadata is. A /24 for each tenant with several ways out. */
const firstOctet = 64;
const mostTenants = 64;
const mostHypervisors = 254;

/** Tenants with several ways out; their place here is their number. */
const spreading = (topology: Topology): Tenant[] => topology.tenants.filter(({ exits }) => exits.length > 1);

/** Whether connections of a tenant are spread over several ways out. */
export const hasSeveralExits = ({ exits }: Tenant): boolean => exits.length > 1;

/** The network that a way out is in. */
export const networkOfExit = (exit: Exit, topology: Topology): Network | undefined => {
  const own = nodeNamed(topology, exit.node)?.interfaces.find(({ name }) => name === exit.interface);
  return topology.networks.find(({ name }) => name === own?.network);
};

/** An end of the sessions on a hypervisor: one address and MAC for all ways out of one tenant. */
export interface Watcher {
  readonly hypervisor: string;
  readonly address: string;
  readonly mac: string;
}

const watcherOf = (topology: Topology, tenant: Tenant, hypervisor: number): Watcher => {
  const number = spreading(topology).findIndex(({ name }) => name === tenant.name);
  const nodes = topology.nodes.filter(({ kind }) => kind === 'hypervisor');
  return {
    hypervisor: nodes[hypervisor]?.name ?? '',
    address: `169.254.${firstOctet + number}.${hypervisor + 1}`,
    mac: watchMacOf(number, hypervisor + 1),
  };
};

/** Whether a hypervisor has machines of the tenant beside its ways out: packets may begin there that leave by one of them. */
const hasMachines = (node: Node, tenant: Tenant, topology: Topology): boolean => {
  const routed = new Set(
    topology.networks.flatMap(({ name, tenant: owner, router }) =>
      owner === tenant.name && router !== undefined ? [name] : [],
    ),
  );
  const exits = new Set(tenant.exits.map((exit) => exit.node));
  return node.interfaces.some(
    ({ role, network, peer }) =>
      role === 'tenant' && network !== undefined && routed.has(network) && !exits.has(peer.node),
  );
};

/** The hypervisors that watch the ways out of a tenant; none where there are not several. */
export const watchersOf = (tenant: Tenant, topology: Topology): Watcher[] =>
  hasSeveralExits(tenant)
    ? topology.nodes
        .filter(({ kind }) => kind === 'hypervisor')
        .flatMap((node, index) => (hasMachines(node, tenant, topology) ? [watcherOf(topology, tenant, index)] : []))
    : [];

/** What a gateway has to know of those who watch it. */
export interface Watched {
  /** The gateway's interface in the tenant's network. */
  readonly interface: string;
  /** The range of their addresses. */
  readonly prefix: string;
  readonly watchers: readonly Watcher[];
}

/** Who watches a node as one of several ways out. */
export const watchedBy = (node: Node, topology: Topology): Watched[] =>
  spreading(topology).flatMap((tenant, number) => {
    const exit = tenant.exits.find((one) => one.node === node.name);
    return exit === undefined
      ? []
      : [
          {
            interface: exit.interface,
            prefix: `169.254.${firstOctet + number}.0/24`,
            watchers: watchersOf(tenant, topology),
          },
        ];
  });

/** More than can be watched, in words; undefined where all is well. */
export const tooManyExits = (topology: Topology): string | undefined => {
  if (spreading(topology).length > mostTenants) return `at most ${mostTenants} tenants can have several ways out`;
  const count = topology.nodes.filter(({ kind }) => kind === 'hypervisor').length;
  return spreading(topology).length > 0 && count > mostHypervisors
    ? `ways out can be watched from at most ${mostHypervisors} hypervisors`
    : undefined;
};

/** Milliseconds between two control packets of a way out, as its own sessions have it. */
export const watchInterval = (exit: Exit, topology: Topology): number =>
  (nodeNamed(topology, exit.node)?.features['bfd'] as BfdSettings | undefined)?.interval ?? 100;
