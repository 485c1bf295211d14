/** One message of every kind that S1AP has in the lab, with all kinds of elements: for round trips, tshark, and fuzzing. */
import { bigEndian } from '../../src/signalling/octets.ts';
import { encodePlmn } from '../../src/signalling/identity.ts';
import {
  algorithmMask,
  cellIdentity,
  encodeSourceContainer,
  encodeTargetContainer,
  s1ap,
  type S1apPdu,
  transportLayerAddress,
} from '../../src/signalling/s1ap/s1ap.ts';
import { encodeInterNode, encodeRrc } from '../../src/signalling/rrc/rrc.ts';
import { handoverOrder } from './rrc-messages.ts';

const plmn = encodePlmn({ mcc: '460', mnc: '00' });
const tai = { pLMNidentity: plmn, tAC: bigEndian(0x3001, 2) };
const cgi = { pLMNidentity: plmn, 'cell-ID': cellIdentity(0x00e01, 1) };
const enb = { pLMNidentity: plmn, 'eNB-ID': { 'macroENB-ID': 0x00e01 } } as const;
const gummei = { 'pLMN-Identity': plmn, 'mME-Group-ID': bigEndian(0x8001, 2), 'mME-Code': bigEndian(2, 1) };
const sTmsi = { mMEC: bigEndian(2, 1), 'm-TMSI': bigEndian(0xc0ffee01, 4) };
const ids = { 'MME-UE-S1AP-ID': 0xdeadbeef, 'eNB-UE-S1AP-ID': 70_000 } as const;
const Cause = { radioNetwork: 'user-inactivity' } as const;
/** An EMM status (TS 24.301, 8.2.23): a whole NAS message in three octets. */
const nas = Uint8Array.of(0x07, 0x60, 0x60);
const bearer = { 'e-RAB-ID': 5 } as const;
const tunnel = { transportLayerAddress: transportLayerAddress('10.70.2.2'), 'gTP-TEID': bigEndian(0x1000, 4) };
const bearerTunnel = { ...bearer, ...tunnel };
const qos = {
  qCI: 9,
  allocationRetentionPriority: {
    priorityLevel: 15,
    'pre-emptionCapability': 'shall-not-trigger-pre-emption',
    'pre-emptionVulnerability': 'not-pre-emptable',
  },
} as const;
const voice = {
  ...qos,
  qCI: 1,
  gbrQosInformation: {
    'e-RAB-MaximumBitrateDL': 128_000,
    'e-RAB-MaximumBitrateUL': 128_000,
    'e-RAB-GuaranteedBitrateDL': 64_000,
    'e-RAB-GuaranteedBitrateUL': 64_000,
  },
};
const uEaggregateMaximumBitrate = {
  uEaggregateMaximumBitRateDL: 100_000_000,
  uEaggregateMaximumBitRateUL: 10_000_000_000,
};
const SecurityKey = Uint8Array.from({ length: 32 }, (_, index) => index);
const SecurityContext = { nextHopChainingCount: 3, nextHopParameter: SecurityKey };
const UESecurityCapabilities = {
  encryptionAlgorithms: algorithmMask(0xe0),
  integrityProtectionAlgorithms: algorithmMask(0xe0),
};
const CriticalityDiagnostics = {
  procedureCode: 9,
  triggeringMessage: 'initiating-message',
  procedureCriticality: 'reject',
  iEsCriticalityDiagnostics: [{ iECriticality: 'reject', 'iE-ID': 73, typeOfError: 'missing' }],
} as const;
const ServedGUMMEIs = [{ servedPLMNs: [plmn], servedGroupIDs: [bigEndian(0x8001, 2)], servedMMECs: [bigEndian(2, 1)] }];
const SupportedTAs = [{ tAC: tai.tAC, broadcastPLMNs: [plmn] }];
const failed = [{ ...bearer, cause: { radioNetwork: 'radio-resources-not-available' } }] as const;
const count = { 'pDCP-SN': 4000, hFN: 1_000_000 };
const capability = encodeInterNode('UERadioAccessCapabilityInformation', {
  criticalExtensions: {
    'ue-RadioAccessCapabilityInfo': encodeRrc('UL-DCCH', {
      ueCapabilityInformation: {
        'rrc-TransactionIdentifier': 0,
        criticalExtensions: { 'ue-CapabilityRAT-ContainerList': [] },
      },
    }).subarray(0, 2),
  },
});
const sourceContainer = encodeSourceContainer({
  'rRC-Container': encodeInterNode('HandoverPreparationInformation', {
    criticalExtensions: { 'ue-RadioAccessCapabilityInfo': [] },
  }),
  'e-RABInformationList': [{ ...bearer, 'dL-Forwarding': 'dL-Forwarding-proposed' }],
  'targetCell-ID': cgi,
  'uE-HistoryInformation': [
    { 'e-UTRAN-Cell': { 'global-Cell-ID': cgi, cellType: { 'cell-Size': 'medium' }, 'time-UE-StayedInCell': 61 } },
  ],
});
const targetContainer = encodeTargetContainer({
  'rRC-Container': encodeInterNode('HandoverCommand', {
    criticalExtensions: { handoverCommandMessage: encodeRrc('DL-DCCH', handoverOrder) },
  }),
});
const status = {
  'bearers-SubjectToStatusTransferList': [
    {
      ...bearer,
      'uL-COUNTvalue': count,
      'dL-COUNTvalue': { ...count, hFN: 0 },
      receiveStatusofULPDCPSDUs: { length: 4096, octets: new Uint8Array(512).fill(0x55) },
    },
  ],
};

export const s1apMessages: readonly S1apPdu[] = [
  s1ap('S1SetupRequest', { 'Global-ENB-ID': enb, eNBname: 'enb-1', SupportedTAs, DefaultPagingDRX: 'v128' }),
  s1ap('S1SetupResponse', { MMEname: 'mme.epc.mnc000.mcc460', ServedGUMMEIs, RelativeMMECapacity: 255 }),
  s1ap('S1SetupFailure', { Cause: { misc: 'unknown-PLMN' }, TimeToWait: 'v10s' }),
  s1ap('ENBConfigurationUpdate', { eNBname: 'enb-1b', SupportedTAs, 'CSG-IdList': [{ 'cSG-Id': 5 }] }),
  s1ap('ENBConfigurationUpdateAcknowledge', {}),
  s1ap('ENBConfigurationUpdateFailure', { Cause: { protocol: 'semantic-error' } }),
  s1ap('MMEConfigurationUpdate', { RelativeMMECapacity: 0, ServedGUMMEIs }),
  s1ap('MMEConfigurationUpdateAcknowledge', { CriticalityDiagnostics }),
  s1ap('MMEConfigurationUpdateFailure', { Cause: { transport: 'unspecified' }, TimeToWait: 'v60s' }),
  s1ap('Reset', { Cause: { misc: 'om-intervention' }, ResetType: { 's1-Interface': 'reset-all' } }),
  s1ap('Reset', { Cause, ResetType: { 'partOfS1-Interface': [{ 'mME-UE-S1AP-ID': 1 }, { 'eNB-UE-S1AP-ID': 2 }] } }),
  s1ap('ResetAcknowledge', {
    'UE-associatedLogicalS1-ConnectionListResAck': [{ 'mME-UE-S1AP-ID': 1, 'eNB-UE-S1AP-ID': 2 }],
  }),
  s1ap('ErrorIndication', { ...ids, Cause: { protocol: 'abstract-syntax-error-reject' }, CriticalityDiagnostics }),
  s1ap('InitialUEMessage', {
    'eNB-UE-S1AP-ID': 0,
    'NAS-PDU': nas,
    TAI: tai,
    'EUTRAN-CGI': cgi,
    'RRC-Establishment-Cause': 'mo-VoiceCall',
    'S-TMSI': sTmsi,
    'GUMMEI-ID': gummei,
    GUMMEIType: 'mappedFrom5G',
  }),
  s1ap('DownlinkNASTransport', {
    ...ids,
    'NAS-PDU': nas,
    HandoverRestrictionList: {
      servingPLMN: plmn,
      equivalentPLMNs: [plmn],
      forbiddenTAs: [{ 'pLMN-Identity': plmn, forbiddenTACs: [tai.tAC, bigEndian(1, 2)] }],
      forbiddenInterRATs: 'geranandutran',
    },
    SubscriberProfileIDforRFP: 256,
  }),
  s1ap('UplinkNASTransport', { ...ids, 'NAS-PDU': nas, 'EUTRAN-CGI': cgi, TAI: tai }),
  s1ap('NASNonDeliveryIndication', { ...ids, 'NAS-PDU': nas, Cause }),
  s1ap('Paging', {
    UEIdentityIndexValue: 0x2aa,
    UEPagingID: { 's-TMSI': sTmsi },
    pagingDRX: 'v32',
    CNDomain: 'ps',
    TAIList: [{ tAI: tai }, { tAI: { ...tai, tAC: bigEndian(2, 2) } }],
    PagingPriority: 'priolevel8',
  }),
  s1ap('Paging', {
    UEIdentityIndexValue: 1,
    UEPagingID: { iMSI: Uint8Array.of(0x64, 0x00, 0x00, 0x10, 0x32, 0x54, 0x76, 0xf8) },
    CNDomain: 'cs',
    TAIList: [{ tAI: tai }],
  }),
  s1ap('InitialContextSetupRequest', {
    ...ids,
    uEaggregateMaximumBitrate,
    'E-RABToBeSetupListCtxtSUReq': [
      { ...bearerTunnel, 'e-RABlevelQoSParameters': qos, 'nAS-PDU': nas },
      { ...bearerTunnel, 'e-RAB-ID': 6, 'e-RABlevelQoSParameters': voice },
    ],
    UESecurityCapabilities,
    SecurityKey,
    UERadioCapability: capability,
    CSFallbackIndicator: 'cs-fallback-high-priority',
    'Masked-IMEISV': SecurityKey.subarray(8, 16),
  }),
  s1ap('InitialContextSetupResponse', {
    ...ids,
    'E-RABSetupListCtxtSURes': [{ ...bearerTunnel, transportLayerAddress: transportLayerAddress('2001:db8::1') }],
    'E-RABFailedToSetupListCtxtSURes': failed,
  }),
  s1ap('InitialContextSetupFailure', { ...ids, Cause, CriticalityDiagnostics }),
  s1ap('UEContextReleaseRequest', { ...ids, Cause }),
  s1ap('UEContextReleaseCommand', {
    'UE-S1AP-IDs': { 'uE-S1AP-ID-pair': { 'mME-UE-S1AP-ID': 1, 'eNB-UE-S1AP-ID': 16_777_215 } },
    Cause: { nas: 'detach' },
  }),
  s1ap('UEContextReleaseComplete', { ...ids, UserLocationInformation: { 'eutran-cgi': cgi, tai } }),
  s1ap('UEContextModificationRequest', { ...ids, SecurityKey, uEaggregateMaximumBitrate, UESecurityCapabilities }),
  s1ap('UEContextModificationResponse', ids),
  s1ap('UEContextModificationFailure', { ...ids, Cause: { radioNetwork: 'insufficient-ue-capabilities' } }),
  s1ap('UECapabilityInfoIndication', { ...ids, UERadioCapability: capability }),
  s1ap('E-RABSetupRequest', {
    ...ids,
    'E-RABToBeSetupListBearerSUReq': [
      { ...bearerTunnel, 'e-RAB-ID': 6, 'e-RABlevelQoSParameters': voice, 'nAS-PDU': nas },
    ],
  }),
  s1ap('E-RABSetupResponse', {
    ...ids,
    'E-RABSetupListBearerSURes': [bearerTunnel],
    'E-RABFailedToSetupListBearerSURes': failed,
  }),
  s1ap('E-RABModifyRequest', {
    ...ids,
    'E-RABToBeModifiedListBearerModReq': [{ ...bearer, 'e-RABLevelQoSParameters': qos, 'nAS-PDU': nas }],
  }),
  s1ap('E-RABModifyResponse', { ...ids, 'E-RABModifyListBearerModRes': [bearer], 'E-RABFailedToModifyList': failed }),
  s1ap('E-RABReleaseCommand', {
    ...ids,
    'E-RABToBeReleasedList': [{ ...bearer, cause: { nas: 'normal-release' } }],
    'NAS-PDU': nas,
  }),
  s1ap('E-RABReleaseResponse', {
    ...ids,
    'E-RABReleaseListBearerRelComp': [bearer],
    'E-RABFailedToReleaseList': failed,
  }),
  s1ap('E-RABReleaseIndication', { ...ids, 'E-RABReleasedList': failed }),
  s1ap('HandoverRequired', {
    ...ids,
    HandoverType: 'intralte',
    Cause: { radioNetwork: 'handover-desirable-for-radio-reason' },
    TargetID: { 'targeteNB-ID': { 'global-ENB-ID': enb, 'selected-TAI': tai } },
    'Direct-Forwarding-Path-Availability': 'directPathAvailable',
    'Source-ToTarget-TransparentContainer': sourceContainer,
  }),
  s1ap('HandoverCommand', {
    ...ids,
    HandoverType: 'intralte',
    'E-RABSubjecttoDataForwardingList': [
      { ...bearer, 'dL-transportLayerAddress': tunnel.transportLayerAddress, 'dL-gTP-TEID': bigEndian(7, 4) },
    ],
    'E-RABtoReleaseListHOCmd': failed,
    'Target-ToSource-TransparentContainer': targetContainer,
  }),
  s1ap('HandoverPreparationFailure', { ...ids, Cause: { radioNetwork: 'unknown-targetID' } }),
  s1ap('HandoverRequest', {
    'MME-UE-S1AP-ID': 2,
    HandoverType: 'intralte',
    Cause: { radioNetwork: 'time-critical-handover' },
    uEaggregateMaximumBitrate,
    'E-RABToBeSetupListHOReq': [{ ...bearerTunnel, 'e-RABlevelQosParameters': qos }],
    'Source-ToTarget-TransparentContainer': sourceContainer,
    UESecurityCapabilities,
    SecurityContext,
  }),
  s1ap('HandoverRequestAcknowledge', {
    ...ids,
    'E-RABAdmittedList': [
      { ...bearerTunnel, 'dL-transportLayerAddress': tunnel.transportLayerAddress, 'dL-gTP-TEID': bigEndian(8, 4) },
    ],
    'E-RABFailedToSetupListHOReqAck': failed,
    'Target-ToSource-TransparentContainer': targetContainer,
  }),
  s1ap('HandoverFailure', { 'MME-UE-S1AP-ID': 2, Cause: { radioNetwork: 'cell-not-available' } }),
  s1ap('HandoverNotify', { ...ids, 'EUTRAN-CGI': cgi, TAI: tai }),
  s1ap('HandoverCancel', { ...ids, Cause: { radioNetwork: 'tS1relocprep-expiry' } }),
  s1ap('HandoverCancelAcknowledge', ids),
  s1ap('ENBStatusTransfer', { ...ids, 'eNB-StatusTransfer-TransparentContainer': status }),
  s1ap('MMEStatusTransfer', { ...ids, 'eNB-StatusTransfer-TransparentContainer': status }),
  s1ap('PathSwitchRequest', {
    'eNB-UE-S1AP-ID': 3,
    'E-RABToBeSwitchedDLList': [bearerTunnel],
    'SourceMME-UE-S1AP-ID': 0xdeadbeef,
    'EUTRAN-CGI': cgi,
    TAI: tai,
    UESecurityCapabilities,
  }),
  s1ap('PathSwitchRequestAcknowledge', {
    ...ids,
    'E-RABToBeSwitchedULList': [bearerTunnel],
    'E-RABToBeReleasedList': failed,
    SecurityContext,
  }),
  s1ap('PathSwitchRequestFailure', { ...ids, Cause: { radioNetwork: 'unknown-mme-ue-s1ap-id' } }),
];
