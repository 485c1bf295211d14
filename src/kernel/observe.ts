/**
 * What stands: the links, addresses and routes of a node, and for each operation of a plan whether the kernel already
 * has what it asks for. `up` does only what is absent, and says why something differs.
 */
import { canonical, formatPrefix, networkOf, parsePrefix } from '../address/ip.ts';
import type { Operation, VethEnd } from '../fragment/operation.ts';
import { withSysctls } from './device.ts';
import { isNetworkOperation } from './links.ts';
import type { NetworkOperation } from './links.ts';
import type { NamespaceStore } from './namespace.ts';
import { RTN } from './rtnetlink.ts';
import { dumpAddresses, dumpLinks, dumpRoutes } from './rtnetlink-read.ts';
import type { AddressFact, LinkFact, RouteFact } from './rtnetlink-read.ts';

export interface NamespaceFacts {
  readonly links: readonly LinkFact[];
  readonly addresses: readonly AddressFact[];
  /** The main table, IPv4 and IPv6. */
  readonly routes: readonly RouteFact[];
}

/** Everything about a node's network at this moment. */
export const observeNamespace = (store: NamespaceStore, node: string): NamespaceFacts => {
  const { netlink } = store.handle(node);
  return {
    links: dumpLinks(netlink),
    addresses: dumpAddresses(netlink),
    routes: [...dumpRoutes(netlink, 4), ...dumpRoutes(netlink, 6)],
  };
};

export type Observation = 'present' | 'absent' | { readonly differs: string };

/** The facts of one node, asked of the kernel when they are first needed and kept for this observation only. */
class NodeView {
  readonly #store: NamespaceStore;
  readonly #node: string;
  #links: Map<string, LinkFact> | undefined;
  #addresses: Set<string> | undefined;
  readonly #routes = new Map<4 | 6, Map<string, RouteFact[]>>();
  constructor(store: NamespaceStore, node: string) {
    this.#store = store;
    this.#node = node;
  }

  hasName(): boolean {
    return this.#store.hasName(this.#node);
  }
  link(name: string): LinkFact | undefined {
    this.#links ??= new Map(dumpLinks(this.#store.handle(this.#node).netlink).map((link) => [link.name, link]));
    return this.#links.get(name);
  }
  /** Whether the interface has the address, given in canonical CIDR form. */
  hasAddress(index: number, address: string): boolean {
    this.#addresses ??= new Set(
      dumpAddresses(this.#store.handle(this.#node).netlink).map((fact) => `${fact.index} ${fact.address}`),
    );
    return this.#addresses.has(`${index} ${address}`);
  }
  routesTo(family: 4 | 6, to: string): readonly RouteFact[] {
    let byPrefix = this.#routes.get(family);
    if (byPrefix === undefined) {
      byPrefix = new Map<string, RouteFact[]>();
      for (const route of dumpRoutes(this.#store.handle(this.#node).netlink, family))
        byPrefix.set(route.to, [...(byPrefix.get(route.to) ?? []), route]);
      this.#routes.set(family, byPrefix);
    }
    return byPrefix.get(to) ?? [];
  }
}

type Views = (node: string) => NodeView | undefined;

const wrongEnd = (end: VethEnd, link: LinkFact | undefined, mtu: number): string | undefined => {
  const name = `${end.node}:${end.name}`;
  if (link === undefined) return `${name} is missing`;
  if (link.kind !== 'veth') return `${name} is a ${link.kind ?? 'device'}, not a veth`;
  if (link.mac !== end.mac) return `${name} has MAC ${link.mac}, not ${end.mac}`;
  return link.mtu === mtu ? undefined : `${name} has MTU ${link.mtu}, not ${mtu}`;
};

const observeVeth = (views: Views, operation: Extract<NetworkOperation, { op: 'veth' }>): Observation => {
  const [one, two] = operation.ends;
  const first = views(one.node)?.link(one.name);
  const second = views(two.node)?.link(two.name);
  if (first === undefined && second === undefined) return 'absent';
  const wrong = wrongEnd(one, first, operation.mtu) ?? wrongEnd(two, second, operation.mtu);
  if (wrong !== undefined) return { differs: wrong };
  return first?.peerIndex === second?.index && second?.peerIndex === first?.index
    ? 'present'
    : { differs: `${one.node}:${one.name} and ${two.node}:${two.name} are not the two ends of one link` };
};

const observeInterface = (view: NodeView, operation: Extract<NetworkOperation, { op: 'interface' }>): Observation => {
  const link = view.link(operation.name);
  if (link === undefined || !link.up) return 'absent';
  if (operation.bridge === undefined) return 'present';
  const bridge = view.link(operation.bridge);
  if (link.master === undefined || bridge === undefined) return 'absent';
  return link.master === bridge.index
    ? 'present'
    : { differs: `${operation.name} is not a port of ${operation.bridge}` };
};

const observeRoute = (view: NodeView, operation: Extract<NetworkOperation, { op: 'route' }>): Observation => {
  const to = parsePrefix(operation.to);
  if (to === undefined) return 'absent';
  const via = operation.via === undefined ? undefined : canonical(operation.via);
  const dev = operation.dev === undefined ? undefined : view.link(operation.dev)?.index;
  const fits = (route: RouteFact): boolean =>
    (operation.blackhole === true) === (route.type === RTN.BLACKHOLE) &&
    (operation.src === undefined || route.src === canonical(operation.src)) &&
    (operation.blackhole === true ||
      route.nextHops.some((hop) => hop.via === via && (operation.dev === undefined || hop.dev === dev)));
  return view.routesTo(to.family, formatPrefix(networkOf(to))).some(fits) ? 'present' : 'absent';
};

/** Runs of white space count as one: the kernel separates a sysctl's several numbers by tabs. */
const sysctlValue = (text: string): string => text.trim().replaceAll(/\s+/gu, ' ');

const observeSysctls = (
  store: NamespaceStore,
  node: string,
  operations: readonly Extract<NetworkOperation, { op: 'sysctl' }>[],
): Observation[] =>
  store.within(node, () =>
    withSysctls((read) =>
      operations.map(({ key, value }) => {
        const text = read(key);
        return text !== undefined && sysctlValue(text) === sysctlValue(value) ? 'present' : 'absent';
      }),
    ),
  );

const observeOne = (
  views: Views,
  view: NodeView,
  operation: Exclude<NetworkOperation, { op: 'sysctl' }>,
): Observation => {
  switch (operation.op) {
    case 'namespace':
      // Applying it to a namespace that is there sets lo up, and gives it its name.
      return view.link('lo')?.up === true && view.hasName() ? 'present' : 'absent';
    case 'veth':
      return observeVeth(views, operation);
    case 'bridge': {
      const link = view.link(operation.name);
      if (link === undefined) return 'absent';
      if (link.kind !== 'bridge') return { differs: `${operation.name} is a ${link.kind ?? 'device'}, not a bridge` };
      return link.mac === operation.mac
        ? 'present'
        : { differs: `${operation.name} has MAC ${link.mac}, not ${operation.mac}` };
    }
    case 'tun': {
      const link = view.link(operation.name);
      if (link === undefined) return 'absent';
      if (link.kind !== 'tun') return { differs: `${operation.name} is a ${link.kind ?? 'device'}, not a tun` };
      return link.mtu === operation.mtu
        ? 'present'
        : { differs: `${operation.name} has MTU ${link.mtu}, not ${operation.mtu}` };
    }
    case 'interface':
      return observeInterface(view, operation);
    case 'address': {
      const link = view.link(operation.interface);
      const address = canonical(operation.address);
      return link !== undefined && address !== undefined && view.hasAddress(link.index, address) ? 'present' : 'absent';
    }
    case 'route':
    default:
      return observeRoute(view, operation);
  }
};

/**
 * For each network operation of the list: is what it asks for there? `absent` can simply be applied; what `differs`
 * has to be removed first, which for this project means making the node anew.
 */
export const observeOperations = (
  store: NamespaceStore,
  operations: readonly Operation[],
): Map<Operation, Observation> => {
  const known = new Map<string, NodeView | undefined>();
  const views = (node: string): NodeView | undefined => {
    if (!known.has(node)) known.set(node, store.exists(node) ? new NodeView(store, node) : undefined);
    return known.get(node);
  };
  const seen = new Map<Operation, Observation>();
  const sysctls = new Map<string, Extract<NetworkOperation, { op: 'sysctl' }>[]>();
  for (const operation of operations) {
    if (!isNetworkOperation(operation)) continue;
    const view = views(operation.node);
    if (operation.op === 'sysctl') {
      if (view === undefined) seen.set(operation, 'absent');
      else sysctls.set(operation.node, [...(sysctls.get(operation.node) ?? []), operation]);
    } else if (operation.op === 'veth') seen.set(operation, observeVeth(views, operation));
    else seen.set(operation, view === undefined ? 'absent' : observeOne(views, view, operation));
  }
  for (const [node, list] of sysctls) {
    const results = observeSysctls(store, node, list);
    for (const [index, operation] of list.entries()) seen.set(operation, results[index] ?? 'absent');
  }
  return seen;
};
