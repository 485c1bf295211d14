/** Numbers that identify: AS numbers, router ids with loopback addresses, VXLAN network identifiers. */
import { formatAddress, nthAddress, parsePrefix } from '../address/ip.ts';
import type { Problem } from './problem.ts';
import type { ResolveKind } from './registry.ts';
import type { TopologyFile } from './schema.ts';

/** First private-use AS number of the 16-bit range (RFC 6996). */
const firstPrivateAsn = 64_512;
/** Where allocated VNIs begin: clear of the small ones people write by hand. */
const firstVni = 5001;

/** Whether a node of any kind speaks BGP: it is in an autonomous system, and has a router id. */
const speaksBgp = (node: TopologyFile['nodes'][string]): boolean =>
  (node as Record<string, unknown>)['bgp'] !== undefined;

/** Speakers of BGP without an AS number get a private one each, in the order of the file. */
export const assignAsns = (file: TopologyFile): Map<string, number> => {
  const used = new Set(Object.values(file.nodes).map((node) => node.asn));
  let next = firstPrivateAsn;
  return new Map(
    Object.entries(file.nodes).flatMap(([name, node]) => {
      if (node.asn !== undefined) return [[name, node.asn]];
      if (!speaksBgp(node)) return [];
      while (used.has(next)) next += 1;
      used.add(next);
      return [[name, next]];
    }),
  );
};

/**
 * Routers get one loopback address of each family; the IPv4 one is also the router id. Other speakers of BGP get a router id
 * alone, and only the loopback addresses that the file gives them: nobody announces one that nobody asked for.
 */
export const assignRouterIds = (file: TopologyFile, nodeKind: (node: string) => ResolveKind) => {
  const ids = new Map<string, string>();
  const loopbacks = new Map<string, readonly string[]>();
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  const pools = [file.addressing.loopbacks4, file.addressing.loopbacks6].map(parsePrefix);
  const fixed = new Set(
    Object.values(file.nodes).flatMap((node) => [
      node.routerId,
      ...(node.loopback ?? []).map((text) => text.split('/')[0]),
    ]),
  );
  let index = 0;
  for (const [name, node] of Object.entries(file.nodes)) {
    const isRouter = nodeKind(name).router;
    if (!isRouter && node.loopback !== undefined) loopbacks.set(name, node.loopback);
    if (!isRouter && !speaksBgp(node)) continue;
    let made: string[];
    do {
      index += 1;
      made = pools.flatMap((pool) => (pool === undefined ? [] : [formatAddress(nthAddress(pool, index))]));
    } while (made.some((address) => fixed.has(address)));
    const own = node.loopback ?? made.map((address) => `${address}/${address.includes(':') ? 128 : 32}`);
    const id = node.routerId ?? own.find((address) => !address.includes(':'))?.split('/')[0] ?? made[0];
    if (id !== undefined) {
      const other = owners.get(id);
      if (other !== undefined)
        problems.push({
          code: 'duplicate-router-id',
          path: ['nodes', name, 'routerId'],
          message: `${other} has the router id ${id} too`,
        });
      owners.set(id, name);
      ids.set(name, id);
    }
    if (isRouter) loopbacks.set(name, own);
  }
  return { ids, loopbacks, problems };
};

/** Every tenant network has a VNI of its own. */
export const assignVnis = (file: TopologyFile) => {
  const vnis = new Map<string, number>();
  const problems: Problem[] = [];
  const owners = new Map<number, string>();
  for (const [name, network] of Object.entries(file.networks)) {
    if (network.vni === undefined) continue;
    const other = owners.get(network.vni);
    if (other !== undefined)
      problems.push({
        code: 'duplicate-vni',
        path: ['networks', name, 'vni'],
        message: `network ${other} has VNI ${network.vni} too`,
      });
    owners.set(network.vni, name);
    vnis.set(name, network.vni);
  }
  let next = firstVni;
  for (const name of Object.keys(file.networks)) {
    if (vnis.has(name)) continue;
    while (owners.has(next)) next += 1;
    owners.set(next, name);
    vnis.set(name, next);
  }
  return { vnis, problems };
};
