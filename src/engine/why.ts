/** Asks a node, its kernel and its routing daemons why packets to an address go the way they go. */
import { validates } from '../features/bgp/origin.ts';
import { canonical } from '../address/ip.ts';
import { XiyouError } from '../errors.ts';
import {
  type Hop,
  type KernelRoute,
  type RibEntry,
  type Step,
  type Why,
  readBgp,
  readOspf,
  readRib,
} from '../journey/why/facts.ts';
import { parsed, raw } from '../journey/why/json.ts';
import { type Refused, readPayloads, readRefused } from '../journey/why/origins.ts';
import { RTN } from '../kernel/rtnetlink.ts';
import { dumpAddresses, dumpLinks, dumpRoutes, lookUpRoute } from '../kernel/rtnetlink-read.ts';
import { askDaemon } from '../kernel/vty.ts';
import { mapLimit } from './once.ts';
import { ownersIn } from './epc.ts';
import { routeProtocols, routeTypes } from './evidence.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import { findNode, requireRunning } from './state.ts';

type Owners = (address: string) => readonly string[];

/** A loop of routes is a finding too; past this many nodes (the usual TTL, RFC 1700) no packet goes. */
const longestWay = 64;

/** One show command of a daemon of the node; undefined where it does not run. */
export const vty = (lab: Lab, node: string, daemon: string, command: string): Promise<string | undefined> =>
  askDaemon(locate(lab.rootOf(node), `/run/frr/${daemon}.vty`), command);

/** The address that is meant: itself, that of a name of the file's `hosts`, or the first of a node of this name. */
export const addressOf = (lab: Lab, given: string): string => {
  const known = Object.hasOwn(lab.state.topology.hosts, given) ? lab.state.topology.hosts[given] : undefined;
  const address = (known ?? given).includes('/') ? undefined : canonical(known ?? given);
  if (address !== undefined) return address;
  const node = findNode(lab.state, given);
  const own = [...node.interfaces.flatMap((port) => port.addresses), ...node.loopback][0]?.split('/')[0];
  if (own !== undefined) return own;
  throw new XiyouError('command-line', `${given} has no address`, { hint: 'give an IPv4 or IPv6 address' });
};

/** Where a packet comes from that the node only forwards: equal ways are chosen by both its addresses. */
interface Arrival {
  readonly from: string | undefined;
  /** The node's own address on the segment it came over. */
  readonly at: string | undefined;
}

const kernelRoute = (
  lab: Lab,
  node: string,
  address: string,
  owners: Owners,
  arrival?: Arrival,
): KernelRoute | undefined => {
  const { netlink } = lab.store.handle(node);
  const iif =
    arrival?.at === undefined || arrival.from === undefined
      ? undefined
      : dumpAddresses(netlink).find((one) => one.address.split('/')[0] === arrival.at)?.index;
  // As it came in where that can be asked; what the node would do with a packet of its own otherwise.
  const found =
    (iif === undefined ? undefined : lookUpRoute(netlink, { to: address, from: arrival?.from, iif })) ??
    lookUpRoute(netlink, { to: address });
  if (found === undefined) return undefined;
  const names = new Map(dumpLinks(netlink).map((link) => [link.index, link.name]));
  const hop = (via: string | undefined, dev: number | undefined): Hop => ({
    via,
    dev: dev === undefined ? undefined : names.get(dev),
    node: via === undefined ? undefined : owners(via)[0],
  });
  const family = address.includes(':') ? 6 : 4;
  const entries = dumpRoutes(netlink, family).filter(
    (route) => route.to === found.prefix && route.metric === found.metric && route.type === found.type,
  );
  const hops = entries.flatMap((route) => route.nextHops.map(({ via, dev }) => hop(via, dev)));
  const chosen = hop(found.via, found.dev);
  return {
    type: found.type === RTN.LOCAL ? 'local' : (routeTypes[found.type] ?? `type ${found.type}`),
    prefix: found.prefix,
    protocol: routeProtocols[found.protocol] ?? `protocol ${found.protocol}`,
    metric: found.metric,
    source: found.src,
    hops: hops.length > 0 ? hops : [chosen],
    chosen,
  };
};

/** The address that a packet of the node's own gets: the route's, else the first one of the interface it leaves by. */
const sourceOf = (lab: Lab, node: string, route: KernelRoute, six: boolean): string | undefined => {
  if (route.source !== undefined) return route.source;
  const { netlink } = lab.store.handle(node);
  const index = dumpLinks(netlink).find((link) => link.name === route.chosen.dev)?.index;
  return dumpAddresses(netlink)
    .filter((one) => one.index === index && one.address.includes(':') === six && !one.address.startsWith('fe80:'))
    .map((one) => one.address.split('/')[0])[0];
};

const askRib = async (lab: Lab, node: string, address: string): Promise<RibEntry[]> =>
  readRib(await vty(lab, node, 'zebra', `show ${address.includes(':') ? 'ipv6' : 'ip'} route ${address} json`));

const protocolsWithMetric = new Set(['ospf', 'ospf6', 'rip', 'ripng', 'isis']);

/** Node after node, by the kernels' own choice. */
export const wayFrom = async (lab: Lab, start: string, address: string, owners: Owners): Promise<Step[]> => {
  const steps: Step[] = [];
  let arrival: Arrival | undefined;
  for (let node: string | undefined = start; node !== undefined && steps.length < longestWay;) {
    const again = steps.some((step) => step.node === node);
    const route: KernelRoute | undefined = again ? undefined : kernelRoute(lab, node, address, owners, arrival);
    const chosen =
      route === undefined || route.type === 'local'
        ? undefined
        : (await askRib(lab, node, address)).find((entry) => entry.selected);
    const metric = chosen !== undefined && protocolsWithMetric.has(chosen.protocol) ? chosen.metric : undefined;
    steps.push({ node, dev: route?.chosen.dev, protocol: chosen?.protocol, metric });
    if (route === undefined || route.type === 'local') break;
    arrival = { from: arrival?.from ?? sourceOf(lab, node, route, address.includes(':')), at: route.chosen.via };
    // An IPv4 route may go by an IPv6 next hop (RFC 8950); its owner is known just as well.
    const next: readonly string[] = owners(route.chosen.via ?? address);
    node = next.includes(node) ? undefined : next[0];
    if (node !== undefined && !lab.state.topology.nodes.some(({ name }) => name === node)) break;
  }
  return steps;
};

/** What a router that asks an RPKI cache heard of the address and did not take. */
const askRefused = async (lab: Lab, node: string, address: string, owners: Owners): Promise<Refused[]> => {
  if (!validates(findNode(lab.state, node), lab.state.topology)) return [];
  const table = `show bgp ${address.includes(':') ? 'ipv6' : 'ipv4'} unicast`;
  const payloads = readPayloads(await vty(lab, node, 'bgpd', 'show rpki prefix-table json')) ?? [];
  const peers = Object.keys(raw(parsed(await vty(lab, node, 'bgpd', `${table} summary json`))['peers']));
  const found = await mapLimit(peers, 4, async (peer) => {
    const answer = await vty(lab, node, 'bgpd', `${table} neighbors ${peer} filtered-routes json`);
    return readRefused(answer, address, peer, payloads).map((one) => ({ ...one, node: owners(peer)[0] }));
  });
  return found.flat();
};

/** Everything there is to say about the route of `node` to `address`. */
export const explainRoute = async (lab: Lab, name: string, given: string): Promise<Why> => {
  const node = findNode(lab.state, name).name;
  requireRunning(lab.state, node);
  const address = addressOf(lab, given);
  const six = address.includes(':');
  const owners = ownersIn(lab);
  const kernel = kernelRoute(lab, node, address, owners);
  const rib = (await askRib(lab, node, address)).map((entry) => ({
    ...entry,
    hops: entry.hops.map((hop) => ({ ...hop, node: hop.via === undefined ? undefined : owners(hop.via)[0] })),
  }));
  const speaks = (...protocols: readonly string[]): RibEntry | undefined =>
    rib.find((entry) => protocols.includes(entry.protocol));
  const bgp = await vty(lab, node, 'bgpd', `show bgp ${six ? 'ipv6' : 'ipv4'} unicast ${address} json`);
  const refused = await askRefused(lab, node, address, owners);
  const ospfEntry = speaks('ospf', 'ospf6');
  const ospf =
    ospfEntry === undefined
      ? undefined
      : readOspf(
          await (six
            ? vty(lab, node, 'ospf6d', 'show ipv6 ospf6 route detail json')
            : vty(lab, node, 'ospfd', 'show ip ospf route json')),
          ospfEntry.prefix,
        );
  return {
    node,
    address,
    owners: owners(address),
    kernel,
    rib,
    bgp: readBgp(bgp),
    ...(refused.length === 0 ? {} : { refused }),
    ospf:
      ospf === undefined
        ? undefined
        : {
            ...ospf,
            hops: ospf.hops.map((hop) => ({ ...hop, node: hop.via === undefined ? undefined : owners(hop.via)[0] })),
          },
    way: await wayFrom(lab, node, address, owners),
  };
};
