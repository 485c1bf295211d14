/** RRC messages in words (3GPP TS 36.331), as the lab's radio link carries them in GSMTAP. */
import { PerError } from '../../signalling/asn1/per.ts';
import type { Gsmtap } from '../../signalling/gsmtap.ts';
import { channelOf, decodeRrc, rrcName } from '../../signalling/rrc/rrc.ts';
import { isRecord, numberOf, reasonOf, type Said, textOf } from './said.ts';

export interface SaidRrc extends Said {
  /** The NAS messages that it carries. */
  readonly carried: readonly Uint8Array[];
}

const sTmsi = (value: unknown): string =>
  isRecord(value) ? `S-TMSI ${numberOf(value['mmec'])}/${numberOf(value['m-TMSI']).toString(16).padStart(8, '0')}` : '';

/** What is told of a field, wherever in a message it stands. */
const tell: Readonly<Record<string, (value: unknown) => string>> = {
  establishmentCause: textOf,
  reestablishmentCause: textOf,
  's-TMSI': sTmsi,
  imsi: (value) => (Array.isArray(value) ? `IMSI ${value.join('')}` : ''),
  releaseCause: (value) => (value === 'other' ? '' : textOf(value)),
  waitTime: (value) => `wait ${textOf(value)} s`,
  'eps-BearerIdentity': (value) => `radio bearer for EPS bearer ${textOf(value)}`,
  'drb-ToReleaseList': (value) => (Array.isArray(value) ? `without radio bearer ${value.join(', ')}` : ''),
  targetPhysCellId: (value) => `handover to cell ${textOf(value)}`,
  cipheringAlgorithm: (value) => textOf(value).toUpperCase(),
  integrityProtAlgorithm: (value) => textOf(value).toUpperCase(),
};
const nasFields: ReadonlySet<string> = new Set(['dedicatedInfoNAS', 'dedicatedInfoNASList']);

/** Walks a message: details in the order of its fields, and the NAS messages. */
const walk = (value: unknown, details: string[], carried: Uint8Array[]): void => {
  if (Array.isArray(value)) for (const item of value) walk(item, details, carried);
  if (!isRecord(value)) return;
  for (const [name, field] of Object.entries(value)) {
    if (nasFields.has(name))
      for (const octets of Array.isArray(field) ? field : [field]) {
        if (octets instanceof Uint8Array) carried.push(octets);
      }
    const text = field === undefined ? undefined : tell[name]?.(field);
    if (text !== undefined && text !== '') details.push(text);
    walk(field, details, carried);
  }
};

/** An RRC message in words. Never throws. */
export const sayRrc = ({ subtype, payload }: Pick<Gsmtap, 'subtype' | 'payload'>): SaidRrc => {
  const channel = channelOf(subtype);
  if (channel === undefined)
    return { name: 'RRC', details: [], problem: `GSMTAP subtype ${subtype} is no channel of LTE`, carried: [] };
  try {
    const message = decodeRrc(channel, payload);
    const [details, carried]: [string[], Uint8Array[]] = [[], []];
    walk(message, details, carried);
    return { name: rrcName(channel, message), details: [...new Set(details)], carried };
  } catch (error) {
    if (!(error instanceof PerError)) throw error;
    return { name: channel, details: [], problem: `not understood: ${reasonOf(error)}`, carried: [] };
  }
};
