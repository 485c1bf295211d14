/** What a cell tells everybody: the master information block, the first system information block, paging (6.2.2). */
import {
  bits,
  boolean,
  choice,
  enumerated,
  extensible,
  integer,
  optional,
  sequence,
  sequenceOf,
  size,
} from '../asn1/per.ts';
import { CellIdentity, IMSI, PLMNIdentity, STMSI, TrackingAreaCode } from './common.ts';
import { nonCriticalExtension, notRead } from './extension.ts';

/** BCCH-BCH-Message: 24 bits, forty times a second, by which a phone finds the rest. */
export const MasterInformationBlock = sequence({
  /** In resource blocks: n25 are 5 MHz, n50 are 10 MHz. */
  'dl-Bandwidth': enumerated('n6', 'n15', 'n25', 'n50', 'n75', 'n100'),
  'phich-Config': sequence({
    'phich-Duration': enumerated('normal', 'extended'),
    'phich-Resource': enumerated('oneSixth', 'half', 'one', 'two'),
  }),
  /** The eight higher bits of the ten. */
  systemFrameNumber: bits(8),
  /** Ten spare bits of release 8, of which later ones use some: 0. */
  spare: bits(10),
});

const SchedulingInfo = sequence({
  'si-Periodicity': enumerated('rf8', 'rf16', 'rf32', 'rf64', 'rf128', 'rf256', 'rf512'),
  /** Without a type it is block 2, which is always in the first message. */
  'sib-MappingInfo': sequenceOf(
    enumerated(
      ...(['sibType3', 'sibType4', 'sibType5', 'sibType6', 'sibType7', 'sibType8', 'sibType9', 'sibType10'] as const),
      ...(['sibType11', 'sibType12', 'sibType13', 'sibType14', 'sibType15', 'sibType16', 'sibType17'] as const),
      'sibType18',
      '...',
    ),
    size(0, 31),
  ),
});

/** Which networks this cell belongs to, and whether a phone may use it. */
export const SystemInformationBlockType1 = sequence({
  cellAccessRelatedInfo: sequence({
    'plmn-IdentityList': sequenceOf(
      sequence({
        'plmn-Identity': PLMNIdentity,
        cellReservedForOperatorUse: enumerated('reserved', 'notReserved'),
      }),
      size(1, 6),
    ),
    trackingAreaCode: TrackingAreaCode,
    cellIdentity: CellIdentity,
    cellBarred: enumerated('barred', 'notBarred'),
    intraFreqReselection: enumerated('allowed', 'notAllowed'),
    'csg-Indication': boolean,
    'csg-Identity': optional(bits(27)),
  }),
  cellSelectionInfo: sequence({
    /** In steps of 2 dBm. */
    'q-RxLevMin': integer(-70, -22),
    'q-RxLevMinOffset': optional(integer(1, 8)),
  }),
  'p-Max': optional(integer(-30, 33)),
  freqBandIndicator: integer(1, 64),
  schedulingInfoList: sequenceOf(SchedulingInfo, size(1, 32)),
  'tdd-Config': optional(notRead),
  'si-WindowLength': enumerated('ms1', 'ms2', 'ms5', 'ms10', 'ms15', 'ms20', 'ms40'),
  systemInfoValueTag: integer(0, 31),
  nonCriticalExtension: optional(nonCriticalExtension),
});

/** Calls phones that are idle. */
export const Paging = sequence({
  pagingRecordList: optional(
    sequenceOf(
      sequence({
        'ue-Identity': choice({ 's-TMSI': STMSI, imsi: IMSI, ...extensible }),
        'cn-Domain': enumerated('ps', 'cs'),
        ...extensible,
      }),
      size(1, 16),
    ),
  ),
  systemInfoModification: optional(enumerated('true')),
  'etws-Indication': optional(enumerated('true')),
  nonCriticalExtension: optional(nonCriticalExtension),
});
