/**
 * Several ways out of a tenant's networks as flows and groups: new connections are spread over those that live by a hash of
 * addresses and ports, and each stays with the one that it has.
 *
 * A hash alone would not do: when a dead gateway comes back, or one is drained, the connections that the hash would move break
 * where the gateway changes addresses and knows whose they are. So the hypervisor remembers (connection tracking, one zone for
 * each router): the mark of a connection is the number of its way out. When that dies, the connection gets another one, which is
 * the end of it only if the dead one kept state. Both directions pass the tracker, or it would not know TCP's states.
 */
import { families, familyOf, networkText } from '../../../features/shared/lookup.ts';
import { routerMacOf } from '../../../address/mac.ts';
import type { Exits, WatchedExit } from '../exits.ts';
import type { TenantPort } from '../overlay.ts';
import { responder } from './responder.ts';
import { flow, goTo, registers, setRegister, table } from './tables.ts';

/** Zones of ports are their numbers, which are below (tables.ts); a zone has 16 bits. */
const firstZone = 64_000;
const zoneOf = (router: number): number => firstZone + router;

/** A group's number says whose it is: 256 for each router, the choice of a new way out first, then those that have one. */
const groupNumber = (router: number, exit = 0): number => router * 256 + exit;

/** What connections are told apart by. Fields that a packet does not have count as zero. */
const hashed = [
  ...['ip_src', 'ip_dst', 'ipv6_src', 'ipv6_dst', 'nw_proto'],
  ...['tcp_src', 'tcp_dst', 'udp_src', 'udp_dst', 'sctp_src', 'sctp_dst'],
].join(',');

const internet = { 4: 'ip', 6: 'ipv6' } as const;

/** On to the gateway: one hop less, out of the router's interface in its network. */
const hop = ({ machine }: WatchedExit): string[] => [
  'dec_ttl',
  `set_field:${routerMacOf(machine.network.vni)}->eth_src`,
  `set_field:${machine.mac}->eth_dst`,
  setRegister('vni', machine.network.vni),
  goTo('locate'),
];

const bucket = (words: readonly string[], actions: readonly string[]): string =>
  ['bucket=', ...words.map((word) => `${word},`), `actions=${actions.join(',')}`].join('');

/**
 * The groups of a router. The actions of a bucket are an action set, of which but one may lead on (OpenFlow 1.5, 5.6): a bucket
 * says which way out it is, and tables do the rest. A drained way out is in none for new connections.
 */
const groupsOfRouter = ({ router, watched }: Exits): string[] => {
  if (watched.length === 0) return [];
  const choice = groupNumber(router);
  const open = watched.filter(({ drained }) => !drained);
  const chosen = (exit: WatchedExit, then: 'remember' | 'depart'): string[] => [
    `set_field:${exit.number}->reg${registers.exit}`,
    goTo(then),
  ];
  return [
    [
      ...[`group_id=${choice}`, 'type=select', 'selection_method=hash', `fields(${hashed})`],
      ...(open.length === 0 ? watched : open).map((exit) =>
        bucket([`bucket_id:${exit.number}`, `watch_port:${exit.port.number}`], chosen(exit, 'remember')),
      ),
    ].join(','),
    ...watched.map((exit) =>
      [
        ...[`group_id=${groupNumber(router, exit.number)}`, 'type=ff'],
        bucket([`watch_port:${exit.port.number}`], chosen(exit, 'depart')),
        bucket([`watch_group:${choice}`], [`group:${choice}`]),
      ].join(','),
    ),
  ];
};

/** What leaves: the connection is looked up, and goes where it goes already, or to a new way out. */
const leaving = ({ router, watched }: Exits): string[] =>
  watched.length === 0
    ? []
    : [
        ...families.map((family) =>
          flow('route', 10, [`reg2=${router}`, internet[family]], [`ct(table=${table.leave},zone=${zoneOf(router)})`]),
        ),
        ...watched.map((exit) =>
          flow(
            'leave',
            20,
            [`reg2=${router}`, `ct_mark=${exit.number}`],
            [`group:${groupNumber(router, exit.number)}`],
          ),
        ),
        flow('leave', 10, [`reg2=${router}`], [`group:${groupNumber(router)}`]),
        ...watched.flatMap((exit) =>
          families.flatMap((family) => {
            const own = [`reg2=${router}`, `reg3=${exit.number}`, internet[family]];
            const mark = `exec(set_field:${exit.number}->ct_mark)`;
            return [
              flow('remember', 10, own, [`ct(commit,zone=${zoneOf(router)},${mark})`, goTo('depart')]),
              flow('depart', 10, own, hop(exit)),
            ];
          }),
        ),
      ];

/** What comes in from outside: the connection tracker sees it too. What begins inside the tenant does not need that. */
const returning = ({ router, networks, watched }: Exits): string[] => {
  if (watched.length === 0) return [];
  const prefixes = networks.flatMap((network) => (network.router ?? []).map(networkText));
  return networks.flatMap(({ vni }) => [
    ...prefixes.map((prefix) =>
      flow(
        'returning',
        20,
        [`reg0=${vni}`, internet[familyOf(prefix)], `${familyOf(prefix) === 4 ? 'nw_src' : 'ipv6_src'}=${prefix}`],
        [goTo('deliver')],
      ),
    ),
    ...families.map((family) =>
      flow('returning', 10, [`reg0=${vni}`, internet[family]], [`ct(table=${table.deliver},zone=${zoneOf(router)})`]),
    ),
  ]);
};

/** What the sessions send goes to the gateways as a machine's packets do, and what those send back goes to the sessions. */
const watching = ({ watched }: Exits): string[] =>
  watched.flatMap(({ machine, watcher, far }) => [
    flow('classify', 130, [`in_port=${far.number}`], [setRegister('vni', machine.network.vni), goTo('locate')]),
    flow(
      'deliver',
      95,
      [`reg0=${machine.network.vni}`, `dl_src=${machine.mac}`, `dl_dst=${watcher.mac}`],
      [`output:${far.number}`],
    ),
  ]);

/** Where a gateway is: who watches it, and how its answers get there. */
const watchers = (
  { here, watchers: all, tenant }: Exits,
  local: readonly TenantPort[],
  exitNodes: ReadonlyMap<string, readonly string[]>,
  toHypervisor: (vni: number, hypervisor: string) => readonly string[] | undefined,
): string[] => {
  const gateways = local.filter(
    ({ node, network }) => exitNodes.get(tenant)?.includes(node) === true && network.tenant === tenant,
  );
  return [...new Set(gateways.map(({ network }) => network.vni))].flatMap((vni) =>
    all.flatMap(({ hypervisor, address, mac }) => {
      const remote = hypervisor === here ? undefined : toHypervisor(vni, hypervisor);
      return [
        ...responder(vni, address, mac),
        ...(remote === undefined ? [] : [flow('locate', 90, [`reg0=${vni}`, `dl_dst=${mac}`], remote)]),
      ];
    }),
  );
};

/** The table in which a frame that is for this hypervisor goes on. */
export const arrival = (exits: readonly Exits[]): 'returning' | 'deliver' =>
  exits.some(({ watched }) => watched.length > 0) ? 'returning' : 'deliver';

/**
 * The flows of all tenants with several ways out.
 *
 * @param exitNodes the tenants' ways out, by name
 * @param toHypervisor the actions that bring a frame of a network to another hypervisor
 */
export const exitFlows = (
  exits: readonly Exits[],
  local: readonly TenantPort[],
  exitNodes: ReadonlyMap<string, readonly string[]>,
  toHypervisor: (vni: number, hypervisor: string) => readonly string[] | undefined,
): string[] => [
  ...exits.flatMap((own) => [
    ...watching(own),
    ...leaving(own),
    ...returning(own),
    ...watchers(own, local, exitNodes, toHypervisor),
  ]),
  ...(arrival(exits) === 'returning' ? [flow('returning', 0, [], [goTo('deliver')])] : []),
];

/** Their groups; undefined where there are none, so that flows alone are replaced. */
export const exitGroups = (exits: readonly Exits[]): string[] | undefined => {
  const groups = exits.flatMap(groupsOfRouter);
  return groups.length === 0 ? undefined : groups;
};
