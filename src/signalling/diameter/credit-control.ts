/**
 * Quota on Gy (RFC 8506; 3GPP TS 32.299, 6.3): a Credit-Control message carries a Multiple-Services-Credit-Control for
 * every rating group, with what is asked for, what was used, and what is granted.
 */
import type { Avp } from './avp.ts';
import { resultCode } from './base-avps.ts';
import * as credit from './credit-control-avps.ts';
import { type AvpDefinition, avp, find, findAll } from './definition.ts';

/** CC-Request-Type (RFC 8506, 8.3). */
export const ccRequestTypes = { initial: 1, update: 2, termination: 3, event: 4 } as const;

/** Subscription-Id-Type (RFC 8506, 8.47). */
export const subscriptionIdTypes = { e164: 0, imsi: 1, sipUri: 2, nai: 3, private: 4 } as const;

/** Final-Unit-Action: what to do when the last units are used up (RFC 8506, 8.35). */
export const finalUnitActions = { terminate: 0, redirect: 1, restrictAccess: 2 } as const;

/** 3GPP-Reporting-Reason: why use is reported (TS 32.299, 7.2.175). */
export const reportingReasons = {
  threshold: 0,
  quotaHoldingTime: 1,
  final: 2,
  quotaExhausted: 3,
  validityTime: 4,
  otherQuotaType: 5,
  ratingConditionChange: 6,
  forcedReauthorisation: 7,
  poolExhausted: 8,
} as const;

/** What names the rules that packet data is charged by on Gy (TS 32.299, 7.1.12). */
export const GY_SERVICE_CONTEXT = '32251@3gpp.org';

/** An amount. A request for none of them asks for whatever the server thinks right; Wireshark warns of its empty group. */
export interface Units {
  /** Seconds. */
  readonly time?: number;
  readonly totalOctets?: bigint;
  readonly inputOctets?: bigint;
  readonly outputOctets?: bigint;
}

export interface ServiceCredit {
  readonly ratingGroup?: number;
  readonly requested?: Units;
  readonly used?: readonly Units[];
  readonly granted?: Units;
  /** Seconds after which the grant has to be asked for again. */
  readonly validity?: number;
  /** Octets before the end of the grant at which to ask for more (Volume-Quota-Threshold). */
  readonly threshold?: number;
  /** Of `reportingReasons`. */
  readonly reason?: number;
  /** Of `results`: 2001, or 4012 when the account is empty. */
  readonly result?: number;
  /** Of `finalUnitActions`: the grant is the last one. */
  readonly finalAction?: number;
}

/** An AVP where there is a value. */
const maybe = <T>(definition: AvpDefinition<T>, value: T | undefined): Avp[] =>
  value === undefined ? [] : [avp(definition, value)];

const writeUnits = (units: Units): readonly Avp[] => [
  ...maybe(credit.ccTime, units.time),
  ...maybe(credit.ccTotalOctets, units.totalOctets),
  ...maybe(credit.ccInputOctets, units.inputOctets),
  ...maybe(credit.ccOutputOctets, units.outputOctets),
];

/** Only the properties that have a value. */
const present = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;

const readUnits = (avps: readonly Avp[]): Units =>
  present<Units>({
    time: find(avps, credit.ccTime),
    totalOctets: find(avps, credit.ccTotalOctets),
    inputOctets: find(avps, credit.ccInputOctets),
    outputOctets: find(avps, credit.ccOutputOctets),
  });

/** A Multiple-Services-Credit-Control. */
export const writeServiceCredit = (service: ServiceCredit): Avp =>
  avp(credit.multipleServicesCreditControl, [
    ...maybe(credit.grantedServiceUnit, service.granted && writeUnits(service.granted)),
    ...maybe(credit.requestedServiceUnit, service.requested && writeUnits(service.requested)),
    ...(service.used ?? []).map((units) => avp(credit.usedServiceUnit, writeUnits(units))),
    ...maybe(credit.ratingGroup, service.ratingGroup),
    ...maybe(credit.validityTime, service.validity),
    ...maybe(resultCode, service.result),
    ...maybe(
      credit.finalUnitIndication,
      service.finalAction === undefined ? undefined : [avp(credit.finalUnitAction, service.finalAction)],
    ),
    ...maybe(credit.volumeQuotaThreshold, service.threshold),
    ...maybe(credit.tgppReportingReason, service.reason),
  ]);

/** Every rating group that a message speaks of. @throws {DiameterError} when one is malformed */
export const readServiceCredits = (avps: readonly Avp[]): ServiceCredit[] =>
  findAll(avps, credit.multipleServicesCreditControl).map((group) => {
    const granted = find(group, credit.grantedServiceUnit);
    const requested = find(group, credit.requestedServiceUnit);
    const used = findAll(group, credit.usedServiceUnit);
    const final = find(group, credit.finalUnitIndication);
    return present<ServiceCredit>({
      ratingGroup: find(group, credit.ratingGroup),
      requested: requested && readUnits(requested),
      used: used.length === 0 ? undefined : used.map(readUnits),
      granted: granted && readUnits(granted),
      validity: find(group, credit.validityTime),
      threshold: find(group, credit.volumeQuotaThreshold),
      reason: find(group, credit.tgppReportingReason),
      result: find(group, resultCode),
      finalAction: final && find(final, credit.finalUnitAction),
    });
  });

/** A Subscription-Id; the type is one of `subscriptionIdTypes`. */
export const writeSubscriptionId = (type: number, data: string): Avp =>
  avp(credit.subscriptionId, [avp(credit.subscriptionIdType, type), avp(credit.subscriptionIdData, data)]);

/** The identity of a type in a message, such as the IMSI of a Credit-Control-Request. */
export const readSubscriptionId = (avps: readonly Avp[], type: number): string | undefined => {
  const group = findAll(avps, credit.subscriptionId).find((one) => find(one, credit.subscriptionIdType) === type);
  return group && find(group, credit.subscriptionIdData);
};
