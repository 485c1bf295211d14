/**
 * What an AVP means: its place in the dictionary and its data format (RFC 6733, 4.2 and 4.3), and the questions that
 * applications ask of a message.
 */
import { addressFromOctets, formatAddress } from '../../address/ip.ts';
import { concatenate, u16, u32 } from '../../packet/octets.ts';
import { ipOctets } from '../../address/octets.ts';
import { decodePlmn, decodeTbcd, encodePlmn, encodeTbcd, type Plmn } from '../identity.ts';
import { bigEndian } from '../octets.ts';
import { type Avp, avpFlag, decodeAvps, encodeAvps } from './avp.ts';
import { DiameterError } from './error.ts';
import { results } from './result.ts';

export type AvpType =
  | 'OctetString'
  | 'Integer32'
  | 'Integer64'
  | 'Unsigned32'
  | 'Unsigned64'
  | 'Enumerated'
  | 'UTF8String'
  | 'DiameterIdentity'
  | 'DiameterURI'
  | 'Address'
  | 'Time'
  | 'Grouped';

export interface AvpReader<T> {
  readonly name: string;
  readonly code: number;
  readonly vendor: number;
  /** Whether the M flag is set when it is sent. */
  readonly mandatory: boolean;
  readonly type: AvpType;
  /** @throws {DiameterError} 5014 for a wrong length, 5004 for a value that makes no sense */
  readonly decode: (data: Uint8Array) => T;
}

export interface AvpDefinition<T> extends AvpReader<T> {
  /** @throws {RangeError} when the value does not fit */
  readonly encode: (value: T) => Uint8Array;
}

/** The enterprise number of 3GPP. */
export const VENDOR_3GPP = 10_415;

export interface DefinitionOptions {
  /** The IETF when absent. */
  readonly vendor?: number;
  /** True when absent. */
  readonly mandatory?: boolean;
}
type Define<T> = (code: number, name: string, options?: DefinitionOptions) => AvpDefinition<T>;

const format =
  <T>(type: AvpType, decode: (data: Uint8Array) => T, encode: (value: T) => Uint8Array): Define<T> =>
  (code, name, { vendor = 0, mandatory = true } = {}) => ({ name, code, vendor, mandatory, type, decode, encode });

/** Data of exactly so many octets. */
const sized = (data: Uint8Array, length: number): Uint8Array => {
  if (data.length === length) return data;
  throw new DiameterError(results.DIAMETER_INVALID_AVP_LENGTH, `${data.length} octets of data, not ${length}`);
};
const sensible = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new DiameterError(results.DIAMETER_INVALID_AVP_VALUE, what);
  return value;
};

const readInteger = (data: Uint8Array): number => u32(sized(data, 4), 0) | 0;
const writeInteger = (value: number): Uint8Array => {
  if (value !== (value | 0)) throw new RangeError(`${value} is not a whole number of 32 bits`);
  return bigEndian(value >>> 0, 4);
};
const view = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);
const writeLong = (value: bigint, least: bigint, most: bigint): Uint8Array => {
  if (value < least || value > most) throw new RangeError(`${value} is not a whole number of 64 bits`);
  const octets = new Uint8Array(8);
  view(octets).setBigUint64(0, BigInt.asUintN(64, value));
  return octets;
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const readText = (data: Uint8Array): string => {
  try {
    return utf8.decode(data);
  } catch {
    throw new DiameterError(results.DIAMETER_INVALID_AVP_VALUE, 'text that is not UTF-8');
  }
};
const writeText = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Names of hosts and URIs are printable ASCII. */
const readName = (data: Uint8Array): string => {
  const text = readText(data);
  return sensible(/^[\u0021-\u007E]+$/u.test(text) ? text : undefined, 'a name that is none');
};

/** Families of the Address format: 1 IPv4, 2 IPv6 (IANA address family numbers). */
const readAddress = (data: Uint8Array): string => {
  const family = data.length < 2 ? 0 : u16(data, 0);
  const length = sensible(
    new Map([
      [1, 4],
      [2, 16],
    ]).get(family),
    `an address of family ${family}`,
  );
  return formatAddress(addressFromOctets(sized(data, 2 + length).subarray(2)));
};
const writeAddress = (text: string): Uint8Array => {
  const octets = ipOctets(text);
  return concatenate(Uint8Array.of(0, octets.length === 4 ? 1 : 2), octets);
};

/** From 1900 to 1970 in seconds. Values without the highest bit are of the era that begins in 2036 (RFC 5905, RFC 6733). */
const NTP_EPOCH = 2_208_988_800;
const readTime = (data: Uint8Array): number => {
  const seconds = u32(sized(data, 4), 0);
  return (seconds < 2 ** 31 ? seconds + 2 ** 32 : seconds) - NTP_EPOCH;
};

const same = (octets: Uint8Array): Uint8Array => octets;
export const octetString = format<Uint8Array>('OctetString', same, same);
export const integer32 = format('Integer32', readInteger, writeInteger);
export const enumerated = format('Enumerated', readInteger, writeInteger);
export const unsigned32 = format(
  'Unsigned32',
  (data) => u32(sized(data, 4), 0),
  (value: number) => bigEndian(value, 4),
);
export const integer64 = format(
  'Integer64',
  (data) => view(sized(data, 8)).getBigInt64(0),
  (value: bigint) => writeLong(value, -(2n ** 63n), 2n ** 63n - 1n),
);
export const unsigned64 = format(
  'Unsigned64',
  (data) => view(sized(data, 8)).getBigUint64(0),
  (value: bigint) => writeLong(value, 0n, 2n ** 64n - 1n),
);
export const utf8String = format('UTF8String', readText, writeText);
export const diameterIdentity = format('DiameterIdentity', readName, writeText);
export const diameterUri = format('DiameterURI', readName, writeText);
/** IPv4 or IPv6 as text. */
export const address = format('Address', readAddress, writeAddress);
/** Seconds since 1970. */
export const time = format('Time', readTime, (value: number) => bigEndian((value + NTP_EPOCH) % 2 ** 32, 4));
export const grouped = format<readonly Avp[]>('Grouped', (data) => decodeAvps(data), encodeAvps);
/** Digits in an OctetString, two per octet (3GPP's TBCD). */
export const digits = format('OctetString', (data) => sensible(decodeTbcd(data), 'digits that are none'), encodeTbcd);
/** A network's identity in an OctetString of three. */
export const plmn = format<Plmn>(
  'OctetString',
  (data) => sensible(decodePlmn(sized(data, 3)), 'digits that are no PLMN'),
  encodePlmn,
);

/** An AVP with a value; the M flag is as the dictionary has it unless given. */
export const avp = <T>(definition: AvpDefinition<T>, value: T, mandatory = definition.mandatory): Avp => ({
  code: definition.code,
  vendor: definition.vendor,
  flags: (definition.vendor === 0 ? 0 : avpFlag.vendor) | (mandatory ? avpFlag.mandatory : 0),
  data: definition.encode(value),
});

const matches = ({ code, vendor }: AvpReader<unknown>, one: Avp): boolean => one.code === code && one.vendor === vendor;

/** What an AVP says. @throws {DiameterError} with the AVP in `failed` */
export const valueOf = <T>(definition: AvpReader<T>, one: Avp): T => {
  try {
    return definition.decode(one.data);
  } catch (error) {
    throw error instanceof DiameterError ? error.at({ failed: one }) : error;
  }
};

/** The value of the first AVP of this kind, where there is one. @throws {DiameterError} when it is wrong */
export const find = <T>(avps: readonly Avp[], definition: AvpReader<T>): T | undefined => {
  const one = avps.find((candidate) => matches(definition, candidate));
  return one && valueOf(definition, one);
};

/** The same for an AVP that must be there. @throws {DiameterError} 5005 with an example of it when it is not */
export const required = <T>(avps: readonly Avp[], definition: AvpReader<T>): T => {
  const one = avps.find((candidate) => matches(definition, candidate));
  if (one !== undefined) return valueOf(definition, one);
  const { code, vendor, name } = definition;
  const flags = (vendor === 0 ? 0 : avpFlag.vendor) | avpFlag.mandatory;
  throw new DiameterError(results.DIAMETER_MISSING_AVP, `no ${name}`, {
    failed: { code, vendor, flags, data: new Uint8Array() },
  });
};

/** The values of all AVPs of this kind. */
export const findAll = <T>(avps: readonly Avp[], definition: AvpReader<T>): T[] =>
  avps.filter((candidate) => matches(definition, candidate)).map((one) => valueOf(definition, one));
