/**
 * What an HSS knows of a subscriber and gives to the MME (3GPP TS 29.272, 7.3.2 ff.): Subscription-Data with the access
 * points that may be used, and vectors for authentication.
 */
import type { RetentionPriority } from '../quality.ts';
import type { Avp } from './avp.ts';
import { avp, find, findAll, required } from './definition.ts';
import * as s6a from './s6a-avps.ts';

/** In bits per second. */
export interface BitRates {
  readonly uplink: number;
  readonly downlink: number;
}

export interface ApnConfiguration {
  /** What the profile calls it; the default is named by it. */
  readonly id: number;
  /** `*` allows any access point. */
  readonly apn: string;
  /** 0 IPv4, 1 IPv6, 2 both, 3 either (7.3.62). */
  readonly pdnType: number;
  /** QoS class identifier of the default bearer. */
  readonly qci: number;
  readonly priority: RetentionPriority;
  readonly ambr?: BitRates;
}

export interface Subscription {
  /** With country code, without a plus. */
  readonly msisdn?: string;
  /** Operator determined barring (Subscriber-Status 1); `barring` says what is barred. */
  readonly barred: boolean;
  /** Bits of Operator-Determined-Barring: 1 all packet services, 2 and 4 those through the home or visited PLMN (7.3.30). */
  readonly barring?: number;
  /** Bits of Access-Restriction-Data: 1 UTRAN, 2 GERAN, 16 WB-E-UTRAN not allowed (7.3.31). */
  readonly accessRestriction?: number;
  /** Of all access points together. */
  readonly ambr?: BitRates;
  readonly apns: readonly ApnConfiguration[];
  /** The `id` of the access point of a phone that asks for none. */
  readonly defaultApn: number;
  /** Seconds between tracking area updates without a reason. */
  readonly periodicUpdate?: number;
}

const SERVICE_GRANTED = 0;
const OPERATOR_DETERMINED_BARRING = 1;
/** Packet only, without circuit-switched services (7.3.21). */
const ONLY_PACKET = 2;
const ALL_APNS_INCLUDED = 0;
/** Of the pre-emption AVPs (TS 29.212, 5.3.46 and 5.3.47). */
const ENABLED = 0;
const DISABLED = 1;

const writeRates = ({ uplink, downlink }: BitRates): Avp =>
  avp(s6a.ambr, [avp(s6a.maxRequestedBandwidthUl, uplink), avp(s6a.maxRequestedBandwidthDl, downlink)]);
const readRates = (avps: readonly Avp[]): { ambr?: BitRates } => {
  const group = find(avps, s6a.ambr);
  if (group === undefined) return {};
  const uplink = required(group, s6a.maxRequestedBandwidthUl);
  return { ambr: { uplink, downlink: required(group, s6a.maxRequestedBandwidthDl) } };
};

const writeApn = ({ id, apn, pdnType, qci, priority, ambr }: ApnConfiguration): Avp =>
  avp(s6a.apnConfiguration, [
    avp(s6a.contextIdentifier, id),
    avp(s6a.pdnType, pdnType),
    avp(s6a.serviceSelection, apn),
    avp(s6a.epsSubscribedQosProfile, [
      avp(s6a.qosClassIdentifier, qci),
      avp(s6a.allocationRetentionPriority, [
        avp(s6a.priorityLevel, priority.level),
        avp(s6a.preemptionCapability, priority.mayPreempt ? ENABLED : DISABLED),
        avp(s6a.preemptionVulnerability, priority.preemptable ? ENABLED : DISABLED),
      ]),
    ]),
    ...(ambr === undefined ? [] : [writeRates(ambr)]),
  ]);

const readApn = (avps: readonly Avp[]): ApnConfiguration => {
  const quality = required(avps, s6a.epsSubscribedQosProfile);
  const priority = required(quality, s6a.allocationRetentionPriority);
  return {
    id: required(avps, s6a.contextIdentifier),
    apn: required(avps, s6a.serviceSelection),
    pdnType: required(avps, s6a.pdnType),
    qci: required(quality, s6a.qosClassIdentifier),
    priority: {
      level: required(priority, s6a.priorityLevel),
      // Where an AVP is absent: may not pre-empt, may be pre-empted (TS 29.212, 5.3.46 and 5.3.47).
      mayPreempt: find(priority, s6a.preemptionCapability) === ENABLED,
      preemptable: find(priority, s6a.preemptionVulnerability) !== DISABLED,
    },
    ...readRates(avps),
  };
};

/** Subscription-Data for an Update-Location-Answer or an Insert-Subscriber-Data-Request. */
export const writeSubscription = (subscription: Subscription): Avp => {
  const { msisdn, barred, barring, accessRestriction, ambr, apns, defaultApn, periodicUpdate } = subscription;
  return avp(s6a.subscriptionData, [
    avp(s6a.subscriberStatus, barred ? OPERATOR_DETERMINED_BARRING : SERVICE_GRANTED),
    ...(msisdn === undefined ? [] : [avp(s6a.msisdn, msisdn)]),
    ...(barring === undefined ? [] : [avp(s6a.operatorDeterminedBarring, barring)]),
    avp(s6a.networkAccessMode, ONLY_PACKET),
    ...(accessRestriction === undefined ? [] : [avp(s6a.accessRestrictionData, accessRestriction)]),
    ...(ambr === undefined ? [] : [writeRates(ambr)]),
    avp(s6a.apnConfigurationProfile, [
      avp(s6a.contextIdentifier, defaultApn),
      avp(s6a.allApnConfigurationsIncludedIndicator, ALL_APNS_INCLUDED),
      ...apns.map(writeApn),
    ]),
    ...(periodicUpdate === undefined ? [] : [avp(s6a.subscribedPeriodicRauTauTimer, periodicUpdate)]),
  ]);
};

/** The subscription in a message; undefined when there is none. @throws {DiameterError} when it lacks what it must have */
export const readSubscription = (avps: readonly Avp[]): Subscription | undefined => {
  const data = find(avps, s6a.subscriptionData);
  if (data === undefined) return undefined;
  const profile = required(data, s6a.apnConfigurationProfile);
  const msisdn = find(data, s6a.msisdn);
  const barring = find(data, s6a.operatorDeterminedBarring);
  const accessRestriction = find(data, s6a.accessRestrictionData);
  const periodicUpdate = find(data, s6a.subscribedPeriodicRauTauTimer);
  return {
    barred: find(data, s6a.subscriberStatus) === OPERATOR_DETERMINED_BARRING,
    ...(msisdn === undefined ? {} : { msisdn }),
    ...(barring === undefined ? {} : { barring }),
    ...(accessRestriction === undefined ? {} : { accessRestriction }),
    ...readRates(data),
    apns: findAll(profile, s6a.apnConfiguration).map(readApn),
    defaultApn: required(profile, s6a.contextIdentifier),
    ...(periodicUpdate === undefined ? {} : { periodicUpdate }),
  };
};

/** A challenge with its answer and the key that comes of it (TS 29.272, 7.3.18). */
export interface EutranVector {
  readonly rand: Uint8Array;
  readonly xres: Uint8Array;
  readonly autn: Uint8Array;
  readonly kasme: Uint8Array;
}

/** Authentication-Info with vectors in the order in which they are to be used. */
export const writeVectors = (vectors: readonly EutranVector[]): Avp =>
  avp(
    s6a.authenticationInfo,
    vectors.map(({ rand, xres, autn, kasme }, index) =>
      avp(s6a.eutranVector, [
        ...(vectors.length > 1 ? [avp(s6a.itemNumber, index + 1)] : []),
        avp(s6a.rand, rand),
        avp(s6a.xres, xres),
        avp(s6a.autn, autn),
        avp(s6a.kasme, kasme),
      ]),
    ),
  );

/** The vectors in an Authentication-Information-Answer, in the order of their Item-Number. */
export const readVectors = (avps: readonly Avp[]): EutranVector[] =>
  findAll(find(avps, s6a.authenticationInfo) ?? [], s6a.eutranVector)
    .map((group) => ({ group, number: find(group, s6a.itemNumber) ?? 0 }))
    .sort((one, other) => one.number - other.number)
    .map(({ group }) => ({
      rand: required(group, s6a.rand),
      xres: required(group, s6a.xres),
      autn: required(group, s6a.autn),
      kasme: required(group, s6a.kasme),
    }));
