/**
 * Where packets were lost, and what the node's own counters say about it. The packets that end at one place are put
 * against the counters of that place: a rule that matches them and counted as many is the reason.
 */
import { contains, parseAddress, parsePrefix } from '../address/ip.ts';
import type { DropCounter } from './evidence.ts';
import type { Grade } from './grade.ts';
import type { Ground, RewriteOf } from './ground.ts';
import { lastOf } from './journey.ts';
import type { Journey } from './journey.ts';
import { routeFor } from './cause/route.ts';
import { ipOf, isGroupMac, transportOf } from './sighting.ts';
import { stackOf, ttlOf } from './stack.ts';

/** Packets that ended at one place for one reason. */
export interface Loss {
  readonly node: string;
  /** Set when they were lost on the cable to this node. */
  readonly to?: string | undefined;
  readonly packets: number;
  /** The journeys, as far as they can be told from others with the same identity. */
  readonly journeys: readonly number[];
  /** How many of the packets cannot be told from others that were not lost. */
  readonly ambiguous: number;
  readonly reason?: string | undefined;
  readonly grade: Grade;
}

const words = (rule: string): string[] => rule.split(/\s+/u);

const option = (rule: readonly string[], ...names: string[]): string | undefined => {
  const at = rule.findIndex((word) => names.includes(word));
  // A negated match says too little about what the rule drops.
  return at < 0 || rule[at - 1] === '!' ? undefined : rule[at + 1];
};

const inside = (prefix: string | undefined, address: string): boolean => {
  if (prefix === undefined) return true;
  const parsed = parsePrefix(prefix.includes('/') ? prefix : `${prefix}/${prefix.includes(':') ? 128 : 32}`);
  const inner = parseAddress(address);
  return parsed !== undefined && inner !== undefined && contains(parsed, inner);
};

/** Whether a rule could have dropped the packet of a journey, by the conditions that are read here. */
const couldDrop = (counter: DropCounter, journey: Journey): boolean => {
  const last = lastOf(journey);
  const [ip, transport] = [ipOf(last), transportOf(last)];
  if (ip === undefined) return false;
  if (counter.interface !== undefined && counter.interface !== last.frame.interface && last.frame.direction === 'out')
    return false;
  const rule = words(counter.rule);
  const protocol = option(rule, '-p', '--protocol');
  const [from, to] = [option(rule, '--sport', '--source-port'), option(rule, '--dport', '--destination-port')];
  const ports = transport !== undefined && 'sourcePort' in transport ? transport : undefined;
  const device = option(rule, '-i', '--in-interface');
  return (
    (protocol === undefined || protocol === 'all' || protocol === transport?.protocol) &&
    inside(option(rule, '-s', '--source'), ip.source) &&
    inside(option(rule, '-d', '--destination'), ip.destination) &&
    (from === undefined || Number(from) === ports?.sourcePort) &&
    (to === undefined || Number(to) === ports?.destinationPort) &&
    (device === undefined || last.frame.direction === 'out' || device === last.frame.interface)
  );
};

/** What the packet itself and the routes say: a TTL that ran out, no way on. */
const ownReason = (ground: Ground, journey: Journey): string | undefined => {
  const last = lastOf(journey);
  const ip = ipOf(last);
  if (ip === undefined || last.frame.direction === 'out' || ground.switches(last.frame.node)) return undefined;
  if (ttlOf(ip) <= 1) return `the ${ip.protocol === 'ipv4' ? 'TTL' : 'hop limit'} ran out`;
  const { node } = last.frame;
  if (ground.about(node).routes === undefined) return undefined;
  const route = routeFor(ground, node, ip.destination, { source: ip.source, interface: last.frame.interface });
  if (route === undefined) return `${node} has no route to ${ip.destination}`;
  return route.type === undefined || route.type === 'unicast'
    ? undefined
    : `${node} has a ${route.type} route for ${route.prefix}`;
};

/** A VXLAN packet that came to the right VTEP and was none of the networks there, or for none of its machines. */
const tunnelReason = (ground: Ground, journey: Journey): string | undefined => {
  const last = lastOf(journey);
  const { node, direction } = last.frame;
  const stack = stackOf(last);
  const tunnel = stack?.tunnels[0];
  if (direction === 'out' || tunnel?.header.protocol !== 'vxlan' || !ground.owns(node, tunnel.ip.destination))
    return undefined;
  const { vni } = tunnel.header;
  const here = ground.rewrites(node, 'vxlan');
  const network = here.find((item) => item.vni === vni)?.network;
  if (network === undefined) {
    const meant = ground.allRewrites.find(
      (item): item is RewriteOf<'vxlan'> =>
        item.rewrite === 'vxlan' && item.vni === vni && item.vtep === tunnel.ip.source,
    );
    const own = meant === undefined ? undefined : here.find((item) => item.network === meant.network);
    return `VXLAN VNI ${vni} is unknown at ${node}: no network of it there${
      own === undefined ? '' : ` (${meant?.node ?? ''} means ${own.network}, which is VNI ${own.vni} there)`
    }`;
  }
  const mac = stack?.inner.ethernet?.destination ?? '';
  const owner = ground.macOwner(mac);
  const holds = ground.node(node)?.interfaces.some((own) => own.network === network && own.peer.node === owner?.node);
  return isGroupMac(mac) || holds === true ? undefined : `no machine of network ${network} at ${node} has MAC ${mac}`;
};

interface Bucket {
  readonly reason: string | undefined;
  readonly grade: Grade;
  readonly journeys: Journey[];
}

const byCounters = (ground: Ground, node: string, lost: readonly Journey[]): Bucket[] => {
  const counters = (ground.about(node).drops ?? []).filter(({ packets }) => packets > 0);
  const taken = counters.map((): Journey[] => []);
  const others = new Map<string, Journey[]>();
  for (const journey of lost) {
    const own = ownReason(ground, journey) ?? tunnelReason(ground, journey);
    const at =
      own === undefined
        ? counters.findIndex(
            (counter, index) => (taken[index]?.length ?? 0) < counter.packets && couldDrop(counter, journey),
          )
        : -1;
    if (at >= 0) taken[at]?.push(journey);
    else others.set(own ?? '', [...(others.get(own ?? '') ?? []), journey]);
  }
  return [
    ...counters.flatMap(({ rule, packets }, index): Bucket[] => {
      const journeys = taken[index] ?? [];
      if (journeys.length === 0) return [];
      const grade = journeys.length === packets ? 'explained' : 'inferred';
      return [{ reason: `${rule} counted ${packets}`, grade, journeys }];
    }),
    ...[...others].map(([reason, journeys]): Bucket => ({
      reason: reason === '' ? undefined : reason,
      grade: reason === '' ? 'unexplained' : 'explained',
      journeys,
    })),
  ];
};

/** The losses at each place, with their reasons; `lost` are journeys with the node, and the cable, they ended at. */
export const lossesOf = (
  ground: Ground,
  lost: readonly { readonly journey: Journey; readonly node: string; readonly to?: string | undefined }[],
): Loss[] => {
  const places = new Map<string, { node: string; to: string | undefined; journeys: Journey[] }>();
  for (const { journey, node, to } of lost) {
    const key = `${node} ${to ?? ''}`;
    const known = places.get(key);
    if (known === undefined) places.set(key, { node, to, journeys: [journey] });
    else known.journeys.push(journey);
  }
  return [...places.values()].flatMap(({ node, to, journeys }) =>
    byCounters(ground, node, journeys).map(({ reason, grade, journeys: ended }): Loss => ({
      node,
      ...(to === undefined ? {} : { to }),
      packets: ended.length,
      journeys: ended.filter(({ ambiguous }) => !ambiguous).map(({ number }) => number),
      ambiguous: ended.filter(({ ambiguous }) => ambiguous).length,
      ...(reason === undefined ? {} : { reason }),
      grade,
    })),
  );
};
