/** What a network tells about itself in an EMM INFORMATION: its name and its time. */
import { concatenate } from '../../packet/octets.ts';
import { decodeTbcd, encodeTbcd } from '../identity.ts';
import type { Value } from './field.ts';

/** Network name (3GPP TS 24.008, 10.5.3.5a). */
export interface NetworkName {
  readonly text: string;
  /** Whether the phone should put its own abbreviation of the country before it. */
  readonly withCountry: boolean;
}

/** Extension bit, coding scheme 1: UCS-2, all of whose bits are used. */
const UCS2 = 0x90;
const SCHEME = 0x70;
const COUNTRY = 8;

export const networkName: Value<NetworkName> = {
  decode: (content) => {
    const [head] = content;
    // The 7-bit alphabet of GSM is the other scheme; a name in it is passed over.
    if (head === undefined || (head & SCHEME) !== (UCS2 & SCHEME) || content.length % 2 === 0) return undefined;
    const text = new TextDecoder('utf-16be').decode(content.subarray(1));
    return { text, withCountry: (head & COUNTRY) !== 0 };
  },
  encode: ({ text, withCountry }) =>
    concatenate(
      Uint8Array.of(UCS2 | (withCountry ? COUNTRY : 0)),
      Uint8Array.from(Buffer.from(text, 'utf16le').swap16()),
    ),
};

/** Time zone and universal time (TS 24.008, 10.5.3.9). */
export interface NetworkTime {
  /** Milliseconds since the epoch, whole seconds of the years 2000 to 2099. */
  readonly time: number;
  /** Local time minus universal time, in minutes, a multiple of 15. */
  readonly zone: number;
}

const QUARTER = 15;
const NEGATIVE = 8;

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A quarter of an hour is the unit; the sign is bit 4, between the digits (TS 23.040, 9.2.3.11). */
const zoneOctet = (zone: number): number => {
  if (!Number.isInteger(zone / QUARTER) || Math.abs(zone) > 79 * QUARTER)
    throw new RangeError(`a zone of ${zone} minutes`);
  const [octet = 0] = encodeTbcd(twoDigits(Math.abs(zone) / QUARTER));
  return octet | (zone < 0 ? NEGATIVE : 0);
};

/** Undefined when the octet has no decimal digit where one belongs: a receiver takes such a zone for absent. */
const zoneOf = (octet: number): number | undefined => {
  if (octet >> 4 > 9) return undefined;
  const quarters = (octet & 7) * 10 + (octet >> 4);
  return quarters === 0 ? 0 : quarters * QUARTER * ((octet & NEGATIVE) === 0 ? 1 : -1);
};

export const localTimeZone: Value<number> = {
  decode: ([octet]) => (octet === undefined ? undefined : zoneOf(octet)),
  encode: (zone) => Uint8Array.of(zoneOctet(zone)),
};

export const networkTime: Value<NetworkTime> = {
  decode: (content) => {
    const digits = decodeTbcd(content.subarray(0, 6));
    if (content.length !== 7 || digits === undefined || !/^\d{12}$/u.test(digits)) return undefined;
    const text = digits.replace(/^(..)(..)(..)(..)(..)(..)$/u, '20$1-$2-$3T$4:$5:$6.000Z');
    const time = Date.parse(text);
    const zone = zoneOf(content[6] ?? 0);
    // Date.parse takes 30 February and 24 o'clock for moments of the next day.
    if (Number.isNaN(time) || zone === undefined || new Date(time).toISOString() !== text) return undefined;
    return { time, zone };
  },
  encode: ({ time, zone }) => {
    const moment = new Date(time);
    const year = moment.getUTCFullYear();
    if (!(year >= 2000 && year <= 2099)) throw new RangeError(`a time in the year ${year}`);
    const parts = [
      year - 2000,
      moment.getUTCMonth() + 1,
      moment.getUTCDate(),
      moment.getUTCHours(),
      moment.getUTCMinutes(),
      moment.getUTCSeconds(),
    ];
    return concatenate(encodeTbcd(parts.map(twoDigits).join('')), Uint8Array.of(zoneOctet(zone)));
  },
};
