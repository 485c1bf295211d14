/**
 * The flows and groups of a member's bridge, computed from the topology.
 *
 * Each server's frames go to its own port while that is alive, and to the partner by the peer link otherwise: a group of
 * type fast failover, which Open vSwitch goes through as soon as a port loses its carrier, its LACP partner or its BFD session.
 * What comes from the partner goes to own ports only (split horizon), so that nothing turns back. Questions for known
 * addresses are answered here, and nothing else is broadcast.
 */
import { withoutLength } from '../../features/shared/lookup.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { answers, ownQuestion, probeFromNowhere } from '../openvswitch/answers.ts';
import { flowText, goToTable, groupAddress } from '../openvswitch/flow.ts';
import { accessPorts, peerLinks, peerMac, serversOf, settingsOf, stackMac } from './members.ts';

/** The tables of a member's bridge, in the order in which a frame passes them. */
export const table = {
  /** Whose frame it is: nobody speaks with another MAC than his own. */
  classify: 0,
  /** Questions that the switch itself answers. */
  answer: 10,
  /** The second half of an answer to a neighbour solicitation. */
  advertise: 11,
  /** Where the one with this MAC address is. */
  locate: 30,
} as const;

/** OpenFlow port numbers: servers' ports count from 1. */
export const peerPort = 1000;
export const peerDevicePort = 1001;

/** The OpenFlow port numbers of the servers' ports, by name. */
export const portNumbers = (node: Node): ReadonlyMap<string, number> =>
  new Map(accessPorts(node).map((own, index) => [own.name, index + 1]));

/** What the partner and this member say to each other as routers. */
const peering = (node: Node, topology: Topology): string[] => [
  flowText(table.classify, 90, [`in_port=${peerDevicePort}`], [`output:${peerPort}`]),
  flowText(
    table.classify,
    90,
    [`in_port=${peerPort}`, `dl_dst=${peerMac(node, topology)}`],
    [`output:${peerDevicePort}`],
  ),
  flowText(table.classify, 90, [`in_port=${peerPort}`, groupAddress], [`output:${peerDevicePort}`]),
];

export interface Forwarding {
  readonly flows: readonly string[];
  readonly groups: readonly string[];
}

/** All flows and groups of a member. */
export const forwardingOf = (node: Node, topology: Topology): Forwarding => {
  const { stack, gateway } = settingsOf(node);
  const numbers = portNumbers(node);
  const mac = stackMac(stack, topology);
  const partner = peerLinks(node).length > 0;
  const groups: string[] = [];
  const known = (address: string, owner: string, isRouter: boolean): string[] => [
    ownQuestion(table, [], address, owner, []),
    ...answers(table, [], address, owner, isRouter),
  ];
  const servers = serversOf(stack, topology).flatMap((server, index): string[] => {
    const port = server.ports.get(node.name);
    const own = port === undefined ? undefined : numbers.get(port.name);
    const elsewhere = partner && [...server.ports.keys()].some((name) => name !== node.name);
    const id = index + 1;
    if (own !== undefined && elsewhere)
      groups.push(
        [
          ...[`group_id=${id}`, 'type=ff'],
          ...[own, peerPort].map((to) => `bucket=watch_port:${to},actions=output:${to}`),
        ].join(','),
      );
    const way =
      own === undefined ? (elsewhere ? [`output:${peerPort}`] : []) : [elsewhere ? `group:${id}` : `output:${own}`];
    return [
      ...(own === undefined
        ? []
        : [
            flowText(table.classify, 80, [`in_port=${own}`, `dl_src=${server.mac}`], [goToTable(table.answer)]),
            ...(partner
              ? [flowText(table.classify, 80, [`in_port=${peerPort}`, `dl_dst=${server.mac}`], [`output:${own}`])]
              : []),
          ]),
      ...server.addresses.flatMap((address) => known(address, server.mac, false)),
      flowText(table.locate, 80, [`dl_dst=${server.mac}`], way),
    ];
  });
  return {
    flows: [
      flowText(table.classify, 80, ['in_port=LOCAL'], [goToTable(table.answer)]),
      ...(partner ? peering(node, topology) : []),
      probeFromNowhere(table, []),
      ...gateway.flatMap((cidr) => known(withoutLength(cidr), mac, true)),
      flowText(table.answer, 0, [], [goToTable(table.locate)]),
      flowText(table.locate, 80, [`dl_dst=${mac}`], ['LOCAL']),
      ...servers,
    ],
    groups,
  };
};
