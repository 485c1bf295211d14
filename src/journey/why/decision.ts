/**
 * BGP's decision, told: by which rule a path lost to the best one. The order is RFC 4271, 9.1.2.2, with the weight that
 * FRR puts before it, and what FRR compares where everything else is equal (RFC 4456, 9, and the peer's address).
 */
import { parseAddress } from '../../address/ip.ts';
import { functions, origins } from '../../features/bgp/policy.ts';
import type { RelationBetween } from '../../features/bgp/valley.ts';
import type { Candidate } from './facts.ts';

const originRank: Readonly<Record<string, number>> = { IGP: 0, EGP: 1, incomplete: 2 };
const value = (address: string): bigint => parseAddress(address)?.value ?? 0n;

interface Rule {
  readonly name: string;
  /** Negative when the first is better. */
  readonly compare: (a: Candidate, b: Candidate) => number | bigint;
  readonly show: (candidate: Candidate) => string;
}

const rules: readonly Rule[] = [
  { name: 'weight', compare: (a, b) => b.weight - a.weight, show: (one) => `${one.weight}` },
  {
    name: 'local preference',
    compare: (a, b) => b.localPreference - a.localPreference,
    show: (one) => `${one.localPreference}`,
  },
  {
    name: 'origin in the own system',
    compare: (a, b) => Number(b.from === 'own') - Number(a.from === 'own'),
    show: (one) => (one.from === 'own' ? 'own' : 'heard'),
  },
  { name: 'length of the AS path', compare: (a, b) => a.pathLength - b.pathLength, show: (one) => `${one.pathLength}` },
  {
    name: 'origin',
    compare: (a, b) => (originRank[a.origin] ?? 2) - (originRank[b.origin] ?? 2),
    show: (one) => one.origin,
  },
  {
    name: 'MED',
    // Only paths by way of the same neighbour system are compared.
    compare: (a, b) => (a.path[0] === b.path[0] ? a.med - b.med : 0),
    show: (one) => `${one.med}`,
  },
  {
    name: 'eBGP before iBGP',
    compare: (a, b) => Number(a.from === 'internal') - Number(b.from === 'internal'),
    show: (one) => one.from,
  },
  { name: 'interior cost to the next hop', compare: (a, b) => a.cost - b.cost, show: (one) => `${one.cost}` },
];

/** The rules that break a tie; they do not count against a path that is used beside the best. */
const ties: readonly Rule[] = [
  { name: 'router id', compare: (a, b) => value(a.routerId) - value(b.routerId), show: (one) => one.routerId },
  { name: 'length of the cluster list', compare: (a, b) => a.clusters - b.clusters, show: (one) => `${one.clusters}` },
  { name: "peer's address", compare: (a, b) => value(a.peer) - value(b.peer), show: (one) => one.peer },
];

/**
 * Why `other` is not the best path. Between two paths of other systems FRR keeps the older before it looks at router
 * ids, which nothing that it prints shows: then the answer says so.
 */
export const lost = (best: Candidate, other: Candidate): string => {
  if (!other.valid) return 'its next hop is not reachable';
  for (const rule of rules) {
    const order = rule.compare(best, other);
    if (order < 0) return `${rule.name}: ${rule.show(other)} against ${rule.show(best)}`;
    if (order > 0) return `not by ${rule.name}, by which it is better`;
  }
  if (other.multipath) return 'equal to the best, and used beside it';
  if (best.from === 'external' && other.from === 'external' && value(best.routerId) > value(other.routerId))
    return 'the best one is older';
  for (const rule of ties)
    if (rule.compare(best, other) < 0) return `${rule.name}: ${rule.show(other)} against ${rule.show(best)}`;
  return 'nothing tells them apart';
};

/** Whom the path was heard from, in words; `asn` is the system of the router that holds it. */
export const heardFrom = (candidate: Candidate, asn: number | undefined, between: RelationBetween): string => {
  if (candidate.from === 'own') return 'originated here';
  const who = candidate.peerName ?? candidate.peer;
  if (candidate.from === 'internal') return `from ${who}, inside the system (iBGP)`;
  const relation = asn === undefined ? undefined : between(asn, candidate.path[0] ?? 0);
  return `from ${who}${relation === undefined || relation === 'inside' ? '' : `, a ${relation}`} (eBGP)`;
};

const wellKnown: Readonly<Record<string, string>> = {
  'no-export': 'stays in this system',
  noExport: 'stays in this system',
  'no-advertise': 'is told to nobody',
  noAdvertise: 'is told to nobody',
};

/** A community in words, where it is one of those that the policy of the lab uses (RFC 8195). */
export const communityWords = (community: string): string | undefined => {
  const known = wellKnown[community];
  if (known !== undefined) return known;
  const [asn, what, parameter, more] = community.split(':').map(Number);
  if (asn === undefined || parameter === undefined || more !== undefined) return undefined;
  if (what === functions.withhold) return `AS ${asn} is asked not to tell AS ${parameter}`;
  if (what === functions.prepend) return `AS ${asn} is asked to prepend towards AS ${parameter}`;
  if (what !== functions.relation) return undefined;
  const whom = Object.entries(origins).find(([, code]) => code === parameter)?.[0];
  if (whom === undefined) return undefined;
  return whom === 'own' ? `AS ${asn} originated it` : `AS ${asn} has it from a ${whom}`;
};
