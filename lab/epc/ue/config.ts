/** What a phone is told: its SIM card, its interface, and where base stations are. */
import { type Field, integer, ipv4, list, member, optional, text } from '../../fields.ts';
import type { Cell } from './mobility.ts';
import type { Plmn } from '../../../src/signalling/identity.ts';

export interface UeConfig {
  /** 6 to 15 digits. */
  readonly imsi: string;
  /** Keys of the SIM card (TS 35.206), 16 octets each. */
  readonly k: Uint8Array;
  readonly opc: Uint8Array;
  /** The interface on the radio link, which gets the address of the bearer. */
  readonly interface: string;
  readonly radio: {
    /** Own link-local address. */
    readonly local: string;
    /** The best first. */
    readonly cells: readonly Cell[];
  };
  readonly plmn: Plmn;
  /** The access point to ask for; the subscription's default when absent. */
  readonly apn?: string | undefined;
  /** Next hop of the default route; the serving eNodeB answers for any. Its own link-local address when absent. */
  readonly gateway?: string | undefined;
  /** Where the addresses of DNS servers are written. */
  readonly resolv: string;
  /** Whether the phone is switched on at the start. */
  readonly on: boolean;
}

const matching =
  (pattern: RegExp, what: string) =>
  (field: Field): string => {
    const value = text(field);
    if (!pattern.test(value)) throw new Error(`config: ${field.at}: expected ${what}, found "${value}"`);
    return value;
  };

const key = (field: Field): Uint8Array =>
  Uint8Array.from(Buffer.from(matching(/^[\da-f]{32}$/iu, '32 hexadecimal digits')(field), 'hex'));

/** `46000` or `310410`: country code of three digits, network code of two or three. */
export const plmnField = (field: Field): Plmn => {
  const digits = matching(/^\d{5,6}$/u, 'a PLMN of 5 or 6 digits')(field);
  return { mcc: digits.slice(0, 3), mnc: digits.slice(3) };
};

const yesOrNo = (field: Field): boolean => {
  if (typeof field.value !== 'boolean') throw new Error(`config: ${field.at}: expected true or false`);
  return field.value;
};

/** Checks a configuration. @throws Error that names the first field that is wrong. */
export const ueConfig = (field: Field): UeConfig => {
  const radio = member(field, 'radio');
  return {
    imsi: matching(/^\d{6,15}$/u, 'an IMSI of 6 to 15 digits')(member(field, 'imsi')),
    k: key(member(field, 'k')),
    opc: key(member(field, 'opc')),
    interface: text(member(field, 'interface')),
    radio: {
      local: ipv4(member(radio, 'local')),
      cells: list(member(radio, 'cells'), (cell) => ({
        enodeb: ipv4(member(cell, 'enodeb')),
        name: optional(member(cell, 'name'), text),
        pci: optional(member(cell, 'pci'), integer(0, 503)),
      })),
    },
    plmn: plmnField(member(field, 'plmn')),
    apn: optional(member(field, 'apn'), text),
    gateway: optional(member(field, 'gateway'), ipv4),
    resolv: optional(member(field, 'resolv'), text) ?? '/etc/resolv.conf',
    on: optional(member(field, 'on'), yesOrNo) ?? false,
  };
};
