/**
 * The tenant's router, which is nowhere and everywhere: each hypervisor answers for its addresses and routes what its own
 * machines send, so that a packet between two networks takes no longer way than one inside a network. It goes to the
 * other hypervisor in the network it is routed into.
 */
import { routerMacOf } from '../../../address/mac.ts';
import { addressesIn, networkText } from '../../../features/shared/lookup.ts';
import type { Network } from '../../../topology/topology.ts';
import type { Machine } from '../overlay.ts';
import { flow, goTo, setRegister } from './tables.ts';

/** Initial TTL of what the router says itself: the kernel's own (RFC 1340, 64). */
const TTL = 64;

const swapEthernet = (mac: string): string[] => [
  'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
  `set_field:${mac}->eth_src`,
];

/** Answers an ARP request for an address in place of whoever has it (RFC 826). */
export const arpResponder = (vni: number, address: string, mac: string): string =>
  flow(
    'answer',
    100,
    [`reg0=${vni}`, 'arp', 'arp_op=1', `arp_tpa=${address}`],
    [
      ...swapEthernet(mac),
      'load:2->NXM_OF_ARP_OP[]',
      'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
      'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]',
      `set_field:${mac}->arp_sha`,
      `set_field:${address}->arp_spa`,
      'in_port',
    ],
  );

/** The owner of an address asks whether somebody else has it: that question is for the others (RFC 5227, 2.1.1). */
export const arpOfOwner = (vni: number, address: string, mac: string): string =>
  flow('answer', 110, [`reg0=${vni}`, 'arp', `arp_tpa=${address}`, `dl_src=${mac}`], [goTo('locate')]);

/** What is for the router's own addresses: an echo request is answered (RFC 792). */
const echo = (router: number, vni: number, address: string): string =>
  flow(
    'route',
    110,
    [`reg2=${router}`, `reg0=${vni}`, 'icmp', `nw_dst=${address}`, 'icmp_type=8', 'icmp_code=0'],
    [
      ...swapEthernet(routerMacOf(vni)),
      'move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]',
      `set_field:${address}->ip_src`,
      'set_field:0->icmp_type',
      `load:${TTL}->NXM_NX_IP_TTL[]`,
      'in_port',
    ],
  );

/** The next hop of a routed packet: one hop less, out of the router's interface in that network. */
const hop = (network: Network, mac: string): string[] => [
  'dec_ttl',
  `set_field:${routerMacOf(network.vni)}->eth_src`,
  `set_field:${mac}->eth_dst`,
  setRegister('vni', network.vni),
  goTo('locate'),
];

/**
 * The router of one tenant, as one hypervisor has it.
 *
 * @param router a number that no other tenant's router has
 * @param exit the machine that everything else goes to
 */
export const routerFlows = (
  router: number,
  networks: readonly Network[],
  machines: readonly Machine[],
  exit: Machine | undefined,
): string[] => [
  ...networks.flatMap((network) => {
    const mac = routerMacOf(network.vni);
    const own = addressesIn(network.router ?? [], 4);
    return [
      ...own.map((address) => arpResponder(network.vni, address, mac)),
      flow('answer', 90, [`reg0=${network.vni}`, `dl_dst=${mac}`], [setRegister('router', router), goTo('route')]),
      ...own.map((address) => echo(router, network.vni, address)),
      // Nobody else has an address in the network.
      ...(network.router ?? [])
        .filter((cidr) => !cidr.includes(':'))
        .map((cidr) => flow('route', 80, [`reg2=${router}`, 'ip', `nw_dst=${networkText(cidr)}`], [])),
    ];
  }),
  ...machines.flatMap(({ network, mac, addresses }) =>
    addresses[4].map((address) => flow('route', 90, [`reg2=${router}`, 'ip', `nw_dst=${address}`], hop(network, mac))),
  ),
  ...(exit === undefined ? [] : [flow('route', 10, [`reg2=${router}`, 'ip'], hop(exit.network, exit.mac))]),
];
