/** The messages of a connection between phone and eNodeB (TS 36.331, 6.2.2), as of release 8. */
import { bits, choice, enumerated, extensible, integer, optional, sequence, sequenceOf, size } from '../asn1/per.ts';
import {
  CellIdentity,
  CRNTI,
  DedicatedInfoNAS,
  MMEC,
  PhysCellId,
  PLMNIdentity,
  RrcTransactionIdentifier,
  SecurityConfigSMC,
  STMSI,
  TrackingAreaCode,
  UECapabilityRATContainerList,
  UECapabilityRequest,
} from './common.ts';
import { critical, criticalC1, nonCriticalExtension, notRead } from './extension.ts';
import { manyDrb, MobilityControlInfo, RadioResourceConfigDedicated, SecurityConfigHO } from './radio-resource.ts';

const transaction = { 'rrc-TransactionIdentifier': RrcTransactionIdentifier } as const;
/** The last field of every message. */
const later = { nonCriticalExtension: optional(nonCriticalExtension) } as const;
/** Answers that say nothing but that it is done. */
const complete = sequence({ ...transaction, criticalExtensions: critical(sequence(later)) });

export const RRCConnectionRequest = sequence({
  criticalExtensions: critical(
    sequence({
      'ue-Identity': choice({ 's-TMSI': STMSI, randomValue: bits(40) }),
      establishmentCause: enumerated(
        ...(['emergency', 'highPriorityAccess', 'mt-Access', 'mo-Signalling', 'mo-Data'] as const),
        ...(['delayTolerantAccess', 'mo-VoiceCall', 'spare1'] as const),
      ),
      spare: bits(1),
    }),
  ),
});

export const RRCConnectionSetup = sequence({
  ...transaction,
  criticalExtensions: criticalC1(8, sequence({ radioResourceConfigDedicated: RadioResourceConfigDedicated, ...later })),
});

/** Seconds that the phone has to wait. */
export const RRCConnectionReject = sequence({
  criticalExtensions: criticalC1(4, sequence({ waitTime: integer(1, 16), ...later })),
});

export const RRCConnectionSetupComplete = sequence({
  ...transaction,
  criticalExtensions: criticalC1(
    4,
    sequence({
      /** Of the networks in block 1, counted from 1. */
      'selectedPLMN-Identity': integer(1, 6),
      registeredMME: optional(sequence({ 'plmn-Identity': optional(PLMNIdentity), mmegi: bits(16), mmec: MMEC })),
      dedicatedInfoNAS: DedicatedInfoNAS,
      ...later,
    }),
  ),
});

const DedicatedInfoType = choice({
  dedicatedInfoNAS: DedicatedInfoNAS,
  'dedicatedInfoCDMA2000-1XRTT': DedicatedInfoNAS,
  'dedicatedInfoCDMA2000-HRPD': DedicatedInfoNAS,
});
export const DLInformationTransfer = sequence({
  ...transaction,
  criticalExtensions: criticalC1(4, sequence({ dedicatedInfoType: DedicatedInfoType, ...later })),
});
export const ULInformationTransfer = sequence({
  criticalExtensions: criticalC1(4, sequence({ dedicatedInfoType: DedicatedInfoType, ...later })),
});

export const RRCConnectionReconfiguration = sequence({
  ...transaction,
  criticalExtensions: criticalC1(
    8,
    sequence({
      measConfig: optional(notRead),
      /** Only in a handover. */
      mobilityControlInfo: optional(MobilityControlInfo),
      dedicatedInfoNASList: optional(sequenceOf(DedicatedInfoNAS, manyDrb)),
      radioResourceConfigDedicated: optional(RadioResourceConfigDedicated),
      securityConfigHO: optional(SecurityConfigHO),
      ...later,
    }),
  ),
});
export const RRCConnectionReconfigurationComplete = complete;

export const RRCConnectionRelease = sequence({
  ...transaction,
  criticalExtensions: criticalC1(
    4,
    sequence({
      releaseCause: enumerated('loadBalancingTAUrequired', 'other', 'cs-FallbackHighPriority', 'rrc-Suspend'),
      redirectedCarrierInfo: optional(notRead),
      idleModeMobilityControlInfo: optional(notRead),
      ...later,
    }),
  ),
});

export const SecurityModeCommand = sequence({
  ...transaction,
  criticalExtensions: criticalC1(4, sequence({ securityConfigSMC: SecurityConfigSMC, ...later })),
});
export const SecurityModeComplete = complete;
export const SecurityModeFailure = complete;

export const UECapabilityEnquiry = sequence({
  ...transaction,
  criticalExtensions: criticalC1(4, sequence({ 'ue-CapabilityRequest': UECapabilityRequest, ...later })),
});
export const UECapabilityInformation = sequence({
  ...transaction,
  criticalExtensions: criticalC1(
    8,
    sequence({ 'ue-CapabilityRAT-ContainerList': UECapabilityRATContainerList, ...later }),
  ),
});

/** Signal strength in dBm is the value minus 140 or 141 (TS 36.133, 9.1.4). */
const RsrpRange = integer(0, 97);
const RsrqRange = integer(0, 34);
const MeasResultEUTRA = sequence({
  physCellId: PhysCellId,
  'cgi-Info': optional(
    sequence({
      cellGlobalId: sequence({ 'plmn-Identity': PLMNIdentity, cellIdentity: CellIdentity }),
      trackingAreaCode: TrackingAreaCode,
      'plmn-IdentityList': optional(sequenceOf(PLMNIdentity, size(1, 5))),
    }),
  ),
  measResult: sequence({ rsrpResult: optional(RsrpRange), rsrqResult: optional(RsrqRange), ...extensible }),
});
/** How well the phone hears its own cell and others: what makes an eNodeB decide on a handover. */
export const MeasurementReport = sequence({
  criticalExtensions: criticalC1(
    8,
    sequence({
      measResults: sequence({
        measId: integer(1, 32),
        measResultPCell: sequence({ rsrpResult: RsrpRange, rsrqResult: RsrqRange }),
        measResultNeighCells: optional(
          choice({
            measResultListEUTRA: sequenceOf(MeasResultEUTRA, size(1, 8)),
            measResultListUTRA: notRead,
            measResultListGERAN: notRead,
            measResultsCDMA2000: notRead,
            ...extensible,
          }),
        ),
        ...extensible,
      }),
      ...later,
    }),
  ),
});

/** The number of a phone that lost its connection and wants it back. */
export const RRCConnectionReestablishmentRequest = sequence({
  criticalExtensions: critical(
    sequence({
      'ue-Identity': sequence({ 'c-RNTI': CRNTI, physCellId: PhysCellId, 'shortMAC-I': bits(16) }),
      reestablishmentCause: enumerated('reconfigurationFailure', 'handoverFailure', 'otherFailure', 'spare1'),
      spare: bits(2),
    }),
  ),
});
