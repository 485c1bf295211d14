/**
 * The ground a packet walks on: which interface a cable leads to, who owns an address or a MAC, what a node does with
 * packets that are not for it. Made once per trace from the topology, the declared rewrites and the evidence; where the
 * running nodes and the topology name different MACs, the running nodes are right.
 */
import { canonical } from '../address/ip.ts';
import { routerMacOf } from '../address/mac.ts';
import type { Rewrite } from '../fragment/fragment.ts';
import type { Endpoint, Interface, Node, Topology } from '../topology/topology.ts';
import type { Evidence, NodeEvidence } from './evidence.ts';

export type RewriteOf<Kind extends Rewrite['rewrite']> = Extract<Rewrite, { rewrite: Kind }>;

export interface Ground {
  readonly topology: Topology;
  readonly evidence: Evidence;
  readonly node: (name: string) => Node | undefined;
  readonly about: (node: string) => NodeEvidence;
  /** The topology's interface; undefined for `lo`, TUN devices and bridges, which no link is on. */
  readonly interface: (node: string, name: string) => Interface | undefined;
  /** Where a frame that leaves here comes in. `lo` leads to itself. */
  readonly peer: (node: string, name: string) => Endpoint | undefined;
  readonly macOf: (node: string, name: string) => string | undefined;
  /** The interfaces that have an address; `lo` for loopback addresses. */
  readonly owners: (address: string) => readonly Endpoint[];
  readonly owns: (node: string, address: string) => boolean;
  readonly macOwner: (mac: string) => Endpoint | undefined;
  /** Whether the node's kernel, or a daemon of its, translates addresses: then a packet for its own address may go on. */
  readonly translates: (node: string) => boolean;
  /** Whether frames pass the node as they are: a bridge, or a hypervisor's switch. */
  readonly switches: (node: string) => boolean;
  readonly rewrites: <Kind extends Rewrite['rewrite']>(node: string, kind: Kind) => readonly RewriteOf<Kind>[];
  readonly allRewrites: readonly Rewrite[];
  /** What people call the node. */
  readonly title: (node: string) => string;
}

/** `10.0.0.1/24` -> `10.0.0.1` in canonical form. */
const bare = (cidr: string): string => {
  const address = cidr.split('/')[0] ?? cidr;
  return canonical(address) ?? address;
};

const switching: ReadonlySet<string> = new Set(['switch', 'hypervisor', 'stack']);
const loopbackAddress = /^(?:127\.|::1$)/u;
const nothing: NodeEvidence = {};

interface Tables {
  readonly interfaces: Map<string, Interface>;
  readonly macs: Map<string, string>;
  readonly owners: Map<string, Endpoint[]>;
  readonly owned: Set<string>;
  readonly macOwners: Map<string, Endpoint>;
}

const place = (node: string, name: string): string => `${node}:${name}`;

const tablesOf = (topology: Topology, evidence: Evidence): Tables => {
  const tables: Tables = {
    interfaces: new Map(),
    macs: new Map(),
    owners: new Map(),
    owned: new Set(),
    macOwners: new Map(),
  };
  const own = (address: string, endpoint: Endpoint): void => {
    const known = tables.owners.get(address) ?? [];
    if (known.some((other) => other.node === endpoint.node && other.interface === endpoint.interface)) return;
    tables.owners.set(address, [...known, endpoint]);
    tables.owned.add(`${endpoint.node} ${address}`);
  };
  const setMac = (endpoint: Endpoint, mac: string): void => {
    tables.macs.set(place(endpoint.node, endpoint.interface), mac);
    // A bridge can carry the MAC of one of its ports; the port, which came first, is what people know.
    if (!tables.macOwners.has(mac)) tables.macOwners.set(mac, endpoint);
  };
  for (const node of topology.nodes) {
    for (const address of node.loopback) own(bare(address), { node: node.name, interface: 'lo' });
    const told = evidence.nodes[node.name]?.interfaces ?? [];
    for (const item of node.interfaces) {
      const endpoint = { node: node.name, interface: item.name };
      tables.interfaces.set(place(node.name, item.name), item);
      for (const address of item.addresses) own(bare(address), endpoint);
      setMac(endpoint, told.find(({ name }) => name === item.name)?.mac ?? item.mac);
    }
    for (const item of told) {
      const endpoint = { node: node.name, interface: item.name };
      for (const address of item.addresses) own(bare(address), endpoint);
      if (item.mac !== undefined && item.name !== 'lo') setMac(endpoint, item.mac);
    }
  }
  // A tenant's router is a part of every hypervisor that has flows of it, and what it says itself comes from there.
  for (const [node, { tenantRouter }] of Object.entries(evidence.nodes))
    for (const { mac } of tenantRouter?.entries ?? [])
      for (const address of topology.networks.find(({ vni }) => routerMacOf(vni) === mac)?.router ?? [])
        own(bare(address), { node, interface: 'br-int' });
  return tables;
};

export const groundOf = (topology: Topology, rewrites: readonly Rewrite[], evidence: Evidence): Ground => {
  const nodes = new Map(topology.nodes.map((node) => [node.name, node]));
  const tables = tablesOf(topology, evidence);
  const translators = new Set(
    rewrites.filter(({ rewrite }) => rewrite === 'nat' || rewrite === 'stateless-nat').map(({ node }) => node),
  );
  for (const [name, { conntrack = [] }] of Object.entries(evidence.nodes))
    if (
      conntrack.some(
        ({ original, reply }) => original.source !== reply.destination || original.destination !== reply.source,
      )
    )
      translators.add(name);
  const owns = (node: string, address: string): boolean =>
    tables.owned.has(`${node} ${address}`) || loopbackAddress.test(address);
  return {
    topology,
    evidence,
    node: (name) => nodes.get(name),
    about: (name) => evidence.nodes[name] ?? nothing,
    interface: (node, name) => tables.interfaces.get(place(node, name)),
    peer: (node, name) => (name === 'lo' ? { node, interface: name } : tables.interfaces.get(place(node, name))?.peer),
    macOf: (node, name) => tables.macs.get(place(node, name)),
    owners: (address) => tables.owners.get(address) ?? [],
    owns,
    macOwner: (mac) => tables.macOwners.get(mac),
    translates: (node) => translators.has(node),
    switches: (node) => switching.has(nodes.get(node)?.kind ?? ''),
    rewrites: <Kind extends Rewrite['rewrite']>(node: string, kind: Kind) =>
      rewrites.filter((item): item is RewriteOf<Kind> => item.node === node && item.rewrite === kind),
    allRewrites: rewrites,
    title: (node) => nodes.get(node)?.title ?? node,
  };
};
