/**
 * A Clos fabric of two tiers: every leaf is linked to every spine, hosts to leaves. With routing=bgp the fabric speaks eBGP
 * alone, as RFC 7938 describes: private AS numbers, one for all spines (5.2.1), so that no path goes down and up again, and
 * one for each leaf; sessions on the links themselves; equal paths through all spines (multipath-relax). With routing=ospf
 * it is one area. A leaf's hosts are in its prefix, 10.<leaf>.0.0/24, which it announces. Parameters: spines (1 to 16, 2
 * when left out), leaves (2 to 48, 4), hosts (0 to 62 at each leaf, 1), routing (bgp or ospf), name.
 */
import { XiyouError } from '../../src/errors.ts';
import { type GeneratedFile, type Parameters, nameOf, wholeNumber } from './parameters.ts';

/** AS numbers: the first private one for the spines, those after it for the leaves (RFC 6996). */
const spineNumber = 64_512;

/** The prefixes of a leaf. */
const leafPrefixes = (leaf: number): readonly [string, string] => [
  `10.${leaf}.0.0/24`,
  `fd10:${leaf.toString(16)}::/48`,
];

const routingOf = (parameters: Parameters): 'bgp' | 'ospf' => {
  const { routing = 'bgp' } = parameters;
  if (routing === 'bgp' || routing === 'ospf') return routing;
  throw new XiyouError('command-line', `-p routing=${routing}: expected bgp or ospf`);
};

export default (parameters: Parameters = {}): GeneratedFile => {
  const spines = wholeNumber(parameters, 'spines', { otherwise: 2, from: 1, to: 16 });
  // 10.64.0.0/10 and 10.255.0.0/16 are the pools of links and loopbacks.
  const leaves = wholeNumber(parameters, 'leaves', { otherwise: 4, from: 2, to: 48 });
  const hosts = wholeNumber(parameters, 'hosts', { otherwise: 1, from: 0, to: 62 });
  const bgp = routingOf(parameters) === 'bgp';
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  const spine = (index: number): string => `spine${index}`;
  const leaf = (index: number): string => `leaf${index}`;
  const host = (index: number, which: number): string => `h${index}-${which}`;
  const spineEntry = {
    kind: 'router',
    asn: spineNumber,
    // Spines share a number and no link: sessions are with the leaves alone.
    ...(bgp
      ? { bgp: { neighbors: 'none', peers: numbers(leaves).map((index) => ({ node: leaf(index) })) } }
      : { ospf: {} }),
  };
  const leafEntry = (index: number) => ({
    kind: 'router',
    ...(bgp ? { asn: spineNumber + index, bgp: { networks: leafPrefixes(index) } } : { asn: spineNumber, ospf: {} }),
  });
  const last = [host(1, 1), host(leaves, hosts)] as const;
  return {
    name: nameOf(parameters, `clos-${spines}-${leaves}`),
    title: `A Clos fabric of ${spines} spines and ${leaves} leaves`,
    story: `Between any two leaves there are ${spines} equal ways, and each flow takes one of them.`,
    nodes: {
      ...Object.fromEntries(numbers(spines).map((index) => [spine(index), spineEntry])),
      ...Object.fromEntries(numbers(leaves).map((index) => [leaf(index), leafEntry(index)])),
      ...Object.fromEntries(
        numbers(leaves).flatMap((index) => numbers(hosts).map((which) => [host(index, which), { kind: 'host' }])),
      ),
    },
    links: [
      ...numbers(spines).flatMap((above) =>
        numbers(leaves).map((below): [string, string] => [spine(above), leaf(below)]),
      ),
      ...numbers(leaves).flatMap((index) =>
        numbers(hosts).map((which) => ({
          endpoints: [leaf(index), host(index, which)],
          prefix4: `10.${index}.0.${which * 4}/30`,
          prefix6: `fd10:${index.toString(16)}:0:${which.toString(16)}::/64`,
        })),
      ),
    ],
    checks:
      hosts === 0
        ? []
        : ([4, 6] as const).map((ip) => ({
            name: `${last[0]} reaches ${last[1]} over IPv${ip}`,
            from: last[0],
            to: last[1],
            ip,
            passes: [leaf(1), leaf(leaves)],
          })),
  };
};
