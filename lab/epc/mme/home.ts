/** What the MME asks the HSS (3GPP TS 29.272, 5.2): proofs of a phone's identity, and what the subscriber may do. */
import {
  application,
  type Avp,
  avp,
  base,
  command,
  type DiameterMessage,
  type EutranVector,
  isSuccess,
  readSubscription,
  readVectors,
  resultName,
  resultOf,
  s6a,
  type Subscription,
  VENDOR_3GPP,
} from '../../../src/signalling/diameter/index.ts';
import type { Core } from './core.ts';
import { causeOfResult, Refusal } from './refusal.ts';

/** Auth-Session-State NO_STATE_MAINTAINED (RFC 6733, 8.11). */
const NO_STATE = 1;
/** RAT-Type EUTRAN (TS 29.212, 5.3.31). */
const EUTRAN = 1004;
/** ULR-Flags (TS 29.272, 7.3.7): S6a rather than S6d, and an initial attach. */
const ulrFlags = { s6a: 2, initialAttach: 32 } as const;

const ask = async (core: Core, code: number, imsi: string, ...avps: readonly Avp[]): Promise<DiameterMessage> => {
  const answer = await core.ports.askHss({
    command: code,
    application: application.s6a,
    avps: [
      avp(base.vendorSpecificApplicationId, [
        avp(base.vendorId, VENDOR_3GPP),
        avp(base.authApplicationId, application.s6a),
      ]),
      avp(base.authSessionState, NO_STATE),
      avp(base.destinationRealm, core.config.s6a.realm),
      avp(base.userName, imsi),
      ...avps,
      avp(s6a.visitedPlmnId, core.config.plmn),
    ],
  });
  const outcome = resultOf(answer);
  if (!isSuccess(outcome)) throw new Refusal(causeOfResult(outcome), `the HSS says ${resultName(outcome)}`);
  return answer;
};

/**
 * A challenge for a phone.
 *
 * @param resynchronisation RAND and AUTS, when the phone's sequence number has parted from the HSS's
 * @throws {Refusal} when the HSS refuses, DiameterPeerError when it does not answer
 */
export const fetchVector = async (core: Core, imsi: string, resynchronisation?: Uint8Array): Promise<EutranVector> => {
  const wanted = avp(s6a.requestedEutranAuthenticationInfo, [
    avp(s6a.numberOfRequestedVectors, 1),
    avp(s6a.immediateResponsePreferred, 1),
    ...(resynchronisation === undefined ? [] : [avp(s6a.resynchronizationInfo, resynchronisation)]),
  ]);
  const [vector] = readVectors((await ask(core, command.authenticationInformation, imsi, wanted)).avps);
  if (vector === undefined) throw new Refusal('Network failure', 'the HSS gave no vector');
  return vector;
};

/** Tells the HSS that the subscriber is here, and learns what it may do. @throws as `fetchVector` */
export const updateLocation = async (core: Core, imsi: string): Promise<Subscription> => {
  const flags = avp(s6a.ulrFlags, ulrFlags.s6a | ulrFlags.initialAttach);
  const answer = await ask(core, command.updateLocation, imsi, avp(s6a.ratType, EUTRAN), flags);
  const subscription = readSubscription(answer.avps);
  if (subscription === undefined) throw new Refusal('Network failure', 'the HSS told no subscription');
  if (subscription.barred) throw new Refusal('PLMN not allowed', 'the operator bars the subscriber');
  return subscription;
};
