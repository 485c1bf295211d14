/** S1AP messages in words (3GPP TS 36.413): the telling elements of each, whichever message they stand in. */
import { PerError } from '../../signalling/asn1/per.ts';
import { decodePlmn } from '../../signalling/identity.ts';
import type { Direction } from '../../signalling/nas/message.ts';
import { readBigEndian } from '../../signalling/octets.ts';
import { type Cause, causeText } from '../../signalling/s1ap/cause.ts';
import { parseS1ap, type S1apPdu } from '../../signalling/s1ap/pdu.ts';
import { procedureName } from '../../signalling/s1ap/procedures.ts';
import { transportLayerAddresses } from '../../signalling/s1ap/values.ts';
import { hex, isRecord, numberOf, reasonOf, type Said, textOf } from './said.ts';

/** The phone's numbers in a message, where it has them. */
export interface S1Ids {
  readonly mme?: number | undefined;
  readonly enodeb?: number | undefined;
}

/** A message, and what it carries for others to read. */
export interface SaidS1ap extends Said {
  readonly ids: S1Ids;
  readonly carried: readonly { readonly octets: Uint8Array; readonly direction: Direction }[];
}

type Fields = Readonly<Record<string, unknown>>;

const octets = (value: unknown): number => (value instanceof Uint8Array ? readBigEndian(value) : numberOf(value));
const sTmsi = (value: unknown): string =>
  isRecord(value) ? `S-TMSI ${octets(value['mMEC'])}/${octets(value['m-TMSI']).toString(16).padStart(8, '0')}` : '';
const cell = (value: unknown): string => (isRecord(value) ? `cell ${hex(octets(value['cell-ID']))}` : '');

const tunnelEnd = (item: Fields, address: string, teid: string): string => {
  const [ip] = transportLayerAddresses(item[address] as Parameters<typeof transportLayerAddresses>[0]);
  return `TEID ${hex(octets(item[teid]))} at ${ip ?? 'no address'}`;
};

/** One E-RAB: its number, its class, the ends of its tunnels, and why not. */
const erab = (item: Fields): string => {
  const quality = item['e-RABlevelQoSParameters'] ?? item['e-RABlevelQosParameters'] ?? item['e-RABLevelQoSParameters'];
  return [
    `E-RAB ${numberOf(item['e-RAB-ID'])}`,
    ...(isRecord(quality) ? [`QCI ${numberOf(quality['qCI'])}`] : []),
    ...(item['gTP-TEID'] === undefined ? [] : [tunnelEnd(item, 'transportLayerAddress', 'gTP-TEID')]),
    ...(item['dL-gTP-TEID'] === undefined
      ? []
      : [`forwarding to ${tunnelEnd(item, 'dL-transportLayerAddress', 'dL-gTP-TEID')}`]),
    ...(isRecord(item['cause']) ? [causeText(item['cause'] as Cause)] : []),
  ].join(' ');
};

const target = (value: unknown): string => {
  const enodeb = isRecord(value) ? value['targeteNB-ID'] : undefined;
  const id = isRecord(enodeb) && isRecord(enodeb['global-ENB-ID']) ? enodeb['global-ENB-ID']['eNB-ID'] : undefined;
  return isRecord(id) ? `to eNodeB ${hex(numberOf(Object.values(id)[0]))}` : '';
};

const networks = (value: unknown): string => {
  const list = Array.isArray(value) ? value : [];
  const codes = list.flatMap((item) => (isRecord(item) && item['tAC'] !== undefined ? [octets(item['tAC'])] : []));
  return codes.length === 0 ? '' : `tracking area ${codes.join(', ')}`;
};

const globalId = (value: unknown): string => {
  if (!isRecord(value) || !isRecord(value['eNB-ID'])) return '';
  const plmn = value['pLMNidentity'] instanceof Uint8Array ? decodePlmn(value['pLMNidentity']) : undefined;
  const id = numberOf(Object.values(value['eNB-ID'])[0]);
  return `eNodeB ${hex(id)}${plmn === undefined ? '' : ` of ${plmn.mcc}/${plmn.mnc}`}`;
};

const tell: Readonly<Record<string, (value: unknown) => string>> = {
  Cause: (value) => causeText(value as Cause),
  'RRC-Establishment-Cause': textOf,
  'S-TMSI': sTmsi,
  UEPagingID: (value) => (isRecord(value) && 's-TMSI' in value ? sTmsi(value['s-TMSI']) : 'by IMSI'),
  'EUTRAN-CGI': cell,
  TargetID: target,
  'Global-ENB-ID': globalId,
  eNBname: textOf,
  MMEname: textOf,
  SupportedTAs: networks,
  TimeToWait: (value) => `try again after ${textOf(value).replace(/^v(\d+)s$/u, '$1 s')}`,
  ResetType: (value) => (isRecord(value) && 's1-Interface' in value ? 'the whole interface' : 'some phones'),
};

/** Elements that stand in every message of a kind and tell nothing there. */
const dull: ReadonlySet<string> = new Set(['UplinkNASTransport EUTRAN-CGI']);

/** Lists of E-RABs are known by their items. */
const items = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter((item): item is Fields => isRecord(item) && 'e-RAB-ID' in item) : [];

const idsOf = (ies: Fields): S1Ids => {
  const named = isRecord(ies['UE-S1AP-IDs']) ? ies['UE-S1AP-IDs'] : {};
  const pair = isRecord(named['uE-S1AP-ID-pair']) ? named['uE-S1AP-ID-pair'] : named;
  const mme = ies['MME-UE-S1AP-ID'] ?? ies['SourceMME-UE-S1AP-ID'] ?? pair['mME-UE-S1AP-ID'];
  const enodeb = ies['eNB-UE-S1AP-ID'] ?? pair['eNB-UE-S1AP-ID'];
  return {
    mme: typeof mme === 'number' ? mme : undefined,
    enodeb: typeof enodeb === 'number' ? enodeb : undefined,
  };
};

/** Messages whose NAS message comes from the phone. */
const uplink: ReadonlySet<string> = new Set(['InitialUEMessage', 'UplinkNASTransport']);

const say = (pdu: S1apPdu): SaidS1ap => {
  if (pdu.name === 'unknown') {
    const name = procedureName(pdu.procedureCode);
    const problem = `${pdu.outcome} of a procedure that is not read`;
    return { name, code: pdu.procedureCode, details: [], problem, ids: {}, carried: [] };
  }
  const ies: Fields = { ...pdu.ies };
  const direction: Direction = uplink.has(pdu.name) ? 'uplink' : 'downlink';
  const erabs = Object.values(ies).flatMap(items);
  const inside = [ies['NAS-PDU'], ...erabs.map((item) => item['nAS-PDU'])];
  return {
    name: pdu.name,
    code: pdu.procedureCode,
    ids: idsOf(ies),
    carried: inside.flatMap((part) => (part instanceof Uint8Array ? [{ octets: part, direction }] : [])),
    details: [
      ...Object.entries(ies).flatMap(([name, value]) => {
        const text = dull.has(`${pdu.name} ${name}`) ? '' : (tell[name]?.(value) ?? '');
        return text === '' ? [] : [text];
      }),
      ...erabs.map(erab),
    ],
  };
};

/** An S1AP message in words, whether or not it is whole. Never throws. */
export const sayS1ap = (message: Uint8Array): SaidS1ap => {
  try {
    return say(parseS1ap(message));
  } catch (error) {
    if (!(error instanceof PerError)) throw error;
    return { name: 'S1AP', details: [], problem: `not understood: ${reasonOf(error)}`, ids: {}, carried: [] };
  }
};
