/**
 * NAS messages in words (3GPP TS 24.301). What is ciphered is said to be ciphered: whether it is follows from the
 * SECURITY MODE COMMAND that was seen, or from what a node says of its algorithm, never from what the octets look like.
 */
import type { Guti } from '../../signalling/guti.ts';
import { emmCauseName, esmCauseName } from '../../signalling/nas/cause.ts';
import { emmMessages } from '../../signalling/nas/emm.ts';
import { NasError } from '../../signalling/nas/error.ts';
import { esmMessages } from '../../signalling/nas/esm.ts';
import {
  decodeNas,
  decodePlain,
  type Direction,
  type PlainMessage,
  securityHeader,
} from '../../signalling/nas/message.ts';
import { trackingMessages } from '../../signalling/nas/tracking.ts';
import { apnText, hex, isRecord, numberOf, reasonOf, type SaidNas } from './said.ts';

const types = new Map<string, number>(
  [...emmMessages, ...trackingMessages, ...esmMessages].map(({ kind, type }) => [kind, type]),
);
const isEsm = new Set<string>(esmMessages.map(({ kind }) => kind));

/** Kinds whose words are not those of the specification. */
const names: Readonly<Record<string, string>> = {
  'network-detach-request': 'Detach request',
  'activate-default-bearer-request': 'Activate default EPS bearer context request',
  'activate-default-bearer-accept': 'Activate default EPS bearer context accept',
  'activate-default-bearer-reject': 'Activate default EPS bearer context reject',
  'deactivate-bearer-request': 'Deactivate EPS bearer context request',
  'deactivate-bearer-accept': 'Deactivate EPS bearer context accept',
};
const abbreviations = /\b(?:emm|esm|guti|pdn)\b/gu;

/** `pdn-connectivity-request` is `PDN connectivity request`. */
const nameOf = (kind: string): string => {
  const words = kind.replaceAll('-', ' ').replaceAll(abbreviations, (word) => word.toUpperCase());
  return names[kind] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

export const gutiText = ({ mmeGroup, mmeCode, mTmsi }: Guti): string =>
  `GUTI ${mmeGroup}/${mmeCode}/${mTmsi.toString(16).padStart(8, '0')}`;

const identityText = (value: unknown): string => {
  if (!isRecord(value)) return '';
  if (value['kind'] === 'guti') return gutiText(value['guti'] as Guti);
  if (value['kind'] === 'tmsi') return `TMSI ${hex(numberOf(value['tmsi']))}`;
  return value['kind'] === 'none' ? 'no identity' : `${String(value['kind']).toUpperCase()} ${String(value['digits'])}`;
};

const identityTypes: Readonly<Record<number, string>> = { 1: 'IMSI', 2: 'IMEI', 3: 'IMEISV', 4: 'TMSI' };

type Tell = (value: unknown, message: PlainMessage) => string;

/** What is told of each element, whichever message it stands in; elements that are not here are not telling. */
const tell: Readonly<Record<string, Tell>> = {
  identity: identityText,
  identityType: (value) => `which ${identityTypes[numberOf(value)] ?? 'identity'}?`,
  guti: (value) => gutiText(value as Guti),
  cause: (value, { kind }) =>
    `cause ${numberOf(value)}: ${(isEsm.has(kind) ? esmCauseName : emmCauseName)(numberOf(value))}`,
  algorithms: (value) => (isRecord(value) ? `EEA${numberOf(value['eea'])}, EIA${numberOf(value['eia'])}` : ''),
  address: (value) => (isRecord(value) && typeof value['ipv4'] === 'string' ? `address ${value['ipv4']}` : ''),
  apn: apnText,
  qos: (value) => (isRecord(value) ? `QCI ${numberOf(value['qci'])}` : ''),
  auts: () => 'with AUTS',
  detachType: (value) => (isRecord(value) && value['switchOff'] === true ? 'switch-off' : ''),
};

const plain = (octets: Uint8Array, direction: Direction): readonly SaidNas[] => {
  const message = decodePlain(octets, direction);
  const fields: Readonly<Record<string, unknown>> = { ...message };
  const bearer = 'ebi' in message && message.ebi > 0 ? [`bearer ${message.ebi}`] : [];
  const details = Object.entries(fields).flatMap(([key, value]) => {
    const text = value === undefined ? undefined : tell[key]?.(value, message);
    return text === undefined || text === '' ? [] : [text];
  });
  const { esm } = fields;
  return [
    { name: nameOf(message.kind), type: types.get(message.kind), details: [...bearer, ...details] },
    ...(esm instanceof Uint8Array && esm.length > 0 ? saying(() => plain(esm, direction)) : []),
  ];
};

const saying = (say: () => readonly SaidNas[]): readonly SaidNas[] => {
  try {
    return say();
  } catch (error) {
    if (!(error instanceof NasError)) throw error;
    return [{ name: 'NAS message', details: [], problem: `not understood: ${reasonOf(error)}` }];
  }
};

const ciphered: ReadonlySet<number> = new Set([
  securityHeader.integrityCiphered,
  securityHeader.integrityCipheredNewContext,
]);

/**
 * The NAS messages in these octets, the outer one first. Never throws.
 *
 * @param eea the ciphering algorithm in use, 0 for none; undefined when nothing told it
 */
export const sayNas = (octets: Uint8Array, direction: Direction, eea: number | undefined): readonly SaidNas[] =>
  saying(() => {
    const message = decodeNas(octets, direction);
    if (message.kind === 'service-request') return [{ name: 'Service request', details: [] }];
    if (message.kind !== 'protected') return plain(octets, direction);
    if (!ciphered.has(message.header) || eea === 0) return plain(message.payload, direction);
    return eea === undefined
      ? [{ name: 'NAS message', details: [], problem: 'perhaps ciphered: its algorithm was not seen' }]
      : [{ name: 'NAS message', details: [], problem: `ciphered with EEA${eea}` }];
  });

/** The ciphering algorithm that a SECURITY MODE COMMAND orders; undefined for any other message. */
export const ordersCiphering = (octets: Uint8Array): number | undefined => {
  try {
    const message = decodeNas(octets, 'downlink');
    if (message.kind !== 'protected' || message.header !== securityHeader.integrityNewContext) return undefined;
    const inner = decodePlain(message.payload, 'downlink');
    return inner.kind === 'security-mode-command' ? inner.algorithms.eea : undefined;
  } catch (error) {
    if (error instanceof NasError) return undefined;
    throw error;
  }
};
