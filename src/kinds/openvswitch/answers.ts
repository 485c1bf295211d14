/**
 * Answers in place of whoever has an address: ARP (RFC 826) and neighbour discovery (RFC 4861), where they are asked, so
 * that no question is flooded.
 */
import { familyOf } from '../../features/shared/lookup.ts';
import { flowText, goToTable } from './flow.ts';

/** Where a bridge answers: two tables, since an advertisement has fields that a solicitation has not. */
export interface AnswerTables {
  readonly answer: number;
  readonly advertise: number;
}

/** The frame turns round: to whom it came from, from this MAC. */
export const swapEthernet = (mac: string): string[] => [
  'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
  `set_field:${mac}->eth_src`,
];

/** ICMPv6 types of a neighbour solicitation and advertisement; the option with the target's link-layer address. */
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const TARGET_LINK_LAYER = 2;
/** Flags of an advertisement (RFC 4861, 4.4): solicited and override, and the router's own in front. */
const ANSWER = 0x6000_0000;
const ROUTER = 0x8000_0000;

const arp = (tables: AnswerTables, match: readonly string[], address: string, mac: string): string =>
  flowText(
    tables.answer,
    100,
    [...match, 'arp', 'arp_op=1', `arp_tpa=${address}`],
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

/** The option of a solicitation has another type, which can be set only once the message is an advertisement. */
const neighbour = (
  tables: AnswerTables,
  match: readonly string[],
  address: string,
  mac: string,
  isRouter: boolean,
): string[] => [
  flowText(
    tables.answer,
    100,
    [...match, 'icmp6', `icmp_type=${SOLICITATION}`, 'icmp_code=0', `nd_target=${address}`],
    [
      ...swapEthernet(mac),
      'move:NXM_NX_IPV6_SRC[]->NXM_NX_IPV6_DST[]',
      `set_field:${address}->ipv6_src`,
      `set_field:${ADVERTISEMENT}->icmpv6_type`,
      goToTable(tables.advertise),
    ],
  ),
  flowText(
    tables.advertise,
    100,
    [...match, 'icmp6', `icmp_type=${ADVERTISEMENT}`, `nd_target=${address}`],
    [
      `set_field:${TARGET_LINK_LAYER}->nd_options_type`,
      `set_field:${ANSWER + (isRouter ? ROUTER : 0)}->nd_reserved`,
      `set_field:${mac}->nd_tll`,
      'in_port',
    ],
  ),
];

/**
 * The flows that answer who has an address.
 *
 * @param match whose questions are answered, beside what makes them questions
 * @param mac the answer
 * @param isRouter whether a neighbour advertisement is a router's
 */
export const answers = (
  tables: AnswerTables,
  match: readonly string[],
  address: string,
  mac: string,
  isRouter = false,
): string[] =>
  familyOf(address) === 4 ? [arp(tables, match, address, mac)] : neighbour(tables, match, address, mac, isRouter);

/**
 * What becomes of the questions about its own address that somebody asks himself: he wants to hear of others who have it
 * (RFC 5227, 2.1), and is not answered.
 */
export const ownQuestion = (
  tables: AnswerTables,
  match: readonly string[],
  address: string,
  mac: string,
  actions: readonly string[],
): string =>
  familyOf(address) === 4
    ? flowText(tables.answer, 110, [...match, 'arp', `arp_tpa=${address}`, `dl_src=${mac}`], actions)
    : flowText(
        tables.answer,
        110,
        [...match, 'icmp6', `icmp_type=${SOLICITATION}`, `nd_target=${address}`, `dl_src=${mac}`],
        actions,
      );

/** Duplicate address detection (RFC 4862, 5.4.2): asked from nowhere, and to be heard by everybody. */
export const probeFromNowhere = (tables: AnswerTables, actions: readonly string[]): string =>
  flowText(tables.answer, 120, ['icmp6', `icmp_type=${SOLICITATION}`, 'ipv6_src=::'], actions);
