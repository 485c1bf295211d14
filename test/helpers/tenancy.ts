/**
 * Who may begin what with whom, by the topology alone: tenants, networks, routers and groups. It knows nothing of flows, so
 * that what was measured in a lab can be held against it.
 */
import { contains, parseAddress, parsePrefix } from '../../src/address/ip.ts';
import type { Interface, SecurityRule, Topology } from '../../src/topology/topology.ts';

/** A machine in a tenant's network. */
export interface Member {
  readonly node: string;
  readonly tenant: string;
  readonly network: string;
  readonly address: string;
  readonly groups: readonly string[] | undefined;
}

const memberOf = (topology: Topology, node: string, own: Interface): Member[] => {
  const tenant = topology.networks.find(({ name }) => name === own.network)?.tenant;
  const address = own.addresses[0]?.split('/')[0];
  if (tenant === undefined || address === undefined || own.network === undefined) return [];
  return [{ node, tenant, network: own.network, address, groups: own.groups }];
};

/** Every machine's end in a tenant's network, in the order of the file. */
export const membersOf = (topology: Topology): Member[] =>
  topology.nodes
    .filter(({ kind }) => kind !== 'hypervisor')
    .flatMap(({ name, interfaces }) => interfaces.flatMap((own) => memberOf(topology, name, own)));

export interface Attempt {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port?: number;
}

const takes = (rule: SecurityRule, { protocol, port }: Attempt, other: Member): boolean => {
  if (rule.protocol !== 'any' && rule.protocol !== protocol) return false;
  if (rule.ports.length > 0 && !rule.ports.some(([first, last]) => port !== undefined && first <= port && port <= last))
    return false;
  if (rule.peers === 'any') return true;
  const { prefixes, groups } = rule.peers;
  const address = parseAddress(other.address);
  return (
    groups.some((group) => other.groups?.includes(group) === true) ||
    prefixes
      .map(parsePrefix)
      .some((prefix) => prefix !== undefined && address !== undefined && contains(prefix, address))
  );
};

const allows = (topology: Topology, own: Member, other: Member, direction: 'in' | 'out', attempt: Attempt): boolean => {
  if (own.groups === undefined) return true;
  const groups = topology.tenants.find(({ name }) => name === own.tenant)?.groups ?? [];
  return groups
    .filter(({ name }) => own.groups?.includes(name) === true)
    .some((group) => group[direction].some((rule) => takes(rule, attempt, other)));
};

/** Whether `from` may begin this with `to`. */
export const mayBegin = (topology: Topology, from: Member, to: Member, attempt: Attempt): boolean => {
  if (from.tenant !== to.tenant) return false;
  const routed = topology.tenants.find(({ name }) => name === from.tenant)?.routed === true;
  if (from.network !== to.network && !routed) return false;
  return allows(topology, from, to, 'out', attempt) && allows(topology, to, from, 'in', attempt);
};
