/**
 * Routing policy from business relations (Gao and Rexford, 2001), as FRR's lists and route-maps. What a neighbour may
 * tell: a customer and a peer their own and their customers' routes, a provider everything; nobody a reserved, an own or a
 * too long prefix. What is preferred: a customer's route, which earns money, to a peer's, to a provider's, which costs. What
 * a neighbour is told: customers everything, peers and providers only own and customers' routes. The relation by which a
 * route came in travels inside the AS as a large community with the numbers of RFC 8195's examples.
 */
import { type Family, contains, parsePrefix } from '../../address/ip.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { families, networkText } from '../shared/lookup.ts';
import { bgpTag, permitted, prefixList } from '../shared/redistribute.ts';
import { avoidance, functions, hasOpenSession, mapsOf, origins, preference, relationOf } from './policy.ts';
import { bogonNumbers, bogonPrefixes, longExceptions, longest } from './reserved.ts';
import { sessionsOf } from './sessions.ts';
import type { Session } from './sessions.ts';
import { bgpOf, customerCone, hasRelations, isDefault, networksOf, registeredPrefixes, systemsOf } from './systems.ts';
import type { System } from './systems.ts';

/** Numbers in one entry of an AS path list; a line of FRR's configuration has at most 4096 characters. */
const chunk = 300;

/**
 * Paths that `first` may tell: each system in them is in its customer cone, for routes climb from customer to provider.
 * A cone too large for one line is checked by the origin alone, as filters made from routing registries do.
 */
const conePatterns = (first: number, topology: Topology): string[] => {
  const cone = customerCone(first, topology);
  const either = (asns: readonly number[]): string => (asns.length === 1 ? String(asns[0]) : `(${asns.join('|')})`);
  if (cone.length <= chunk) return [`^${first}(_${either(cone)})*$`];
  const parts = Array.from({ length: Math.ceil(cone.length / chunk) }, (_, index) =>
    cone.slice(index * chunk, (index + 1) * chunk),
  );
  return [`^${first}(_${first})*$`, ...parts.map((asns) => `^${first}(_[0-9]+)*_${either(asns)}$`)];
};

const asPathList = (name: string, entries: readonly string[]): string[] =>
  entries.map((entry, index) => `bgp as-path access-list ${name} seq ${(index + 1) * 5} ${entry}`);

/** One entry of a route-map without its number, as lines below its head; `deny` or `permit`. */
interface Entry {
  readonly action: 'permit' | 'deny';
  readonly lines: readonly string[];
}

const deny = (...lines: string[]): Entry => ({ action: 'deny', lines });
const permit = (...lines: string[]): Entry => ({ action: 'permit', lines });

/** How FRR names an IP version in lists and conditions. */
const version = (family: Family): string => (family === 4 ? 'ip' : 'ipv6');

/**
 * IP versions that a router speaks BGP over. It has lists and conditions for those only: FRR takes each line the slower the
 * more there are.
 */
const spokenBy = (node: Node, topology: Topology): Family[] =>
  families.filter((family) => sessionsOf(node, topology).some((session) => session.family === family));

/** The same condition on a prefix for each of the IP versions. */
const denyPrefixes = (list: string, spoken: readonly Family[]): Entry[] =>
  spoken.map((family) => deny(`match ${version(family)} address prefix-list ${list}`));

/** A prefix list for each of the IP versions. */
const listed = (name: string, entries: readonly string[], spoken: readonly Family[]): string[] =>
  prefixList(name, entries).filter((line) => spoken.some((family) => line.startsWith(`${version(family)} `)));

const routeMap = (name: string, entries: readonly Entry[]): string[] =>
  entries.flatMap(({ action, lines }, index) => [
    `route-map ${name} ${action} ${(index + 1) * 10}`,
    ...lines.map((line) => ` ${line}`),
  ]);

/** The systems whose routes a neighbour may tell, each with its cone; undefined where anything may come. */
const tellersOf = (system: System, session: Session): number[] | undefined => {
  if (session.relation === 'route-server') return [...system.members].filter((member) => member !== session.asn);
  return session.relation === undefined || session.relation === 'provider' ? undefined : [session.asn];
};

/** `from-ASN` and the lists that only it needs. */
const importLines = (node: Node, system: System, session: Session, name: string, topology: Topology): string[] => {
  const { asn, relation } = session;
  const kind = relationOf(relation);
  const tellers = tellersOf(system, session);
  const registered = tellers?.map((teller) => registeredPrefixes(teller, topology));
  const prefixes = registered?.includes(undefined) === true ? undefined : registered?.flatMap((list) => list ?? []);
  const { avoid, refuse } = system.policy;
  const invalid = system.rpki?.invalid ?? 'accept';
  // Customers may ask for something by our communities; what a stranger writes into them is none of our business.
  const foreign = relation === 'customer' || relation === 'route-server-client' ? 'own-information' : 'own-communities';
  const value = preference[kind ?? 'none'];
  const mark =
    kind === undefined ? [] : [`set large-community ${node.asn}:${functions.relation}:${origins[kind]} additive`];
  const server = relation === 'route-server-client';
  const outside = `not-by-${asn}`;
  const spoken = spokenBy(node, topology);
  return [
    ...(tellers === undefined
      ? []
      : asPathList(outside, [
          ...tellers.flatMap((teller) => conePatterns(teller, topology)).map((pattern) => `deny ${pattern}`),
          'permit .*',
        ])),
    ...(prefixes === undefined
      ? []
      : listed(
          outside,
          [
            ...[...new Set(prefixes)].map((text) => `deny ${networkText(text)}`),
            'permit 0.0.0.0/0 le 32',
            'permit ::/0 le 128',
          ],
          spoken,
        )),
    ...routeMap(name, [
      ...(kind === undefined
        ? []
        : [...denyPrefixes('bogons', spoken), ...denyPrefixes('too-long', spoken), deny('match as-path bogons')]),
      ...(kind === undefined || kind === 'customer' || server ? [] : denyPrefixes('own', spoken)),
      ...(tellers === undefined ? [] : [deny(`match as-path ${outside}`)]),
      ...(prefixes === undefined ? [] : denyPrefixes(outside, spoken)),
      ...(refuse.length === 0 ? [] : [deny('match as-path refused')]),
      ...(invalid === 'refuse' ? [deny('match rpki invalid')] : []),
      ...(kind === undefined ? [] : [permit(`set large-comm-list ${foreign} delete`, 'on-match next')]),
      // A route server decides nothing for its members: it changes no attribute that they can see.
      ...(avoid.length === 0 || server
        ? []
        : [permit('match as-path avoided', `set local-preference ${value / avoidance}`, ...mark)]),
      ...(invalid === 'avoid' && !server
        ? [permit('match rpki invalid', `set local-preference ${value / avoidance}`, ...mark)]
        : []),
      server ? permit() : permit(`set local-preference ${value}`, ...mark),
    ]),
  ];
};

/** How often a path is made longer for a customer that asks for it. */
const asked = 1;

/** `to-ASN` and the lists that only it needs. */
const exportLines = (node: Node, system: System, session: Session, name: string, topology: Topology): string[] => {
  const { asn, relation } = session;
  const own = String(node.asn);
  const { policy } = system;
  const times = policy.prepend[asn] ?? 0;
  const requests = policy.communities[asn] ?? [];
  const small = requests.filter((text) => text.split(':').length < 3);
  const large = requests.filter((text) => text.split(':').length === 3);
  const longer = (count: number): string => `set as-path prepend ${Array.from({ length: count }, () => own).join(' ')}`;
  const server = relation === 'route-server-client';
  const upwards = relation === 'peer' || relation === 'provider' || relation === 'route-server';
  const list = (title: string, parameter: number): string[] =>
    relation === undefined
      ? []
      : [`bgp large-community-list standard ${title}-${asn} permit ${own}:${parameter}:${asn}`];
  // What came from systems inside this one carries their private numbers, and is nobody else's business.
  const inner = system.routers.some((router) => hasOpenSession(router, topology));
  const before: Entry[] =
    relation === undefined
      ? []
      : [deny(`match large-community withheld-${asn}`), ...(inner ? [deny('match as-path bogons')] : [])];
  // The number of the entry after the one that denies what is neither own nor a customer's.
  const after = (before.length + 3) * 10;
  const noExport = policy['no-export'].includes(asn) ? ['no-export'] : [];
  const added = [...small, ...noExport];
  return [
    ...list('withheld', functions.withhold),
    ...(server ? [] : list('prepended', functions.prepend)),
    ...routeMap(name, [
      ...before,
      ...(upwards ? [permit('match large-community exported', `on-match goto ${after}`), deny()] : []),
      ...(relation === undefined || server
        ? []
        : [permit(`match large-community prepended-${asn}`, longer(asked), 'on-match next')]),
      ...(times === 0 ? [] : [permit(longer(times), 'on-match next')]),
      ...(server ? [permit('set large-comm-list own-communities delete')] : []),
      ...(server
        ? []
        : [
            permit(
              ...(added.length === 0 ? [] : [`set community ${added.join(' ')} additive`]),
              ...(large.length === 0 ? [] : [`set large-community ${large.join(' ')} additive`]),
            ),
          ]),
    ]),
  ];
};

/** Whether a prefix lies in one of the others, or is one of them. */
const isWithin = (text: string, outer: readonly string[]): boolean => {
  const inner = parsePrefix(text);
  return outer.some((candidate) => {
    const prefix = parsePrefix(candidate);
    return inner !== undefined && prefix !== undefined && contains(prefix, inner);
  });
};

/** The lists that all route-maps of a router share. */
const sharedLines = (node: Node, system: System, topology: Topology): string[] => {
  const own = String(node.asn);
  const spoken = spokenBy(node, topology);
  // What customers have of the system's own space may come from outside. FRR takes each line of a list the slower the
  // more there are, so only those that make a difference stand there.
  const customers = (registeredPrefixes(system.asn, topology) ?? []).filter(
    (text) => !system.prefixes.includes(text) && isWithin(text, system.prefixes),
  );
  const limit = { 4: `permit 0.0.0.0/0 ge ${longest[4] + 1}`, 6: `permit ::/0 ge ${longest[6] + 1}` };
  const width = (text: string): number => (text.includes(':') ? 128 : 32);
  const length = (text: string): number => Number(text.split('/')[1]);
  const longer = (text: string): string =>
    length(text) === width(text) ? permitted(text) : `${permitted(text)} le ${width(text)}`;
  const paths = (list: string, asns: readonly number[]): string[] =>
    asns.length === 0
      ? []
      : asPathList(
          list,
          asns.map((asn) => `permit _${asn}_`),
        );
  return [
    ...listed('bogons', ['permit 0.0.0.0/0', 'permit ::/0', ...bogonPrefixes(topology).map(longer)], spoken),
    ...listed('too-long', [...longExceptions(topology).map((text) => `deny ${text}`), limit[4], limit[6]], spoken),
    ...listed('own', [...customers.map((text) => `deny ${text}`), ...system.prefixes.map(longer)], spoken),
    ...asPathList(
      'bogons',
      bogonNumbers(topology).map((pattern) => `permit _${pattern}_`),
    ),
    ...paths('avoided', system.policy.avoid),
    ...paths('refused', system.policy.refuse),
    `bgp large-community-list expanded own-communities permit ^${own}:`,
    `bgp large-community-list expanded own-information permit ^${own}:${functions.relation}:`,
    `bgp large-community-list standard exported permit ${own}:${functions.relation}:${origins.own}`,
    `bgp large-community-list standard exported permit ${own}:${functions.relation}:${origins.customer}`,
  ];
};

/** The name of the route-map through which something begins in BGP here; `networks`, `aggregate`, or an origin of redistribution. */
export const originMap = (source: string): string => `own-${source}`;

/** Route-maps of what begins here: marked as own where there are relations, and only what was asked for. */
const originLines = (node: Node, topology: Topology): string[] => {
  const settings = bgpOf(node);
  if (settings === undefined) return [];
  const marks = hasRelations(topology)
    ? [`set large-community ${node.asn}:${functions.relation}:${origins.own} additive`]
    : [];
  return [
    ...(['networks', 'aggregate'] as const).flatMap((source) =>
      (source === 'networks' ? networksOf(node) : settings.aggregate).every(isDefault) || marks.length === 0
        ? []
        : routeMap(originMap(source), [permit(...marks)]),
    ),
    ...settings.redistribute.flatMap(({ from, only }) => {
      const name = originMap(from);
      const back = from === 'ospf' || from === 'rip' ? [deny(`match tag ${bgpTag(node.asn)}`)] : [];
      if (back.length === 0 && only.length === 0 && marks.length === 0) return [];
      return [
        ...(only.length === 0 ? [] : prefixList(name, only.map(permitted))),
        ...routeMap(name, [
          ...back,
          ...(only.length === 0
            ? [permit(...marks)]
            : [
                permit(`match ip address prefix-list ${name}`, ...marks),
                permit(`match ipv6 address prefix-list ${name}`, ...marks),
              ]),
        ]),
      ];
    }),
  ];
};

/** Whether what a source brings goes through its route-map. */
export const hasOriginMap = (node: Node, source: string, topology: Topology): boolean =>
  originLines(node, topology).some((line) => line.startsWith(`route-map ${originMap(source)} `));

/** Everything that stands before `router bgp`: lists and route-maps. Nothing in a lab without policy. */
export const policyLines = (node: Node, topology: Topology): string[] => {
  const system = systemsOf(topology).get(node.asn ?? 0);
  if (system === undefined) return [];
  // One pair of route-maps for each neighbouring system, however many sessions lead there.
  const sessions = [...Map.groupBy(sessionsOf(node, topology), (session) => session.asn).values()].flatMap(
    ([first]) => first ?? [],
  );
  const mapped = sessions.flatMap((session) => {
    const names = mapsOf(node, session, topology);
    return names === undefined ? [] : [{ session, names }];
  });
  return [
    ...(mapped.length === 0 ? [] : sharedLines(node, system, topology)),
    ...originLines(node, topology),
    ...mapped.flatMap(({ session, names }) => [
      ...importLines(node, system, session, names.in, topology),
      ...exportLines(node, system, session, names.out, topology),
    ]),
  ];
};
