/** What the two eNodeBs of a handover tell each other through the MME: S1AP around RRC (TS 36.413, 9.2.1.7 and 9.2.1.8). */
import { PerError } from '../../../src/signalling/asn1/per.ts';
import { encodePlmn, type Plmn } from '../../../src/signalling/identity.ts';
import {
  decodeInterNode,
  decodeRrc,
  encodeInterNode,
  encodeRrc,
  type RrcMessage,
} from '../../../src/signalling/rrc/rrc.ts';
import {
  cellIdentity,
  decodeSourceContainer,
  decodeTargetContainer,
  encodeSourceContainer,
  encodeTargetContainer,
} from '../../../src/signalling/s1ap/s1ap.ts';
import type { Neighbour } from './config.ts';

type SourceContainer = ReturnType<typeof decodeSourceContainer>;
/** The cells where a phone was, the last one first (TS 36.413, 9.2.1.42). */
export type History = SourceContainer['uE-HistoryInformation'];

/** Cells that are remembered at most (maxnoofCells), and seconds in one that can be told (9.2.1.43). */
const CELLS = 16;
const LONGEST = 4095;

/** A cell that the phone leaves after so many milliseconds, before those where it was earlier. */
export const visited = (plmn: Plmn, cell: number, milliseconds: number, before: History): History => [
  {
    'e-UTRAN-Cell': {
      'global-Cell-ID': { pLMNidentity: encodePlmn(plmn), 'cell-ID': cell },
      cellType: { 'cell-Size': 'small' },
      'time-UE-StayedInCell': Math.min(LONGEST, Math.round(milliseconds / 1000)),
    },
  },
  ...before.slice(0, CELLS - 1),
];

/** For the target. No radio capabilities are known: there is no radio. */
export const toTarget = (plmn: Plmn, { id, cell }: Neighbour, ebis: readonly number[], history: History): Uint8Array =>
  encodeSourceContainer({
    'rRC-Container': encodeInterNode('HandoverPreparationInformation', {
      criticalExtensions: { 'ue-RadioAccessCapabilityInfo': [] },
    }),
    'e-RABInformationList': ebis.map((ebi) => ({ 'e-RAB-ID': ebi })),
    'targetCell-ID': { pLMNidentity: encodePlmn(plmn), 'cell-ID': cellIdentity(id, cell) },
    'uE-HistoryInformation': history,
  });

/** Undefined when it is none, or RRC's part of it is none. */
export const readSource = (octets: Uint8Array): SourceContainer | undefined => {
  try {
    const container = decodeSourceContainer(octets);
    decodeInterNode('HandoverPreparationInformation', container['rRC-Container']);
    return container;
  } catch (error) {
    if (error instanceof PerError) return undefined;
    throw error;
  }
};

/** For the source: the order that it has to give the phone. */
export const toSource = (order: RrcMessage<'DL-DCCH'>): Uint8Array =>
  encodeTargetContainer({
    'rRC-Container': encodeInterNode('HandoverCommand', {
      criticalExtensions: { handoverCommandMessage: encodeRrc('DL-DCCH', order) },
    }),
  });

/** The order for the phone; undefined when the octets hold none. */
export const readTarget = (octets: Uint8Array): RrcMessage<'DL-DCCH'> | undefined => {
  try {
    const command = decodeInterNode('HandoverCommand', decodeTargetContainer(octets)['rRC-Container']);
    const order = decodeRrc('DL-DCCH', command.criticalExtensions.handoverCommandMessage);
    const changes = order.rrcConnectionReconfiguration?.criticalExtensions;
    return changes?.mobilityControlInfo === undefined ? undefined : order;
  } catch (error) {
    if (error instanceof PerError) return undefined;
    throw error;
  }
};
