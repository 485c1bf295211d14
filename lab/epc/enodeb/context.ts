/** What an eNodeB knows of a phone while it is connected: its numbers on both sides, and its bearers. */
import type { ElementValue, Ies } from '../../../src/signalling/s1ap/s1ap.ts';
import { transportLayerAddresses } from '../../../src/signalling/s1ap/s1ap.ts';
import { readBigEndian } from '../../../src/signalling/octets.ts';
import type { Neighbour } from './config.ts';
import type { History } from './handover-containers.ts';

/** Packets of a bearer in each direction. */
export interface Packets {
  readonly up: number;
  readonly down: number;
}

/** One E-RAB with its tunnel on S1-U. */
export interface Bearer {
  /** E-RAB identity, which is the EPS bearer identity. */
  readonly ebi: number;
  readonly qci: number;
  /** TEID of packets to the phone, chosen here. */
  readonly teidIn: number;
  /** TEID and IPv4 address of the serving gateway. */
  readonly teidOut: number;
  readonly peer: string;
  /** The S1AP message that told them: `InitialContextSetupRequest`. */
  readonly learntFrom: string;
  /** Packets that it had carried elsewhere before a handover brought it here. */
  readonly base: Packets;
  /** What the user plane calls the session. */
  readonly handle: number;
}

/** An E-RAB that the MME wants set up. */
export interface Wanted {
  readonly ebi: number;
  readonly qci: number;
  readonly teidOut: number;
  readonly peer: string;
  readonly nas: Uint8Array | undefined;
}

export type EstablishmentCause = ElementValue<'RRC-Establishment-Cause'>;

/** Where the set-up of a context stands: what the phone has to answer next. */
export interface Setup {
  readonly request: Ies<'InitialContextSetupRequest'>;
  readonly step: 'capability' | 'security' | 'reconfiguration';
  readonly cancel: () => void;
}

/** A phone that leaves for another cell, or one that comes from there. */
export type Handover =
  | {
      readonly role: 'source';
      readonly step: 'preparation' | 'cancelling' | 'execution';
      readonly target: Neighbour;
      /** Why it is cancelled. */
      readonly reason?: string;
      /** Stops TS1RELOCprep or TS1RELOCoverall. */
      readonly cancel: () => void;
      readonly decided: (failure?: string) => void;
    }
  | {
      readonly role: 'target';
      /** By which the phone will be known. */
      readonly crnti: number;
      /** The bearers, with the TEIDs that the SGW will be told. */
      readonly promised: readonly (Wanted & { readonly teidIn: number })[];
      readonly counts: Map<number, Packets>;
    };

export interface Context {
  /** The phone's link-local address; undefined while it is expected from another cell. */
  phone: string | undefined;
  /** eNB-UE-S1AP-ID. */
  readonly enbId: number;
  /** MME-UE-S1AP-ID, once the MME has answered. */
  mmeId: number | undefined;
  readonly cause: EstablishmentCause;
  /** How the phone named itself in its request. */
  readonly sTmsi: { readonly mmec: number; readonly mTmsi: number } | undefined;
  /** Whether the first NAS message has come. */
  started: boolean;
  /** Stops the wait for the end of the phone's connection set-up. */
  connecting: (() => void) | undefined;
  /** The phone has gone: nothing is sent to it any more. */
  gone: boolean;
  setup: Setup | undefined;
  handover: Handover | undefined;
  /** NAS messages of the phone and for it: while there are any, it is not inactive. */
  messages: number;
  /** Ends the watch for inactivity. */
  watching: (() => void) | undefined;
  /** When it came to this cell, by the clock, and where it was before. */
  readonly since: number;
  readonly history: History;
  readonly bearers: Map<number, Bearer>;
}

interface ErabItem {
  readonly 'e-RAB-ID': number;
  readonly transportLayerAddress: ElementValue<'GW-TransportLayerAddress'>;
  readonly 'gTP-TEID': Uint8Array;
  readonly 'nAS-PDU'?: Uint8Array | undefined;
}

/** An item of a list of E-RABs to be set up; undefined when its tunnel does not end at an IPv4 address. */
export const wanted = (
  item: ErabItem & { readonly 'e-RABlevelQoSParameters': { readonly qCI: number } },
): Wanted | undefined => {
  const peer = transportLayerAddresses(item.transportLayerAddress).find((address) => !address.includes(':'));
  return peer === undefined
    ? undefined
    : {
        ebi: item['e-RAB-ID'],
        qci: item['e-RABlevelQoSParameters'].qCI,
        teidOut: readBigEndian(item['gTP-TEID']),
        peer,
        nas: item['nAS-PDU'],
      };
};
