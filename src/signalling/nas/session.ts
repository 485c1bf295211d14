/** Values of session management: the address of a phone, and how good its way to the internet is. */
import { addressOctets, parseAddress } from '../../address/ip.ts';
import { concatenate } from '../../packet/octets.ts';
import type { Value } from './field.ts';

/** PDN type (3GPP TS 24.301, 9.9.4.10): which addresses a connection has. */
export const pdnType = { ipv4: 1, ipv6: 2, ipv4v6: 3, nonIp: 5 } as const;

/** PDN address (9.9.4.9). */
export interface PdnAddress {
  /** As `192.0.2.1`. */
  readonly ipv4?: string | undefined;
  /** The lower 8 octets of an IPv6 address; the prefix comes in a router advertisement. */
  readonly interfaceIdentifier?: Uint8Array | undefined;
}

const IPV4_LENGTH = 4;
const INTERFACE_LENGTH = 8;

const ipv4Text = (octets: Uint8Array): string => octets.join('.');

export const ipv4Octets = (text: string): Uint8Array => {
  const address = parseAddress(text);
  if (address?.family !== 4) throw new RangeError(`not an IPv4 address: ${text}`);
  return addressOctets(address);
};

export const pdnAddress: Value<PdnAddress> = {
  decode: (content) => {
    const type = (content[0] ?? 0) & 7;
    const octets = content.subarray(1);
    if (type === pdnType.ipv4 && octets.length >= IPV4_LENGTH)
      return { ipv4: ipv4Text(octets.subarray(0, IPV4_LENGTH)) };
    const interfaceIdentifier = octets.subarray(0, INTERFACE_LENGTH);
    if (type === pdnType.ipv6 && octets.length >= INTERFACE_LENGTH) return { interfaceIdentifier };
    if (type !== pdnType.ipv4v6 || octets.length < INTERFACE_LENGTH + IPV4_LENGTH) return undefined;
    const ipv4 = ipv4Text(octets.subarray(INTERFACE_LENGTH, INTERFACE_LENGTH + IPV4_LENGTH));
    return { ipv4, interfaceIdentifier };
  },
  encode: ({ ipv4, interfaceIdentifier }) => {
    if (interfaceIdentifier !== undefined && interfaceIdentifier.length !== INTERFACE_LENGTH)
      throw new RangeError(`an interface identifier of ${interfaceIdentifier.length} octets`);
    if (ipv4 === undefined && interfaceIdentifier === undefined)
      throw new RangeError('a PDN address without an address');
    const type = (ipv4 === undefined ? 0 : pdnType.ipv4) | (interfaceIdentifier === undefined ? 0 : pdnType.ipv6);
    return concatenate(
      Uint8Array.of(type),
      interfaceIdentifier ?? new Uint8Array(),
      ipv4 === undefined ? new Uint8Array() : ipv4Octets(ipv4),
    );
  },
};

/** EPS quality of service (9.9.4.3). */
export interface EpsQos {
  /** QoS class identifier: 9 is the usual one of the internet (TS 23.203, 6.1.7.2). */
  readonly qci: number;
  /** Maximum and guaranteed bit rates of a bearer that has them, as they are on the wire. */
  readonly rates: Uint8Array;
}

export const epsQos: Value<EpsQos> = {
  decode: (content) => (content[0] === undefined ? undefined : { qci: content[0], rates: content.subarray(1) }),
  encode: ({ qci, rates }) => concatenate(Uint8Array.of(qci), rates),
};

/** APN aggregate maximum bit rate (9.9.4.2), in kb/s. */
export interface ApnAmbr {
  readonly downlink: number;
  readonly uplink: number;
}

/** Ranges of a rate: from the code `first` on, code n stands for `base` + (n - `first` + 1) * `step` kb/s. */
interface Range {
  readonly first: number;
  readonly last: number;
  readonly base: number;
  readonly step: number;
}

/** The octet of up to 8640 kb/s (TS 24.008, 10.5.6.5; 9.9.4.2 takes it from there). */
const basic: readonly Range[] = [
  { first: 1, last: 0x3f, base: 0, step: 1 },
  { first: 0x40, last: 0x7f, base: 56, step: 8 },
  { first: 0x80, last: 0xfe, base: 512, step: 64 },
];
/** The octet "extended", of up to 256 Mb/s. */
const extended: readonly Range[] = [
  { first: 1, last: 0x4a, base: 8600, step: 100 },
  { first: 0x4b, last: 0xba, base: 16_000, step: 1000 },
  { first: 0xbb, last: 0xfa, base: 128_000, step: 2000 },
];
/** What the basic octet says when the extended one counts, and what a rate of 0 is. */
const FULL = 0xfe;
const NO_RATE = 0xff;
/** The octet "extended-2" counts in units of 256 Mb/s, which are added. */
const EXTENDED_2_STEP = 256_000;
const MOST_EXTENDED_2 = 0xfe;

const rateOf = (ranges: readonly Range[], code: number): number | undefined => {
  const range = ranges.find(({ first, last }) => code >= first && code <= last);
  return range === undefined ? undefined : range.base + (code - range.first + 1) * range.step;
};

/** The greatest code whose rate is not above `rate`. */
const codeOf = (ranges: readonly Range[], rate: number): number => {
  const range = ranges.findLast(({ base, step }) => rate >= base + step);
  if (range === undefined) return 0;
  return Math.min(range.last, range.first - 1 + Math.floor((rate - range.base) / range.step));
};

type Codes = readonly [number, number, number];

/** Basic, extended and extended-2 code of a rate, which is rounded down to one that can be said. */
const codesOf = (rate: number): Codes => {
  if (!Number.isInteger(rate) || rate < 0) throw new RangeError(`a rate of ${rate} kb/s`);
  // What is above the last full unit is said by the other octets, which have 256 Mb/s when nothing is: a receiver that
  // knows nothing of extended-2 reads the most it can.
  const units = Math.min(MOST_EXTENDED_2, Math.max(0, Math.ceil(rate / EXTENDED_2_STEP) - 1));
  const rest = rate - units * EXTENDED_2_STEP;
  const high = codeOf(extended, rest);
  if (high > 0) return [FULL, high, units];
  const low = codeOf(basic, rest);
  return [low > 0 ? low : NO_RATE, 0, units];
};

const rateOfCodes = ([low, high, units]: Codes): number =>
  (rateOf(extended, high) ?? rateOf(basic, low) ?? 0) + (units > MOST_EXTENDED_2 ? 0 : units) * EXTENDED_2_STEP;

export const apnAmbr: Value<ApnAmbr> = {
  decode: (content) => {
    const [downlink, uplink, ...more] = content;
    if (downlink === undefined || uplink === undefined) return undefined;
    const [downlinkHigh = 0, uplinkHigh = 0, downlinkUnits = 0, uplinkUnits = 0] = more;
    return {
      downlink: rateOfCodes([downlink, downlinkHigh, downlinkUnits]),
      uplink: rateOfCodes([uplink, uplinkHigh, uplinkUnits]),
    };
  },
  encode: ({ downlink, uplink }) => {
    const [down, up] = [codesOf(downlink), codesOf(uplink)];
    const octets = down.flatMap((code, index) => [code, up[index] ?? 0]);
    // Octets of zeros at the end are not written.
    let length = octets.length;
    while (length > 2 && octets[length - 1] === 0 && octets[length - 2] === 0) length -= 2;
    return Uint8Array.from(octets.slice(0, length));
  },
};
