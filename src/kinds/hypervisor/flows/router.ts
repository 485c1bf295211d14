/**
 * The tenant's router, which is nowhere and everywhere: each hypervisor answers for its addresses and routes what its own
 * machines send, so that a packet between two networks takes no longer way than one inside a network. It goes to the
 * other hypervisor in the network it is routed into.
 */
import { routerMacOf } from '../../../address/mac.ts';
import { familyOf, networkText, withoutLength } from '../../../features/shared/lookup.ts';
import type { Network } from '../../../topology/topology.ts';
import type { Machine } from '../overlay.ts';
import { responder, swapEthernet } from './responder.ts';
import { flow, goTo, setRegister } from './tables.ts';

/** Initial TTL of what the router says itself: the kernel's own (RFC 1340, 64). */
const TTL = 64;

/** IPv4's link-local addresses (RFC 3927, 2.1). */
const linkLocal = '169.254.0.0/16';

/** What is for the router's own addresses: an echo request is answered (RFC 792, RFC 4443). */
const echo = (router: number, vni: number, address: string): string => {
  const match = [`reg2=${router}`, `reg0=${vni}`];
  const actions = swapEthernet(routerMacOf(vni));
  return familyOf(address) === 4
    ? flow(
        'route',
        110,
        [...match, 'icmp', `nw_dst=${address}`, 'icmp_type=8', 'icmp_code=0'],
        [
          ...actions,
          'move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]',
          `set_field:${address}->ip_src`,
          'set_field:0->icmp_type',
          `load:${TTL}->NXM_NX_IP_TTL[]`,
          'in_port',
        ],
      )
    : flow(
        'route',
        110,
        [...match, 'icmp6', `ipv6_dst=${address}`, 'icmp_type=128', 'icmp_code=0'],
        [
          ...actions,
          'move:NXM_NX_IPV6_SRC[]->NXM_NX_IPV6_DST[]',
          `set_field:${address}->ipv6_src`,
          'set_field:129->icmpv6_type',
          `load:${TTL}->NXM_NX_IP_TTL[]`,
          'in_port',
        ],
      );
};

/** The next hop of a routed packet: one hop less, out of the router's interface in that network. */
const hop = (network: Network, mac: string): string[] => [
  'dec_ttl',
  `set_field:${routerMacOf(network.vni)}->eth_src`,
  `set_field:${mac}->eth_dst`,
  setRegister('vni', network.vni),
  goTo('locate'),
];

/** A packet of either family for an address or a prefix. */
const destined = (to: string): string[] => (familyOf(to) === 4 ? ['ip', `nw_dst=${to}`] : ['ipv6', `ipv6_dst=${to}`]);

/**
 * The router of one tenant, as one hypervisor has it.
 *
 * @param router a number that no other tenant's router has
 * @param exit the machine that everything else goes to
 * @param userspace whether flows answer neighbour solicitations; the kernel's datapath cannot (neighbours.ts)
 */
export const routerFlows = (
  router: number,
  networks: readonly Network[],
  machines: readonly Machine[],
  exit: Machine | undefined,
  userspace: boolean,
): string[] => [
  // A router forwards nothing that is for a link alone (RFC 3927, 7).
  flow('route', 85, [`reg2=${router}`, 'ip', `nw_dst=${linkLocal}`], []),
  ...networks.flatMap((network) => {
    const mac = routerMacOf(network.vni);
    const cidrs = network.router ?? [];
    const own = cidrs.map(withoutLength);
    return [
      ...own
        .filter((address) => userspace || familyOf(address) === 4)
        .flatMap((address) => responder(network.vni, address, mac, true)),
      flow('answer', 90, [`reg0=${network.vni}`, `dl_dst=${mac}`], [setRegister('router', router), goTo('route')]),
      ...own.map((address) => echo(router, network.vni, address)),
      // Nobody else has an address in the network.
      ...cidrs.map((cidr) => flow('route', 80, [`reg2=${router}`, ...destined(networkText(cidr))], [])),
    ];
  }),
  ...machines.flatMap(({ network, mac, addresses }) =>
    [...addresses[4], ...addresses[6]].map((address) =>
      flow('route', 90, [`reg2=${router}`, ...destined(address)], hop(network, mac)),
    ),
  ),
  ...(exit === undefined
    ? []
    : ['ip', 'ipv6'].map((family) => flow('route', 10, [`reg2=${router}`, family], hop(exit.network, exit.mac)))),
];
