/** Links of a containerlab file, in their brief and extended forms, as links of ours. */
import type { Path } from '../problem.ts';
import { suggestion } from '../suggest.ts';
import { type Entry, entryOf, isEntry, listOf, textOf } from './shape.ts';
import type { Sink } from './nodes.ts';

/** MTU of containerlab's veth links (containerlab's manual, "Topology definition", links). */
const defaultMtu = 9500;

/** Types of links that lead out of the lab, and what can be done instead. */
const outside: Readonly<Record<string, string>> = {
  host: 'a link to the machine',
  'mgmt-net': 'a link to the management network',
  macvlan: 'a link to an interface of the machine',
  vxlan: 'a link to another machine',
  'vxlan-stitch': 'a link to another machine',
};

interface Place {
  readonly node: string;
  readonly interface: string;
  readonly mac?: string | undefined;
  readonly addresses: readonly string[];
}

export interface LinkContext {
  /** Containerlab's node names -> ours; those that could not be converted are not in it. */
  readonly names: ReadonlyMap<string, string>;
  /** All names of the file. */
  readonly written: readonly string[];
  /** Our node -> interface -> MAC address. */
  readonly macs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Addresses that a node's own commands give an interface. */
  readonly addresses: (node: string, name: string) => readonly string[];
  readonly speaksIp: (node: string) => boolean;
}

const linkKeys = [
  'type',
  'endpoints',
  'endpoint',
  'mtu',
  'ipv4',
  'ipv6',
  'labels',
  'vars',
  'host-interface',
  'mode',
  'remote',
  'vni',
  'dst-port',
  'src-port',
];

/** `node:interface`, or the extended mapping of it. */
const placeOf = (value: unknown, extra: readonly string[]): Place | undefined => {
  if (typeof value === 'string') {
    const colon = value.indexOf(':');
    if (colon < 1) return undefined;
    return { node: value.slice(0, colon), interface: value.slice(colon + 1), addresses: extra };
  }
  if (!isEntry(value)) return undefined;
  const [node, name] = [textOf(value['node']), textOf(value['interface'])];
  if (node === undefined || name === undefined) return undefined;
  const own = ['ipv4', 'ipv6'].flatMap((key) => textOf(value[key]) ?? []);
  return { node, interface: name, mac: textOf(value['mac'])?.toLowerCase(), addresses: [...extra, ...own] };
};

export interface ConvertedLinks {
  readonly links: unknown[];
  /** Our node -> interfaces without a link (type dummy). */
  readonly dummies: Map<string, string[]>;
}

/** Converts all links. */
export const convertLinks = (topology: Entry, context: LinkContext, sink: Sink): ConvertedLinks => {
  const links: unknown[] = [];
  const dummies = new Map<string, string[]>();
  for (const [index, value] of listOf(topology['links']).entries()) {
    const at: Path = ['topology', 'links', index];
    const link = entryOf(value);
    const type = textOf(link['type']) ?? 'veth';
    for (const key of Object.keys(link))
      if (!linkKeys.includes(key)) sink.problem([...at, key], `unknown key "${key}"`, suggestion(key, linkKeys), true);
    if (type in outside) {
      sink.problem(
        [...at, 'type'],
        `${outside[type] ?? ''} (type ${type}) is not possible here: labs stand alone`,
        'remove the link',
      );
      continue;
    }
    const known = (node: string, path: Path): string | undefined => {
      const name = context.names.get(node);
      if (name === undefined && node in outside)
        sink.problem(path, `${outside[node] ?? ''} is not possible here: labs stand alone`, 'remove the link');
      else if (name === undefined && !context.written.includes(node))
        sink.problem(path, `no node is called "${node}"`, suggestion(node, context.written));
      return name;
    };
    if (type === 'dummy') {
      const place = placeOf(link['endpoint'], []);
      const name = place === undefined ? undefined : known(place.node, [...at, 'endpoint']);
      if (place === undefined) sink.problem(at, 'a link of type dummy has an endpoint with node and interface');
      else if (name !== undefined) dummies.set(name, [...(dummies.get(name) ?? []), place.interface]);
      continue;
    }
    if (type !== 'veth' && type !== 'veth-stitch') {
      sink.problem(
        [...at, 'type'],
        `unknown type of link "${type}"`,
        suggestion(type, ['veth', ...Object.keys(outside)]),
      );
      continue;
    }
    const endpoints = listOf(link['endpoints']);
    if (endpoints.length !== 2) {
      sink.problem([...at, 'endpoints'], 'a link has two endpoints');
      continue;
    }
    const ends = endpoints.map((endpoint, which) => {
      const path = [...at, 'endpoints', which];
      const extra = ['ipv4', 'ipv6']
        .flatMap((key) => textOf(listOf(link[key])[which]) ?? [])
        .filter((text) => text !== '');
      const place = placeOf(endpoint, extra);
      if (place === undefined) {
        sink.problem(path, 'an endpoint is written node:interface');
        return undefined;
      }
      const node = known(place.node, path);
      if (node === undefined) return undefined;
      sink.origin(['links', links.length, 'endpoints', which], path);
      const mac = place.mac ?? context.macs.get(node)?.get(place.interface);
      return {
        node,
        interface: place.interface,
        ...(context.speaksIp(node)
          ? { addresses: [...new Set([...place.addresses, ...context.addresses(node, place.interface)])] }
          : {}),
        ...(mac === undefined ? {} : { mac }),
      };
    });
    const mtu = Number(textOf(link['mtu']) ?? defaultMtu);
    if (!ends.includes(undefined)) {
      sink.origin(['links', links.length], at);
      links.push({ endpoints: ends, mtu: mtu === 0 ? defaultMtu : mtu });
    }
  }
  return { links, dummies };
};
