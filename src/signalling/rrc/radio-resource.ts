/** How a phone's radio bearers and a cell's channels are set up (TS 36.331, 6.3.2). */
import {
  boolean,
  choice,
  enumerated,
  extensible,
  integer,
  nothing,
  optional,
  sequence,
  sequenceOf,
  size,
} from '../asn1/per.ts';
import { CRNTI, NextHopChainingCount, PhysCellId, SecurityAlgorithmConfig } from './common.ts';
import { notRead } from './extension.ts';

/** `ms5, ms10, ...`: from `first` on, `count` of them. */
const milliseconds = (first: number, step: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `ms${first + step * index}`);
/** An enumeration that is a list of times, filled to its size with values that later versions may name. */
const times = (known: readonly string[], count: number) =>
  enumerated(known[0] ?? '', ...known.slice(1), ...Array.from({ length: count - known.length }, (_, i) => `spare${i}`));

const RlcAm = sequence({
  'ul-AM-RLC': sequence({
    't-PollRetransmit': times([...milliseconds(5, 5, 50), ...milliseconds(300, 50, 5)], 64),
    pollPDU: enumerated('p4', 'p8', 'p16', 'p32', 'p64', 'p128', 'p256', 'pInfinity'),
    pollByte: enumerated(
      ...(['kB25', 'kB50', 'kB75', 'kB100', 'kB125', 'kB250', 'kB375', 'kB500', 'kB750', 'kB1000'] as const),
      ...(['kB1250', 'kB1500', 'kB2000', 'kB3000', 'kBinfinity', 'spare1'] as const),
    ),
    maxRetxThreshold: enumerated('t1', 't2', 't3', 't4', 't6', 't8', 't16', 't32'),
  }),
  'dl-AM-RLC': sequence({
    't-Reordering': times([...milliseconds(0, 5, 21), ...milliseconds(110, 10, 10)], 32),
    't-StatusProhibit': times([...milliseconds(0, 5, 51), ...milliseconds(300, 50, 5)], 64),
  }),
});
const RlcConfig = choice({
  am: RlcAm,
  'um-Bi-Directional': notRead,
  'um-Uni-Directional-UL': notRead,
  'um-Uni-Directional-DL': notRead,
  ...extensible,
});

const LogicalChannelConfig = sequence({
  'ul-SpecificParameters': optional(
    sequence({
      priority: integer(1, 16),
      prioritisedBitRate: enumerated(
        ...(['kBps0', 'kBps8', 'kBps16', 'kBps32', 'kBps64', 'kBps128', 'kBps256', 'infinity'] as const),
        ...(['kBps512', 'kBps1024', 'kBps2048', 'spare5', 'spare4', 'spare3', 'spare2', 'spare1'] as const),
      ),
      bucketSizeDuration: enumerated('ms50', 'ms100', 'ms150', 'ms300', 'ms500', 'ms1000', 'spare2', 'spare1'),
      logicalChannelGroup: optional(integer(0, 3)),
    }),
  ),
  ...extensible,
});

const PdcpConfig = sequence({
  discardTimer: optional(enumerated('ms50', 'ms100', 'ms150', 'ms300', 'ms500', 'ms750', 'ms1500', 'infinity')),
  'rlc-AM': optional(sequence({ statusReportRequired: boolean })),
  'rlc-UM': optional(sequence({ 'pdcp-SN-Size': enumerated('len7bits', 'len12bits') })),
  headerCompression: choice({ notUsed: nothing, rohc: notRead }),
  ...extensible,
});

/** A signalling radio bearer: 1 for RRC, 2 for NAS once security is active. */
const SrbToAddMod = sequence({
  'srb-Identity': integer(1, 2),
  'rlc-Config': optional(choice({ explicitValue: RlcConfig, defaultValue: nothing })),
  logicalChannelConfig: optional(choice({ explicitValue: LogicalChannelConfig, defaultValue: nothing })),
  ...extensible,
});

const DrbIdentity = integer(1, 32);
/** A data radio bearer, for the E-RAB of the same EPS bearer identity. */
const DrbToAddMod = sequence({
  'eps-BearerIdentity': optional(integer(0, 15)),
  'drb-Identity': DrbIdentity,
  'pdcp-Config': optional(PdcpConfig),
  'rlc-Config': optional(RlcConfig),
  logicalChannelIdentity: optional(integer(3, 10)),
  logicalChannelConfig: optional(LogicalChannelConfig),
  ...extensible,
});

/** maxDRB (6.4). */
const MAX_DRB = 11;
export const manyDrb = size(1, MAX_DRB);

export const RadioResourceConfigDedicated = sequence({
  'srb-ToAddModList': optional(sequenceOf(SrbToAddMod, size(1, 2))),
  'drb-ToAddModList': optional(sequenceOf(DrbToAddMod, manyDrb)),
  'drb-ToReleaseList': optional(sequenceOf(DrbIdentity, manyDrb)),
  'mac-MainConfig': optional(choice({ explicitValue: notRead, defaultValue: nothing })),
  'sps-Config': optional(notRead),
  physicalConfigDedicated: optional(notRead),
  ...extensible,
});

/** The channels of the cell that a phone is handed over to, as few as the specification allows. */
const RadioResourceConfigCommon = sequence({
  'rach-ConfigCommon': optional(notRead),
  'prach-Config': sequence({ rootSequenceIndex: integer(0, 837), 'prach-ConfigInfo': optional(notRead) }),
  'pdsch-ConfigCommon': optional(notRead),
  'pusch-ConfigCommon': sequence({
    'pusch-ConfigBasic': sequence({
      'n-SB': integer(1, 4),
      hoppingMode: enumerated('interSubFrame', 'intraAndInterSubFrame'),
      'pusch-HoppingOffset': integer(0, 98),
      enable64QAM: boolean,
    }),
    'ul-ReferenceSignalsPUSCH': sequence({
      groupHoppingEnabled: boolean,
      groupAssignmentPUSCH: integer(0, 29),
      sequenceHoppingEnabled: boolean,
      cyclicShift: integer(0, 7),
    }),
  }),
  'phich-Config': optional(notRead),
  'pucch-ConfigCommon': optional(notRead),
  'soundingRS-UL-ConfigCommon': optional(notRead),
  uplinkPowerControlCommon: optional(notRead),
  antennaInfoCommon: optional(notRead),
  'p-Max': optional(integer(-30, 33)),
  'tdd-Config': optional(notRead),
  'ul-CyclicPrefixLength': enumerated('len1', 'len2'),
  ...extensible,
});

/** Go to another cell (5.3.5.4): the command of a handover. */
export const MobilityControlInfo = sequence({
  targetPhysCellId: PhysCellId,
  carrierFreq: optional(
    sequence({ 'dl-CarrierFreq': integer(0, 65_535), 'ul-CarrierFreq': optional(integer(0, 65_535)) }),
  ),
  carrierBandwidth: optional(notRead),
  additionalSpectrumEmission: optional(integer(1, 32)),
  /** How long the phone may try. */
  t304: enumerated('ms50', 'ms100', 'ms150', 'ms200', 'ms500', 'ms1000', 'ms2000', 'ms10000'),
  'newUE-Identity': CRNTI,
  radioResourceConfigCommon: RadioResourceConfigCommon,
  'rach-ConfigDedicated': optional(
    sequence({ 'ra-PreambleIndex': integer(0, 63), 'ra-PRACH-MaskIndex': integer(0, 15) }),
  ),
  ...extensible,
});

/** The keys of the new cell, derived from the old ones or from the next hop (TS 33.401, 7.2.8). */
export const SecurityConfigHO = sequence({
  handoverType: choice({
    intraLTE: sequence({
      securityAlgorithmConfig: optional(SecurityAlgorithmConfig),
      keyChangeIndicator: boolean,
      nextHopChainingCount: NextHopChainingCount,
    }),
    interRAT: notRead,
  }),
  ...extensible,
});
