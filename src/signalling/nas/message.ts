/**
 * NAS messages between a phone and its MME (3GPP TS 24.301), as octets and as data. A message is plain, or in an
 * envelope that protects it, or a SERVICE REQUEST, which is so short that its protection is part of it:
 *
 *     plain, mobility     0 | 7, message type, elements
 *     plain, session      EPS bearer identity | 2, procedure transaction identity, message type, elements
 *     protected           1..4 | 7, message authentication code (4 octets), sequence number, a plain message
 *     service request     12 | 7, key set and sequence number, short message authentication code (2 octets)
 *
 * `decodeNas` reads any of them; the envelope is opened by a security context (security.ts).
 */
import { concatenate } from '../../packet/octets.ts';
import type { Direction } from '../aka/eea.ts';
import { MAC_LENGTH } from '../aka/eia.ts';
import { bigEndian } from '../octets.ts';
import { type BodyOf, type Definition, decodeBody, encodeBody } from './definition.ts';
import { emmMessages } from './emm.ts';
import { NasError } from './error.ts';
import { esmMessages } from './esm.ts';
import { trackingMessages } from './tracking.ts';

export type { Direction } from '../aka/eea.ts';

export type EmmMessage = BodyOf<(typeof emmMessages)[number] | (typeof trackingMessages)[number]>;

/** What every session message has besides its elements. */
export interface EsmHeader {
  /** EPS bearer identity: 5 to 15, or 0 when no bearer is meant. */
  readonly ebi: number;
  /** Procedure transaction identity: 1 to 254, or 0 when the network began. */
  readonly pti: number;
}
export type EsmMessage = BodyOf<(typeof esmMessages)[number]> & EsmHeader;

/** A phone that was idle asks for its bearers (8.2.25). */
export interface ServiceRequest {
  readonly kind: 'service-request';
  /** 3 bits. */
  readonly keySet: number;
  /** The lowest 5 bits of the NAS COUNT. */
  readonly sequence: number;
  /** The last 2 octets of the message authentication code. */
  readonly shortMac: Uint8Array;
}

/** A message in its envelope (9.1). */
export interface ProtectedMessage {
  readonly kind: 'protected';
  /** Security header type, 1 to 5. */
  readonly header: number;
  /** 4 octets. */
  readonly mac: Uint8Array;
  /** The lowest 8 bits of the NAS COUNT. */
  readonly sequence: number;
  /** The plain message, ciphered or not. */
  readonly payload: Uint8Array;
}

export type PlainMessage = EmmMessage | EsmMessage;
export type NasMessage = PlainMessage | ServiceRequest | ProtectedMessage;
export type NasKind = NasMessage['kind'];
/** The message of a kind, as `MessageOf<'attach-request'>`. */
export type MessageOf<K extends NasKind> = Extract<NasMessage, { readonly kind: K }>;

/** Protocol discriminators (TS 24.007, 11.2.3.1.1). */
export const protocol = { esm: 2, emm: 7 } as const;

/** Security header types (9.3.1). 5 belongs to the control plane CIoT optimisation. */
export const securityHeader = {
  plain: 0,
  integrity: 1,
  integrityCiphered: 2,
  integrityNewContext: 3,
  integrityCipheredNewContext: 4,
  serviceRequest: 12,
} as const;
/** The last type of an envelope. Types from 12 on are service requests all, those between mean nothing yet. */
const LAST_ENVELOPE = 5;

const EMM_HEADER = 2;
const ESM_HEADER = 3;
const SERVICE_REQUEST_LENGTH = 4;
/** First octet, code, sequence number. */
const ENVELOPE = 1 + MAC_LENGTH + 1;

const emmDefinitions: readonly Definition[] = [...emmMessages, ...trackingMessages];
const esmDefinitions: readonly Definition[] = esmMessages;
const byKind = new Map([...emmDefinitions, ...esmDefinitions].map((definition) => [definition.kind, definition]));
const isEsm = new Set(esmDefinitions.map(({ kind }) => kind));

const find = (definitions: readonly Definition[], type: number, direction: Direction): Definition => {
  const found = definitions.find(
    (definition) => definition.type === type && (definition.direction ?? direction) === direction,
  );
  if (found === undefined) throw new NasError('unknown-type', `message type 0x${type.toString(16)} ${direction}`);
  return found;
};

const needLength = (octets: Uint8Array, length: number): void => {
  if (octets.length < length) throw new NasError('too-short', `a message of ${octets.length} octets`);
};

/**
 * What a message says. The result shares no memory with `input`.
 *
 * @param direction the two directions use the same types for different messages
 * @throws {NasError} for octets that are no message
 */
export const decodeNas = (input: Uint8Array, direction: Direction): NasMessage => {
  const octets = Uint8Array.from(input);
  needLength(octets, EMM_HEADER);
  const [first = 0, second = 0, third = 0] = octets;
  const [discriminator, header] = [first & 15, first >> 4];
  if (discriminator === protocol.esm) {
    needLength(octets, ESM_HEADER);
    const body = decodeBody(find(esmDefinitions, third, direction), octets, ESM_HEADER);
    return { ...body, ebi: header, pti: second } as EsmMessage;
  }
  if (discriminator !== protocol.emm) throw new NasError('unknown-protocol', `protocol discriminator ${discriminator}`);
  if (header === securityHeader.plain)
    return decodeBody(find(emmDefinitions, second, direction), octets, EMM_HEADER) as EmmMessage;
  if (header >= securityHeader.serviceRequest) {
    needLength(octets, SERVICE_REQUEST_LENGTH);
    const shortMac = octets.subarray(2, SERVICE_REQUEST_LENGTH);
    return { kind: 'service-request', keySet: second >> 5, sequence: second & 31, shortMac };
  }
  if (header > LAST_ENVELOPE) throw new NasError('unknown-type', `security header type ${header}`);
  needLength(octets, ENVELOPE + EMM_HEADER);
  return {
    kind: 'protected',
    header,
    mac: octets.subarray(1, 1 + MAC_LENGTH),
    sequence: octets[1 + MAC_LENGTH] ?? 0,
    payload: octets.subarray(ENVELOPE),
  };
};

/** The message in an envelope that is not ciphered, or a plain one. */
export const decodePlain = (input: Uint8Array, direction: Direction): PlainMessage => {
  const message = decodeNas(input, direction);
  if (message.kind === 'protected' || message.kind === 'service-request')
    throw new NasError('unknown-type', `${message.kind} where a plain message belongs`);
  return message;
};

const part = (value: number, bits: number, what: string): number => {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits)
    throw new NasError('unencodable', `${what}: ${value} is not a number of ${bits} bits`);
  return value;
};

const sized = (octets: Uint8Array, length: number, what: string): Uint8Array => {
  if (octets.length !== length) throw new NasError('unencodable', `${what} has ${length} octets, not ${octets.length}`);
  return octets;
};

/**
 * The octets of a message.
 *
 * @throws {NasError} `unencodable` when a value has no form
 */
export const encodeNas = (message: NasMessage): Uint8Array => {
  if (message.kind === 'service-request') {
    const second = (part(message.keySet, 3, 'key set') << 5) | part(message.sequence, 5, 'sequence number');
    const head = Uint8Array.of((securityHeader.serviceRequest << 4) | protocol.emm, second);
    return concatenate(head, sized(message.shortMac, 2, 'short MAC'));
  }
  if (message.kind === 'protected') {
    const first = (part(message.header, 4, 'security header type') << 4) | protocol.emm;
    const mac = sized(message.mac, MAC_LENGTH, 'MAC');
    return concatenate(
      Uint8Array.of(first),
      mac,
      bigEndian(part(message.sequence, 8, 'sequence number'), 1),
      message.payload,
    );
  }
  const definition = byKind.get(message.kind);
  if (definition === undefined) throw new NasError('unencodable', `no such message: ${message.kind}`);
  const body = encodeBody(definition, message);
  if (!isEsm.has(message.kind)) return concatenate(Uint8Array.of(protocol.emm, definition.type), body);
  const { ebi, pti } = message as EsmMessage;
  const first = (part(ebi, 4, 'EPS bearer identity') << 4) | protocol.esm;
  return concatenate(Uint8Array.of(first, part(pti, 8, 'PTI'), definition.type), body);
};
