/**
 * Tenants as written, read into what hypervisors need: whose a network is, the router's address in it, the groups and
 * their rules with every name known.
 */
import { addressOfPrefix, contains, formatAddress, nthAddress, parseAddress, parsePrefix } from '../address/ip.ts';
import type { End } from './ends.ts';
import type { Path, Problem } from './problem.ts';
import type { TopologyFile } from './schema.ts';
import { suggestion } from './suggest.ts';
import type { FileRule } from './tenant-shape.ts';
import type { Endpoint, Network, SecurityRule, Tenant } from './topology.ts';

const unknown = (what: string, name: string, path: Path, known: readonly string[]): Problem => ({
  code: `unknown-${what}`,
  path,
  message: `no ${what} is called "${name}"`,
  hint: suggestion(name, known),
});

/** Whether the networks of this network's tenant are joined by a router. */
export const isRouted = (file: TopologyFile, network: string | undefined): boolean => {
  const tenant = network === undefined ? undefined : file.networks[network]?.tenant;
  return tenant !== undefined && file.tenants[tenant]?.router !== undefined;
};

/**
 * The addresses of the tenant's router in a network with these prefixes: the one the file names, else the first.
 *
 * @returns in CIDR form; none where the tenant has no router
 */
export const routerAddresses = (file: TopologyFile, network: string, prefixes: readonly string[]): string[] => {
  if (!isRouted(file, network)) return [];
  const wanted = file.networks[network]?.gateway;
  return prefixes.flatMap((text) => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) return [];
    const own = prefix.family === 4 && wanted !== undefined ? wanted : formatAddress(nthAddress(prefix, 1));
    return [`${own}/${prefix.length}`];
  });
};

/** Whether and how machines of a network ask for metadata: as it says itself, else as its tenant says. */
export const metadataOf = (file: TopologyFile, network: string): Network['metadata'] => {
  const own = file.networks[network];
  const said = own?.metadata ?? (own?.tenant === undefined ? undefined : file.tenants[own.tenant]?.metadata);
  if (said === undefined || said === false) return undefined;
  return said === true ? { tokens: 'optional' } : said;
};

/** Whether connections in a network are logged: as it says itself, else as its tenant says. */
export const isLogged = (file: TopologyFile, network: string): boolean => {
  const own = file.networks[network];
  const tenant = own?.tenant === undefined ? undefined : file.tenants[own.tenant];
  return own?.['flow-log'] ?? tenant?.['flow-log'] ?? false;
};

const portRange = (written: number | string): readonly [number, number] => {
  if (typeof written === 'number') return [written, written];
  const [first = 0, last = 0] = written.split('-').map(Number);
  return [first, last];
};

const readRule = (rule: FileRule): SecurityRule => {
  const parties = ['from' in rule ? rule.from : rule.to].flat();
  const ports = rule.ports === undefined ? [] : [rule.ports].flat().map(portRange);
  if (parties.includes('any')) return { protocol: rule.protocol, ports, peers: 'any' };
  const prefixes = parties.filter((party) => party.includes('/'));
  return {
    protocol: rule.protocol,
    ports,
    peers: { prefixes, groups: parties.filter((party) => !prefixes.includes(party)) },
  };
};

/** What a machine may begin where its group does not say. */
const everything: SecurityRule = { protocol: 'any', ports: [], peers: 'any' };

const exitNames = (exit: string | readonly string[] | undefined): string[] => (exit === undefined ? [] : [exit].flat());

/** The tenants of a file; `nameOf` knows the interfaces' final names. */
export const readTenants = (file: TopologyFile, ends: readonly End[], nameOf: (end: End) => Endpoint): Tenant[] =>
  Object.entries(file.tenants).map(([name, tenant]): Tenant => {
    const exits = exitNames(tenant.router?.exit).flatMap(
      (exit) =>
        ends.find(
          (end) =>
            end.node === exit &&
            end.role !== 'tenant' &&
            end.network !== undefined &&
            file.networks[end.network]?.tenant === name,
        ) ?? [],
    );
    return {
      name,
      title: tenant.title,
      routed: tenant.router !== undefined,
      exits: exits.map(nameOf),
      groups: Object.entries(tenant.groups).map(([group, rules]) => ({
        name: group,
        in: rules.in.map(readRule),
        out: rules.out?.map(readRule) ?? [everything],
      })),
    };
  });

const ruleProblems = (rule: FileRule, path: Path, groups: readonly string[]): Problem[] => {
  const key = 'from' in rule ? 'from' : 'to';
  const { peers, ports } = readRule(rule);
  const strangers = peers === 'any' ? [] : peers.groups.filter((group) => !groups.includes(group));
  const backwards = ports.filter(([first, last]) => first < 1 || first > last || last > 65_535);
  return [
    ...strangers.map((group) => unknown('group', group, [...path, key], groups)),
    ...backwards.map(([first, last]): Problem => ({
      code: 'bad-ports',
      path: [...path, 'ports'],
      message: `${first}-${last} is no range of ports`,
      hint: 'ports count from 1 to 65535, the smaller one first',
    })),
    ...(ports.length > 0 && rule.protocol !== 'tcp' && rule.protocol !== 'udp'
      ? [
          {
            code: 'ports-without-protocol',
            path: [...path, 'ports'],
            message: `${rule.protocol === 'any' ? 'a rule for every protocol' : rule.protocol} has no ports`,
            hint: 'say protocol: tcp or protocol: udp',
          },
        ]
      : []),
  ];
};

const gatewayProblems = (file: TopologyFile, name: string): Problem[] => {
  const network = file.networks[name];
  if (network?.gateway === undefined) return [];
  const path = ['networks', name, 'gateway'];
  if (!isRouted(file, name))
    return [
      {
        code: 'gateway-without-router',
        path,
        message: `nothing answers at ${network.gateway}: network ${name} has no router`,
        hint: 'give its tenant a router: {}',
      },
    ];
  const prefix = network.prefix4 === undefined ? undefined : parsePrefix(network.prefix4);
  const own = parseAddress(network.gateway);
  if (prefix !== undefined && own !== undefined && contains(prefix, own)) return [];
  return [
    {
      code: 'gateway-outside',
      path,
      message: `${network.gateway} is not in the IPv4 prefix of network ${name}`,
      hint: 'write prefix4 into the network, and a gateway inside it',
    },
  ];
};

/** Two networks that one router joins must not overlap: it would not know which is meant. */
const overlapProblems = (file: TopologyFile, tenant: string): Problem[] => {
  const own = Object.entries(file.networks).filter(
    ([name, network]) => network.tenant === tenant && isRouted(file, name),
  );
  return (['prefix4', 'prefix6'] as const).flatMap((key) =>
    own.flatMap(([name, network], index) => {
      const prefix = network[key] === undefined ? undefined : parsePrefix(network[key]);
      const other = own.slice(0, index).find(([, before]) => {
        const earlier = before[key] === undefined ? undefined : parsePrefix(before[key]);
        return (
          prefix !== undefined &&
          earlier !== undefined &&
          (contains(prefix, addressOfPrefix(earlier)) || contains(earlier, addressOfPrefix(prefix)))
        );
      });
      return other === undefined
        ? []
        : [
            {
              code: 'networks-overlap',
              path: ['networks', name, key],
              message: `networks ${other[0]} and ${name} of tenant ${tenant} share addresses, and one router joins them`,
              hint: 'tenants may share addresses, networks of one router may not',
            },
          ];
    }),
  );
};

/** What is wrong with tenants, before addresses are given. */
export const tenantProblems = (file: TopologyFile, ends: readonly End[]): Problem[] => {
  const names = Object.keys(file.tenants);
  return [
    ...Object.entries(file.networks).flatMap(([name, { tenant }]) =>
      tenant === undefined || names.includes(tenant)
        ? []
        : [unknown('tenant', tenant, ['networks', name, 'tenant'], names)],
    ),
    ...Object.keys(file.networks).flatMap((name) => gatewayProblems(file, name)),
    ...Object.entries(file.tenants).flatMap(([name, tenant]) => {
      const groups = Object.keys(tenant.groups);
      const exits = exitNames(tenant.router?.exit);
      const strangers = exits.filter(
        (exit) =>
          !ends.some(
            (end) => end.node === exit && end.network !== undefined && file.networks[end.network]?.tenant === name,
          ),
      );
      return [
        ...overlapProblems(file, name),
        ...groups.flatMap((group) =>
          (['in', 'out'] as const).flatMap((direction) =>
            (tenant.groups[group]?.[direction] ?? []).flatMap((rule, index) =>
              ruleProblems(rule, ['tenants', name, 'groups', group, direction, index], groups),
            ),
          ),
        ),
        ...strangers.map((exit): Problem => ({
          code: 'exit-elsewhere',
          path: [
            ...['tenants', name, 'router', 'exit'],
            ...(Array.isArray(tenant.router?.exit) ? [exits.indexOf(exit)] : []),
          ],
          message: `${exit} is on no network of tenant ${name}`,
          hint: 'the way out is a node with a link in one of the networks',
        })),
        ...exits.flatMap((exit, index): Problem[] => {
          const node = file.nodes[exit] as Record<string, unknown> | undefined;
          return exits.length < 2 || strangers.includes(exit) || node?.['bfd'] !== undefined
            ? []
            : [
                {
                  code: 'exit-unwatched',
                  path: ['tenants', name, 'router', 'exit', index],
                  message: `${exit} is one of several ways out and has no bfd: nobody would notice that it is dead`,
                  hint: `give ${exit} bfd: {}`,
                },
              ];
        }),
        ...exits.flatMap((exit, index): Problem[] =>
          exits.indexOf(exit) === index
            ? []
            : [
                {
                  code: 'exit-twice',
                  path: ['tenants', name, 'router', 'exit', index],
                  message: `${exit} is a way out of tenant ${name} already`,
                },
              ],
        ),
      ];
    }),
    ...ends.flatMap((end) => {
      if (end.groups === undefined) return [];
      const tenant = end.network === undefined ? undefined : file.networks[end.network]?.tenant;
      if (tenant === undefined || end.role === 'tenant')
        return [
          {
            code: 'groups-without-tenant',
            path: [...end.path, 'groups'],
            message: 'security groups belong to a virtual machine’s end of a link in a tenant’s network',
            hint: 'say tenant: NAME in the network, and groups at the machine’s end',
          },
        ];
      const known = Object.keys(file.tenants[tenant]?.groups ?? {});
      return end.groups.flatMap((group, index) =>
        known.includes(group) ? [] : [unknown('group', group, [...end.path, 'groups', index], known)],
      );
    }),
  ];
};
