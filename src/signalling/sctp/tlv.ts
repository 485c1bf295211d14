/**
 * The parameters of INIT and INIT ACK, and the causes of ABORT and ERROR: both are type, length and value, padded to
 * four octets (RFC 9260, 3.2.1 and 3.3.10).
 */
import { put16, u16 } from '../../packet/octets.ts';

export interface Tlv {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Parameter types (RFC 9260, 3.3.2 and 3.3.3). */
export const parameterTypes = {
  heartbeatInfo: 1,
  ipv4Address: 5,
  ipv6Address: 6,
  stateCookie: 7,
  unrecognizedParameter: 8,
  cookiePreservative: 9,
  hostNameAddress: 11,
  supportedAddressTypes: 12,
} as const;

/** Cause codes (RFC 9260, 3.3.10). */
export const causes = {
  invalidStreamIdentifier: 1,
  missingMandatoryParameter: 2,
  staleCookie: 3,
  outOfResource: 4,
  unresolvableAddress: 5,
  unrecognizedChunkType: 6,
  invalidMandatoryParameter: 7,
  unrecognizedParameters: 8,
  noUserData: 9,
  cookieReceivedWhileShuttingDown: 10,
  restartWithNewAddresses: 11,
  userInitiatedAbort: 12,
  protocolViolation: 13,
} as const;

const HEADER_LENGTH = 4;

/** Causes for people: their names, and what the peer wrote with those that carry text. */
export const describeCauses = (list: readonly Tlv[]): string =>
  list
    .map(({ type, value }) => {
      const name = Object.entries(causes).find(([, code]) => code === type)?.[0] ?? `cause ${type}`;
      const isText = type === causes.userInitiatedAbort || type === causes.protocolViolation;
      return isText && value.length > 0 ? `${name} (${new TextDecoder().decode(value)})` : name;
    })
    .join(', ');

/** Octets of a list: every entry is padded but the last, whose padding belongs to the chunk. */
export const tlvLength = (list: readonly Tlv[]): number => {
  let length = 0;
  for (const { value } of list) length = ((length + 3) & ~3) + HEADER_LENGTH + value.length;
  return length;
};

/** Writes a list at `at`. */
export const writeTlvs = (into: Uint8Array, at: number, list: readonly Tlv[]): void => {
  let next = at;
  for (const { type, value } of list) {
    put16(into, next, type);
    put16(into, next + 2, HEADER_LENGTH + value.length);
    into.set(value, next + HEADER_LENGTH);
    next += (HEADER_LENGTH + value.length + 3) & ~3;
  }
};

/** One entry as octets, without padding. */
export const tlvOctets = (tlv: Tlv): Uint8Array => {
  const octets = new Uint8Array(HEADER_LENGTH + tlv.value.length);
  writeTlvs(octets, 0, [tlv]);
  return octets;
};

/** Reads the list from `at` to `end`; undefined when a length does not fit. */
export const readTlvs = (octets: Uint8Array, at: number, end: number): Tlv[] | undefined => {
  const list: Tlv[] = [];
  let next = at;
  while (next < end) {
    const length = u16(octets, next + 2);
    if (next + HEADER_LENGTH > end || length < HEADER_LENGTH || next + length > end) return undefined;
    list.push({ type: u16(octets, next), value: octets.subarray(next + HEADER_LENGTH, next + length) });
    next += (length + 3) & ~3;
  }
  return list;
};
