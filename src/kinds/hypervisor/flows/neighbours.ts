/**
 * Neighbour discovery (RFC 4861) where Open vSwitch's datapath is the kernel's. That one cannot make an advertisement of a
 * solicitation: the type of the option and the flags are fields that only the datapath in user space can set, and the flow
 * is refused (OFPBAC_BAD_SET_ARGUMENT; `OVS_KEY_ATTR_ND_EXTENSIONS` of <linux/openvswitch.h> is not for the kernel). So:
 *
 *   - a machine is asked itself: the question goes to the network as any multicast does, and its owner answers;
 *   - a tenant's router, which is no machine, gets a port of its own in each network, with its MAC and its addresses, and
 *     the hypervisor's kernel answers there. Nothing but neighbour discovery ever goes to that port.
 */
import { routerMacOf } from '../../../address/mac.ts';
import { familyOf, withoutLength } from '../../../features/shared/lookup.ts';
import type { Network, Node } from '../../../topology/topology.ts';
import type { Operation } from '../../../fragment/operation.ts';
import { reachableNetworks, type TenantPort } from '../overlay.ts';
import type { Topology } from '../../../topology/topology.ts';
import { firstRouterPort, flow, goTo, setRegister } from './tables.ts';

const SOLICITATION = 135;
const ADVERTISEMENT = 136;

/** A router's port in one network. */
export interface RouterPort {
  /** No node's name begins with an underscore, so no machine's port has this one. */
  readonly name: string;
  readonly number: number;
  readonly vni: number;
  readonly mac: string;
  /** The router's IPv6 addresses in the network, without length. */
  readonly addresses: readonly string[];
}

const addressesOf = (network: Network): string[] =>
  (network.router ?? []).map(withoutLength).filter((address) => familyOf(address) === 6);

/** The routers' ports of a hypervisor: one for each network with IPv6 and a router that a machine of it is in. */
export const routerPorts = (local: readonly TenantPort[], topology: Topology): RouterPort[] => {
  const here = new Set(local.map(({ network }) => network.vni));
  return reachableNetworks(local, topology)
    .filter((network) => here.has(network.vni) && addressesOf(network).length > 0)
    .map((network, index) => ({
      name: `_nd${network.vni}`,
      number: firstRouterPort + index,
      vni: network.vni,
      mac: routerMacOf(network.vni),
      addresses: addressesOf(network),
    }));
};

/** Commands of the ovs-vsctl transaction that makes the bridges. */
export const routerPortCommands = (bridge: string, ports: readonly RouterPort[]): string[][] =>
  ports.flatMap(({ name, number, mac }) => [
    ['--may-exist', 'add-port', bridge, name],
    ['set', 'interface', name, 'type=internal', `mac="${mac}"`, `ofport_request=${number}`],
  ]);

/** The addresses at those ports. What forwards says so in its advertisements (RFC 4861, 4.4). */
export const routerPortOperations = (node: Node, ports: readonly RouterPort[]): Operation[] =>
  ports.flatMap(({ name, addresses }): Operation[] => [
    { op: 'interface', node: node.name, name, offload: true },
    { op: 'sysctl', node: node.name, key: `net.ipv6.conf.${name}.forwarding`, value: '1' },
    ...addresses.map((address): Operation => ({
      op: 'address',
      node: node.name,
      interface: name,
      address: `${address}/128`,
    })),
  ]);

/** Questions to the routers go to their ports, and nothing but answers and questions of theirs comes from there. */
export const routerPortFlows = (ports: readonly RouterPort[]): string[] =>
  ports.flatMap(({ number, vni, mac, addresses }) => [
    ...[SOLICITATION, ADVERTISEMENT].map((type) =>
      flow(
        'classify',
        100,
        [`in_port=${number}`, `dl_src=${mac}`, 'icmp6', `icmp_type=${type}`],
        [setRegister('vni', vni), goTo('deliver')],
      ),
    ),
    ...addresses.flatMap((address) => [
      flow(
        'answer',
        100,
        [`reg0=${vni}`, 'icmp6', `icmp_type=${SOLICITATION}`, 'icmp_code=0', `nd_target=${address}`],
        [`output:${number}`],
      ),
      // A router that has not heard of a machine for a while asks it, and the machine answers the router.
      flow(
        'answer',
        100,
        [`reg0=${vni}`, `dl_dst=${mac}`, 'icmp6', `icmp_type=${ADVERTISEMENT}`, `ipv6_dst=${address}`],
        [`output:${number}`],
      ),
    ]),
  ]);
