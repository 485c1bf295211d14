/** Elementary procedures (TS 36.413, 8.1 and 9.3.2): codes, criticality, and the messages of each. */
import type { Criticality } from './container.ts';
import type { MessageName } from './messages.ts';

/** The alternatives of S1AP-PDU. */
export type Outcome = 'initiatingMessage' | 'successfulOutcome' | 'unsuccessfulOutcome';

interface Procedure {
  readonly code: number;
  readonly criticality: Criticality;
  readonly initiatingMessage: MessageName;
  readonly successfulOutcome?: MessageName;
  readonly unsuccessfulOutcome?: MessageName;
}

const procedures: Readonly<Record<string, Procedure>> = {
  HandoverPreparation: {
    code: 0,
    criticality: 'reject',
    initiatingMessage: 'HandoverRequired',
    successfulOutcome: 'HandoverCommand',
    unsuccessfulOutcome: 'HandoverPreparationFailure',
  },
  HandoverResourceAllocation: {
    code: 1,
    criticality: 'reject',
    initiatingMessage: 'HandoverRequest',
    successfulOutcome: 'HandoverRequestAcknowledge',
    unsuccessfulOutcome: 'HandoverFailure',
  },
  HandoverNotification: { code: 2, criticality: 'ignore', initiatingMessage: 'HandoverNotify' },
  PathSwitchRequest: {
    code: 3,
    criticality: 'reject',
    initiatingMessage: 'PathSwitchRequest',
    successfulOutcome: 'PathSwitchRequestAcknowledge',
    unsuccessfulOutcome: 'PathSwitchRequestFailure',
  },
  HandoverCancel: {
    code: 4,
    criticality: 'reject',
    initiatingMessage: 'HandoverCancel',
    successfulOutcome: 'HandoverCancelAcknowledge',
  },
  'E-RABSetup': {
    code: 5,
    criticality: 'reject',
    initiatingMessage: 'E-RABSetupRequest',
    successfulOutcome: 'E-RABSetupResponse',
  },
  'E-RABModify': {
    code: 6,
    criticality: 'reject',
    initiatingMessage: 'E-RABModifyRequest',
    successfulOutcome: 'E-RABModifyResponse',
  },
  'E-RABRelease': {
    code: 7,
    criticality: 'reject',
    initiatingMessage: 'E-RABReleaseCommand',
    successfulOutcome: 'E-RABReleaseResponse',
  },
  'E-RABReleaseIndication': { code: 8, criticality: 'ignore', initiatingMessage: 'E-RABReleaseIndication' },
  InitialContextSetup: {
    code: 9,
    criticality: 'reject',
    initiatingMessage: 'InitialContextSetupRequest',
    successfulOutcome: 'InitialContextSetupResponse',
    unsuccessfulOutcome: 'InitialContextSetupFailure',
  },
  Paging: { code: 10, criticality: 'ignore', initiatingMessage: 'Paging' },
  downlinkNASTransport: { code: 11, criticality: 'ignore', initiatingMessage: 'DownlinkNASTransport' },
  initialUEMessage: { code: 12, criticality: 'ignore', initiatingMessage: 'InitialUEMessage' },
  uplinkNASTransport: { code: 13, criticality: 'ignore', initiatingMessage: 'UplinkNASTransport' },
  Reset: {
    code: 14,
    criticality: 'reject',
    initiatingMessage: 'Reset',
    successfulOutcome: 'ResetAcknowledge',
  },
  ErrorIndication: { code: 15, criticality: 'ignore', initiatingMessage: 'ErrorIndication' },
  NASNonDeliveryIndication: { code: 16, criticality: 'ignore', initiatingMessage: 'NASNonDeliveryIndication' },
  S1Setup: {
    code: 17,
    criticality: 'reject',
    initiatingMessage: 'S1SetupRequest',
    successfulOutcome: 'S1SetupResponse',
    unsuccessfulOutcome: 'S1SetupFailure',
  },
  UEContextReleaseRequest: { code: 18, criticality: 'ignore', initiatingMessage: 'UEContextReleaseRequest' },
  UEContextModification: {
    code: 21,
    criticality: 'reject',
    initiatingMessage: 'UEContextModificationRequest',
    successfulOutcome: 'UEContextModificationResponse',
    unsuccessfulOutcome: 'UEContextModificationFailure',
  },
  UECapabilityInfoIndication: { code: 22, criticality: 'ignore', initiatingMessage: 'UECapabilityInfoIndication' },
  UEContextRelease: {
    code: 23,
    criticality: 'reject',
    initiatingMessage: 'UEContextReleaseCommand',
    successfulOutcome: 'UEContextReleaseComplete',
  },
  eNBStatusTransfer: { code: 24, criticality: 'ignore', initiatingMessage: 'ENBStatusTransfer' },
  MMEStatusTransfer: { code: 25, criticality: 'ignore', initiatingMessage: 'MMEStatusTransfer' },
  ENBConfigurationUpdate: {
    code: 29,
    criticality: 'reject',
    initiatingMessage: 'ENBConfigurationUpdate',
    successfulOutcome: 'ENBConfigurationUpdateAcknowledge',
    unsuccessfulOutcome: 'ENBConfigurationUpdateFailure',
  },
  MMEConfigurationUpdate: {
    code: 30,
    criticality: 'reject',
    initiatingMessage: 'MMEConfigurationUpdate',
    successfulOutcome: 'MMEConfigurationUpdateAcknowledge',
    unsuccessfulOutcome: 'MMEConfigurationUpdateFailure',
  },
};

/** Procedures whose messages stay octets, for logs. */
const unread: Readonly<Record<number, string>> = {
  19: 'DownlinkS1cdma2000tunnelling',
  20: 'UplinkS1cdma2000tunnelling',
  26: 'DeactivateTrace',
  27: 'TraceStart',
  28: 'TraceFailureIndication',
  31: 'LocationReportingControl',
  32: 'LocationReportingFailureIndication',
  33: 'LocationReport',
  34: 'OverloadStart',
  35: 'OverloadStop',
  36: 'WriteReplaceWarning',
  37: 'eNBDirectInformationTransfer',
  38: 'MMEDirectInformationTransfer',
  39: 'PrivateMessage',
  40: 'eNBConfigurationTransfer',
  41: 'MMEConfigurationTransfer',
  42: 'CellTrafficTrace',
  43: 'Kill',
  44: 'downlinkUEAssociatedLPPaTransport',
  45: 'uplinkUEAssociatedLPPaTransport',
  46: 'downlinkNonUEAssociatedLPPaTransport',
  47: 'uplinkNonUEAssociatedLPPaTransport',
  48: 'UERadioCapabilityMatch',
  49: 'PWSRestartIndication',
  50: 'E-RABModificationIndication',
  51: 'PWSFailureIndication',
  52: 'RerouteNASRequest',
};

/** Where a message stands: its procedure and its place in it. */
export interface Place {
  readonly outcome: Outcome;
  readonly procedureCode: number;
  readonly criticality: Criticality;
}

const outcomes = ['initiatingMessage', 'successfulOutcome', 'unsuccessfulOutcome'] as const;
const names = new Map<number, string>(Object.entries(unread).map(([code, name]) => [Number(code), name]));
const places = new Map<MessageName, Place>();
const byPlace = new Map<string, MessageName>();
for (const [name, procedure] of Object.entries(procedures)) {
  const { code: procedureCode, criticality } = procedure;
  names.set(procedureCode, name);
  for (const outcome of outcomes) {
    const message = procedure[outcome];
    if (message === undefined) continue;
    places.set(message, { outcome, procedureCode, criticality });
    byPlace.set(`${outcome} ${procedureCode}`, message);
  }
}

/** The place of a message. */
export const placeOf = (name: MessageName): Place => {
  const place = places.get(name);
  if (place === undefined) throw new TypeError(`the message ${name} belongs to no procedure`);
  return place;
};

/** The message of a place; undefined when it is none that we read. */
export const messageAt = (outcome: Outcome, procedureCode: number): MessageName | undefined =>
  byPlace.get(`${outcome} ${procedureCode}`);

/** The name of a procedure: `S1Setup`, or `procedure 99`. */
export const procedureName = (code: number): string => names.get(code) ?? `procedure ${code}`;
