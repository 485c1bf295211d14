/** What stands of the tenants' networks: machines with their ports, filters and connections, routers, ways out. */
import type { NatSettings } from '../features/nat/settings.ts';
import { type TenantPort, tenantPorts, vtepOf } from '../kinds/hypervisor/overlay.ts';
import { runIn } from '../kernel/process.ts';
import type { Network, Topology } from '../topology/topology.ts';
import { type Balancer, viewBalancers } from './balancers.ts';
import { type VpcGateway, viewGateways } from './gateways.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';

export interface VpcMachine {
  readonly node: string;
  readonly network: string;
  readonly addresses: readonly string[];
  readonly mac: string;
  readonly hypervisor: string;
  /** The hypervisor's interface. */
  readonly port: string;
  /** Undefined where nothing is filtered. */
  readonly groups?: readonly string[] | undefined;
  /** Entries of the connection tracker in the port's zone; undefined where nothing is filtered. */
  readonly connections?: number | undefined;
}

export interface VpcNetwork {
  readonly name: string;
  readonly vni: number;
  readonly prefixes: readonly string[];
  readonly router: readonly string[];
}

/** A public address of the way out and whose it is. */
export interface VpcPublic {
  readonly gateway: string;
  readonly address: string;
  /** `*` for a floating address, else the port. */
  readonly port: string;
  readonly to: string;
}

export interface VpcTenant {
  /** Empty for networks that are nobody's in particular. */
  readonly name: string;
  readonly title?: string | undefined;
  readonly exits: readonly string[];
  readonly networks: readonly VpcNetwork[];
  readonly machines: readonly VpcMachine[];
  readonly public: readonly VpcPublic[];
}

export interface VpcHypervisor {
  readonly node: string;
  readonly vtep: string;
  readonly machines: number;
  readonly flows: number;
}

export interface Vpc {
  readonly tenants: readonly VpcTenant[];
  readonly hypervisors: readonly VpcHypervisor[];
  readonly gateways: readonly VpcGateway[];
  readonly balancers: readonly Balancer[];
}

/** Entries per zone of a hypervisor's connection tracker; zones are ports. */
const connectionsOf = async (lab: Lab, node: string): Promise<ReadonlyMap<number, number>> => {
  const { stdout } = await runIn(lab.place(node), ['ovs-appctl', 'dpctl/dump-conntrack'], { anyExit: true });
  const counts = new Map<number, number>();
  for (const [, zone] of stdout.matchAll(/\bzone=(\d+)/gu))
    counts.set(Number(zone), (counts.get(Number(zone)) ?? 0) + 1);
  return counts;
};

const flowsOf = async (lab: Lab, node: string): Promise<number> => {
  const argv = ['ovs-ofctl', '-O', 'OpenFlow15', 'dump-aggregate', 'br-int'];
  const { stdout } = await runIn(lab.place(node), argv, { anyExit: true });
  return Number(/flow_count=(\d+)/u.exec(stdout)?.[1] ?? 0);
};

const prefixesOf = (topology: Topology, network: Network): readonly string[] => {
  const end = topology.nodes.flatMap(({ interfaces }) => interfaces).find((own) => own.network === network.name);
  return end === undefined ? [] : (topology.segments[end.segment]?.prefixes ?? []);
};

const publicOf = (topology: Topology, exit: string): VpcPublic[] => {
  const nat = topology.nodes.find(({ name }) => name === exit)?.features['nat'] as NatSettings | undefined;
  if (nat === undefined) return [];
  return [
    ...nat.stateless.map(({ address, to }) => ({ gateway: exit, address, port: '*', to })),
    ...nat.floating.map(({ address, to }) => ({ gateway: exit, address, port: '*', to })),
    ...nat.dnat.map(({ address, protocol, port, to, toPort = port }) => ({
      gateway: exit,
      address,
      port: `${protocol}/${port}`,
      to: `${to}:${toPort}`,
    })),
    ...nat.snat.map(({ from, to }) => ({ gateway: exit, address: to, port: 'what leaves', to: from })),
  ];
};

const machineOf = (hypervisor: string, port: TenantPort, zones: ReadonlyMap<number, number>): VpcMachine => ({
  node: port.node,
  network: port.network.name,
  addresses: [...port.addresses[4], ...port.addresses[6]],
  mac: port.mac,
  hypervisor,
  port: port.name,
  ...(port.groups === undefined ? {} : { groups: port.groups, connections: zones.get(port.number) ?? 0 }),
});

/** Looks at the topology, and asks each hypervisor's switch for its connections and flows. */
export const viewVpc = async (lab: Lab): Promise<Vpc> => {
  const { topology } = lab.state;
  const hypervisors = topology.nodes.filter(({ kind }) => kind === 'hypervisor');
  const found = await mapLimit(hypervisors, 4, async (node) => {
    const [zones, flows] = await Promise.all([connectionsOf(lab, node.name), flowsOf(lab, node.name)]);
    const machines = tenantPorts(node, topology).map((port) => machineOf(node.name, port, zones));
    return { machines, row: { node: node.name, vtep: vtepOf(node) ?? '', machines: machines.length, flows } };
  });
  const machines = found.flatMap((one) => one.machines);
  const owners = [...topology.tenants.map(({ name }) => name), ''];
  const tenants = owners.map((name): VpcTenant => {
    const tenant = topology.tenants.find((candidate) => candidate.name === name);
    const networks = topology.networks.filter((network) => (network.tenant ?? '') === name);
    const names = new Set(networks.map((network) => network.name));
    return {
      name,
      title: tenant?.title,
      exits: tenant?.exits.map(({ node }) => node) ?? [],
      networks: networks.map((network) => ({
        name: network.name,
        vni: network.vni,
        prefixes: prefixesOf(topology, network),
        router: network.router ?? [],
      })),
      machines: machines.filter(({ network }) => names.has(network)),
      public: (tenant?.exits ?? []).flatMap(({ node }) => publicOf(topology, node)),
    };
  });
  return {
    tenants: tenants.filter(({ networks }) => networks.length > 0),
    hypervisors: found.map(({ row }) => row),
    gateways: await viewGateways(lab),
    balancers: await viewBalancers(lab),
  };
};
