/** What a machine in a tenant's network has to know of the router that joins it to the tenant's others. */
import type { Family } from '../../address/ip.ts';
import type { NatSettings } from '../nat/settings.ts';
import type { Network, Node, Topology } from '../../topology/topology.ts';
import { addressesIn, families, familyOf, networkText } from './lookup.ts';

const networkNamed = (topology: Topology, name: string | undefined): Network | undefined =>
  name === undefined ? undefined : topology.networks.find((network) => network.name === name);

/** The address of the tenant's router in a network. */
export const routerIn = (topology: Topology, network: string | undefined, family: Family): string | undefined =>
  addressesIn(networkNamed(topology, network)?.router ?? [], family)[0];

/** A prefix behind the tenant's router, and the router's address. */
export interface TenantRoute {
  readonly to: string;
  readonly via: string;
}

/** The routes of a machine that is a tenant's way out, back to the networks that it is not in itself. */
export const routesBack = (node: Node, topology: Topology): TenantRoute[] =>
  topology.tenants.flatMap(({ name, exits }) => {
    const exit = exits.find((one) => one.node === node.name);
    if (exit === undefined) return [];
    const inside = node.interfaces.find((own) => own.name === exit.interface);
    const joined = new Set(node.interfaces.map((own) => own.network));
    const others = topology.networks.filter((network) => network.tenant === name && !joined.has(network.name));
    return families.flatMap((family) => {
      const via = routerIn(topology, inside?.network, family);
      if (via === undefined) return [];
      return others.flatMap(({ router = [] }) =>
        router.filter((cidr) => familyOf(cidr) === family).map((cidr) => ({ to: networkText(cidr), via })),
      );
    });
  });

/** The public addresses that a machine of a tenant has at the translators in the tenant's networks. */
export const publicAddressesOf = (topology: Topology, tenant: string | undefined, address: string): string[] => {
  const own = new Set(topology.networks.filter((network) => network.tenant === tenant).map(({ name }) => name));
  return topology.nodes
    .filter(({ interfaces }) => interfaces.some(({ network }) => network !== undefined && own.has(network)))
    .flatMap(({ features }) => (features['nat'] as NatSettings | undefined)?.floating ?? [])
    .flatMap((floating) => (floating.to === address ? [floating.address] : []));
};
