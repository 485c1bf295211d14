/**
 * The protocol between an RPKI cache and a router (RTR): version 1 (RFC 8210), and version 0 (RFC 6810), which has no
 * router keys and an End of Data without intervals. One PDU to octets and back; framing.ts cuts a stream into PDUs.
 */
import { addressFromOctets, addressOctets, type Prefix, widthOf } from '../../address/ip.ts';
import { concatenate, put16, put32, u16, u32, u8 } from '../../packet/octets.ts';
import { errorCodes, RtrError } from './error.ts';

/** Versions that are spoken here. */
export const versions = [0, 1] as const;
export type RtrVersion = (typeof versions)[number];

/** Octets of the header: version, type, a field that depends on the type, and the length of the whole PDU. */
export const HEADER_LENGTH = 8;

/** Seconds until a router asks again, asks again after a failure, and drops what it has (RFC 8210, 6). */
export interface Intervals {
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

/** A validated ROA payload: who may originate a prefix, and how much longer the announced prefixes may be. */
export interface Payload {
  readonly prefix: Prefix;
  readonly maxLength: number;
  /** 0: nobody may (RFC 6483, 4). */
  readonly asn: number;
}

export type Pdu =
  /** The cache has something new. */
  | { readonly pdu: 'serial-notify'; readonly session: number; readonly serial: number }
  /** What has changed since? */
  | { readonly pdu: 'serial-query'; readonly session: number; readonly serial: number }
  /** Everything, please. */
  | { readonly pdu: 'reset-query' }
  | { readonly pdu: 'cache-response'; readonly session: number }
  | ({ readonly pdu: 'prefix'; readonly announce: boolean } & Payload)
  /** `intervals` are of version 1 only. */
  | {
      readonly pdu: 'end-of-data';
      readonly session: number;
      readonly serial: number;
      readonly intervals?: Intervals | undefined;
    }
  /** The cache cannot tell what has changed since then. */
  | { readonly pdu: 'cache-reset' }
  /** A key of a BGPsec router (version 1): 20 octets of identifier, and a subjectPublicKeyInfo in DER. */
  | {
      readonly pdu: 'router-key';
      readonly announce: boolean;
      readonly identifier: Uint8Array;
      readonly asn: number;
      readonly key: Uint8Array;
    }
  /** `about` holds the octets that were wrong. */
  | { readonly pdu: 'error-report'; readonly code: number; readonly about: Uint8Array; readonly text: string };

/** PDU types (RFC 8210, 14). */
const types = {
  'serial-notify': 0,
  'serial-query': 1,
  'reset-query': 2,
  'cache-response': 3,
  ipv4: 4,
  ipv6: 6,
  'end-of-data': 7,
  'cache-reset': 8,
  'router-key': 9,
  'error-report': 10,
} as const;

const IDENTIFIER_LENGTH = 20;

/** A PDU of this length with its header filled; `field` stands in octets 2 and 3. */
const begin = (version: RtrVersion, type: number, field: number, length: number): Uint8Array => {
  const octets = new Uint8Array(length);
  octets[0] = version;
  octets[1] = type;
  put16(octets, 2, field);
  put32(octets, 4, length);
  return octets;
};

const withNumbers = (version: RtrVersion, type: number, field: number, ...numbers: readonly number[]): Uint8Array => {
  const octets = begin(version, type, field, HEADER_LENGTH + 4 * numbers.length);
  for (const [index, number] of numbers.entries()) put32(octets, HEADER_LENGTH + 4 * index, number);
  return octets;
};

/** Octets behind their length in four. */
const counted = (octets: Uint8Array): Uint8Array => {
  const length = new Uint8Array(4);
  put32(length, 0, octets.length);
  return concatenate(length, octets);
};

/**
 * The octets of a PDU.
 *
 * @throws {RangeError} for a router key in version 0, or an End of Data of version 1 without intervals: mistakes of the
 *   caller
 */
export const encodePdu = (pdu: Pdu, version: RtrVersion): Uint8Array => {
  switch (pdu.pdu) {
    case 'serial-notify':
    case 'serial-query':
      return withNumbers(version, types[pdu.pdu], pdu.session, pdu.serial);
    case 'reset-query':
    case 'cache-reset':
      return begin(version, types[pdu.pdu], 0, HEADER_LENGTH);
    case 'cache-response':
      return begin(version, types[pdu.pdu], pdu.session, HEADER_LENGTH);
    case 'prefix': {
      const address = addressOctets(pdu.prefix);
      const octets = begin(version, types[`ipv${pdu.prefix.family}`], 0, HEADER_LENGTH + 8 + address.length);
      octets.set([Number(pdu.announce), pdu.prefix.length, pdu.maxLength, 0], HEADER_LENGTH);
      octets.set(address, HEADER_LENGTH + 4);
      put32(octets, HEADER_LENGTH + 4 + address.length, pdu.asn);
      return octets;
    }
    case 'end-of-data': {
      if (version === 0) return withNumbers(version, types[pdu.pdu], pdu.session, pdu.serial);
      if (pdu.intervals === undefined) throw new RangeError('End of Data of version 1 has intervals');
      const { refresh, retry, expire } = pdu.intervals;
      return withNumbers(version, types[pdu.pdu], pdu.session, pdu.serial, refresh, retry, expire);
    }
    case 'router-key': {
      if (version === 0) throw new RangeError('version 0 has no router keys');
      const length = HEADER_LENGTH + IDENTIFIER_LENGTH + 4 + pdu.key.length;
      // The flags are one octet; the one behind them is zero.
      const octets = begin(version, types[pdu.pdu], Number(pdu.announce) << 8, length);
      octets.set(pdu.identifier, HEADER_LENGTH);
      put32(octets, HEADER_LENGTH + IDENTIFIER_LENGTH, pdu.asn);
      octets.set(pdu.key, HEADER_LENGTH + IDENTIFIER_LENGTH + 4);
      return octets;
    }
    case 'error-report': {
      const body = concatenate(counted(pdu.about), counted(new TextEncoder().encode(pdu.text)));
      const octets = begin(version, types[pdu.pdu], pdu.code, HEADER_LENGTH + body.length);
      octets.set(body, HEADER_LENGTH);
      return octets;
    }
  }
};

/** Lengths that are fixed by type and version. */
const fixedLength = (type: number, version: RtrVersion): number | undefined => {
  switch (type) {
    case types['reset-query']:
    case types['cache-response']:
    case types['cache-reset']:
      return 8;
    case types['serial-notify']:
    case types['serial-query']:
      return 12;
    case types.ipv4:
      return 20;
    case types.ipv6:
      return 32;
    case types['end-of-data']:
      return version === 0 ? 12 : 24;
    default:
      return undefined;
  }
};

const readPrefix = (octets: Uint8Array, corrupt: (what: string) => RtrError): Pdu => {
  const address = addressFromOctets(octets.subarray(HEADER_LENGTH + 4, -4));
  const [length, maxLength] = [u8(octets, HEADER_LENGTH + 1), u8(octets, HEADER_LENGTH + 2)];
  if (length > maxLength || maxLength > widthOf(address.family))
    throw corrupt(`prefix length ${length}, maximum ${maxLength}, of ${widthOf(address.family)} bits`);
  return {
    pdu: 'prefix',
    announce: (u8(octets, HEADER_LENGTH) & 1) === 1,
    prefix: { ...address, length },
    maxLength,
    asn: u32(octets, octets.length - 4),
  };
};

const readErrorReport = (octets: Uint8Array, corrupt: (what: string) => RtrError): Pdu => {
  const at = HEADER_LENGTH + 4;
  const about = u32(octets, HEADER_LENGTH);
  const text = u32(octets, at + about);
  if (octets.length < at + 4 || about > octets.length - at - 4 || at + about + 4 + text !== octets.length)
    throw corrupt('lengths in an Error Report that do not fit each other');
  return {
    pdu: 'error-report',
    code: u16(octets, 2),
    about: octets.slice(at, at + about),
    text: new TextDecoder().decode(octets.subarray(at + about + 4)),
  };
};

/**
 * Reads one whole PDU. Fields that have to be zero are ignored, as are unknown flags (RFC 8210, 5).
 *
 * @throws {RtrError} with the code that the sender has to be told
 */
export const decodePdu = (octets: Uint8Array): { readonly version: RtrVersion; readonly pdu: Pdu } => {
  const wrong = (code: number, what: string): RtrError => new RtrError(code, what, octets);
  const corrupt = (what: string): RtrError => wrong(errorCodes.corrupt, what);
  if (octets.length < HEADER_LENGTH || u32(octets, 4) !== octets.length)
    throw corrupt(`length ${u32(octets, 4)} of a PDU of ${octets.length} octets`);
  const version = versions.find((known) => known === octets[0]);
  if (version === undefined) throw wrong(errorCodes.version, `version ${u8(octets, 0)}`);
  const type = u8(octets, 1);
  const fixed = fixedLength(type, version);
  if (fixed !== undefined && octets.length !== fixed)
    throw corrupt(`${octets.length} octets in a PDU of type ${type}, which has ${fixed}`);
  const session = u16(octets, 2);
  const serial = u32(octets, HEADER_LENGTH);
  const read = (): Pdu => {
    switch (type) {
      case types['serial-notify']:
        return { pdu: 'serial-notify', session, serial };
      case types['serial-query']:
        return { pdu: 'serial-query', session, serial };
      case types['reset-query']:
        return { pdu: 'reset-query' };
      case types['cache-response']:
        return { pdu: 'cache-response', session };
      case types.ipv4:
      case types.ipv6:
        return readPrefix(octets, corrupt);
      case types['end-of-data']: {
        if (version === 0) return { pdu: 'end-of-data', session, serial };
        const [refresh, retry, expire] = [u32(octets, 12), u32(octets, 16), u32(octets, 20)];
        return { pdu: 'end-of-data', session, serial, intervals: { refresh, retry, expire } };
      }
      case types['cache-reset']:
        return { pdu: 'cache-reset' };
      case types['error-report']:
        return readErrorReport(octets, corrupt);
      case types['router-key']:
        if (version === 0) break;
        if (octets.length < HEADER_LENGTH + IDENTIFIER_LENGTH + 4) throw corrupt('a router key that is cut off');
        return {
          pdu: 'router-key',
          announce: (u8(octets, 2) & 1) === 1,
          identifier: octets.slice(HEADER_LENGTH, HEADER_LENGTH + IDENTIFIER_LENGTH),
          asn: u32(octets, HEADER_LENGTH + IDENTIFIER_LENGTH),
          key: octets.slice(HEADER_LENGTH + IDENTIFIER_LENGTH + 4),
        };
    }
    throw wrong(errorCodes.type, `PDU type ${type} in version ${version}`);
  };
  return { version, pdu: read() };
};

/** Whether octets are an Error Report, however wrong otherwise: nobody answers one with another (RFC 8210, 5.11). */
export const isErrorReport = (octets: Uint8Array): boolean => octets[1] === types['error-report'];
