/**
 * Security groups: what a machine may begin and what may reach it, with answers to both. Each filtered port has a zone of
 * the connection tracker of its own, whose number is the port's, so that tenants with the same addresses stay apart.
 *
 * Between a port and the tracker stands the check of addresses: nobody speaks in another's name. Neighbour discovery and
 * ARP are no connections and go by.
 */
import { familyOf } from '../../../features/shared/lookup.ts';
import type { SecurityRule, Tenant } from '../../../topology/topology.ts';
import type { Machine, TenantPort } from '../overlay.ts';
import { portMatches } from './port-ranges.ts';
import { type Passing, isLogged, report } from './report.ts';
import { flow, goTo, setRegister, table } from './tables.ts';

type Family = 4 | 6;
const families: readonly Family[] = [4, 6];
const internet = { 4: 'ip', 6: 'ipv6' } as const;

/** ICMPv6 types of multicast listeners, router and neighbour discovery (RFC 2710, RFC 3810, RFC 4861). */
const discovery = [131, 132, 133, 134, 135, 136, 143];
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** The link-local address that a kernel makes of a MAC (RFC 4291, appendix A). */
export const linkLocalOf = (mac: string): string => {
  const octets = mac.split(':').map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = octets;
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(':')}`;
};

/** The other side of a rule as matches: one for each prefix and each machine of the groups. */
const peerMatches = (
  rule: SecurityRule,
  family: Family,
  side: 'src' | 'dst',
  machines: readonly Machine[],
): string[][] => {
  const key = family === 4 ? `nw_${side}` : `ipv6_${side}`;
  const { peers } = rule;
  if (peers === 'any') return [[]];
  const members = machines.filter(({ groups }) => groups?.some((name) => peers.groups.includes(name)) === true);
  const addresses = [
    ...peers.prefixes.filter((prefix) => familyOf(prefix) === family),
    ...members.flatMap((machine) => [...machine.addresses[family], ...machine.held[family]]),
  ];
  return [...new Set(addresses)].map((address) => [`${key}=${address}`]);
};

const protocolMatches = ({ protocol, ports }: SecurityRule, family: Family): string[][] => {
  if (protocol === 'any') return [[internet[family]]];
  if (protocol === 'icmp') return [[family === 4 ? 'icmp' : 'icmp6']];
  const name = family === 4 ? protocol : `${protocol}6`;
  if (ports.length === 0) return [[name]];
  return ports.flatMap(([first, last]) => portMatches(first, last).map((match) => [name, `tp_dst=${match}`]));
};

/** Every match that a list of rules allows, each once. */
const allowed = (
  rules: readonly SecurityRule[],
  side: 'src' | 'dst',
  machines: readonly Machine[],
): readonly string[] => {
  const matches = rules.flatMap((rule) =>
    families.flatMap((family) =>
      protocolMatches(rule, family).flatMap((protocol) =>
        peerMatches(rule, family, side, machines).map((peer) => [...protocol, ...peer].join(',')),
      ),
    ),
  );
  return [...new Set(matches)];
};

/** The end of a TCP connection is told apart where connections are logged. */
const closing = (port: TenantPort, decide: 'mayBegin' | 'mayReach', passing: Passing, onward: string): string[] =>
  isLogged(port)
    ? ['tcp', 'tcp6'].flatMap((protocol) =>
        ['+fin', '+rst'].map((flag) =>
          flow(
            decide,
            110,
            [`reg1=${port.number}`, 'ct_state=+trk+est-inv', protocol, `tcp_flags=${flag}`],
            [...report(port, passing, 'closes'), onward],
          ),
        ),
      )
    : [];

/** The flows of a port in both directions of one of its two checks. */
const tracked = (
  port: TenantPort,
  ask: 'sent' | 'received',
  decide: 'mayBegin' | 'mayReach',
  begins: readonly string[],
  onward: string,
): string[] => {
  const zone = port.number;
  const own = `reg1=${port.number}`;
  return [
    ...families.map((family) => flow(ask, 90, [own, internet[family]], [`ct(table=${table[decide]},zone=${zone})`])),
    ...closing(port, decide, ask, onward),
    ...['+est', '+rel'].map((state) =>
      flow(decide, 100, [own, `ct_state=+trk${state}-inv`], [...report(port, ask, 'stands'), onward]),
    ),
    // Everything else is dropped, and counted: a trace names this flow where a packet ends at it.
    flow(decide, 1, [own], report(port, ask, 'rejected')),
    ...begins.map((match) =>
      flow(
        decide,
        90,
        [own, 'ct_state=+trk+new-inv', match],
        [...report(port, ask, 'begins'), `ct(commit,zone=${zone})`, onward],
      ),
    ),
  ];
};

/** Where a machine without an address asks for one (RFC 2131, 4.1). */
const everybody = '255.255.255.255';
/** From a client's port to a server's. */
const question = ['tp_src=68', 'tp_dst=67'];

/**
 * Only the machine's own addresses come from its port; one that forwards speaks for others by its trade.
 *
 * @param servers addresses of the network's DHCP servers
 */
const ownAddresses = (port: TenantPort, servers: readonly string[]): string[] => {
  const own = `reg1=${port.number}`;
  const next = [goTo('sent')];
  const foreign = flow('own', 1, [own], report(port, 'sent', 'rejected'));
  if (port.forwards)
    return [
      foreign,
      flow('own', 90, [own, 'arp', `arp_sha=${port.mac}`], [goTo('answer')]),
      // It gives no addresses; a server of another network answers a relay at its port for servers (RFC 2131, 4.1).
      flow('own', 95, [own, 'udp', 'tp_src=67', 'tp_dst=68'], []),
      ...families.map((family) => flow('own', 80, [own, internet[family]], next)),
    ];
  return [
    foreign,
    // 0.0.0.0: a probe for an address that may be taken (RFC 5227, 2.1.1).
    // A kernel asks in the name of any address that it has (ip-sysctl, arp_announce 0).
    ...[...port.addresses[4], ...port.held[4], '0.0.0.0'].map((address) =>
      flow('own', 90, [own, 'arp', `arp_sha=${port.mac}`, `arp_spa=${address}`], [goTo('answer')]),
    ),
    // Nobody but a server of the network gives addresses; what it says goes from its port to the client's (RFC 2131, 4.1).
    ...(port.servesDhcp
      ? port.addresses[4].map((address) =>
          flow('own', 96, [own, 'udp', `nw_src=${address}`, 'tp_src=67', 'tp_dst=68'], [goTo('answer')]),
        )
      : []),
    flow('own', 95, [own, 'udp', 'tp_src=67'], []),
    // A machine that asks for its address has none yet; to keep it, it asks the server. No rule takes it the right to ask.
    ...['0.0.0.0', ...port.addresses[4]].map((address) =>
      flow('own', 90, [own, 'udp', `nw_src=${address}`, `nw_dst=${everybody}`, ...question], [goTo('answer')]),
    ),
    ...port.addresses[4].flatMap((address) =>
      servers.map((server) =>
        flow('own', 90, [own, 'udp', `nw_src=${address}`, `nw_dst=${server}`, ...question], [goTo('answer')]),
      ),
    ),
    ...[...port.addresses[4], ...port.held[4]].map((address) =>
      flow('own', 80, [own, 'ip', `nw_src=${address}`], next),
    ),
    ...[...port.addresses[6], ...port.held[6], linkLocalOf(port.mac)].map((address) =>
      flow('own', 80, [own, 'ipv6', `ipv6_src=${address}`], next),
    ),
    // Duplicate address detection asks from nowhere (RFC 4862, 5.4.2).
    flow('own', 90, [own, 'icmp6', 'ipv6_src=::', 'icmp_type=135'], [goTo('answer')]),
    flow('own', 90, [own, 'icmp6', 'ipv6_src=::', 'icmp_type=143'], [goTo('answer')]),
  ];
};

/** What a machine of these groups may do: every rule of each of them. */
const rulesOf = (port: TenantPort, tenant: Tenant | undefined, direction: 'in' | 'out'): SecurityRule[] =>
  (tenant?.groups ?? [])
    .filter(({ name }) => port.groups?.includes(name) === true)
    .flatMap((found) => found[direction]);

/**
 * The flows of one filtered port.
 *
 * @param machines everybody of the tenant, for rules that name groups
 */
export const portSecurity = (port: TenantPort, tenant: Tenant | undefined, machines: readonly Machine[]): string[] => {
  const own = `reg1=${port.number}`;
  const output = `output:${port.number}`;
  const servers = machines
    .filter(({ network, servesDhcp }) => servesDhcp && network.vni === port.network.vni)
    .flatMap(({ addresses }) => addresses[4]);
  // Nobody answers for another's address, and only who forwards says that it is a router.
  const own6 = [...port.addresses[6], linkLocalOf(port.mac)];
  const spoken = port.forwards
    ? discovery
    : discovery.filter((type) => type !== ROUTER_ADVERTISEMENT && type !== NEIGHBOUR_ADVERTISEMENT);
  const unspoken = discovery.filter((type) => !spoken.includes(type));
  return [
    ...ownAddresses(port, servers),
    ...spoken.map((type) => flow('sent', 100, [own, 'icmp6', `icmp_type=${type}`], [goTo('answer')])),
    ...unspoken.map((type) => flow('sent', 100, [own, 'icmp6', `icmp_type=${type}`], [])),
    ...(port.forwards ? [] : own6).map((address) =>
      flow(
        'sent',
        110,
        [own, 'icmp6', `icmp_type=${NEIGHBOUR_ADVERTISEMENT}`, `nd_target=${address}`],
        [goTo('answer')],
      ),
    ),
    ...tracked(port, 'sent', 'mayBegin', allowed(rulesOf(port, tenant, 'out'), 'dst', machines), goTo('answer')),
    ...discovery.map((type) => flow('received', 100, [own, 'icmp6', `icmp_type=${type}`], [output])),
    flow('received', 100, [own, 'arp'], [output]),
    flow('received', 100, [own, 'udp', 'tp_src=67', 'tp_dst=68'], [output]),
    ...(port.servesDhcp ? [flow('received', 100, [own, 'udp', ...question], [output])] : []),
    ...tracked(port, 'received', 'mayReach', allowed(rulesOf(port, tenant, 'in'), 'src', machines), output),
  ];
};

/** A frame of the machine enters its checks. */
export const enterSecurity = (port: TenantPort): string[] => [setRegister('port', port.number), goTo('own')];
