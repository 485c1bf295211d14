/** Messages of every channel of RRC, as the lab's radio link carries them: for round trips, tshark, and fuzzing. */
import type { Channel, RrcMessage } from '../../src/signalling/rrc/rrc.ts';
import { encodeRrc } from '../../src/signalling/rrc/rrc.ts';

const transaction = { 'rrc-TransactionIdentifier': 2 } as const;
const plmn = { mcc: [4, 6, 0], mnc: [0, 0] };
const sTmsi = { mmec: 2, 'm-TMSI': 0xc0ffee01 };
/** An EMM status (TS 24.301, 8.2.23): a whole NAS message in three octets. */
const nas = Uint8Array.of(0x07, 0x60, 0x60);
const done = { ...transaction, criticalExtensions: {} } as const;

/** A data radio bearer with acknowledged mode, as the default bearer has it. */
const drb = {
  'eps-BearerIdentity': 5,
  'drb-Identity': 1,
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
  logicalChannelIdentity: 3,
  logicalChannelConfig: {
    'ul-SpecificParameters': {
      priority: 13,
      prioritisedBitRate: 'kBps0',
      bucketSizeDuration: 'ms100',
      logicalChannelGroup: 2,
    },
  },
} as const;

/** The order to go to another cell. */
export const handoverOrder: RrcMessage<'DL-DCCH'> = {
  rrcConnectionReconfiguration: {
    ...transaction,
    criticalExtensions: {
      mobilityControlInfo: {
        targetPhysCellId: 2,
        t304: 'ms1000',
        'newUE-Identity': 0x1234,
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
      securityConfigHO: {
        handoverType: { intraLTE: { keyChangeIndicator: false, nextHopChainingCount: 3 } },
      },
    },
  },
};

/** A message with its channel, the name by which tshark shows it, and its octets. */
export interface RrcSample {
  readonly channel: Channel;
  readonly name: string;
  readonly message: RrcMessage<Channel>;
  readonly octets: Uint8Array;
}

const sample = <C extends Channel>(channel: C, name: string, message: RrcMessage<C>): RrcSample => ({
  channel,
  name,
  message,
  octets: encodeRrc(channel, message),
});

export const rrcMessages: readonly RrcSample[] = [
  sample('BCCH-BCH', 'MasterInformationBlock', {
    'dl-Bandwidth': 'n50',
    'phich-Config': { 'phich-Duration': 'normal', 'phich-Resource': 'one' },
    systemFrameNumber: 0xa5,
    spare: 0,
  }),
  sample('BCCH-DL-SCH', 'SystemInformationBlockType1', {
    systemInformationBlockType1: {
      cellAccessRelatedInfo: {
        'plmn-IdentityList': [{ 'plmn-Identity': plmn, cellReservedForOperatorUse: 'notReserved' }],
        trackingAreaCode: 0x3001,
        cellIdentity: 0x00e0101,
        cellBarred: 'notBarred',
        intraFreqReselection: 'allowed',
        'csg-Indication': false,
      },
      cellSelectionInfo: { 'q-RxLevMin': -65 },
      freqBandIndicator: 3,
      schedulingInfoList: [
        { 'si-Periodicity': 'rf16', 'sib-MappingInfo': [] },
        { 'si-Periodicity': 'rf64', 'sib-MappingInfo': ['sibType3', 'sibType5'] },
      ],
      'si-WindowLength': 'ms20',
      systemInfoValueTag: 7,
    },
  }),
  sample('PCCH', 'Paging', {
    paging: {
      pagingRecordList: [
        { 'ue-Identity': { 's-TMSI': sTmsi }, 'cn-Domain': 'ps' },
        { 'ue-Identity': { imsi: [4, 6, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0] }, 'cn-Domain': 'cs' },
      ],
    },
  }),
  sample('UL-CCCH', 'RRCConnectionRequest', {
    rrcConnectionRequest: {
      criticalExtensions: {
        'ue-Identity': { randomValue: 0xabcdef1234 },
        establishmentCause: 'mo-Signalling',
        spare: 0,
      },
    },
  }),
  sample('UL-CCCH', 'RRCConnectionRequest', {
    rrcConnectionRequest: {
      criticalExtensions: { 'ue-Identity': { 's-TMSI': sTmsi }, establishmentCause: 'mt-Access', spare: 0 },
    },
  }),
  sample('UL-CCCH', 'RRCConnectionReestablishmentRequest', {
    rrcConnectionReestablishmentRequest: {
      criticalExtensions: {
        'ue-Identity': { 'c-RNTI': 0x4601, physCellId: 503, 'shortMAC-I': 0xbeef },
        reestablishmentCause: 'handoverFailure',
        spare: 0,
      },
    },
  }),
  sample('DL-CCCH', 'RRCConnectionSetup', {
    rrcConnectionSetup: {
      ...transaction,
      criticalExtensions: {
        radioResourceConfigDedicated: {
          'srb-ToAddModList': [
            { 'srb-Identity': 1, 'rlc-Config': { defaultValue: null }, logicalChannelConfig: { defaultValue: null } },
          ],
          'mac-MainConfig': { defaultValue: null },
        },
      },
    },
  }),
  sample('DL-CCCH', 'RRCConnectionReject', { rrcConnectionReject: { criticalExtensions: { waitTime: 16 } } }),
  sample('UL-DCCH', 'RRCConnectionSetupComplete', {
    rrcConnectionSetupComplete: {
      ...transaction,
      criticalExtensions: {
        'selectedPLMN-Identity': 1,
        registeredMME: { 'plmn-Identity': plmn, mmegi: 0x8001, mmec: 2 },
        dedicatedInfoNAS: nas,
      },
    },
  }),
  sample('DL-DCCH', 'DLInformationTransfer', {
    dlInformationTransfer: {
      ...transaction,
      criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } },
    },
  }),
  sample('UL-DCCH', 'ULInformationTransfer', {
    ulInformationTransfer: { criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } } },
  }),
  sample('DL-DCCH', 'SecurityModeCommand', {
    securityModeCommand: {
      ...transaction,
      criticalExtensions: {
        securityConfigSMC: { securityAlgorithmConfig: { cipheringAlgorithm: 'eea0', integrityProtAlgorithm: 'eia2' } },
      },
    },
  }),
  sample('UL-DCCH', 'SecurityModeComplete', { securityModeComplete: done }),
  sample('UL-DCCH', 'SecurityModeFailure', { securityModeFailure: done }),
  sample('DL-DCCH', 'UECapabilityEnquiry', {
    ueCapabilityEnquiry: { ...transaction, criticalExtensions: { 'ue-CapabilityRequest': ['eutra', 'geran-ps'] } },
  }),
  sample('UL-DCCH', 'UECapabilityInformation', {
    ueCapabilityInformation: { ...transaction, criticalExtensions: { 'ue-CapabilityRAT-ContainerList': [] } },
  }),
  sample('DL-DCCH', 'RRCConnectionReconfiguration', {
    rrcConnectionReconfiguration: {
      ...transaction,
      criticalExtensions: {
        dedicatedInfoNASList: [nas],
        radioResourceConfigDedicated: {
          'srb-ToAddModList': [
            { 'srb-Identity': 2, 'rlc-Config': { defaultValue: null }, logicalChannelConfig: { defaultValue: null } },
          ],
          'drb-ToAddModList': [drb],
          'drb-ToReleaseList': [4],
        },
      },
    },
  }),
  sample('DL-DCCH', 'RRCConnectionReconfiguration', handoverOrder),
  sample('UL-DCCH', 'RRCConnectionReconfigurationComplete', { rrcConnectionReconfigurationComplete: done }),
  sample('UL-DCCH', 'MeasurementReport', {
    measurementReport: {
      criticalExtensions: {
        measResults: {
          measId: 1,
          measResultPCell: { rsrpResult: 20, rsrqResult: 10 },
          measResultNeighCells: {
            measResultListEUTRA: [{ physCellId: 2, measResult: { rsrpResult: 60, rsrqResult: 25 } }],
          },
        },
      },
    },
  }),
  sample('DL-DCCH', 'RRCConnectionRelease', {
    rrcConnectionRelease: { ...transaction, criticalExtensions: { releaseCause: 'other' } },
  }),
];
