/**
 * IPv4 and IPv6 addresses and prefixes as numbers: one 32-bit or 128-bit integer and, for a prefix, its length.
 * Text is read strictly (no zones, no leading zeros, no shortened IPv4) and written in the one canonical form, so
 * that two texts mean the same address exactly when their canonical forms are equal.
 */

export type Family = 4 | 6;

export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

/** An address with a prefix length. Host bits are kept: `10.0.0.1/24` is an interface's address, `networkOf` its network. */
export interface Prefix extends Address {
  readonly length: number;
}

/** Bits of an address: 32 (RFC 791) or 128 (RFC 4291). */
export const widthOf = (family: Family): number => (family === 4 ? 32 : 128);

const octet = /^(?:0|[1-9]\d{0,2})$/u;
const group = /^[0-9a-f]{1,4}$/iu;

const parseIpv4 = (text: string): bigint | undefined => {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const number = Number(part);
    if (!octet.test(part) || number > 255) return undefined;
    value = value * 256 + number;
  }
  return BigInt(value);
};

/** The 16-bit groups of one side of `::`; a dotted IPv4 address may stand for the last two (RFC 4291, 2.2). */
const parseGroups = (text: string, last: boolean): number[] | undefined => {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (group.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const dotted = last && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (dotted === undefined) return undefined;
      groups.push(Number(dotted >> 16n), Number(dotted & 0xffffn));
    }
  }
  return groups;
};

const parseIpv6 = (text: string): bigint | undefined => {
  const sides = text.split('::');
  if (sides.length > 2) return undefined;
  const [left = '', right] = sides;
  const head = parseGroups(left, right === undefined);
  const tail = right === undefined ? [] : parseGroups(right, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // `::` stands for at least one group (RFC 4291, 2.2).
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return groups.reduce((value, part) => (value << 16n) | BigInt(part), 0n);
};

/** Reads `192.0.2.1` or `2001:db8::1`; undefined when the text is neither. */
export const parseAddress = (text: string): Address | undefined => {
  const family = text.includes(':') ? 6 : 4;
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family, value };
};

const formatIpv4 = (value: bigint): string => {
  const number = Number(value);
  return [(number >>> 24) & 255, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.');
};

/** The longest run of at least two zero groups, the first of equal ones (RFC 5952, 4.2): [start, length]. */
const longestZeros = (groups: readonly number[]): readonly [number, number] => {
  let best: readonly [number, number] = [0, 0];
  let start = 0;
  for (const [index, part] of groups.entries()) {
    if (part !== 0) start = index + 1;
    else if (index + 1 - start > best[1]) best = [start, index + 1 - start];
  }
  return best[1] >= 2 ? best : [0, 0];
};

const formatIpv6 = (value: bigint): string => {
  // IPv4-mapped addresses are written with their IPv4 part dotted (RFC 5952, section 5).
  if (value >> 32n === 0xffffn) return `::ffff:${formatIpv4(value & 0xffff_ffffn)}`;
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(16 * (7 - index))) & 0xffffn));
  const [start, length] = longestZeros(groups);
  const text = (parts: readonly number[]): string => parts.map((part) => part.toString(16)).join(':');
  return length === 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
};

/** The canonical text of an address: dotted decimal, or RFC 5952. */
export const formatAddress = (address: Address): string =>
  address.family === 4 ? formatIpv4(address.value) : formatIpv6(address.value);

/** Reads CIDR text such as `10.0.0.1/24`; undefined when it is not. The host bits are kept. */
export const parsePrefix = (text: string): Prefix | undefined => {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  const length = Number(digits);
  if (address === undefined || !octet.test(digits) || length > widthOf(address.family)) return undefined;
  return { ...address, length };
};

/** The canonical text of a prefix, host bits included: `2001:db8::1/64`. */
export const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix)}/${prefix.length}`;

const hostMask = (prefix: Prefix): bigint => (1n << BigInt(widthOf(prefix.family) - prefix.length)) - 1n;

/** The prefix with its host bits cleared. */
export const networkOf = (prefix: Prefix): Prefix => ({ ...prefix, value: prefix.value & ~hostMask(prefix) });

/** The address of an interface address, without the length. */
export const addressOfPrefix = (prefix: Prefix): Address => ({ family: prefix.family, value: prefix.value });

/** The last address of the prefix; in IPv4 with a length of at most 30 it is the broadcast address (RFC 919, RFC 3021). */
export const lastAddress = (prefix: Prefix): Address => ({
  family: prefix.family,
  value: prefix.value | hostMask(prefix),
});

/** Whether the address, or every address of the inner prefix, is in the prefix. */
export const contains = (prefix: Prefix, inner: Address | Prefix): boolean =>
  prefix.family === inner.family &&
  ('length' in inner ? inner.length >= prefix.length : true) &&
  (prefix.value ^ inner.value) <= hostMask(prefix);

/** The `index`-th address of the network, 0 being the network address itself. Throws a RangeError outside it. */
export const nthAddress = (prefix: Prefix, index: number | bigint): Address => {
  const offset = BigInt(index);
  if (offset < 0n || offset > hostMask(prefix))
    throw new RangeError(`${formatPrefix(networkOf(prefix))} has no address number ${offset}`);
  return { family: prefix.family, value: networkOf(prefix).value + offset };
};

/** How many addresses the prefix holds, network and broadcast address included. */
export const sizeOf = (prefix: Prefix): bigint => hostMask(prefix) + 1n;

/** The address in network byte order: 4 or 16 octets. */
export const addressOctets = (address: Address): Uint8Array => {
  const octets = new Uint8Array(widthOf(address.family) / 8);
  let rest = address.value;
  for (let index = octets.length - 1; index >= 0; index -= 1) {
    octets[index] = Number(rest & 255n);
    rest >>= 8n;
  }
  return octets;
};

/** The address that 4 or 16 octets in network byte order spell. Throws a RangeError for any other count. */
export const addressFromOctets = (octets: Uint8Array): Address => {
  if (octets.length !== 4 && octets.length !== 16) throw new RangeError(`an address of ${octets.length} octets`);
  return {
    family: octets.length === 4 ? 4 : 6,
    value: octets.reduce((value, part) => (value << 8n) | BigInt(part), 0n),
  };
};

/** The canonical form of an address or a prefix (`2001:DB8:0::1/64` -> `2001:db8::1/64`); undefined for anything else. */
export const canonical = (text: string): string | undefined => {
  if (text.includes('/')) {
    const prefix = parsePrefix(text);
    return prefix === undefined ? undefined : formatPrefix(prefix);
  }
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
};
