/**
 * Origin validation (RFC 6811): what the routers of a system find a prefix of some origin to be, by the payloads of the
 * cache that they ask, and the lines of bgpd.conf that have them ask it. FRR validates; here it is known beforehand, so that
 * `up` waits for the right routes.
 */
import { contains, parsePrefix } from '../../address/ip.ts';
import type { Family } from '../../address/ip.ts';
import { at } from '../../fragment/fragment.ts';
import type { Probe, StagedOperation } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { convergence } from '../frr/probe.ts';
import { maxLengthOf, rtrOf } from '../rtr/index.ts';
import type { Roa } from '../rtr/settings.ts';
import { familyOf, nearestAddress, networkText, nodeNamed } from '../shared/lookup.ts';
import { sessionsOf } from './sessions.ts';
import type { RpkiSettings } from './settings.ts';
import { systemsOf } from './systems.ts';

export type Validity = 'valid' | 'invalid' | 'not found';

/** RFC 6811, 2: covered by no payload, or matched by one of them, or covered and matched by none. */
export const validityOf = (roas: readonly Roa[], text: string, origin: number): Validity => {
  const prefix = parsePrefix(text);
  const covering = roas.filter((roa) => {
    const own = parsePrefix(roa.prefix);
    return own !== undefined && prefix !== undefined && contains(own, prefix);
  });
  if (prefix === undefined || covering.length === 0) return 'not found';
  // A payload for AS 0 matches nothing (RFC 6483, 4).
  return covering.some((roa) => roa.asn !== 0 && roa.asn === origin && prefix.length <= maxLengthOf(roa))
    ? 'valid'
    : 'invalid';
};

/** What the system of a router wants of RPKI. */
export const rpkiOf = (node: Node, topology: Topology): RpkiSettings | undefined =>
  systemsOf(topology).get(node.asn ?? 0)?.rpki;

/** The payloads by which a system judges: those of its first cache, for the others stand in for it only. */
export const roasOf = (asn: number, topology: Topology): readonly Roa[] | undefined => {
  const [first] = systemsOf(topology).get(asn)?.rpki?.caches ?? [];
  const node = first === undefined ? undefined : nodeNamed(topology, first);
  return node === undefined ? undefined : rtrOf(node)?.roas;
};

/** Whether the router hears of other systems itself: only there something is validated. */
const atBorder = (node: Node, topology: Topology): boolean =>
  sessionsOf(node, topology).some((session) => !session.internal);

interface Asked {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly roas: readonly Roa[];
}

/** The caches that the router asks, the preferred one first; none inside a system. */
const cachesOf = (node: Node, topology: Topology): Asked[] =>
  atBorder(node, topology)
    ? (rpkiOf(node, topology)?.caches ?? []).flatMap((name) => {
        const cache = nodeNamed(topology, name);
        const settings = cache === undefined ? undefined : rtrOf(cache);
        const address = cache === undefined ? undefined : nearestAddress(topology, node, cache);
        return settings === undefined || address === undefined
          ? []
          : [{ name, address, port: settings.port, roas: settings.roas }];
      })
    : [];

/** Whether bgpd needs its module for RPKI. */
export const validates = (node: Node, topology: Topology): boolean => cachesOf(node, topology).length > 0;

/**
 * The block that has bgpd ask the caches. A cache that is not there at first is asked again every second: FRR's 600 s are
 * RFC 8210's, and until a cache has been heard nothing is refused.
 */
export const rpkiLines = (node: Node, topology: Topology): string[] => {
  const caches = cachesOf(node, topology);
  return caches.length === 0
    ? []
    : [
        'rpki',
        ' rpki retry_interval 1',
        ...caches.map(({ address, port }, index) => ` rpki cache ${address} ${port} preference ${index + 1}`),
        'exit',
      ];
};

/** The payloads as `show rpki prefix-table json` has them, each once; the counts say that there are no others. */
const tableOf = (roas: readonly Roa[]): unknown => {
  const count = (version: Family): number => roas.filter((roa) => familyOf(roa.prefix) === version).length;
  return {
    prefixes: roas.map((roa) => {
      const [prefix = '', length] = networkText(roa.prefix).split('/');
      return { prefix, prefixLenMin: Number(length), prefixLenMax: maxLengthOf(roa), asn: roa.asn };
    }),
    ipv4PrefixCount: count(4),
    ipv6PrefixCount: count(6),
  };
};

/** The command that has bgpd judge its routes anew, once it has what its first cache has; nothing where all are accepted. */
export const judgeAnew = (node: Node, topology: Topology): StagedOperation[] => {
  const [cache] = cachesOf(node, topology);
  return cache === undefined || rpkiOf(node, topology)?.invalid === 'accept'
    ? []
    : at('commands', {
        op: 'command',
        node: node.name,
        argv: [
          ...['@node', '@lab/rtr/judge-anew.ts', String(convergence(topology))],
          ...cache.roas.map((roa) => `${networkText(roa.prefix)}-${maxLengthOf(roa)}=${roa.asn}`),
        ],
        // A router without its cache goes on, and refuses nothing (RFC 6811, 5); the probe tells of it.
        mayFail: true,
        follows: 'bgpd',
      });
};

/** The router has what its first cache has. */
export const rpkiProbes = (node: Node, topology: Topology): Probe[] => {
  const [cache] = cachesOf(node, topology);
  if (cache === undefined) return [];
  return [
    {
      node: node.name,
      name: `RPKI: ${cache.roas.length} payload${cache.roas.length === 1 ? '' : 's'} of ${cache.name}`,
      question: { ask: 'vty', daemon: 'bgpd', command: 'show rpki prefix-table json', json: tableOf(cache.roas) },
      within: convergence(topology),
    },
  ];
};
