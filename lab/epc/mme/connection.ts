/**
 * A phone's signalling connection (TS 36.413: UE-associated logical S1-connection), from its first message to its
 * release: two numbers, one given by either side, the NAS messages that travel in it, and the procedure that runs.
 */
import type { Tai } from '../../../src/signalling/guti.ts';
import { NasError } from '../../../src/signalling/nas/error.ts';
import {
  type PlainMessage,
  decodeNas,
  decodePlain,
  encodeNas,
  securityHeader,
} from '../../../src/signalling/nas/message.ts';
import { NasSecurityError, type NasSecurityContext, type Protection } from '../../../src/signalling/nas/security.ts';
import { acceptableUnprotected } from '../../../src/signalling/nas/unprotected.ts';
import { s1ap, type S1apPdu } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Enodeb } from './enodeb.ts';
import type { Phone } from './phone.ts';
import type { NasEvent, Procedure } from './procedure.ts';

/** Where a phone is, as its eNodeB tells with each message. */
export interface Place {
  readonly tai: Tai;
  /** 28 bits. */
  readonly cell: number;
}

export class Connection {
  readonly mmeId: number;
  /** Undefined until the eNodeB has answered that a phone comes to by handover. */
  enbId: number | undefined;
  readonly enodeb: Enodeb;
  place: Place;
  /** Undefined until it is known who speaks. */
  phone: Phone | undefined;
  /** What protects messages here; undefined until the phone has proved who it is. */
  security: NasSecurityContext | undefined;
  procedure: Procedure | undefined;
  /** Where the phone has been ordered to, and has not arrived yet. */
  handoverTo: Connection | undefined;
  /** The ATTACH REQUEST that is worked on: a repetition is the same octets. */
  request: Uint8Array | undefined;
  readonly #log: (line: string) => void;

  constructor(
    enodeb: Enodeb,
    ids: { readonly mmeId: number; readonly enbId: number | undefined },
    place: Place,
    log: (line: string) => void,
  ) {
    this.enodeb = enodeb;
    this.mmeId = ids.mmeId;
    this.enbId = ids.enbId;
    this.place = place;
    this.#log = log;
  }

  get ids(): { readonly 'MME-UE-S1AP-ID': number; readonly 'eNB-UE-S1AP-ID': number } {
    return { 'MME-UE-S1AP-ID': this.mmeId, 'eNB-UE-S1AP-ID': this.enbId ?? 0 };
  }

  /** Who it is, for the log. */
  get who(): string {
    return this.phone?.imsi ?? `UE ${this.mmeId}`;
  }

  /** Sends an S1AP message about this phone. */
  send(pdu: S1apPdu): void {
    this.enodeb.send(pdu, 1);
  }

  /** The octets of a NAS message, protected when there are keys. */
  wrap(message: PlainMessage, protection?: Protection): Uint8Array {
    this.#log(`NAS > ${this.who} ${message.kind}`);
    const plain = encodeNas(message);
    return this.security === undefined ? plain : this.security.protect(plain, protection);
  }

  /** Sends a NAS message. */
  sendNas(message: PlainMessage, protection?: Protection): void {
    this.sendRaw(this.wrap(message, protection));
  }

  /** Sends the octets of a NAS message. */
  sendRaw(octets: Uint8Array): void {
    this.send(s1ap('DownlinkNASTransport', { ...this.ids, 'NAS-PDU': octets }));
  }

  /**
   * What a NAS message of the phone says; undefined when it has to be dropped.
   *
   * @param candidate keys that the phone may have from before, when none are in use here
   */
  read(octets: Uint8Array, candidate?: NasSecurityContext): NasEvent | undefined {
    try {
      const event = this.#open(octets, this.security ?? candidate);
      this.#log(`NAS < ${this.who} ${event.nas.kind}${event.count === undefined ? ' (not protected)' : ''}`);
      return event;
    } catch (error) {
      if (!(error instanceof NasError || error instanceof NasSecurityError)) throw error;
      this.#log(`NAS < ${this.who} dropped: ${error.message}`);
      return undefined;
    }
  }

  #open(octets: Uint8Array, security: NasSecurityContext | undefined): NasEvent {
    const envelope = decodeNas(octets, 'uplink');
    if (envelope.kind === 'service-request') throw new NasError('unknown-type', 'a SERVICE REQUEST out of place');
    if (envelope.kind !== 'protected') return unprotected(envelope);
    try {
      if (security === undefined) throw new NasSecurityError('integrity', 'there are no keys');
      const { message, count } = security.open(octets);
      return { nas: decodePlain(message, 'uplink'), count };
    } catch (error) {
      if (!(error instanceof NasSecurityError)) throw error;
      // A phone may use keys that are forgotten here: what is not ciphered may be read all the same (4.4.4.3).
      if (envelope.header !== securityHeader.integrity) throw error;
      return unprotected(decodePlain(envelope.payload, 'uplink'));
    }
  }
}

const unprotected = (nas: PlainMessage): NasEvent => {
  if (acceptableUnprotected(nas.kind, 'uplink')) return { nas, count: undefined };
  throw new NasSecurityError('not-protected', `${nas.kind} without protection`);
};
