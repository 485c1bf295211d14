/** A message of every kind, with most of the elements it may have, as data. */
import { capabilityOf, securityCapabilityOf } from '../../../../src/signalling/nas/capability.ts';
import { emmCause, esmCause } from '../../../../src/signalling/nas/cause.ts';
import { attachResult, attachType } from '../../../../src/signalling/nas/emm.ts';
import { INFORMATION_LATER, requestType } from '../../../../src/signalling/nas/esm.ts';
import { type Direction, type PlainMessage, encodeNas } from '../../../../src/signalling/nas/message.ts';
import { identityType } from '../../../../src/signalling/nas/mobile-identity.ts';
import { configurationFor, requestedConfiguration } from '../../../../src/signalling/nas/pco.ts';
import { pdnType } from '../../../../src/signalling/nas/session.ts';
import { updateResult, updateType } from '../../../../src/signalling/nas/tracking.ts';

export interface Sample {
  readonly direction: Direction;
  readonly message: PlainMessage;
}

const octets = (length: number, first = 1): Uint8Array => Uint8Array.from({ length }, (_, index) => first + index);
const uplink = (...messages: PlainMessage[]): Sample[] => messages.map((message) => ({ direction: 'uplink', message }));
const downlink = (...messages: PlainMessage[]): Sample[] =>
  messages.map((message) => ({ direction: 'downlink', message }));

const plmn = { mcc: '460', mnc: '00' };
const tai = { plmn, tac: 0x1234 };
const guti = { plmn, mmeGroup: 0x8001, mmeCode: 3, mTmsi: 0xdead_beef };
const imsi = { kind: 'imsi', digits: '460000123456789' } as const;
const imeisv = { kind: 'imeisv', digits: '3534900698733190' } as const;
const capability = capabilityOf([0, 1, 2], [1, 2]);
const msNetworkCapability = Uint8Array.of(0xe5, 0xe0, 0x34);
const hour = { seconds: 3600 };
const taiList = [
  { type: 0, tais: [tai, { plmn, tac: 7 }] },
  { type: 1, tais: [1, 2, 3].map((tac) => ({ plmn, tac })) },
  { type: 2, tais: [tai, { plmn: { mcc: '310', mnc: '410' }, tac: 0xfffe }] },
] as const;

const connectivityRequest: PlainMessage = {
  kind: 'pdn-connectivity-request',
  ebi: 0,
  pti: 1,
  requestType: requestType.initial,
  pdnType: pdnType.ipv4,
  informationTransfer: INFORMATION_LATER,
  pco: requestedConfiguration(),
};
const bearerRequest: PlainMessage = {
  kind: 'activate-default-bearer-request',
  ebi: 5,
  pti: 1,
  qos: { qci: 9, rates: new Uint8Array() },
  apn: 'cmnet.mnc000.mcc460.gprs',
  address: { ipv4: '10.45.0.2' },
  ambr: { downlink: 100_000, uplink: 50_000 },
  cause: esmCause['PDN type IPv4 only allowed'],
  pco: configurationFor(requestedConfiguration(), { dnsServers: ['10.0.0.53', '192.0.2.53'] }),
};
const bearerAccept: PlainMessage = { kind: 'activate-default-bearer-accept', ebi: 5, pti: 0 };
const connectivityReject: PlainMessage = {
  kind: 'pdn-connectivity-reject',
  ebi: 0,
  pti: 1,
  cause: esmCause['User authentication failed'],
};

export const samples: readonly Sample[] = [
  ...uplink(
    {
      kind: 'attach-request',
      attachType: attachType.eps,
      keySet: 7,
      identity: imsi,
      capability,
      esm: encodeNas(connectivityRequest),
      lastVisitedTai: tai,
      drxParameter: Uint8Array.of(0, 0),
      msNetworkCapability,
      tmsiStatus: 0,
      voiceDomainPreference: Uint8Array.of(1),
      oldGutiType: 0,
      msNetworkFeatureSupport: 1,
    },
    {
      kind: 'attach-request',
      attachType: attachType.combined,
      keySet: 2,
      identity: { kind: 'guti', guti },
      capability,
      esm: encodeNas(connectivityRequest),
      additionalGuti: { kind: 'guti', guti },
    },
    { kind: 'attach-complete', esm: encodeNas(bearerAccept) },
    {
      kind: 'detach-request',
      detachType: { type: 1, switchOff: true },
      keySet: 1,
      identity: { kind: 'guti', guti },
    },
    { kind: 'detach-accept' },
    { kind: 'guti-reallocation-complete' },
    { kind: 'authentication-response', res: octets(8) },
    { kind: 'authentication-failure', cause: emmCause['Synch failure'], auts: octets(14) },
    { kind: 'authentication-failure', cause: emmCause['MAC failure'] },
    { kind: 'identity-response', identity: imsi },
    { kind: 'identity-response', identity: imeisv },
    { kind: 'security-mode-complete', imeisv },
    { kind: 'security-mode-reject', cause: emmCause['UE security capabilities mismatch'] },
    { kind: 'emm-status', cause: emmCause['Message type non-existent or not implemented'] },
    {
      kind: 'tracking-area-update-request',
      updateType: updateType.periodic,
      keySet: 1,
      identity: { kind: 'guti', guti },
      capability,
      lastVisitedTai: tai,
      bearerStatus: Uint8Array.of(0x20, 0),
    },
    { kind: 'tracking-area-update-complete' },
    connectivityRequest,
    bearerAccept,
    { kind: 'activate-default-bearer-reject', ebi: 5, pti: 0, cause: esmCause['Insufficient resources'] },
    { kind: 'deactivate-bearer-accept', ebi: 5, pti: 0 },
    { kind: 'pdn-disconnect-request', ebi: 0, pti: 3, linkedBearer: 6 },
    { kind: 'esm-information-response', ebi: 0, pti: 1, apn: 'cmnet', pco: requestedConfiguration() },
    { kind: 'esm-status', ebi: 5, pti: 0, cause: esmCause['Invalid EPS bearer identity'] },
  ),
  ...downlink(
    {
      kind: 'attach-accept',
      attachResult: attachResult.eps,
      t3412: { seconds: 3240 },
      taiList,
      esm: encodeNas(bearerRequest),
      guti,
      equivalentPlmns: [plmn, { mcc: '310', mnc: '410' }],
      t3402: { seconds: 720 },
      networkFeatureSupport: Uint8Array.of(1),
    },
    {
      kind: 'attach-reject',
      cause: emmCause['ESM failure'],
      esm: encodeNas(connectivityReject),
      t3346: { seconds: 30 },
    },
    {
      kind: 'network-detach-request',
      detachType: { type: 2, switchOff: false },
      cause: emmCause['EPS services not allowed'],
    },
    { kind: 'service-reject', cause: emmCause.Congestion, t3346: hour },
    { kind: 'guti-reallocation-command', guti, taiList },
    { kind: 'authentication-request', keySet: 1, rand: octets(16), autn: octets(16, 100) },
    { kind: 'authentication-reject' },
    { kind: 'identity-request', identityType: identityType.imsi },
    {
      kind: 'security-mode-command',
      algorithms: { eea: 2, eia: 2 },
      keySet: 1,
      capability: securityCapabilityOf(capability, msNetworkCapability),
      imeisvRequest: 1,
      hashMme: octets(8),
    },
    {
      kind: 'emm-information',
      fullName: { text: '西游 mobile', withCountry: false },
      shortName: { text: '西游', withCountry: true },
      zone: 480,
      time: { time: Date.parse('2026-02-28T23:59:58Z'), zone: 480 },
      daylightSaving: Uint8Array.of(0),
    },
    {
      kind: 'tracking-area-update-accept',
      updateResult: updateResult.ta,
      t3412: hour,
      guti,
      taiList,
      bearerStatus: Uint8Array.of(0x20, 0),
    },
    { kind: 'tracking-area-update-reject', cause: emmCause['Implicitly detached'] },
    bearerRequest,
    { kind: 'deactivate-bearer-request', ebi: 5, pti: 0, cause: esmCause['Regular deactivation'] },
    connectivityReject,
    { kind: 'pdn-disconnect-reject', ebi: 0, pti: 3, cause: esmCause['Last PDN disconnection not allowed'] },
    { kind: 'esm-information-request', ebi: 0, pti: 1 },
  ),
];
