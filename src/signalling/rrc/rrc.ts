/**
 * RRC, 3GPP TS 36.331: what phone and eNodeB say to each other, in unaligned PER. A message belongs to a logical
 * channel, which the radio link tells, so both ends name it:
 *
 *     const octets = encodeRrc('DL-DCCH', {
 *       rrcConnectionRelease: { 'rrc-TransactionIdentifier': 0, criticalExtensions: { releaseCause: 'other' } },
 *     });
 *     decodeRrc('DL-DCCH', octets).rrcConnectionRelease?.criticalExtensions.releaseCause;   // 'other'
 *
 * The names are those of the ASN.1. `criticalExtensions` holds the fields of release 8 at once (extension.ts). Only what
 * attach, paging and handover need is read; the rest ends in a PerError.
 */
import { choice, decode, encode, type Type, type ValueOf } from '../asn1/per.ts';
import { encodeGsmtap, gsmtapType } from '../gsmtap.ts';
import { MasterInformationBlock, Paging, SystemInformationBlockType1 } from './broadcast.ts';
import * as connection from './connection.ts';
import { c1, notRead, spare } from './extension.ts';
import { HandoverCommand, HandoverPreparationInformation, UERadioAccessCapabilityInformation } from './inter-node.ts';

/** The logical channels (6.2.1) by their names. Every message class has as many alternatives as its index can tell. */
const channels = {
  'DL-CCCH': c1(
    choice({
      rrcConnectionReestablishment: notRead,
      rrcConnectionReestablishmentReject: notRead,
      rrcConnectionReject: connection.RRCConnectionReject,
      rrcConnectionSetup: connection.RRCConnectionSetup,
    }),
  ),
  'UL-CCCH': c1(
    choice({
      rrcConnectionReestablishmentRequest: connection.RRCConnectionReestablishmentRequest,
      rrcConnectionRequest: connection.RRCConnectionRequest,
    }),
  ),
  'DL-DCCH': c1(
    choice({
      csfbParametersResponseCDMA2000: notRead,
      dlInformationTransfer: connection.DLInformationTransfer,
      handoverFromEUTRAPreparationRequest: notRead,
      mobilityFromEUTRACommand: notRead,
      rrcConnectionReconfiguration: connection.RRCConnectionReconfiguration,
      rrcConnectionRelease: connection.RRCConnectionRelease,
      securityModeCommand: connection.SecurityModeCommand,
      ueCapabilityEnquiry: connection.UECapabilityEnquiry,
      counterCheck: notRead,
      ueInformationRequest: notRead,
      loggedMeasurementConfiguration: notRead,
      rnReconfiguration: notRead,
      rrcConnectionResume: notRead,
      spare3: spare,
      spare2: spare,
      spare1: spare,
    }),
  ),
  'UL-DCCH': c1(
    choice({
      csfbParametersRequestCDMA2000: notRead,
      measurementReport: connection.MeasurementReport,
      rrcConnectionReconfigurationComplete: connection.RRCConnectionReconfigurationComplete,
      rrcConnectionReestablishmentComplete: notRead,
      rrcConnectionSetupComplete: connection.RRCConnectionSetupComplete,
      securityModeComplete: connection.SecurityModeComplete,
      securityModeFailure: connection.SecurityModeFailure,
      ueCapabilityInformation: connection.UECapabilityInformation,
      ulHandoverPreparationTransfer: notRead,
      ulInformationTransfer: connection.ULInformationTransfer,
      counterCheckResponse: notRead,
      ueInformationResponse: notRead,
      proximityIndication: notRead,
      rnReconfigurationComplete: notRead,
      mbmsCountingResponse: notRead,
      interFreqRSTDMeasurementIndication: notRead,
    }),
  ),
  'BCCH-BCH': MasterInformationBlock,
  'BCCH-DL-SCH': c1(choice({ systemInformation: notRead, systemInformationBlockType1: SystemInformationBlockType1 })),
  PCCH: c1(choice({ paging: Paging })),
} as const;

export type Channel = keyof typeof channels;
/** A message of a channel. */
export type RrcMessage<C extends Channel> = ValueOf<(typeof channels)[C]>;

/** The channels as GSMTAP numbers them (GSMTAP_LTE_RRC_SUB_*). */
const subtypes: Readonly<Record<Channel, number>> = {
  'DL-CCCH': 0,
  'DL-DCCH': 1,
  'UL-CCCH': 2,
  'UL-DCCH': 3,
  'BCCH-BCH': 4,
  'BCCH-DL-SCH': 5,
  PCCH: 6,
};
const channelNames = Object.keys(channels) as Channel[];

/** The channel of a GSMTAP subtype; undefined when it is none of LTE that the lab has. */
export const channelOf = (subtype: number): Channel | undefined =>
  channelNames.find((channel) => subtypes[channel] === subtype);

/** The octets of a message. Throws a PerError when a value does not fit its type. */
export const encodeRrc = <C extends Channel>(channel: C, message: RrcMessage<C>): Uint8Array =>
  encode(channels[channel] as Type<RrcMessage<C>>, message, 'unaligned');

/** The message that octets spell; padding behind it is passed over (8.5). Throws a PerError, and nothing else. */
export const decodeRrc = <C extends Channel>(channel: C, octets: Uint8Array): RrcMessage<C> =>
  decode(channels[channel] as Type<RrcMessage<C>>, octets, 'unaligned', true);

/** The name of a message, for logs: `rrcConnectionSetup`. */
export const rrcName = (channel: Channel, message: RrcMessage<Channel>): string =>
  channel === 'BCCH-BCH' ? 'masterInformationBlock' : (Object.keys(message)[0] ?? 'nothing');

/** The datagram that carries a message over the lab's radio link. Uplink channels say so in their names. */
export const rrcDatagram = (channel: Channel, octets: Uint8Array): Uint8Array =>
  encodeGsmtap({
    type: gsmtapType.lteRrc,
    subtype: subtypes[channel],
    uplink: channel.startsWith('UL'),
    payload: octets,
  });

const interNode = { HandoverPreparationInformation, HandoverCommand, UERadioAccessCapabilityInformation } as const;
export type InterNodeName = keyof typeof interNode;

/** The octets of a message between eNodeBs (inter-node.ts). Throws a PerError. */
export const encodeInterNode = <N extends InterNodeName>(name: N, value: ValueOf<(typeof interNode)[N]>): Uint8Array =>
  encode(interNode[name] as Type<ValueOf<(typeof interNode)[N]>>, value, 'unaligned');

/** The message between eNodeBs that octets spell. Throws a PerError, and nothing else. */
export const decodeInterNode = <N extends InterNodeName>(name: N, octets: Uint8Array): ValueOf<(typeof interNode)[N]> =>
  decode(interNode[name] as Type<ValueOf<(typeof interNode)[N]>>, octets, 'unaligned', true);
