/**
 * Addresses of every interface. What the file fixes stands; every other interface gets the next free address of its
 * segment's prefix; a segment without a prefix gets one from the pools, clear of all that the file fixes anywhere.
 */
import {
  type Family,
  type Prefix,
  addressOfPrefix,
  contains,
  formatAddress,
  formatPrefix,
  lastAddress,
  networkOf,
  nthAddress,
  parsePrefix,
  sizeOf,
} from '../address/ip.ts';
import type { End } from './ends.ts';
import type { Problem } from './problem.ts';
import type { TopologyFile } from './schema.ts';
import type { Segments } from './segments.ts';
import { routerAddresses } from './tenants.ts';

interface Assigned {
  readonly addresses: Map<End, string[]>;
  /** Per segment. */
  readonly prefixes: string[][];
  readonly problems: Problem[];
}

const must = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`${text} passed the schema but is no prefix`);
  return prefix;
};
const families: readonly Family[] = [4, 6];
/** RFC 3927, 2.1: the link-local block, whose first and last 256 addresses are reserved. */
const linkLocal = must('169.254.0.0/16');
const linkLocalReserved = ['169.254.0.0/24', '169.254.255.0/24'].map(must);
const familyOf = (cidr: string): Family => (cidr.includes(':') ? 6 : 4);
const overlap = (left: Prefix, right: Prefix): boolean =>
  left.family === right.family && (contains(left, right) || contains(right, left));

/** Takes subnets from a pool in order, stepping over what is used. */
const allocator = (pool: Prefix, used: readonly Prefix[]) => {
  let next = networkOf(pool).value;
  const blocked = used.filter((prefix) => overlap(pool, prefix));
  return (length: number): Prefix | undefined => {
    const size = 1n << BigInt((pool.family === 4 ? 32 : 128) - length);
    for (;;) {
      const value = ((next + size - 1n) / size) * size;
      const candidate: Prefix = { family: pool.family, value, length };
      if (!contains(pool, candidate)) return undefined;
      const clash = blocked.find((prefix) => overlap(prefix, candidate));
      next = clash === undefined ? value + size : lastAddress(clash).value + 1n;
      if (clash === undefined) return candidate;
    }
  };
};

/** IPv4: /30 for two members, /24 for more, larger where the members need it (network and broadcast are no addresses). */
const lengthFor = (family: Family, members: number): number => {
  if (family === 6) return 64;
  if (members <= 2) return 30;
  let length = 24;
  while (2 ** (32 - length) - 2 < members) length -= 1;
  return length;
};

const keyOf = (family: Family): 'prefix4' | 'prefix6' => (family === 4 ? 'prefix4' : 'prefix6');

/** The prefix the file wants for a segment, from its links or its tenant network; two different ones are a problem. */
const wantedPrefix = (
  file: TopologyFile,
  group: readonly End[],
  family: Family,
  problems: Problem[],
): Prefix | undefined => {
  const key = keyOf(family);
  let found: string | undefined;
  const note = (text: string | undefined, path: readonly (string | number)[]): void => {
    if (text === undefined) return;
    if (found !== undefined && formatPrefix(networkOf(must(found))) !== formatPrefix(networkOf(must(text)))) {
      problems.push({
        code: 'prefix-conflict',
        path,
        message: `this segment already has the prefix ${found}`,
        hint: 'links joined by switches are one segment and share one prefix',
      });
      return;
    }
    found = text;
  };
  for (const link of new Set(group.map((end) => end.link))) {
    const written = file.links[link];
    if (written !== undefined && !Array.isArray(written)) note(written[key], ['links', link, key]);
  }
  for (const network of new Set(group.flatMap((end) => (end.network === undefined ? [] : [end.network])))) {
    note(file.networks[network]?.[key], ['networks', network, key]);
  }
  return found === undefined ? undefined : networkOf(must(found));
};

/** The next host address of a prefix that nobody in the segment has. */
const nextFree = (prefix: Prefix, used: Set<string>, start: bigint): { address: string; next: bigint } | undefined => {
  const size = sizeOf(prefix);
  const hostBits = (prefix.family === 4 ? 32 : 128) - prefix.length;
  const last = prefix.family === 4 && hostBits >= 2 ? size - 2n : size - 1n;
  for (let index = hostBits === 1 && start === 1n ? 0n : start; index <= last; index += 1n) {
    const address = formatAddress(nthAddress(prefix, index));
    if (!used.has(address)) return { address, next: index + 1n };
  }
  return undefined;
};

/**
 * The ends that have addresses. Underlay ports of a hypervisor are ports of one bridge, which has one address: the one that
 * the file fixes at any of them, else one at the first. So are the servers' ports of a stack.
 */
const speakers = (ends: readonly End[]): ReadonlySet<End> => {
  const bridges = Map.groupBy(
    ends.filter(({ role }) => role === 'underlay' || role === 'access'),
    ({ node }) => node,
  );
  return new Set([
    ...ends.filter(({ role }) => role === 'routed' || role === 'peer'),
    ...[...bridges.values()].flatMap((ports) => {
      const fixed = ports.filter(({ fixedAddresses = [] }) => fixedAddresses.length > 0);
      return fixed.length > 0 ? fixed : ports.slice(0, 1);
    }),
  ]);
};

/** Members of a stack have the same addresses for their servers. */
const anycast = (end: End, other: End): boolean =>
  end.role === 'access' && other.role === 'access' && end.stack?.stack === other.stack?.stack;

/** Decides every address. */
export const assignAddresses = (file: TopologyFile, ends: readonly End[], segments: Segments): Assigned => {
  const problems: Problem[] = [];
  const addresses = new Map<End, string[]>();
  const speaking = speakers(ends);
  const speaks = (end: End): boolean => speaking.has(end);
  const members = segments.groups.map((group) => group.filter(speaks));
  const fixedPrefixes = [
    ...ends.flatMap((end) => (end.fixedAddresses ?? []).map((text) => networkOf(must(text)))),
    ...families.flatMap((family) => segments.groups.flatMap((group) => wantedPrefix(file, group, family, []) ?? [])),
  ];
  const pools = {
    4: allocator(must(file.addressing.links4), fixedPrefixes),
    6: allocator(must(file.addressing.links6), fixedPrefixes),
  };
  const radioPool = allocator(linkLocal, [...fixedPrefixes, ...linkLocalReserved]);
  /** A prefix for a segment without one; a radio link has link-local IPv4 addresses only. */
  const allocate = (segment: number, family: Family, size: number): Prefix | undefined =>
    (segments.radio.has(segment) ? radioPool : pools[family])(lengthFor(family, size));
  const prefixes = members.map((group, index): string[] => {
    const used = new Map<string, End>();
    for (const end of group) {
      if (end.fixedAddresses === undefined) continue;
      addresses.set(end, [...end.fixedAddresses]);
      for (const cidr of end.fixedAddresses) {
        const address = formatAddress(addressOfPrefix(must(cidr)));
        const other = used.get(address);
        if (other !== undefined && !anycast(end, other))
          problems.push({
            code: 'address-conflict',
            path: end.path,
            message: `${address} is already ${other.node}'s on this segment`,
          });
        used.set(address, end);
      }
    }
    const open = group.filter((end) => end.fixedAddresses === undefined);
    return families.flatMap((family): string[] => {
      const fixed = group.flatMap((end) => (end.fixedAddresses ?? []).filter((cidr) => familyOf(cidr) === family));
      const derived = fixed.map(must).find((prefix) => prefix.length < (family === 4 ? 32 : 128));
      const wanted =
        wantedPrefix(file, segments.groups[index] ?? [], family, problems) ??
        (derived === undefined ? undefined : networkOf(derived));
      if (open.length === 0) return wanted === undefined ? [] : [formatPrefix(wanted)];
      if (wanted === undefined && family === 6 && segments.radio.has(index)) return [];
      const prefix = wanted ?? allocate(index, family, group.length);
      if (prefix === undefined) {
        problems.push({
          code: 'pool-empty',
          path: ['addressing'],
          message: `the IPv${family} pool for links has no room left`,
          hint: `make addressing.links${family} larger`,
        });
        return [];
      }
      // The tenant's router has an address too, and no interface to have it on.
      const routers = [...new Set(segments.groups[index]?.map((end) => end.network))].flatMap((network) =>
        network === undefined ? [] : routerAddresses(file, network, [formatPrefix(prefix)]),
      );
      const taken = new Set([...used.keys(), ...routers.map((cidr) => cidr.slice(0, cidr.indexOf('/')))]);
      let next = 1n;
      for (const end of open) {
        const found = nextFree(prefix, taken, next);
        if (found === undefined) {
          problems.push({
            code: 'prefix-full',
            path: end.path,
            message: `${formatPrefix(prefix)} has no address left for ${end.node}`,
            hint: 'use a shorter prefix length',
          });
          break;
        }
        taken.add(found.address);
        next = found.next;
        addresses.set(end, [...(addresses.get(end) ?? []), `${found.address}/${prefix.length}`]);
      }
      return [formatPrefix(prefix)];
    });
  });
  return { addresses, prefixes, problems };
};
