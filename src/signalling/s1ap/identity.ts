/** Who and where: identities of networks, nodes, cells and phones (TS 36.413, 9.2.1.37 to 9.2.3.43). */
import {
  bits,
  choice,
  enumerated,
  extensible,
  integer,
  octetString,
  optional,
  printableString,
  sequence,
  sequenceOf,
  size,
  type ValueOf,
} from '../asn1/per.ts';
import { iEExtensions, singleContainers } from './container.ts';

/** Three octets of BCD digits: MCC and MNC (values.ts makes them). */
export const PLMNidentity = octetString(size(3));
/** Tracking area code. */
export const TAC = octetString(size(2));
export const LAC = octetString(size(2));
export const MMEGroupId = octetString(size(2));
export const MMECode = octetString(size(1));

/** The phone's number at the MME, for as long as its S1 connection lives. */
export const MmeUeS1apId = integer(0, 4_294_967_295);
/** The phone's number at the eNodeB. */
export const EnbUeS1apId = integer(0, 16_777_215);

export const TAI = sequence({ pLMNidentity: PLMNidentity, tAC: TAC, ...iEExtensions, ...extensible });
export type TAI = ValueOf<typeof TAI>;

/** A cell: network, and 28 bits of which the first 20 are the identity of a macro eNodeB. */
export const EUTRANCGI = sequence({
  pLMNidentity: PLMNidentity,
  'cell-ID': bits(28),
  ...iEExtensions,
  ...extensible,
});
export type EUTRANCGI = ValueOf<typeof EUTRANCGI>;

export const LAI = sequence({ pLMNidentity: PLMNidentity, lAC: LAC, ...iEExtensions, ...extensible });

const ENBId = choice({
  'macroENB-ID': bits(20),
  'homeENB-ID': bits(28),
  ...extensible,
  'short-macroENB-ID': bits(18),
  'long-macroENB-ID': bits(21),
});

export const GlobalENBId = sequence({
  pLMNidentity: PLMNidentity,
  'eNB-ID': ENBId,
  ...iEExtensions,
  ...extensible,
});
export type GlobalENBId = ValueOf<typeof GlobalENBId>;

/** The name of a node, for people. */
export const NodeName = printableString(size(1, 150, '...'));

const SupportedTAsItem = sequence({
  tAC: TAC,
  broadcastPLMNs: sequenceOf(PLMNidentity, size(1, 6)),
  ...iEExtensions,
  ...extensible,
});
/** The tracking areas that an eNodeB serves. */
export const SupportedTAs = sequenceOf(SupportedTAsItem, size(1, 256));

/** An MME, in the world. */
export const GUMMEI = sequence({
  'pLMN-Identity': PLMNidentity,
  'mME-Group-ID': MMEGroupId,
  'mME-Code': MMECode,
  ...iEExtensions,
  ...extensible,
});
export const GUMMEIType = enumerated('native', 'mapped', '...', 'mappedFrom5G');

const ServedGUMMEIsItem = sequence({
  servedPLMNs: sequenceOf(PLMNidentity, size(1, 32)),
  servedGroupIDs: sequenceOf(MMEGroupId, size(1, 65_535)),
  servedMMECs: sequenceOf(MMECode, size(1, 256)),
  ...iEExtensions,
  ...extensible,
});
/** The identities under which an MME answers: at most one item for each radio access technology. */
export const ServedGUMMEIs = sequenceOf(ServedGUMMEIsItem, size(1, 8));

/** The temporary identity of a phone, as the MME gave it. */
export const STMSI = sequence({
  mMEC: MMECode,
  'm-TMSI': octetString(size(4)),
  ...iEExtensions,
  ...extensible,
});

/** By what a phone is paged. */
export const UEPagingID = choice({ 's-TMSI': STMSI, iMSI: octetString(size(3, 8)), ...extensible });
/** IMSI mod 1024 (TS 36.304, 7.1), from which the phone's paging occasion follows. */
export const UEIdentityIndexValue = bits(10);
export const PagingDRX = enumerated('v32', 'v64', 'v128', 'v256', '...');
export const PagingPriority = enumerated(
  'priolevel1',
  'priolevel2',
  'priolevel3',
  'priolevel4',
  'priolevel5',
  'priolevel6',
  'priolevel7',
  'priolevel8',
  '...',
);
export const TAIList = singleContainers(
  'TAIItem',
  47,
  'ignore',
  sequence({ tAI: TAI, ...iEExtensions, ...extensible }),
);

const UeS1apIdPair = sequence({
  'mME-UE-S1AP-ID': MmeUeS1apId,
  'eNB-UE-S1AP-ID': EnbUeS1apId,
  ...iEExtensions,
  ...extensible,
});
/** A phone's connection, by both numbers or by the MME's alone. */
export const UeS1apIds = choice({ 'uE-S1AP-ID-pair': UeS1apIdPair, 'mME-UE-S1AP-ID': MmeUeS1apId, ...extensible });

const LogicalConnection = sequence({
  'mME-UE-S1AP-ID': optional(MmeUeS1apId),
  'eNB-UE-S1AP-ID': optional(EnbUeS1apId),
  ...iEExtensions,
  ...extensible,
});
const logicalConnections = (criticality: 'reject' | 'ignore') =>
  singleContainers('UE-associatedLogicalS1-ConnectionItem', 91, criticality, LogicalConnection);

/** What a Reset is about: the whole interface, or some phones. */
export const ResetType = choice({
  's1-Interface': enumerated('reset-all', '...'),
  'partOfS1-Interface': logicalConnections('reject'),
  ...extensible,
});
export const ResetConnections = logicalConnections('ignore');

export const UserLocationInformation = sequence({
  'eutran-cgi': EUTRANCGI,
  tai: TAI,
  ...iEExtensions,
  ...extensible,
});
