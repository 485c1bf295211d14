/**
 * Answers in place of whoever has an address: ARP (RFC 826) and neighbour discovery (RFC 4861), where they are asked. The
 * owner's own questions, and those of somebody who has no address yet, are for the others and go on (RFC 5227, RFC 4862).
 */
import { familyOf } from '../../../features/shared/lookup.ts';
import { flow, goTo } from './tables.ts';

/** The frame turns round: to whom it came from, from this MAC. */
export const swapEthernet = (mac: string): string[] => [
  'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
  `set_field:${mac}->eth_src`,
];

const arp = (vni: number, address: string, mac: string): string =>
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

/** ICMPv6 types of a neighbour solicitation and advertisement; the option with the target's link-layer address. */
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const TARGET_LINK_LAYER = 2;
/** Flags of an advertisement (RFC 4861, 4.4): solicited and override, and the router's own in front. */
const ANSWER = 0x6000_0000;
const ROUTER = 0x8000_0000;

/** The option of a solicitation has another type, which can be set only once the message is an advertisement. */
const neighbour = (vni: number, address: string, mac: string, isRouter: boolean): string[] => [
  flow(
    'answer',
    100,
    [`reg0=${vni}`, 'icmp6', `icmp_type=${SOLICITATION}`, 'icmp_code=0', `nd_target=${address}`],
    [
      ...swapEthernet(mac),
      'move:NXM_NX_IPV6_SRC[]->NXM_NX_IPV6_DST[]',
      `set_field:${address}->ipv6_src`,
      `set_field:${ADVERTISEMENT}->icmpv6_type`,
      goTo('advertise'),
    ],
  ),
  flow(
    'advertise',
    100,
    [`reg0=${vni}`, 'icmp6', `icmp_type=${ADVERTISEMENT}`, `nd_target=${address}`],
    [
      `set_field:${TARGET_LINK_LAYER}->nd_options_type`,
      `set_field:${ANSWER + (isRouter ? ROUTER : 0)}->nd_reserved`,
      `set_field:${mac}->nd_tll`,
      'in_port',
    ],
  ),
];

/** The flows that answer who has an address in a network. */
export const responder = (vni: number, address: string, mac: string, isRouter = false): string[] =>
  familyOf(address) === 4 ? [arp(vni, address, mac)] : neighbour(vni, address, mac, isRouter);

/** The questions about its own address that a machine asks itself are not answered. */
export const questionOfOwner = (vni: number, address: string, mac: string): string[] => {
  const onward = [goTo('locate')];
  const match = [`reg0=${vni}`];
  return familyOf(address) === 4
    ? [flow('answer', 110, [...match, 'arp', `arp_tpa=${address}`, `dl_src=${mac}`], onward)]
    : [
        flow(
          'answer',
          110,
          [...match, 'icmp6', `icmp_type=${SOLICITATION}`, `nd_target=${address}`, `dl_src=${mac}`],
          onward,
        ),
      ];
};

/** Duplicate address detection (RFC 4862, 5.4.2): asked from nowhere, and to be heard by everybody. */
export const duplicateDetection: string = flow(
  'answer',
  120,
  ['icmp6', `icmp_type=${SOLICITATION}`, 'ipv6_src=::'],
  [goTo('locate')],
);
