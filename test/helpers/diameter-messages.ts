/** Diameter messages of a phone's day: peers meet, the HSS is asked, quota is asked for, used up and refused. */
import { writeCapabilities } from '../../src/signalling/diameter/capabilities.ts';
import {
  answerTo,
  application,
  avp,
  type Avp,
  base,
  ccRequestTypes,
  command,
  commandName,
  credit,
  type DiameterMessage,
  experimentalResults,
  finalUnitActions,
  GY_SERVICE_CONTEXT,
  type LocalIdentity,
  reportingReasons,
  result,
  results,
  s6a,
  type Subscription,
  subscriptionIdTypes,
  success,
  tgppResult,
  VENDOR_3GPP,
  writeServiceCredit,
  writeSubscription,
  writeSubscriptionId,
  writeVectors,
} from '../../src/signalling/diameter/index.ts';
import { disconnectCauses } from '../../lab/epc/diameter/peer.ts';

const realm = 'epc.mnc000.mcc460.3gppnetwork.org';

/** A node of the lab's network, by the first part of its name. */
export const identityOf = (name: string, address = '10.70.6.1'): LocalIdentity => ({
  host: `${name}.${realm}`,
  realm,
  addresses: [address],
  vendorId: VENDOR_3GPP,
  productName: 'Xiyou',
  originStateId: 1_700_000_000,
  applications: [{ id: application.s6a, vendor: VENDOR_3GPP }, { id: application.creditControl }],
});

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
const plmn = { mcc: '460', mnc: '00' } as const;
const IMSI = '460001234567890';

export const subscription: Subscription = {
  msisdn: '8613800138000',
  barred: false,
  accessRestriction: 0,
  ambr: { uplink: 50_000_000, downlink: 100_000_000 },
  apns: [
    {
      id: 1,
      apn: 'cmnet',
      pdnType: 0,
      qci: 9,
      priority: { level: 8, mayPreempt: false, preemptable: true },
      ambr: { uplink: 50_000_000, downlink: 100_000_000 },
    },
    { id: 2, apn: 'ims', pdnType: 2, qci: 5, priority: { level: 1, mayPreempt: true, preemptable: false } },
  ],
  defaultApn: 1,
  periodicUpdate: 3240,
};

export const vectors = [
  { rand: counting(16), xres: counting(8), autn: counting(16), kasme: counting(32) },
  { rand: counting(16), xres: counting(8), autn: counting(16), kasme: counting(32) },
];

let hopByHop = 0x1111_0000;
const request = (code: number, app: number, avps: readonly Avp[]): DiameterMessage => {
  hopByHop += 1;
  return {
    request: true,
    proxiable: app !== 0,
    error: false,
    retransmitted: false,
    command: code,
    application: app,
    hopByHop,
    endToEnd: 0xe2e0_0000 + (hopByHop & 0xffff),
    avps,
  };
};
const from = (name: string): Avp[] => [avp(base.originHost, `${name}.${realm}`), avp(base.originRealm, realm)];
const session = (name: string, number: number): Avp => avp(base.sessionId, `${name}.${realm};1700000000;${number}`);
const stateless = avp(base.authSessionState, 1);
const s6aId = avp(base.vendorSpecificApplicationId, [
  avp(base.vendorId, VENDOR_3GPP),
  avp(base.authApplicationId, application.s6a),
]);
const user = avp(base.userName, IMSI);
const visited = avp(s6a.visitedPlmnId, plmn);
const toRealm = avp(base.destinationRealm, realm);

/** A request of an MME to the HSS. */
const toHss = (code: number, ...avps: readonly Avp[]): DiameterMessage =>
  request(code, application.s6a, [session('mme', code), s6aId, stateless, ...from('mme'), toRealm, user, ...avps]);
/** A request of the HSS to an MME. */
const toMme = (code: number, ...avps: readonly Avp[]): DiameterMessage =>
  request(code, application.s6a, [
    session('hss', code),
    s6aId,
    stateless,
    ...from('hss'),
    avp(base.destinationHost, `mme.${realm}`),
    toRealm,
    user,
    ...avps,
  ]);
/** A request of a PGW to the OCS. */
const toOcs = (type: number, number: number, ...avps: readonly Avp[]): DiameterMessage =>
  request(command.creditControl, application.creditControl, [
    session('pgw', 1),
    ...from('pgw'),
    toRealm,
    avp(base.authApplicationId, application.creditControl),
    avp(credit.serviceContextId, GY_SERVICE_CONTEXT),
    avp(credit.ccRequestType, type),
    avp(credit.ccRequestNumber, number),
    writeSubscriptionId(subscriptionIdTypes.e164, '8613800138000'),
    writeSubscriptionId(subscriptionIdTypes.imsi, IMSI),
    avp(credit.multipleServicesIndicator, 1),
    ...avps,
  ]);
const s6aAnswer = (name: string, asked: DiameterMessage, ...avps: readonly Avp[]): DiameterMessage =>
  answerTo(asked, [s6aId, ...avps, stateless, ...from(name)]);
const ocsAnswer = (asked: DiameterMessage, type: number, number: number, ...avps: readonly Avp[]): DiameterMessage =>
  answerTo(asked, [
    ...avps,
    ...from('ocs'),
    avp(base.authApplicationId, application.creditControl),
    avp(credit.ccRequestType, type),
    avp(credit.ccRequestNumber, number),
  ]);

const cer = request(command.capabilitiesExchange, 0, writeCapabilities(identityOf('mme')));
const dwr = request(command.deviceWatchdog, 0, [...from('mme'), avp(base.originStateId, 1_700_000_000)]);
const dpr = request(command.disconnectPeer, 0, [
  ...from('mme'),
  avp(base.disconnectCause, disconnectCauses.doNotWantToTalkToYou),
]);
const wanted = (...avps: readonly Avp[]): Avp =>
  avp(s6a.requestedEutranAuthenticationInfo, [
    avp(s6a.numberOfRequestedVectors, 2),
    avp(s6a.immediateResponsePreferred, 1),
    ...avps,
  ]);
const air = toHss(command.authenticationInformation, wanted(), visited);
const again = toHss(command.authenticationInformation, wanted(avp(s6a.resynchronizationInfo, counting(30))), visited);
const ulr = toHss(
  command.updateLocation,
  avp(s6a.terminalInformation, [avp(s6a.imei, '35209900176148'), avp(s6a.softwareVersion, '23')]),
  avp(s6a.ratType, 1004),
  avp(s6a.ulrFlags, 34),
  visited,
  avp(s6a.ueSrvccCapability, 0),
);
const clr = toMme(command.cancelLocation, avp(s6a.cancellationType, 2));
const idr = toMme(command.insertSubscriberData, writeSubscription(subscription));
const pur = toHss(command.purgeUe);
const credits = { ratingGroup: 1, requested: { totalOctets: 5_000_000_000n } } as const;
const first = toOcs(ccRequestTypes.initial, 0, writeServiceCredit(credits));
const update = toOcs(
  ccRequestTypes.update,
  1,
  writeServiceCredit({
    ratingGroup: 1,
    requested: { totalOctets: 1_000_000n },
    used: [{ time: 30, totalOctets: 5_000_000_000n, inputOctets: 1n, outputOctets: 4_999_999_999n }],
    reason: reportingReasons.quotaExhausted,
  }),
);
const last = toOcs(
  ccRequestTypes.termination,
  2,
  avp(base.terminationCause, 1),
  writeServiceCredit({ ratingGroup: 1, used: [{ totalOctets: 17n }], reason: reportingReasons.final }),
);

const named = (note: string, message: DiameterMessage): [string, DiameterMessage] => [
  note === '' ? commandName(message) : `${commandName(message)}, ${note}`,
  message,
];

export const diameterMessages: ReadonlyMap<string, DiameterMessage> = new Map([
  named('', cer),
  named('', answerTo(cer, [success, ...writeCapabilities(identityOf('hss', '2001:db8:6::2'))])),
  named('', dwr),
  named('', answerTo(dwr, [success, ...from('hss'), avp(base.originStateId, 1_700_000_001)])),
  named('', dpr),
  named('', answerTo(dpr, [success, ...from('hss')])),
  named('', air),
  named('', s6aAnswer('hss', air, success, writeVectors(vectors))),
  named('resynchronisation', again),
  named('unknown user', s6aAnswer('hss', again, tgppResult(experimentalResults.DIAMETER_ERROR_USER_UNKNOWN))),
  named('', ulr),
  named('', s6aAnswer('hss', ulr, success, avp(s6a.ulaFlags, 1), writeSubscription(subscription))),
  named('RAT not allowed', s6aAnswer('hss', ulr, tgppResult(experimentalResults.DIAMETER_ERROR_RAT_NOT_ALLOWED))),
  named('', clr),
  named('', s6aAnswer('mme', clr, success)),
  named('', idr),
  named('', s6aAnswer('mme', idr, success)),
  named('', pur),
  named('', s6aAnswer('hss', pur, success, avp(s6a.puaFlags, 1))),
  named('initial', first),
  named(
    'initial',
    ocsAnswer(
      first,
      ccRequestTypes.initial,
      0,
      success,
      writeServiceCredit({
        ratingGroup: 1,
        granted: { totalOctets: 5_000_000_000n },
        validity: 3600,
        threshold: 1_000_000,
        result: results.DIAMETER_SUCCESS,
      }),
    ),
  ),
  named('update', update),
  named(
    'update, the last units',
    ocsAnswer(
      update,
      ccRequestTypes.update,
      1,
      success,
      writeServiceCredit({
        ratingGroup: 1,
        granted: { totalOctets: 17n },
        result: results.DIAMETER_SUCCESS,
        finalAction: finalUnitActions.terminate,
      }),
    ),
  ),
  named('termination', last),
  named('termination', ocsAnswer(last, ccRequestTypes.termination, 2, success)),
  named('no money', ocsAnswer(first, ccRequestTypes.initial, 0, result(results.DIAMETER_CREDIT_LIMIT_REACHED))),
  named('unknown user', ocsAnswer(first, ccRequestTypes.initial, 0, result(results.DIAMETER_USER_UNKNOWN))),
  named('not for this node', answerTo(first, [result(results.DIAMETER_APPLICATION_UNSUPPORTED), ...from('hss')], true)),
]);
