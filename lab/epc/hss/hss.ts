/**
 * The home subscriber server (3GPP TS 29.272): who is a subscriber, what proves it, what the subscriber may use, and
 * which MME serves the subscriber now. It knows nothing of money; that is the OCS.
 */
import { generateVector, resynchronise } from '../../../src/signalling/aka/vector.ts';
import { nextSqn } from '../../../src/signalling/aka/sqn.ts';
import {
  application,
  type Avp,
  avp,
  base,
  command,
  type DiameterMessage,
  DiameterError,
  experimentalResults,
  find,
  required,
  results,
  s6a,
  type Subscription,
  success,
  tgppResult,
  VENDOR_3GPP,
  writeSubscription,
  writeVectors,
} from '../../../src/signalling/diameter/index.ts';
import type { Barring, Subscriber } from './config.ts';

/** What the HSS learns of a subscriber while it runs. */
interface Entry {
  readonly subscriber: Subscriber;
  sqn: number;
  barred: Barring | undefined;
  /** Origin-Host of the MME that serves the subscriber. */
  mme: string | undefined;
  vectors: number;
  resynchronisations: number;
}

/** Vectors given at once at most (TS 29.272, 7.3.14 leaves it to the operator). */
const MOST_VECTORS = 5;
const RAND_LENGTH = 16;
const AUTS_LENGTH = 14;
/** Bit 0 of Operator-Determined-Barring: all packet oriented services (TS 29.272, 7.3.30). */
const ALL_PACKET_SERVICES = 1;
/** Auth-Session-State NO_STATE_MAINTAINED (RFC 6733, 8.11): S6a has no sessions (TS 29.272, 7.1.4). */
const NO_STATE = 1;
/** ULA-Flags bit 0: the data of the subscriber of a separation between MME and SGSN (TS 29.272, 7.3.8). */
const SEPARATION = 1;

const envelope: readonly Avp[] = [
  avp(base.vendorSpecificApplicationId, [
    avp(base.vendorId, VENDOR_3GPP),
    avp(base.authApplicationId, application.s6a),
  ]),
  avp(base.authSessionState, NO_STATE),
];

/** A refusal with one of 3GPP's results. */
const refused = (code: number): readonly Avp[] => [tgppResult(code), ...envelope];

export class Hss {
  readonly #records: ReadonlyMap<string, Entry>;
  readonly #random: (length: number) => Uint8Array;

  /** @param random octets that nobody can foresee */
  constructor(subscribers: readonly Subscriber[], random: (length: number) => Uint8Array) {
    this.#random = random;
    this.#records = new Map(
      subscribers.map((subscriber) => [
        subscriber.imsi,
        {
          subscriber,
          sqn: subscriber.sqn,
          barred: subscriber.barred,
          mme: undefined,
          vectors: 0,
          resynchronisations: 0,
        },
      ]),
    );
  }

  /** The AVPs that answer a request of an MME. @throws {DiameterError} for one that cannot be served */
  answer(request: DiameterMessage): readonly Avp[] {
    const record = this.#records.get(required(request.avps, base.userName));
    if (record === undefined) return refused(experimentalResults.DIAMETER_ERROR_USER_UNKNOWN);
    switch (request.command) {
      case command.authenticationInformation:
        return this.#authenticate(record, request);
      case command.updateLocation:
        return this.#locate(record, request);
      case command.purgeUe:
        if (record.mme === find(request.avps, base.originHost)) record.mme = undefined;
        return [success, ...envelope];
      case command.notify:
        return [success, ...envelope];
      default:
        throw new DiameterError(results.DIAMETER_COMMAND_UNSUPPORTED, `command ${request.command}`, {
          received: request,
        });
    }
  }

  /** Bars a subscriber, or no more; the next Update-Location tells it. False when there is no such subscriber. */
  bar(imsi: string, barred: Barring | undefined): boolean {
    const record = this.#records.get(imsi);
    if (record !== undefined) record.barred = barred;
    return record !== undefined;
  }

  status(): readonly Readonly<Record<string, unknown>>[] {
    return [...this.#records.values()].map(({ subscriber, ...record }) => ({
      imsi: subscriber.imsi,
      msisdn: subscriber.msisdn,
      apns: subscriber.apns,
      ...record,
    }));
  }

  #authenticate(record: Entry, { avps }: DiameterMessage): readonly Avp[] {
    const { keys } = record.subscriber;
    const servingNetwork = required(avps, s6a.visitedPlmnId);
    const wanted = find(avps, s6a.requestedEutranAuthenticationInfo);
    if (wanted === undefined) return refused(experimentalResults.DIAMETER_AUTHENTICATION_DATA_UNAVAILABLE);
    const resynchronisation = find(wanted, s6a.resynchronizationInfo);
    if (resynchronisation?.length === RAND_LENGTH + AUTS_LENGTH) {
      const rand = resynchronisation.subarray(0, RAND_LENGTH);
      const told = resynchronise(keys, rand, resynchronisation.subarray(RAND_LENGTH));
      // An AUTS that the SIM card did not make changes nothing (TS 33.102, 6.3.5).
      if (told !== undefined) {
        record.sqn = told;
        record.resynchronisations += 1;
      }
    }
    const count = Math.min(MOST_VECTORS, Math.max(1, find(wanted, s6a.numberOfRequestedVectors) ?? 1));
    const vectors = Array.from({ length: count }, () => {
      record.sqn = nextSqn(record.sqn);
      return generateVector(keys, { rand: this.#random(RAND_LENGTH), sqn: record.sqn, servingNetwork });
    });
    record.vectors += count;
    return [success, ...envelope, writeVectors(vectors)];
  }

  #locate(record: Entry, { avps }: DiameterMessage): readonly Avp[] {
    if (record.barred === 15) return refused(experimentalResults.DIAMETER_ERROR_RAT_NOT_ALLOWED);
    record.mme = required(avps, base.originHost);
    return [success, ...envelope, avp(s6a.ulaFlags, SEPARATION), writeSubscription(this.#subscription(record))];
  }

  #subscription({ subscriber, barred }: Entry): Subscription {
    const { msisdn, apns, ambr } = subscriber;
    return {
      ...(msisdn === undefined ? {} : { msisdn }),
      barred: barred !== undefined,
      ...(barred === undefined ? {} : { barring: ALL_PACKET_SERVICES }),
      ambr,
      defaultApn: 1,
      apns: apns.map((apn, index) => ({
        id: index + 1,
        apn,
        pdnType: 0,
        qci: 9,
        priority: { level: 8, mayPreempt: false, preemptable: true },
        ambr,
      })),
    };
  }
}
