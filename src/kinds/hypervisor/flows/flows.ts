/**
 * The flows of br-int, computed from the topology: layer 2 population, ARP, the tenants' routers and security groups.
 *
 * Every known MAC address has one flow, so no frame is flooded to find out where a machine is, and ARP requests for known
 * addresses are answered where they are asked. What is left of broadcast and multicast goes from a machine to each VTEP
 * that holds machines of the network and to the local ones; from a tunnel only to the local ones (split horizon), so that
 * full-mesh tunnels cannot loop.
 */
import type { Network, Tenant, Topology } from '../../../topology/topology.ts';
import { type Machine, reachableNetworks, type RemotePort, type TenantPort, vtepOf } from '../overlay.ts';
import { hasSeveralExits } from '../../../features/shared/exits.ts';
import { nodeNamed } from '../../../features/shared/lookup.ts';
import type { Exits } from '../exits.ts';
import { arrival, exitFlows } from './exits.ts';
import { metadataFlows } from './metadata.ts';
import { routerPortFlows, routerPorts } from './neighbours.ts';
import { report } from './report.ts';
import { duplicateDetection, questionOfOwner, responder } from './responder.ts';
import { routerFlows } from './router.ts';
import { enterSecurity, portSecurity } from './security.ts';
import { flow, goTo, setRegister, tunnelPort } from './tables.ts';
import { groupAddress as group } from '../../openvswitch/flow.ts';

/** The VNI of each network on the wire, by the network's own. */
type Wire = ReadonlyMap<number, number>;

/** Copies the VNI that came with a packet into the low 32 bits of reg0. */
const fromTunnel = (arrives: ReturnType<typeof arrival>): string =>
  flow('classify', 100, [`in_port=${tunnelPort}`], ['move:NXM_NX_TUN_ID[0..31]->NXM_NX_REG0[]', goTo(arrives)]);

/** The same for networks whose VNI is another one on this hypervisor's wire; their own means nothing there. */
const fromWire = (wire: Wire, arrives: ReturnType<typeof arrival>): string[] => {
  const inUse = new Set(wire.values());
  return [...wire].flatMap(([vni, outside]) =>
    vni === outside
      ? []
      : [
          flow(
            'classify',
            120,
            [`in_port=${tunnelPort}`, `tun_id=${outside}`],
            [setRegister('vni', vni), goTo(arrives)],
          ),
          ...(inUse.has(vni) ? [] : [flow('classify', 110, [`in_port=${tunnelPort}`, `tun_id=${vni}`], [])]),
        ],
  );
};

const fromMachine = (port: TenantPort): string =>
  flow(
    'classify',
    90,
    [`in_port=${port.number}`, `dl_src=${port.mac}`],
    [
      setRegister('vni', port.network.vni),
      ...(port.groups === undefined ? [...report(port, 'sent', 'stands'), goTo('answer')] : enterSecurity(port)),
    ],
  );

const tunnelled = (wire: Wire, vni: number, vteps: readonly string[]): string[] => [
  `load:${wire.get(vni) ?? vni}->NXM_NX_TUN_ID[]`,
  ...vteps.flatMap((vtep) => [`set_field:${vtep}->tun_dst`, `output:${tunnelPort}`]),
];

const toRemote = (wire: Wire, { network: { vni }, mac, vtep }: RemotePort): string =>
  flow('locate', 90, [`reg0=${vni}`, `dl_dst=${mac}`], tunnelled(wire, vni, [vtep]));

/** The last step to a machine, through its filter where it has one. */
const handOver = (port: TenantPort): string[] =>
  port.groups === undefined ? [`output:${port.number}`] : [setRegister('port', port.number), goTo('received')];

const toLocal = (port: TenantPort): string =>
  flow(
    'deliver',
    90,
    [`reg0=${port.network.vni}`, `dl_dst=${port.mac}`],
    [...(port.groups === undefined ? report(port, 'received', 'stands') : []), ...handOver(port)],
  );

/** Broadcast and multicast of one network. OpenFlow never sends a frame out of the port it came from. */
const replication = (wire: Wire, vni: number, local: readonly TenantPort[], vteps: readonly string[]): string[] => [
  ...(vteps.length === 0
    ? []
    : [flow('locate', 50, [`reg0=${vni}`, group], [...tunnelled(wire, vni, vteps), goTo('deliver')])]),
  flow('deliver', 50, [`reg0=${vni}`, group], local.flatMap(handOver)),
];

const routers = (
  tenants: readonly Tenant[],
  networks: readonly Network[],
  machines: readonly Machine[],
  userspace: boolean,
): string[] =>
  tenants.flatMap((tenant, index) => {
    const own = networks.filter((network) => network.tenant === tenant.name && network.router !== undefined);
    const names = new Set(own.map(({ name }) => name));
    const reached = machines.filter(({ network }) => names.has(network.name));
    const [first] = hasSeveralExits(tenant) ? [] : tenant.exits;
    const exit = reached.find(({ node, network }) => node === first?.node && names.has(network.name));
    return own.length === 0 ? [] : routerFlows(index + 1, own, reached, exit, userspace);
  });

/**
 * The flows of a hypervisor with these machines on its ports and those behind other VTEPs.
 *
 * @param userspace whether Open vSwitch's datapath is the one in user space
 * @param wire the VNI of each network on this hypervisor's wire, by the network's own, where they may differ
 * @param exits the tenants with several ways out, as this hypervisor watches them
 */
export const overlayFlows = (
  local: readonly TenantPort[],
  remote: readonly RemotePort[],
  topology: Topology,
  userspace: boolean,
  wire: Wire = new Map(),
  exits: readonly Exits[] = [],
): string[] => {
  const machines: readonly Machine[] = [...local, ...remote];
  const vnis = [...new Set(local.map((port) => port.network.vni))];
  const vteps = (vni: number): string[] => [
    ...new Set(remote.filter((port) => port.network.vni === vni).map((port) => port.vtep)),
  ];
  return [
    fromTunnel(arrival(exits)),
    ...fromWire(wire, arrival(exits)),
    ...local.map(fromMachine),
    ...metadataFlows(local),
    ...local
      .filter((port) => port.groups !== undefined)
      .flatMap((port) =>
        portSecurity(
          port,
          topology.tenants.find(({ name }) => name === port.network.tenant),
          machines.filter(({ network }) => network.tenant === port.network.tenant),
        ),
      ),
    ...machines
      .filter(({ network }) => vnis.includes(network.vni))
      .flatMap(({ network, mac, addresses }) =>
        [...addresses[4], ...(userspace ? addresses[6] : [])].flatMap((address) =>
          responder(network.vni, address, mac),
        ),
      ),
    ...local.flatMap(({ network, mac, addresses }) =>
      [...addresses[4], ...(userspace ? addresses[6] : [])].flatMap((address) =>
        questionOfOwner(network.vni, address, mac),
      ),
    ),
    duplicateDetection,
    ...routers(topology.tenants, reachableNetworks(local, topology), machines, userspace),
    ...(userspace ? [] : routerPortFlows(routerPorts(local, topology))),
    ...exitFlows(
      exits,
      local,
      new Map(topology.tenants.map((tenant) => [tenant.name, tenant.exits.map(({ node }) => node)])),
      (vni, name) => {
        const hypervisor = nodeNamed(topology, name);
        const vtep = hypervisor === undefined ? undefined : vtepOf(hypervisor);
        return vtep === undefined ? undefined : tunnelled(wire, vni, [vtep]);
      },
    ),
    flow('answer', 0, [], [goTo('locate')]),
    ...remote.map((port) => toRemote(wire, port)),
    ...vnis.flatMap((vni) =>
      replication(
        wire,
        vni,
        local.filter((port) => port.network.vni === vni),
        vteps(vni),
      ),
    ),
    flow('locate', 0, [], [goTo(arrival(exits))]),
    ...local.map(toLocal),
  ];
};
