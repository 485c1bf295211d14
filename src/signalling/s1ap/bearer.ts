/** E-RABs: the bearers between phone and gateway, with their quality and the ends of their tunnels (9.2.1.1 to 9.2.2). */
import {
  bitString,
  enumerated,
  extensible,
  integer,
  octetString,
  optional,
  sequence,
  size,
  type ValueOf,
} from '../asn1/per.ts';
import { Cause } from './cause.ts';
import { iEExtensions, singleContainers } from './container.ts';

/** 5 is the first default bearer: values 0 to 4 are reserved (TS 24.007, 11.2.3.1.5). */
export const ERABId = integer(0, 15, '...');
/** 32 bits are an IPv4 address, 128 an IPv6 address, 160 both. */
export const TransportLayerAddress = bitString(size(1, 160, '...'));
export const GtpTeid = octetString(size(4));
export const NasPdu = octetString();
/** Bits per second. */
export const BitRate = integer(0, 10_000_000_000);

const AllocationAndRetentionPriority = sequence({
  /** 1 is the highest, 14 the lowest, 15 none. */
  priorityLevel: integer(0, 15),
  'pre-emptionCapability': enumerated('shall-not-trigger-pre-emption', 'may-trigger-pre-emption'),
  'pre-emptionVulnerability': enumerated('not-pre-emptable', 'pre-emptable'),
  ...iEExtensions,
  ...extensible,
});

const GbrQosInformation = sequence({
  'e-RAB-MaximumBitrateDL': BitRate,
  'e-RAB-MaximumBitrateUL': BitRate,
  'e-RAB-GuaranteedBitrateDL': BitRate,
  'e-RAB-GuaranteedBitrateUL': BitRate,
  ...iEExtensions,
  ...extensible,
});

export const ERABLevelQoSParameters = sequence({
  /** The class of TS 23.203, table 6.1.7: 9 is the usual one of a default bearer. */
  qCI: integer(0, 255),
  allocationRetentionPriority: AllocationAndRetentionPriority,
  gbrQosInformation: optional(GbrQosInformation),
  ...iEExtensions,
  ...extensible,
});
export type ERABLevelQoSParameters = ValueOf<typeof ERABLevelQoSParameters>;

export const UEAggregateMaximumBitrate = sequence({
  uEaggregateMaximumBitRateDL: BitRate,
  uEaggregateMaximumBitRateUL: BitRate,
  ...iEExtensions,
  ...extensible,
});

/** The end of a tunnel. */
const tunnel = { transportLayerAddress: TransportLayerAddress, 'gTP-TEID': GtpTeid } as const;

export const ERABToBeSetupListCtxtSUReq = singleContainers(
  'E-RABToBeSetupItemCtxtSUReq',
  52,
  'reject',
  sequence({
    'e-RAB-ID': ERABId,
    'e-RABlevelQoSParameters': ERABLevelQoSParameters,
    ...tunnel,
    'nAS-PDU': optional(NasPdu),
    ...iEExtensions,
    ...extensible,
  }),
);

export const ERABToBeSetupListBearerSUReq = singleContainers(
  'E-RABToBeSetupItemBearerSUReq',
  17,
  'reject',
  sequence({
    'e-RAB-ID': ERABId,
    'e-RABlevelQoSParameters': ERABLevelQoSParameters,
    ...tunnel,
    'nAS-PDU': NasPdu,
    ...iEExtensions,
    ...extensible,
  }),
);

export const ERABToBeModifiedListBearerModReq = singleContainers(
  'E-RABToBeModifiedItemBearerModReq',
  36,
  'reject',
  sequence({
    'e-RAB-ID': ERABId,
    'e-RABLevelQoSParameters': ERABLevelQoSParameters,
    'nAS-PDU': NasPdu,
    ...iEExtensions,
    ...extensible,
  }),
);

/** A bearer with the end of its tunnel: the item of four lists. */
const bearerTunnel = sequence({ 'e-RAB-ID': ERABId, ...tunnel, ...iEExtensions, ...extensible });
export const ERABSetupListCtxtSURes = singleContainers('E-RABSetupItemCtxtSURes', 50, 'ignore', bearerTunnel);
export const ERABSetupListBearerSURes = singleContainers('E-RABSetupItemBearerSURes', 39, 'ignore', bearerTunnel);
export const ERABToBeSwitchedDLList = singleContainers('E-RABToBeSwitchedDLItem', 23, 'reject', bearerTunnel);
export const ERABToBeSwitchedULList = singleContainers('E-RABToBeSwitchedULItem', 94, 'ignore', bearerTunnel);

/** A bearer by its number alone. */
const bearer = sequence({ 'e-RAB-ID': ERABId, ...iEExtensions, ...extensible });
export const ERABReleaseListBearerRelComp = singleContainers('E-RABReleaseItemBearerRelComp', 15, 'ignore', bearer);
export const ERABModifyListBearerModRes = singleContainers('E-RABModifyItemBearerModRes', 37, 'ignore', bearer);

/** A bearer and what happened to it. */
const bearerCause = sequence({ 'e-RAB-ID': ERABId, cause: Cause, ...iEExtensions, ...extensible });
/** `E-RABList`: released, or not set up, and why. */
export const ERABList = singleContainers('E-RABItem', 35, 'ignore', bearerCause);
export const ERABFailedToSetupListHOReqAck = singleContainers(
  'E-RABFailedtoSetupItemHOReqAck',
  21,
  'ignore',
  bearerCause,
);

export const ERABToBeSetupListHOReq = singleContainers(
  'E-RABToBeSetupItemHOReq',
  27,
  'reject',
  sequence({
    'e-RAB-ID': ERABId,
    ...tunnel,
    'e-RABlevelQosParameters': ERABLevelQoSParameters,
    ...iEExtensions,
    ...extensible,
  }),
);

/** Where packets go that are still at the source eNodeB of a handover. */
const forwarding = {
  'dL-transportLayerAddress': optional(TransportLayerAddress),
  'dL-gTP-TEID': optional(GtpTeid),
  'uL-TransportLayerAddress': optional(TransportLayerAddress),
  'uL-GTP-TEID': optional(GtpTeid),
} as const;

export const ERABAdmittedList = singleContainers(
  'E-RABAdmittedItem',
  20,
  'ignore',
  sequence({ 'e-RAB-ID': ERABId, ...tunnel, ...forwarding, ...iEExtensions, ...extensible }),
);

export const ERABSubjecttoDataForwardingList = singleContainers(
  'E-RABDataForwardingItem',
  14,
  'ignore',
  sequence({ 'e-RAB-ID': ERABId, ...forwarding, ...iEExtensions, ...extensible }),
);
