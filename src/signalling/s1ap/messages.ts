/**
 * The messages of TS 36.413, 9.3.3 (release 13), each with its elements in the order of the wire, what a receiver has to
 * do that does not understand one, and whether it has to be there. An element that the specification calls conditional
 * is optional to a decoder.
 */
import type { Criticality } from './container.ts';
import type { ElementName } from './elements.ts';
import { handoverMessages } from './messages-handover.ts';

/** `CRITICALITY reject ... PRESENCE mandatory` is 'reject mandatory'. */
export type Rule = `${Criticality} ${'mandatory' | 'optional' | 'conditional'}`;
export type Rules = Readonly<Partial<Record<ElementName, Rule>>>;

/** Both numbers of the phone's connection, as nearly all messages have them. */
const ids = { 'MME-UE-S1AP-ID': 'reject mandatory', 'eNB-UE-S1AP-ID': 'reject mandatory' } as const;
/** The same in answers. */
const idsOfAnswer = { 'MME-UE-S1AP-ID': 'ignore mandatory', 'eNB-UE-S1AP-ID': 'ignore mandatory' } as const;
const diagnostics = { CriticalityDiagnostics: 'ignore optional' } as const;
const failure = { ...idsOfAnswer, Cause: 'ignore mandatory', ...diagnostics } as const;
const setupFailure = { Cause: 'ignore mandatory', TimeToWait: 'ignore optional', ...diagnostics } as const;

const interfaceMessages = {
  S1SetupRequest: {
    'Global-ENB-ID': 'reject mandatory',
    eNBname: 'ignore optional',
    SupportedTAs: 'reject mandatory',
    DefaultPagingDRX: 'ignore mandatory',
    'CSG-IdList': 'reject optional',
    'UE-RetentionInformation': 'ignore optional',
    'NB-IoT-DefaultPagingDRX': 'ignore optional',
  },
  S1SetupResponse: {
    MMEname: 'ignore optional',
    ServedGUMMEIs: 'reject mandatory',
    RelativeMMECapacity: 'ignore mandatory',
    MMERelaySupportIndicator: 'ignore optional',
    ...diagnostics,
    'UE-RetentionInformation': 'ignore optional',
  },
  S1SetupFailure: setupFailure,
  ENBConfigurationUpdate: {
    eNBname: 'ignore optional',
    SupportedTAs: 'reject optional',
    'CSG-IdList': 'reject optional',
    DefaultPagingDRX: 'ignore optional',
    'NB-IoT-DefaultPagingDRX': 'ignore optional',
  },
  ENBConfigurationUpdateAcknowledge: diagnostics,
  ENBConfigurationUpdateFailure: setupFailure,
  MMEConfigurationUpdate: {
    MMEname: 'ignore optional',
    ServedGUMMEIs: 'reject optional',
    RelativeMMECapacity: 'reject optional',
  },
  MMEConfigurationUpdateAcknowledge: diagnostics,
  MMEConfigurationUpdateFailure: setupFailure,
  Reset: { Cause: 'ignore mandatory', ResetType: 'reject mandatory' },
  ResetAcknowledge: { 'UE-associatedLogicalS1-ConnectionListResAck': 'ignore optional', ...diagnostics },
  ErrorIndication: {
    'MME-UE-S1AP-ID': 'ignore optional',
    'eNB-UE-S1AP-ID': 'ignore optional',
    Cause: 'ignore optional',
    ...diagnostics,
  },
} as const;

const nasMessages = {
  InitialUEMessage: {
    'eNB-UE-S1AP-ID': 'reject mandatory',
    'NAS-PDU': 'reject mandatory',
    TAI: 'reject mandatory',
    'EUTRAN-CGI': 'ignore mandatory',
    'RRC-Establishment-Cause': 'ignore mandatory',
    'S-TMSI': 'reject optional',
    'CSG-Id': 'reject optional',
    'GUMMEI-ID': 'reject optional',
    CellAccessMode: 'reject optional',
    'GW-TransportLayerAddress': 'ignore optional',
    'RelayNode-Indicator': 'reject optional',
    GUMMEIType: 'ignore optional',
    'Tunnel-Information-for-BBF': 'ignore optional',
    'SIPTO-L-GW-TransportLayerAddress': 'ignore optional',
    'LHN-ID': 'ignore optional',
    'MME-Group-ID': 'ignore optional',
    'UE-Usage-Type': 'ignore optional',
  },
  DownlinkNASTransport: {
    ...ids,
    'NAS-PDU': 'reject mandatory',
    HandoverRestrictionList: 'ignore optional',
    SubscriberProfileIDforRFP: 'ignore optional',
    SRVCCOperationPossible: 'ignore optional',
    UERadioCapability: 'ignore optional',
  },
  UplinkNASTransport: {
    ...ids,
    'NAS-PDU': 'reject mandatory',
    'EUTRAN-CGI': 'ignore mandatory',
    TAI: 'ignore mandatory',
    'GW-TransportLayerAddress': 'ignore optional',
    'SIPTO-L-GW-TransportLayerAddress': 'ignore optional',
    'LHN-ID': 'ignore optional',
  },
  NASNonDeliveryIndication: { ...ids, 'NAS-PDU': 'ignore mandatory', Cause: 'ignore mandatory' },
  Paging: {
    UEIdentityIndexValue: 'ignore mandatory',
    UEPagingID: 'ignore mandatory',
    pagingDRX: 'ignore optional',
    CNDomain: 'ignore mandatory',
    TAIList: 'ignore mandatory',
    'CSG-IdList': 'ignore optional',
    PagingPriority: 'ignore optional',
    UERadioCapabilityForPaging: 'ignore optional',
    AssistanceDataForPaging: 'ignore optional',
    'Paging-eDRXInformation': 'ignore optional',
    'extended-UEIdentityIndexValue': 'ignore optional',
    'NB-IoT-Paging-eDRXInformation': 'ignore optional',
  },
} as const;

const contextMessages = {
  InitialContextSetupRequest: {
    ...ids,
    uEaggregateMaximumBitrate: 'reject mandatory',
    'E-RABToBeSetupListCtxtSUReq': 'reject mandatory',
    UESecurityCapabilities: 'reject mandatory',
    SecurityKey: 'reject mandatory',
    TraceActivation: 'ignore optional',
    HandoverRestrictionList: 'ignore optional',
    UERadioCapability: 'ignore optional',
    SubscriberProfileIDforRFP: 'ignore optional',
    CSFallbackIndicator: 'reject optional',
    SRVCCOperationPossible: 'ignore optional',
    CSGMembershipStatus: 'ignore optional',
    RegisteredLAI: 'ignore optional',
    'GUMMEI-ID': 'ignore optional',
    'MME-UE-S1AP-ID-2': 'ignore optional',
    ManagementBasedMDTAllowed: 'ignore optional',
    ManagementBasedMDTPLMNList: 'ignore optional',
    AdditionalCSFallbackIndicator: 'ignore conditional',
    'Masked-IMEISV': 'ignore optional',
    ExpectedUEBehaviour: 'ignore optional',
    ProSeAuthorized: 'ignore optional',
    UEUserPlaneCIoTSupportIndicator: 'ignore optional',
  },
  InitialContextSetupResponse: {
    ...idsOfAnswer,
    'E-RABSetupListCtxtSURes': 'ignore mandatory',
    'E-RABFailedToSetupListCtxtSURes': 'ignore optional',
    ...diagnostics,
  },
  InitialContextSetupFailure: failure,
  UEContextReleaseRequest: {
    ...ids,
    Cause: 'ignore mandatory',
    GWContextReleaseIndication: 'reject optional',
  },
  UEContextReleaseCommand: { 'UE-S1AP-IDs': 'reject mandatory', Cause: 'ignore mandatory' },
  UEContextReleaseComplete: {
    ...idsOfAnswer,
    ...diagnostics,
    UserLocationInformation: 'ignore optional',
    InformationOnRecommendedCellsAndENBsForPaging: 'ignore optional',
    CellIdentifierAndCELevelForCECapableUEs: 'ignore optional',
  },
  UEContextModificationRequest: {
    ...ids,
    SecurityKey: 'reject optional',
    SubscriberProfileIDforRFP: 'ignore optional',
    uEaggregateMaximumBitrate: 'ignore optional',
    CSFallbackIndicator: 'reject optional',
    UESecurityCapabilities: 'reject optional',
    CSGMembershipStatus: 'ignore optional',
    RegisteredLAI: 'ignore optional',
    AdditionalCSFallbackIndicator: 'ignore conditional',
    ProSeAuthorized: 'ignore optional',
  },
  UEContextModificationResponse: { ...idsOfAnswer, ...diagnostics },
  UEContextModificationFailure: failure,
  UECapabilityInfoIndication: {
    ...ids,
    UERadioCapability: 'ignore mandatory',
    UERadioCapabilityForPaging: 'ignore optional',
  },
} as const;

const bearerMessages = {
  'E-RABSetupRequest': {
    ...ids,
    uEaggregateMaximumBitrate: 'reject optional',
    'E-RABToBeSetupListBearerSUReq': 'reject mandatory',
  },
  'E-RABSetupResponse': {
    ...idsOfAnswer,
    'E-RABSetupListBearerSURes': 'ignore optional',
    'E-RABFailedToSetupListBearerSURes': 'ignore optional',
    ...diagnostics,
  },
  'E-RABModifyRequest': {
    ...ids,
    uEaggregateMaximumBitrate: 'reject optional',
    'E-RABToBeModifiedListBearerModReq': 'reject mandatory',
  },
  'E-RABModifyResponse': {
    ...idsOfAnswer,
    'E-RABModifyListBearerModRes': 'ignore optional',
    'E-RABFailedToModifyList': 'ignore optional',
    ...diagnostics,
  },
  'E-RABReleaseCommand': {
    ...ids,
    uEaggregateMaximumBitrate: 'reject optional',
    'E-RABToBeReleasedList': 'ignore mandatory',
    'NAS-PDU': 'ignore optional',
  },
  'E-RABReleaseResponse': {
    ...idsOfAnswer,
    'E-RABReleaseListBearerRelComp': 'ignore optional',
    'E-RABFailedToReleaseList': 'ignore optional',
    ...diagnostics,
    UserLocationInformation: 'ignore optional',
  },
  'E-RABReleaseIndication': {
    ...ids,
    'E-RABReleasedList': 'ignore mandatory',
    UserLocationInformation: 'ignore optional',
  },
} as const;

export const messages = {
  ...interfaceMessages,
  ...nasMessages,
  ...contextMessages,
  ...bearerMessages,
  ...handoverMessages,
} as const satisfies Readonly<Record<string, Rules>>;

export type MessageName = keyof typeof messages;
