/** Elements that name a subscriber, a device, a service or a peer (3GPP TS 29.274, 8.3 to 8.21). */
import { decodeApn, decodePlmn, decodeTbcd, encodeApn, encodePlmn, encodeTbcd, type Plmn } from '../identity.ts';
import { causes } from './cause.ts';
import { define, type IeCodec, numberIe, sensible } from './element.ts';
import type { IeId } from './error.ts';

const digitsIe = (type: number): IeCodec<string> =>
  define(
    type,
    (cursor) => sensible(decodeTbcd(cursor.rest()), 'digits that are none'),
    (digits) => [encodeTbcd(digits)],
  );

/** International mobile subscriber identity, up to 15 digits (8.3). */
export const imsi = digitsIe(1);
/** International mobile equipment identity, 15 or 16 digits (8.10). */
export const mei = digitsIe(75);
/** Telephone number with country code, without a plus (8.11). */
export const msisdn = digitsIe(76);

/** Why, or how it went (8.4). */
export interface Cause {
  /** One of `causes`. */
  readonly value: number;
  /** The cause came from a node further on, not from the sender (CS bit). */
  readonly remote?: boolean;
  /** The bearer context as a whole is wrong (BCE bit), the PDN connection as a whole is wrong (PCE bit). */
  readonly bearerContextError?: boolean;
  readonly pdnConnectionError?: boolean;
  /** The element that is to blame. */
  readonly offending?: IeId;
}

export const cause = define<Cause>(
  2,
  (cursor) => {
    const value = cursor.number(1);
    const flags = cursor.number(1);
    // The offending element comes as a whole header: type, length 0, instance.
    const rest = cursor.left >= 4 ? cursor.take(4) : undefined;
    return {
      value,
      ...((flags & 1) === 0 ? {} : { remote: true }),
      ...((flags & 2) === 0 ? {} : { bearerContextError: true }),
      ...((flags & 4) === 0 ? {} : { pdnConnectionError: true }),
      ...(rest === undefined ? {} : { offending: { type: rest[0] ?? 0, instance: (rest[3] ?? 0) & 15 } }),
    };
  },
  ({ value, remote, bearerContextError, pdnConnectionError, offending }) => [
    Uint8Array.of(
      value,
      (pdnConnectionError === true ? 4 : 0) | (bearerContextError === true ? 2 : 0) | (remote === true ? 1 : 0),
    ),
    ...(offending === undefined ? [] : [Uint8Array.of(offending.type, 0, 0, offending.instance & 15)]),
  ],
);

/** A Cause that only says yes. */
export const accepted: Cause = { value: causes['Request accepted'] };

/** Restart counter of the sender (8.5). */
export const recovery = numberIe(3, 1);

/** Access point name, network identifier and operator identifier: `cmnet.mnc000.mcc460.gprs` (8.6). */
export const apn = define<string>(
  71,
  (cursor) => sensible(decodeApn(cursor.rest()), 'labels that are no access point name'),
  (name) => [encodeApn(name)],
);

/** Radio access technologies (8.17). */
export const ratTypes = {
  UTRAN: 1,
  GERAN: 2,
  WLAN: 3,
  GAN: 4,
  'HSPA Evolution': 5,
  EUTRAN: 6,
  Virtual: 7,
  'EUTRAN-NB-IoT': 8,
  'LTE-M': 9,
  NR: 10,
} as const;
export const ratType = numberIe(82, 1);

/** The network the subscriber is in (8.18). */
export const servingNetwork = define<Plmn>(
  83,
  (cursor) => sensible(decodePlmn(cursor.take(3)), 'digits that are no PLMN'),
  (plmn) => [encodePlmn(plmn)],
);

/** 1 IPv4, 2 IPv6, 3 both, 4 non-IP, 5 Ethernet (8.34). */
export const pdnType = numberIe(99, 1, 3);

/** Procedure transaction identity of the NAS message behind a request (8.35). */
export const procedureTransaction = numberIe(100, 1);

/** 0 no restriction, 1 and 2 public, 3 and 4 private access points (8.57; TS 23.060, 15.4). */
export const apnRestriction = numberIe(127, 1);

/** 0 the subscriber may use the access point, 1 the phone asked and nobody checked, 2 the network chose it (8.58). */
export const selectionMode = numberIe(128, 1, 2);

/** 0 MME, 1 SGSN (8.65). */
export const nodeType = numberIe(135, 1);

/** Charging identifier of a bearer (8.29). */
export const chargingId = numberIe(94, 4);

/** Charging profile and behaviours (8.30; TS 32.251, annex A). */
export const chargingCharacteristics = numberIe(95, 2);

/** Local time of the subscriber: minutes from UTC, and hours of daylight saving in it (8.44). */
export interface TimeZone {
  /** A multiple of 15. */
  readonly minutes: number;
  /** 0 to 2. */
  readonly daylightSaving: number;
}

/** Quarters of an hour as two BCD digits, the tens in the low half with the sign at 0x08 (TS 23.040, 9.2.3.11). */
export const timeZone = define<TimeZone>(
  114,
  (cursor) => {
    const octet = cursor.number(1);
    const quarters = (octet & 7) * 10 + (octet >> 4);
    return { minutes: ((octet & 8) === 0 ? 15 : -15) * quarters, daylightSaving: cursor.number(1) & 3 };
  },
  ({ minutes, daylightSaving }) => {
    const quarters = Math.abs(minutes) / 15;
    if (!Number.isInteger(quarters) || quarters > 79) throw new RangeError(`not a time zone: ${minutes} minutes`);
    return [
      Uint8Array.of(((quarters % 10) << 4) | (minutes < 0 ? 8 : 0) | Math.floor(quarters / 10), daylightSaving & 3),
    ];
  },
);

/** A domain name, as the labels of DNS (8.66). */
export const fqdn = define<string>(
  136,
  (cursor) => sensible(decodeApn(cursor.rest()), 'labels that are no name'),
  (name) => [encodeApn(name)],
);
