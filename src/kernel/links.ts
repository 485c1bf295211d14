/**
 * Carries out the operations that make a network: namespaces, links, addresses, sysctls and routes. They are sorted
 * into passes over the nodes, and a node's share of a pass is one netlink batch. The order of the passes is what the
 * kernel needs, whatever order the list has:
 *
 *   1. namespaces, and inside each at once the sysctls that name no interface (`net.ipv6.conf.default.*` only matters
 *      to interfaces made later)
 *   2. bridges, TUN devices and veth pairs, each made in place by its first end's node
 *   3. sysctls of interfaces and checksum offload; then bridge ports, addresses, `up`, and last the routes
 */
import { writeFileSync } from 'node:fs';
import { networkOf, parseAddress, parsePrefix } from '../address/ip.ts';
import { XiyouError } from '../errors.ts';
import type { Operation } from '../fragment/operation.ts';
import { createTun, disableOffload, interfaceIndex, namesInterface, sysctlPath } from './device.ts';
import { errnoName, SystemError } from './libc.ts';
import { MessageBatch } from './message.ts';
import type { NamespaceHandle, NamespaceStore } from './namespace.ts';
import { newAddress, newBridge, newRoute, newVeth, setLink } from './rtnetlink.ts';

/** An operation that the kernel refused, and why: `EEXIST`, with the kernel's own words where it has any. */
export interface Refused {
  readonly operation: Operation;
  readonly reason: string;
}

/** The operations this file carries out. */
export const networkOperations = [
  'namespace',
  'veth',
  'bridge',
  'interface',
  'tun',
  'address',
  'sysctl',
  'route',
] as const;
export type NetworkOperation = Extract<Operation, { op: (typeof networkOperations)[number] }>;
export const isNetworkOperation = (operation: Operation): operation is NetworkOperation =>
  (networkOperations as readonly string[]).includes(operation.op);

const parsed = <T>(value: T | undefined, text: string): T => {
  if (value === undefined) throw new TypeError(`not an address or prefix: ${text}`);
  return value;
};

type Of<Op extends NetworkOperation['op']> = Extract<NetworkOperation, { op: Op }>;

/** A node's share of the work. */
interface Share {
  namespace: Of<'namespace'> | undefined;
  readonly early: Of<'sysctl'>[];
  readonly late: Of<'sysctl'>[];
  readonly links: (Of<'veth'> | Of<'bridge'>)[];
  readonly tuns: Of<'tun'>[];
  readonly interfaces: Of<'interface'>[];
  readonly addresses: Of<'address'>[];
  readonly routes: Of<'route'>[];
}

const share = (operations: readonly NetworkOperation[]): Map<string, Share> => {
  const shares = new Map<string, Share>();
  for (const operation of operations) {
    let mine = shares.get(operation.node);
    if (mine === undefined) {
      mine = {
        namespace: undefined,
        early: [],
        late: [],
        links: [],
        tuns: [],
        interfaces: [],
        addresses: [],
        routes: [],
      };
      shares.set(operation.node, mine);
    }
    if (operation.op === 'namespace') mine.namespace = operation;
    else if (operation.op === 'sysctl') (namesInterface(operation.key) ? mine.late : mine.early).push(operation);
    else if (operation.op === 'veth' || operation.op === 'bridge') mine.links.push(operation);
    else if (operation.op === 'tun') mine.tuns.push(operation);
    else if (operation.op === 'interface') mine.interfaces.push(operation);
    else if (operation.op === 'address') mine.addresses.push(operation);
    else mine.routes.push(operation);
  }
  return shares;
};

/**
 * Nodes with a bridge come last: every interface that comes up announces itself (MLD, ND), and a bridge in service would
 * carry each of these messages to all of its ports at once, a million of them on a switch with a thousand hosts.
 */
const bridgesLast = (shares: ReadonlyMap<string, Share>): [string, Share][] => {
  const hasBridge = ({ links }: Share): boolean => links.some((link) => link.op === 'bridge');
  return [...shares].sort(([, one], [, other]) => Number(hasBridge(one)) - Number(hasBridge(other)));
};

/**
 * The number of a veth pair's first end in its namespace, far above those that the kernel gives the second ones. Both
 * ends must not have the same number: the kernel (linkwatch_urgent_event in net/core/link_watch.c) tells at once of a
 * carrier that comes or goes only where an interface's own number and its peer's differ, as if it were no device on
 * top of another; of others it tells once a second at most, and every routing daemon learns that late of a cut link.
 * The port in the MAC (address/mac.ts) makes it one number for each interface of a node.
 */
const indexOf = (mac: string): number => {
  const octets = mac.split(':').map((part) => Number.parseInt(part, 16));
  return 100_000 + (octets[1] ?? 0) * 256 + (octets[5] ?? 0);
};

/**
 * Carries out all network operations of the list (others are ignored) and returns those that the kernel refused. What
 * was not refused is done. When a pass had refusals, the passes after it are not begun: they would only fail in its wake.
 * @throws XiyouError when a name on this machine is taken or a node has no namespace; TypeError for a malformed address.
 */
export const applyNetwork = (store: NamespaceStore, operations: readonly Operation[]): Refused[] => {
  const shares = share(operations.filter(isNetworkOperation));
  const refused: Refused[] = [];
  const batch = new MessageBatch<Operation>(1 << 16);

  /** Work with system calls of its own; a refusal is noted, not thrown. */
  const attempt = (operation: Operation, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const code = error instanceof SystemError ? errnoName(error.errno) : (error as NodeJS.ErrnoException).code;
      if (code === undefined || error instanceof XiyouError) throw error;
      refused.push({ operation, reason: `${code} (${(error as Error).message})` });
    }
  };
  const send = (handle: NamespaceHandle): void => {
    for (const { context, name, text } of handle.netlink.execute(batch))
      refused.push({ operation: context, reason: text === undefined ? name : `${name} (${text})` });
    batch.clear();
  };
  const writeSysctls = (settings: readonly Of<'sysctl'>[]): void => {
    for (const setting of settings)
      attempt(setting, () => writeFileSync(sysctlPath(setting.key), setting.value, { flag: 'r+' }));
  };

  const makeNamespaces = (): void => {
    for (const [node, mine] of shares) {
      const { namespace } = mine;
      if (namespace !== undefined && !store.exists(node))
        attempt(namespace, () => store.create(node, () => writeSysctls(mine.early)));
      else {
        if (namespace !== undefined) store.claimName(node);
        if (mine.early.length > 0) store.within(node, () => writeSysctls(mine.early));
      }
    }
  };

  const newPair = (link: Of<'veth'>, index: number | undefined): void => {
    const [end, peer] = link.ends;
    const { fd } = store.handle(peer.node);
    newVeth(batch, link, { ...end, mtu: link.mtu, up: false, index, peer: { ...peer, namespaceFd: fd } });
  };

  const makeLinks = (): void => {
    for (const [node, { links, tuns }] of shares) {
      for (const link of links) {
        if (link.op === 'bridge') newBridge(batch, link, link.name, link.mac);
        else newPair(link, indexOf(link.ends[0].mac));
      }
      const before = refused.length;
      if (links.length > 0) send(store.handle(node));
      // The number is taken where people have chosen MACs themselves: then the kernel may choose.
      const again = refused.splice(before);
      for (const one of again)
        if (one.operation.op === 'veth') newPair(one.operation, undefined);
        else refused.push(one);
      if (again.length > 0) send(store.handle(node));
      if (tuns.length > 0)
        store.within(node, (handle) => tuns.forEach((tun) => attempt(tun, () => createTun(handle.netlink, tun.name))));
    }
  };

  const configure = (): void => {
    for (const [node, mine] of bridgesLast(shares)) {
      const handle = store.handle(node);
      const indices = new Map<string, number>([['lo', 1]]);
      const withIndex = (operation: Operation, name: string, work: (index: number) => void): void => {
        const index = indices.get(name) ?? interfaceIndex(handle.netlink, name);
        if (index === undefined) refused.push({ operation, reason: `ENODEV (no interface ${name})` });
        else work(index);
        if (index !== undefined) indices.set(name, index);
      };
      if (mine.late.length > 0) store.within(node, () => writeSysctls(mine.late));
      if (mine.namespace !== undefined) setLink(batch, mine.namespace, 1, { up: true });
      for (const tun of mine.tuns) withIndex(tun, tun.name, (index) => setLink(batch, tun, index, { mtu: tun.mtu }));
      for (const address of mine.addresses)
        withIndex(address, address.interface, (index) =>
          newAddress(batch, address, index, parsed(parsePrefix(address.address), address.address)),
        );
      for (const port of mine.interfaces) {
        if (!port.offload) attempt(port, () => disableOffload(handle.netlink, port.name));
        withIndex(port, port.name, (index) => {
          if (port.bridge === undefined) setLink(batch, port, index, { up: true });
          else withIndex(port, port.bridge, (master) => setLink(batch, port, index, { up: true, master }));
        });
      }
      for (const route of mine.routes) {
        const write = (dev?: number): void =>
          newRoute(batch, route, {
            to: networkOf(parsed(parsePrefix(route.to), route.to)),
            via: route.via === undefined ? undefined : parsed(parseAddress(route.via), route.via),
            src: route.src === undefined ? undefined : parsed(parseAddress(route.src), route.src),
            dev,
            onlink: route.onlink,
            blackhole: route.blackhole,
          });
        if (route.dev === undefined) write();
        else withIndex(route, route.dev, write);
      }
      if (batch.contexts.length > 0) send(handle);
    }
  };

  try {
    for (const pass of [makeNamespaces, makeLinks, configure]) if (refused.length === 0) pass();
  } finally {
    store.goHome();
  }
  return refused;
};
