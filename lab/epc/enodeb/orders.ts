/**
 * What the eNodeB says to phones (3GPP TS 36.331), with the parameters of a bearer as a small cell would choose them:
 * signalling radio bearers with their defaults, one data radio bearer in acknowledged mode for each E-RAB.
 */
import { encode } from '../../../src/signalling/asn1/per.ts';
import type { OnAir } from '../radio.ts';
import { UECapabilityInformation } from '../../../src/signalling/rrc/connection.ts';
import { encodeInterNode, type RrcMessage } from '../../../src/signalling/rrc/rrc.ts';

export type Order = OnAir<'DL-CCCH' | 'DL-DCCH'>;

/** One command at a time: an answer belongs to the last one. */
const transaction = { 'rrc-TransactionIdentifier': 0 } as const;

const signalling = (identity: 1 | 2) =>
  ({
    'srb-Identity': identity,
    'rlc-Config': { defaultValue: null },
    logicalChannelConfig: { defaultValue: null },
  }) as const;

/** DRB identities begin at 1, E-RAB identities at 5; logical channels of data bearers at 3. */
const data = (ebi: number) =>
  ({
    'eps-BearerIdentity': ebi,
    'drb-Identity': ebi - 4,
    'pdcp-Config': {
      discardTimer: 'infinity',
      'rlc-AM': { statusReportRequired: true },
      headerCompression: { notUsed: null },
    },
    'rlc-Config': {
      am: {
        'ul-AM-RLC': { 't-PollRetransmit': 'ms80', pollPDU: 'p64', pollByte: 'kB125', maxRetxThreshold: 't4' },
        'dl-AM-RLC': { 't-Reordering': 'ms50', 't-StatusProhibit': 'ms50' },
      },
    },
    logicalChannelIdentity: Math.min(10, ebi - 2),
    logicalChannelConfig: {
      'ul-SpecificParameters': {
        priority: 13,
        prioritisedBitRate: 'kBps0',
        bucketSizeDuration: 'ms100',
        logicalChannelGroup: 2,
      },
    },
  }) as const;

export const connectionSetup = (): Order => ({
  channel: 'DL-CCCH',
  message: {
    rrcConnectionSetup: {
      ...transaction,
      criticalExtensions: {
        radioResourceConfigDedicated: {
          'srb-ToAddModList': [signalling(1)],
          'mac-MainConfig': { defaultValue: null },
        },
      },
    },
  },
});

/** @param seconds 1 to 16 */
export const connectionReject = (seconds: number): Order => ({
  channel: 'DL-CCCH',
  message: { rrcConnectionReject: { criticalExtensions: { waitTime: seconds } } },
});

const dedicated = (message: RrcMessage<'DL-DCCH'>): Order => ({ channel: 'DL-DCCH', message });

export const informationTransfer = (nas: Uint8Array): Order =>
  dedicated({
    dlInformationTransfer: {
      ...transaction,
      criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } },
    },
  });

export const capabilityEnquiry = (): Order =>
  dedicated({ ueCapabilityEnquiry: { ...transaction, criticalExtensions: { 'ue-CapabilityRequest': ['eutra'] } } });

/** The algorithms of the radio link; the lab's does not use them. */
export const securityMode = (integrity: 'eia1' | 'eia2'): Order =>
  dedicated({
    securityModeCommand: {
      ...transaction,
      criticalExtensions: {
        securityConfigSMC: {
          securityAlgorithmConfig: { cipheringAlgorithm: 'eea0', integrityProtAlgorithm: integrity },
        },
      },
    },
  });

export interface Reconfiguration {
  /** E-RABs that get a data radio bearer, and ones that lose it. */
  readonly added?: readonly number[];
  readonly released?: readonly number[];
  readonly nas?: readonly Uint8Array[];
  /** With the first bearers comes the second signalling bearer. */
  readonly first?: boolean;
}

export const reconfiguration = ({ added = [], released = [], nas = [], first = false }: Reconfiguration): Order =>
  dedicated({
    rrcConnectionReconfiguration: {
      ...transaction,
      criticalExtensions: {
        ...(nas.length === 0 ? {} : { dedicatedInfoNASList: nas }),
        radioResourceConfigDedicated: {
          ...(first ? { 'srb-ToAddModList': [signalling(2)] } : {}),
          ...(added.length === 0 ? {} : { 'drb-ToAddModList': added.map(data) }),
          ...(released.length === 0 ? {} : { 'drb-ToReleaseList': released.map((ebi) => ebi - 4) }),
        },
      },
    },
  });

export interface HandoverOrder {
  /** The physical identity of the cell to go to. */
  readonly pci: number;
  /** By which the phone will be known there. */
  readonly crnti: number;
  /** Of the keys there. */
  readonly ncc: number;
  readonly added: readonly number[];
  readonly integrity: 'eia1' | 'eia2';
}

/** Go to another cell. Its channels are told with values of a small cell: the lab has no radio that would use them. */
export const handover = ({ pci, crnti, ncc, added, integrity }: HandoverOrder): OnAir<'DL-DCCH'> => ({
  channel: 'DL-DCCH',
  message: {
    rrcConnectionReconfiguration: {
      ...transaction,
      criticalExtensions: {
        mobilityControlInfo: {
          targetPhysCellId: pci,
          t304: 'ms1000',
          'newUE-Identity': crnti,
          radioResourceConfigCommon: {
            'prach-Config': { rootSequenceIndex: 22 },
            'pusch-ConfigCommon': {
              'pusch-ConfigBasic': {
                'n-SB': 1,
                hoppingMode: 'interSubFrame',
                'pusch-HoppingOffset': 4,
                enable64QAM: false,
              },
              'ul-ReferenceSignalsPUSCH': {
                groupHoppingEnabled: true,
                groupAssignmentPUSCH: 0,
                sequenceHoppingEnabled: false,
                cyclicShift: 0,
              },
            },
            'ul-CyclicPrefixLength': 'len1',
          },
        },
        radioResourceConfigDedicated: {
          'srb-ToAddModList': [signalling(1), signalling(2)],
          'drb-ToAddModList': added.map(data),
        },
        securityConfigHO: {
          handoverType: {
            intraLTE: {
              securityAlgorithmConfig: { cipheringAlgorithm: 'eea0', integrityProtAlgorithm: integrity },
              keyChangeIndicator: false,
              nextHopChainingCount: ncc,
            },
          },
        },
      },
    },
  },
});

export const connectionRelease = (): Order =>
  dedicated({ rrcConnectionRelease: { ...transaction, criticalExtensions: { releaseCause: 'other' } } });

/** The element UERadioCapability of S1AP: what a phone said of its radio, to be kept by the MME. */
export const radioCapability = (message: NonNullable<RrcMessage<'UL-DCCH'>['ueCapabilityInformation']>): Uint8Array =>
  encodeInterNode('UERadioAccessCapabilityInformation', {
    criticalExtensions: { 'ue-RadioAccessCapabilityInfo': encode(UECapabilityInformation, message, 'unaligned') },
  });
