/** What an HSS is told: itself, and its subscribers. */
import { type Field, integer, ipv4, list, member, optional, text } from '../../fields.ts';
import type { SubscriberKeys } from '../../../src/signalling/aka/milenage.ts';
import type { DiameterTransport } from '../diameter-node.ts';

/** Bits per second. */
export interface Rates {
  readonly uplink: number;
  readonly downlink: number;
}

export interface Subscriber {
  readonly imsi: string;
  readonly keys: SubscriberKeys;
  readonly msisdn: string | undefined;
  /** The first one is the default. */
  readonly apns: readonly string[];
  readonly ambr: Rates;
  /** The last sequence number of authentication that was used. */
  readonly sqn: number;
  /** The EMM cause that the subscriber is to be refused with. */
  readonly barred: Barring | undefined;
}

/** 11: the operator bars packet services; 15: LTE is not allowed to the subscriber. */
export type Barring = 11 | 15;

export interface HssConfig {
  readonly host: string;
  readonly realm: string;
  readonly s6a: { readonly local: string; readonly transport: DiameterTransport };
  readonly subscribers: readonly Subscriber[];
}

/** Octets written as hexadecimal digits. */
export const hex =
  (length: number) =>
  (field: Field): Uint8Array => {
    const digits = text(field);
    if (!new RegExp(`^[0-9a-fA-F]{${length * 2}}$`, 'u').test(digits))
      throw new Error(`config: ${field.at}: expected ${length * 2} hexadecimal digits, found "${digits}"`);
    return Uint8Array.from(Buffer.from(digits, 'hex'));
  };

/** `sctp` unless it says `tcp`. */
export const transport = (field: Field): DiameterTransport => {
  const name = optional(field, text) ?? 'sctp';
  if (name !== 'sctp' && name !== 'tcp')
    throw new Error(`config: ${field.at}: expected "sctp" or "tcp", found "${name}"`);
  return name;
};

/** 6 to 15 digits (TS 23.003, 2.2). */
export const imsi = (field: Field): string => {
  const digits = text(field);
  if (!/^\d{6,15}$/u.test(digits)) throw new Error(`config: ${field.at}: expected an IMSI, found "${digits}"`);
  return digits;
};

const barring = (field: Field): Barring => {
  if (field.value !== 11 && field.value !== 15)
    throw new Error(`config: ${field.at}: expected 11 or 15, found ${JSON.stringify(field.value)}`);
  return field.value;
};

/** Unsigned32 of the AVPs, in bits per second. */
const rate = integer(1, 0xffff_ffff);

const subscriber = (field: Field): Subscriber => {
  const ambr = member(field, 'ambr');
  return {
    imsi: imsi(member(field, 'imsi')),
    keys: { k: hex(16)(member(field, 'k')), opc: hex(16)(member(field, 'opc')) },
    msisdn: optional(member(field, 'msisdn'), text),
    apns: list(member(field, 'apns'), text),
    ambr: { uplink: rate(member(ambr, 'uplink')), downlink: rate(member(ambr, 'downlink')) },
    sqn: optional(member(field, 'sqn'), integer(0, 2 ** 48 - 1)) ?? 0,
    barred: optional(member(field, 'barred'), barring),
  };
};

/** @throws Error that names the first field that is wrong */
export const hssConfig = (field: Field): HssConfig => {
  const s6a = member(field, 's6a');
  return {
    host: text(member(field, 'host')),
    realm: text(member(field, 'realm')),
    s6a: { local: ipv4(member(s6a, 'local')), transport: transport(member(s6a, 'transport')) },
    subscribers: optional(member(field, 'subscribers'), (all) => list(all, subscriber)) ?? [],
  };
};
