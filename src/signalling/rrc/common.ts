/** Identities and small types that many RRC messages share (TS 36.331, 6.3.4 to 6.3.6). */
import {
  bits,
  enumerated,
  extensible,
  integer,
  octetString,
  optional,
  sequence,
  sequenceOf,
  size,
} from '../asn1/per.ts';

/** By which a command and its answer know each other. */
export const RrcTransactionIdentifier = integer(0, 3);
export const PhysCellId = integer(0, 503);
/** The phone's number on the radio channels of a cell. */
export const CRNTI = bits(16);
export const CellIdentity = bits(28);
export const TrackingAreaCode = bits(16);
export const MMEC = bits(8);
export const STMSI = sequence({ mmec: MMEC, 'm-TMSI': bits(32) });

const digit = integer(0, 9);
/** Digits as numbers; a cell's second network may leave out an MCC that is the first one's. */
export const PLMNIdentity = sequence({
  mcc: optional(sequenceOf(digit, size(3))),
  mnc: sequenceOf(digit, size(2, 3)),
});
export const IMSI = sequenceOf(digit, size(6, 21));

/** A NAS message: RRC carries it without looking into it. */
export const DedicatedInfoNAS = octetString();

/** Of the chain of keys (TS 33.401, 7.2.8). */
export const NextHopChainingCount = integer(0, 7);

export const SecurityAlgorithmConfig = sequence({
  cipheringAlgorithm: enumerated('eea0', 'eea1', 'eea2', 'eea3', 'spare4', 'spare3', 'spare2', 'spare1', '...'),
  integrityProtAlgorithm: enumerated('eia0', 'eia1', 'eia2', 'eia3', 'spare4', 'spare3', 'spare2', 'spare1', '...'),
});
export const SecurityConfigSMC = sequence({ securityAlgorithmConfig: SecurityAlgorithmConfig, ...extensible });

const RatType = enumerated(
  'eutra',
  'utra',
  'geran-cs',
  'geran-ps',
  'cdma2000-1XRTT',
  'nr',
  'eutra-nr',
  'spare1',
  '...',
);
export const UECapabilityRequest = sequenceOf(RatType, size(1, 8));
/** What a phone can do, for each radio access technology; the containers are not looked into. */
export const UECapabilityRATContainerList = sequenceOf(
  sequence({ 'rat-Type': RatType, 'ueCapabilityRAT-Container': octetString() }),
  size(0, 8),
);
