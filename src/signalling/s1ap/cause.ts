/** Why something was done, and what was wrong with a message (TS 36.413, 9.2.1.3 and 9.2.1.21). */
import {
  choice,
  enumerated,
  extensible,
  integer,
  optional,
  sequence,
  sequenceOf,
  size,
  type ValueOf,
} from '../asn1/per.ts';
import { Criticality, iEExtensions, ProtocolIeId } from './container.ts';

const CauseRadioNetwork = enumerated(
  'unspecified',
  'tx2relocoverall-expiry',
  'successful-handover',
  'release-due-to-eutran-generated-reason',
  'handover-cancelled',
  'partial-handover',
  'ho-failure-in-target-EPC-eNB-or-target-system',
  'ho-target-not-allowed',
  'tS1relocoverall-expiry',
  'tS1relocprep-expiry',
  'cell-not-available',
  'unknown-targetID',
  'no-radio-resources-available-in-target-cell',
  'unknown-mme-ue-s1ap-id',
  'unknown-enb-ue-s1ap-id',
  'unknown-pair-ue-s1ap-id',
  'handover-desirable-for-radio-reason',
  'time-critical-handover',
  'resource-optimisation-handover',
  'reduce-load-in-serving-cell',
  'user-inactivity',
  'radio-connection-with-ue-lost',
  'load-balancing-tau-required',
  'cs-fallback-triggered',
  'ue-not-available-for-ps-service',
  'radio-resources-not-available',
  'failure-in-radio-interface-procedure',
  'invalid-qos-combination',
  'interrat-redirection',
  'interaction-with-other-procedure',
  'unknown-E-RAB-ID',
  'multiple-E-RAB-ID-instances',
  'encryption-and-or-integrity-protection-algorithms-not-supported',
  's1-intra-system-handover-triggered',
  's1-inter-system-handover-triggered',
  'x2-handover-triggered',
  '...',
  'redirection-towards-1xRTT',
  'not-supported-QCI-value',
  'invalid-CSG-Id',
  'release-due-to-pre-emption',
  'n26-interface-not-available',
  'insufficient-ue-capabilities',
  'maximum-bearer-pre-emption-rate-exceeded',
  'up-integrity-protection-not-possible',
);

const CauseTransport = enumerated('transport-resource-unavailable', 'unspecified', '...');

const CauseNas = enumerated(
  'normal-release',
  'authentication-failure',
  'detach',
  'unspecified',
  '...',
  'csg-subscription-expiry',
  'uE-not-in-PLMN-serving-area',
);

const CauseProtocol = enumerated(
  'transfer-syntax-error',
  'abstract-syntax-error-reject',
  'abstract-syntax-error-ignore-and-notify',
  'message-not-compatible-with-receiver-state',
  'semantic-error',
  'abstract-syntax-error-falsely-constructed-message',
  'unspecified',
  '...',
);

const CauseMisc = enumerated(
  'control-processing-overload',
  'not-enough-user-plane-processing-resources',
  'hardware-failure',
  'om-intervention',
  'unspecified',
  'unknown-PLMN',
  '...',
);

/** As in `{ nas: 'detach' }` or `{ radioNetwork: 'user-inactivity' }`. */
export const Cause = choice({
  radioNetwork: CauseRadioNetwork,
  transport: CauseTransport,
  nas: CauseNas,
  protocol: CauseProtocol,
  misc: CauseMisc,
  ...extensible,
});
export type Cause = ValueOf<typeof Cause>;

/** A cause for people: `nas: detach`. */
export const causeText = (cause: Cause): string => {
  const [group, value] = Object.entries(cause)[0] ?? ['none', ''];
  return typeof value === 'string' ? `${group}: ${value}` : 'of an unknown group';
};

const CriticalityDiagnosticsItem = sequence({
  iECriticality: Criticality,
  'iE-ID': ProtocolIeId,
  typeOfError: enumerated('not-understood', 'missing', '...'),
  ...iEExtensions,
  ...extensible,
});

/** What a receiver found in a message that it could not use. */
export const CriticalityDiagnostics = sequence({
  procedureCode: optional(integer(0, 255)),
  triggeringMessage: optional(enumerated('initiating-message', 'successful-outcome', 'unsuccessfull-outcome')),
  procedureCriticality: optional(Criticality),
  iEsCriticalityDiagnostics: optional(sequenceOf(CriticalityDiagnosticsItem, size(1, 256))),
  ...iEExtensions,
  ...extensible,
});
export type CriticalityDiagnostics = ValueOf<typeof CriticalityDiagnostics>;
