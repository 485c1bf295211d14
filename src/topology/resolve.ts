/**
 * From a checked file to a Topology: a list of named steps, each adding one decision (ends, names, segments,
 * addresses, numbers). Pure and deterministic: the same file always gives the same lab.
 */
import { macOf } from '../address/mac.ts';
import { assignAddresses } from './addressing.ts';
import { bondProblems } from './bonds.ts';
import { resolveChecks } from './check-resolve.ts';
import { type End, defaultMtu, readLinks } from './ends.ts';
import { nameInterfaces } from './names.ts';
import { assignAsns, assignRouterIds, assignVnis } from './numbers.ts';
import type { Path, Problem } from './problem.ts';
import { parseRate, parseShare, parseTime } from './quantity.ts';
import { relationProblems } from './relations.ts';
import type { RadioEnd, Registry, ResolveKind } from './registry.ts';
import type { SchemaKind, TopologyFile } from './schema.ts';
import { findSegments } from './segments.ts';
import { suggestion } from './suggest.ts';
import { isLogged, metadataOf, readTenants, routerAddresses, tenantProblems } from './tenants.ts';
import { endpointName } from './topology.ts';
import type { Endpoint, Impairment, Interface, Node, Topology } from './topology.ts';

const impairmentOf = (link: {
  rate?: string | undefined;
  delay?: string | undefined;
  jitter?: string | undefined;
  loss?: string | undefined;
}): Impairment | undefined => {
  const impairment = {
    ...(link.rate === undefined ? {} : { rate: parseRate(link.rate) }),
    ...(link.delay === undefined ? {} : { delay: parseTime(link.delay) }),
    ...(link.jitter === undefined ? {} : { jitter: parseTime(link.jitter) }),
    ...(link.loss === undefined ? {} : { loss: parseShare(link.loss) }),
  };
  return Object.keys(impairment).length === 0 ? undefined : impairment;
};

const unknownNode = (name: string, path: Path, file: TopologyFile): Problem => ({
  code: 'unknown-node',
  path,
  message: `no node is called "${name}"`,
  hint: suggestion(name, Object.keys(file.nodes)),
});

/** References to nodes outside of links. */
const referenceProblems = (file: TopologyFile): Problem[] => [
  ...file.checks.flatMap((check, index) =>
    (['from', 'at'] as const).flatMap((key) => {
      const name = check[key];
      return name === undefined || Object.hasOwn(file.nodes, name)
        ? []
        : [unknownNode(name, ['checks', index, key], file)];
    }),
  ),
  ...(file.trace === undefined || Object.hasOwn(file.nodes, file.trace.from)
    ? []
    : [unknownNode(file.trace.from, ['trace', 'from'], file)]),
];

/** Whether an end is a member of its segment. Of a stack's ports those are that its gateway stands at. */
const speaks = (end: End, addresses: ReadonlyMap<End, readonly string[]>): boolean =>
  ['routed', 'underlay', 'peer'].includes(end.role) || (end.role === 'access' && addresses.has(end));

/** What kinds and features say after a look at the whole topology. */
const semanticProblems = (topology: Topology, registry: Registry, pathOf: (end: Endpoint) => Path): Problem[] =>
  topology.nodes.flatMap((node) => {
    const kind = registry.kinds.find((candidate) => candidate.kind === node.kind);
    const own = kind?.problems?.(node, node.settings as never, topology) ?? [];
    const carried = registry.features
      .filter((feature) => feature.problems !== undefined && Object.hasOwn(node.features, feature.feature))
      .flatMap((feature) =>
        (feature.problems?.(node, node.features[feature.feature] as never, topology) ?? []).map((problem) => ({
          ...problem,
          path: problem.end === undefined ? [feature.feature, ...problem.path] : problem.path,
        })),
      );
    return [...own, ...carried].map(({ end, path, ...problem }) => ({
      code: 'not-sensible',
      ...problem,
      path: [...(end === undefined ? ['nodes', node.name] : pathOf({ node: node.name, interface: end })), ...path],
    }));
  });

/** Splits a node's entry into what the kind owns and what features own. */
const splitEntry = (entry: Record<string, unknown>, kind: SchemaKind, registry: Registry) => ({
  settings: Object.fromEntries(
    Object.keys(kind.shape).flatMap((key) => (entry[key] === undefined ? [] : [[key, entry[key]]])),
  ),
  features: Object.fromEntries(
    registry.features.flatMap((feature) =>
      entry[feature.feature] === undefined ? [] : [[feature.feature, entry[feature.feature]]],
    ),
  ),
});

/** What a node is on a radio link, as the first of its features that knows says. */
const radioEndOf = (entry: Record<string, unknown>, registry: Registry): RadioEnd | undefined =>
  registry.features
    .flatMap(({ feature, radio }) => (entry[feature] === undefined ? [] : [radio?.(entry[feature] as never)]))
    .find((end) => end !== undefined);

/** Resolves a checked file. Returns problems instead of a topology when something in it cannot be. */
export const resolve = (file: TopologyFile, registry: Registry): { topology?: Topology; problems: Problem[] } => {
  const kindOf = new Map(registry.kinds.map((kind) => [kind.kind, kind]));
  const nodeKind = (node: string): ResolveKind => {
    const kind = kindOf.get(file.nodes[node]?.kind ?? '');
    if (kind === undefined) throw new Error(`node ${node} has no registered kind`);
    return kind;
  };
  const read = readLinks(file, nodeKind);
  const problems = [
    ...read.problems,
    ...referenceProblems(file),
    ...tenantProblems(file, read.ends),
    ...bondProblems(read, nodeKind),
  ];
  if (problems.length > 0) return { problems };

  const named = nameInterfaces(file, read.ends, nodeKind);
  const radioEnds = new Map(Object.entries(file.nodes).map(([name, entry]) => [name, radioEndOf(entry, registry)]));
  const segments = findSegments(read.ends, (node) => radioEnds.get(node));
  const addressed = assignAddresses(file, read.ends, segments);
  const numbers = { asns: assignAsns(file), routers: assignRouterIds(file, nodeKind), vnis: assignVnis(file) };
  problems.push(...named.problems, ...addressed.problems, ...numbers.routers.problems, ...numbers.vnis.problems);
  if (problems.length > 0) return { problems };

  const nameOf = (end: End): { node: string; interface: string } => ({
    node: end.node,
    interface: named.names.get(end) ?? '',
  });
  const ports = Map.groupBy(read.ends, (end) => end.node);
  const nodes = Object.entries(file.nodes).map(([name, entry], index): Node => {
    const kind = nodeKind(name);
    const interfaces = (ports.get(name) ?? []).map((end, port): Interface => ({
      name: nameOf(end).interface,
      mac: end.mac ?? macOf(index + 1, port),
      mtu: read.links[end.link]?.mtu ?? defaultMtu,
      role: end.role,
      addresses: addressed.addresses.get(end) ?? [],
      peer: nameOf(end.peer),
      link: end.link,
      segment: segments.indexOf.get(end) ?? 0,
      network: read.links[end.link]?.network,
      groups: end.groups,
      ...(end.dhcp ? { dhcp: true as const } : {}),
      ...(end.bond === undefined ? {} : { bond: end.bond }),
      relation: end.relation,
    }));
    return {
      name,
      kind: entry.kind,
      title: entry.title,
      ...(entry.hostname === undefined ? {} : { hostname: entry.hostname }),
      asn: numbers.asns.get(name),
      routerId: numbers.routers.ids.get(name),
      loopback: numbers.routers.loopbacks.get(name) ?? [],
      interfaces,
      ...(entry.restart === undefined ? {} : { restart: entry.restart }),
      ...splitEntry(entry, kind, registry),
    };
  });
  const topology: Topology = {
    name: file.name,
    title: file.title,
    story: file.story,
    timers: file.timers,
    offload: file.offload,
    ...(file.restart === undefined ? {} : { restart: file.restart }),
    nodes,
    links: read.links.map((link) => ({
      ends: [nameOf(link.ends[0]), nameOf(link.ends[1])],
      mtu: link.mtu ?? defaultMtu,
      network: link.network,
      area: link.area === undefined ? undefined : String(link.area),
      impairment: impairmentOf(link),
    })),
    segments: segments.groups.map((group, index) => ({
      prefixes: addressed.prefixes[index] ?? [],
      members: group.filter((end) => speaks(end, addressed.addresses)).map(nameOf),
    })),
    networks: Object.entries(file.networks).map(([name, { tenant }]) => {
      const segment = read.ends.find((end) => end.network === name);
      const prefixes = segment === undefined ? [] : (addressed.prefixes[segments.indexOf.get(segment) ?? -1] ?? []);
      const router = routerAddresses(file, name, prefixes);
      const metadata = metadataOf(file, name);
      return {
        name,
        vni: numbers.vnis.vnis.get(name) ?? 0,
        tenant,
        ...(router.length > 0 ? { router } : {}),
        ...(isLogged(file, name) ? { flowLog: true as const } : {}),
        ...(metadata === undefined ? {} : { metadata }),
      };
    }),
    tenants: readTenants(file, read.ends, nameOf),
    hosts: file.hosts,
    trace: file.trace,
    checks: [],
  };
  const paths = new Map(read.ends.map((end) => [`${end.node}:${nameOf(end).interface}`, end.path]));
  const pathOf = (end: Endpoint): Path => paths.get(endpointName(end)) ?? ['links'];
  const checks = resolveChecks(file.checks, topology);
  const semantic = [
    ...relationProblems(topology, pathOf),
    ...semanticProblems(topology, registry, pathOf),
    ...checks.problems,
  ];
  return semantic.length > 0
    ? { problems: semantic }
    : { topology: { ...topology, checks: checks.checks }, problems: [] };
};
