/**
 * Handover (TS 36.413, 9.2.1.6 to 9.2.1.32): where a phone goes, and what the two eNodeBs tell each other through the
 * MME, which does not look into their containers.
 */
import {
  bitString,
  bits,
  choice,
  decode,
  encode,
  enumerated,
  extensible,
  integer,
  nothing,
  octetString,
  optional,
  sequence,
  sequenceOf,
  size,
  type ValueOf,
} from '../asn1/per.ts';
import { ERABId } from './bearer.ts';
import { iEExtensions, singleContainers } from './container.ts';
import { EUTRANCGI, GlobalENBId, LAC, LAI, PLMNidentity, TAI } from './identity.ts';

export const HandoverType = enumerated(
  'intralte',
  'ltetoutran',
  'ltetogeran',
  'utrantolte',
  'gerantolte',
  '...',
  'eps-to-5gs',
  'fivegs-to-eps',
);

const RAC = octetString(size(1));
const TargetRncId = sequence({
  lAI: LAI,
  rAC: optional(RAC),
  'rNC-ID': integer(0, 4095),
  'extendedRNC-ID': optional(integer(4096, 65_535)),
  ...iEExtensions,
  ...extensible,
});
const CGI = sequence({
  pLMNidentity: PLMNidentity,
  lAC: LAC,
  cI: octetString(size(2)),
  rAC: optional(RAC),
  ...iEExtensions,
  ...extensible,
});
const TargetEnbId = sequence({
  'global-ENB-ID': GlobalENBId,
  'selected-TAI': TAI,
  ...iEExtensions,
  ...extensible,
});
/** Where the phone shall go; a node of 5G, an addition of release 15, is kept as octets. */
export const TargetID = choice({ 'targeteNB-ID': TargetEnbId, 'targetRNC-ID': TargetRncId, cGI: CGI, ...extensible });

const CountValue = sequence({
  'pDCP-SN': integer(0, 4095),
  hFN: integer(0, 1_048_575),
  ...iEExtensions,
  ...extensible,
});
/** The packet counters of each bearer, so that the target eNodeB goes on where the source stopped. */
export const ENBStatusTransferTransparentContainer = sequence({
  'bearers-SubjectToStatusTransferList': singleContainers(
    'Bearers-SubjectToStatusTransfer-Item',
    89,
    'ignore',
    sequence({
      'e-RAB-ID': ERABId,
      'uL-COUNTvalue': CountValue,
      'dL-COUNTvalue': CountValue,
      receiveStatusofULPDCPSDUs: optional(bitString(size(4096))),
      ...iEExtensions,
      ...extensible,
    }),
  ),
  ...iEExtensions,
  ...extensible,
});

const LastVisitedEutranCell = sequence({
  'global-Cell-ID': EUTRANCGI,
  cellType: sequence({
    'cell-Size': enumerated('verysmall', 'small', 'medium', 'large', '...'),
    ...iEExtensions,
    ...extensible,
  }),
  /** Seconds; 4095 stands for that and more. */
  'time-UE-StayedInCell': integer(0, 4095),
  ...iEExtensions,
  ...extensible,
});
const LastVisitedCell = choice({
  'e-UTRAN-Cell': LastVisitedEutranCell,
  'uTRAN-Cell': octetString(),
  'gERAN-Cell': choice({ undefined: nothing, ...extensible }),
  ...extensible,
  'nG-RAN-Cell': octetString(),
});

const ERABInformationList = singleContainers(
  'E-RABInformationListItem',
  78,
  'ignore',
  sequence({
    'e-RAB-ID': ERABId,
    'dL-Forwarding': optional(enumerated('dL-Forwarding-proposed', '...')),
    ...iEExtensions,
    ...extensible,
  }),
);

/** What the source eNodeB tells the target: the content of Source-ToTarget-TransparentContainer between eNodeBs. */
export const SourceENBToTargetENB = sequence({
  /** HandoverPreparationInformation of RRC. */
  'rRC-Container': octetString(),
  'e-RABInformationList': optional(ERABInformationList),
  'targetCell-ID': EUTRANCGI,
  subscriberProfileIDforRFP: optional(integer(1, 256)),
  'uE-HistoryInformation': sequenceOf(LastVisitedCell, size(1, 16)),
  ...iEExtensions,
  ...extensible,
});

/** What the target eNodeB answers: the content of Target-ToSource-TransparentContainer between eNodeBs. */
export const TargetENBToSourceENB = sequence({
  /** HandoverCommand of RRC, which the source hands to the phone. */
  'rRC-Container': octetString(),
  ...iEExtensions,
  ...extensible,
});

/** The containers are octet strings to S1AP, and inside them S1AP again. These four throw a PerError. */
export const encodeSourceContainer = (value: ValueOf<typeof SourceENBToTargetENB>): Uint8Array =>
  encode(SourceENBToTargetENB, value, 'aligned');
export const decodeSourceContainer = (octets: Uint8Array): ValueOf<typeof SourceENBToTargetENB> =>
  decode(SourceENBToTargetENB, octets, 'aligned');
export const encodeTargetContainer = (value: ValueOf<typeof TargetENBToSourceENB>): Uint8Array =>
  encode(TargetENBToSourceENB, value, 'aligned');
export const decodeTargetContainer = (octets: Uint8Array): ValueOf<typeof TargetENBToSourceENB> =>
  decode(TargetENBToSourceENB, octets, 'aligned');

/** A closed subscriber group. */
export const CsgId = bits(27);
export const CsgIdList = sequenceOf(sequence({ 'cSG-Id': CsgId, ...iEExtensions, ...extensible }), size(1, 256));

const everywhere = size(1, 16);
/** Networks and areas where a phone may not be handed over to. */
export const HandoverRestrictionList = sequence({
  servingPLMN: PLMNidentity,
  equivalentPLMNs: optional(sequenceOf(PLMNidentity, size(1, 15))),
  forbiddenTAs: optional(
    sequenceOf(
      sequence({
        'pLMN-Identity': PLMNidentity,
        forbiddenTACs: sequenceOf(octetString(size(2)), size(1, 4096)),
        ...iEExtensions,
        ...extensible,
      }),
      everywhere,
    ),
  ),
  forbiddenLAs: optional(
    sequenceOf(
      sequence({
        'pLMN-Identity': PLMNidentity,
        forbiddenLACs: sequenceOf(LAC, size(1, 4096)),
        ...iEExtensions,
        ...extensible,
      }),
      everywhere,
    ),
  ),
  forbiddenInterRATs: optional(
    enumerated('all', 'geran', 'utran', 'cdma2000', '...', 'geranandutran', 'cdma2000andutran'),
  ),
  ...iEExtensions,
  ...extensible,
});
