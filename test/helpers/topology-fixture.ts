/**
 * Resolved topologies made by hand, for tests of kinds and features: addresses are written down, nothing is allocated.
 *
 *     fixture({ r1: { kind: 'router', loopback: ['1.1.1.1/32'] }, h1: { kind: 'host' } },
 *             [['r1:to-h1 10.0.0.1/24', 'h1:eth0 10.0.0.2/24']])
 *
 * MAC addresses follow from the order of nodes and links; settings and features go through their own schemas.
 */
import { z } from 'zod';
import { macOf } from '../../src/address/mac.ts';
import { features as allFeatures } from '../../src/features/registry.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Fragment } from '../../src/fragment/fragment.ts';
import type { Endpoint, Interface, Link, Node, Segment, Topology } from '../../src/topology/topology.ts';

export interface NodeFixture {
  readonly kind: string;
  readonly asn?: number;
  readonly loopback?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly features?: Readonly<Record<string, unknown>>;
}

export interface LinkOptions {
  readonly mtu?: number;
  readonly network?: string;
}

/** `node:interface address address …` at both ends. */
export type LinkFixture = readonly [string, string, LinkOptions?];

const kindOf = (name: string) => {
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
};

const endOf = (text: string): { end: Endpoint; addresses: string[] } => {
  const [endpoint = '', ...addresses] = text.split(' ');
  const [node = '', name = ''] = endpoint.split(':');
  return { end: { node, interface: name }, addresses };
};

/** The broadcast domain of each link: joined by switches, by hypervisors' underlay, and by tenant networks. */
const segmentNumbers = (nodes: Readonly<Record<string, NodeFixture>>, links: readonly LinkFixture[]): number[] => {
  const numbers = links.map((_, index) => index);
  const join = (members: readonly number[]): void => {
    const least = Math.min(...members.map((member) => numbers[member] ?? member));
    const joined = new Set(members.map((member) => numbers[member]));
    for (const [index, number] of numbers.entries()) if (joined.has(number)) numbers[index] = least;
  };
  for (const name of Object.keys(nodes)) {
    const own = links.flatMap(([a, b, options], index) =>
      [a, b].some((text) => endOf(text).end.node === name) ? [{ index, network: options?.network }] : [],
    );
    if (nodes[name]?.kind === 'switch') join(own.map(({ index }) => index));
    if (nodes[name]?.kind === 'hypervisor')
      join(own.filter(({ network }) => network === undefined).map(({ index }) => index));
  }
  for (const network of new Set(links.map(([, , options]) => options?.network))) {
    if (network !== undefined)
      join(links.flatMap(([, , options], index) => (options?.network === network ? [index] : [])));
  }
  return numbers;
};

/** A resolved topology. Networks get VNIs from 5001 in the order in which links name them. */
export const fixture = (
  nodes: Readonly<Record<string, NodeFixture>>,
  links: readonly LinkFixture[],
  options: { readonly timers?: 'fast' | 'standard'; readonly offload?: boolean } = {},
): Topology => {
  const numbers = segmentNumbers(nodes, links);
  const madeLinks = links.map(([a, b, { mtu = 1500, network } = {}]): Link => ({
    ends: [endOf(a).end, endOf(b).end],
    mtu,
    ...(network === undefined ? {} : { network }),
  }));
  const madeNodes = Object.entries(nodes).map(([name, given], place): Node => {
    const kind = kindOf(given.kind);
    const interfaces = links.flatMap(([a, b], link): Omit<Interface, 'mac'>[] => {
      const [left, right] = [endOf(a), endOf(b)];
      const network = madeLinks[link]?.network;
      const one = (own: typeof left, peer: typeof left): Omit<Interface, 'mac'>[] =>
        own.end.node !== name
          ? []
          : [
              {
                name: own.end.interface,
                mtu: madeLinks[link]?.mtu ?? 1500,
                role: kind.portRole({
                  peerKind: nodes[peer.end.node]?.kind ?? '',
                  network,
                  addressed: false,
                  partner: false,
                }),
                addresses: own.addresses,
                peer: peer.end,
                link,
                segment: numbers[link] ?? link,
                ...(network === undefined ? {} : { network }),
              },
            ];
      return [...one(left, right), ...one(right, left)];
    });
    const routerId = given.loopback?.find((cidr) => !cidr.includes(':'))?.split('/')[0];
    return {
      name,
      kind: given.kind,
      ...(given.asn === undefined ? {} : { asn: given.asn }),
      ...(kind.router && routerId !== undefined ? { routerId } : {}),
      loopback: given.loopback ?? [],
      interfaces: interfaces.map((own, port) => ({ ...own, mac: macOf(place + 1, port) })),
      settings: z.strictObject(kind.shape).parse(given.settings ?? {}),
      features: Object.fromEntries(
        Object.entries(given.features ?? {}).map(([feature, settings]) => {
          const schema = allFeatures.find((candidate) => candidate.feature === feature)?.schema;
          if (schema === undefined) throw new Error(`no feature ${feature}`);
          return [feature, schema.parse(settings)];
        }),
      ),
    };
  });
  const segments = links.map((_, segment): Segment => ({
    prefixes: [],
    members: madeNodes.flatMap((node) =>
      node.interfaces
        .filter((own) => own.segment === segment && ['routed', 'underlay'].includes(own.role))
        .map((own) => ({ node: node.name, interface: own.name })),
    ),
  }));
  const networks = [...new Set(madeLinks.flatMap((link) => link.network ?? []))];
  return {
    name: 'fixture',
    timers: options.timers ?? 'fast',
    offload: options.offload ?? false,
    nodes: madeNodes,
    links: madeLinks,
    segments,
    networks: networks.map((name, index) => ({ name, vni: 5001 + index })),
    tenants: [],
    hosts: {},
    checks: [],
  };
};

const nodeIn = (topology: Topology, name: string): Node => {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
};

/** What a node's kind and features contribute together, in the order of the plan. */
export const contributionOf = (topology: Topology, name: string): Fragment => {
  const node = nodeIn(topology, name);
  const parts: Partial<Fragment>[] = [
    kindOf(node.kind).contribute(node, node.settings as never, topology),
    ...allFeatures
      .filter((feature) => Object.hasOwn(node.features, feature.feature))
      .map((feature) => feature.contribute(node, node.features[feature.feature] as never, topology)),
  ];
  return {
    operations: parts.flatMap((part) => part.operations ?? []),
    probes: parts.flatMap((part) => part.probes ?? []),
    rewrites: parts.flatMap((part) => part.rewrites ?? []),
  };
};

/** What a node's kind and features say is wrong, each as `path: message`. */
export const problemsOf = (topology: Topology, name: string): string[] => {
  const node = nodeIn(topology, name);
  return [
    ...(kindOf(node.kind).problems?.(node, node.settings as never, topology) ?? []).map((found) => ({
      found,
      at: [] as string[],
    })),
    ...allFeatures
      .filter((feature) => Object.hasOwn(node.features, feature.feature))
      .flatMap((feature) =>
        (feature.problems?.(node, node.features[feature.feature] as never, topology) ?? []).map((found) => ({
          found,
          at: [feature.feature],
        })),
      ),
  ].map(({ found, at }) => `${[...at, ...found.path].join('.')}: ${found.message}`);
};

/** A fragment as text for golden files: one line per operation, probe and rewrite, and the content of every file. */
export const fragmentText = (fragment: Fragment): string =>
  [
    ...fragment.operations.map(({ stage, operation }) => {
      const { op, node, ...rest } = operation;
      if (operation.op !== 'file') return `${stage}: ${op} ${node} ${JSON.stringify(rest)}`;
      const { content, path, mode, owner = 'root:root' } = operation;
      const lines = content === '' ? [] : content.replace(/\n$/u, '').split('\n');
      const title = `${stage}: ${op} ${node} ${path} ${mode.toString(8)} ${owner}`;
      return [title, ...lines.map((line) => `    | ${line}`)].join('\n');
    }),
    ...fragment.probes.map(
      ({ node, name, within, question }) => `probe ${node} (${within} s) ${name}\n    ${JSON.stringify(question)}`,
    ),
    ...fragment.rewrites.map((rewrite) => `rewrite ${JSON.stringify(rewrite)}`),
  ].join('\n');
