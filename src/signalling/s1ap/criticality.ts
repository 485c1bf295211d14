/**
 * What a receiver makes of a message that it does not fully understand (TS 36.413, clause 10): an element of an unknown
 * kind is rejected or passed over as its criticality says, a mandatory one that is missing or one that stands twice
 * makes the message unusable. The order of elements is not checked: it does no harm.
 *
 * One thing is stricter than 10.3.5: a missing mandatory element of criticality `ignore` is an error as well, because
 * no procedure of ours goes on without it. `S1apError.criticality` tells the two apart.
 */
import { PerError } from '../asn1/per.ts';
import { type Cause, causeText, type CriticalityDiagnostics } from './cause.ts';
import type { Criticality } from './container.ts';
import { elements } from './elements.ts';
import { parseS1ap, rulesOf, s1ap, type S1apMessage, type S1apPdu } from './pdu.ts';
import { type Outcome, type Place, procedureName } from './procedures.ts';

/** As CriticalityDiagnostics names the outcomes; the spelling is the specification's. */
const triggers = {
  initiatingMessage: 'initiating-message',
  successfulOutcome: 'successful-outcome',
  unsuccessfulOutcome: 'unsuccessfull-outcome',
} as const satisfies Readonly<Record<Outcome, string>>;

type Item = NonNullable<CriticalityDiagnostics['iEsCriticalityDiagnostics']>[number];

/** The numbers of the phone's connection, as far as the message has them. */
interface Ids {
  readonly 'MME-UE-S1AP-ID'?: number | undefined;
  readonly 'eNB-UE-S1AP-ID'?: number | undefined;
}

/** A message that came in and cannot be used. */
export class S1apError extends Error {
  /** To be told to the sender. */
  readonly reason: Cause;
  /** What the sender is told in detail; undefined when not even the procedure could be read. */
  readonly diagnostics: CriticalityDiagnostics | undefined;
  readonly ids: Ids;
  /** `reject`: the sender has to be told. `ignore`: the message may be dropped silently. */
  readonly criticality: Criticality;

  constructor(
    message: string,
    reason: Cause,
    details: { place?: Place; items?: readonly Item[]; ids?: Ids; criticality?: Criticality; cause?: unknown } = {},
  ) {
    const { place, items = [] } = details;
    super(`${message} (${causeText(reason)})`, { cause: details.cause });
    this.name = 'S1apError';
    this.reason = reason;
    this.ids = details.ids ?? {};
    this.criticality = details.criticality ?? 'reject';
    this.diagnostics = place && {
      procedureCode: place.procedureCode,
      triggeringMessage: triggers[place.outcome],
      procedureCriticality: place.criticality,
      // The list has room for 256.
      ...(items.length > 0 ? { iEsCriticalityDiagnostics: items.slice(0, 256) } : {}),
    };
  }
}

/** An Error Indication that tells the sender of a message what was wrong with it (8.7.2). */
export const errorIndication = (error: S1apError): S1apMessage<'ErrorIndication'> =>
  s1ap('ErrorIndication', { ...error.ids, Cause: error.reason, CriticalityDiagnostics: error.diagnostics });

/** The connection's numbers in a message of which it is not known whether it is whole. */
const idsOf = (pdu: Exclude<S1apPdu, { name: 'unknown' }>): Ids => {
  const ies = pdu.ies as Ids;
  return { 'MME-UE-S1AP-ID': ies['MME-UE-S1AP-ID'], 'eNB-UE-S1AP-ID': ies['eNB-UE-S1AP-ID'] };
};

/** Refuses a message that lacks something, has something twice, or has something that may not be passed over. */
const examine = (pdu: Exclude<S1apPdu, { name: 'unknown' }>): void => {
  const present = new Set<number>();
  for (const { id, name } of pdu.elements) {
    if (present.has(id))
      throw new S1apError(
        `${pdu.name} has ${name ?? `element ${id}`} twice`,
        { protocol: 'abstract-syntax-error-falsely-constructed-message' },
        { place: pdu, ids: idsOf(pdu) },
      );
    present.add(id);
  }
  const unknown = pdu.elements.filter(({ name, criticality }) => name === undefined && criticality === 'reject');
  const missing = rulesOf(pdu.name).filter(
    ([name, rule]) => rule.endsWith('mandatory') && !present.has(elements[name][0]),
  );
  if (unknown.length === 0 && missing.length === 0) return;
  const items: Item[] = [
    ...unknown.map(({ id }) => ({ iECriticality: 'reject', 'iE-ID': id, typeOfError: 'not-understood' }) as const),
    ...missing.map(([name, rule]) => ({
      iECriticality: rule.slice(0, rule.indexOf(' ')) as Criticality,
      'iE-ID': elements[name][0],
      typeOfError: 'missing' as const,
    })),
  ];
  const text = [
    ...unknown.map(({ id }) => `element ${id} is not known and may not be ignored`),
    ...missing.map(([name]) => `${name} is missing`),
  ];
  const reject = items.some(({ iECriticality }) => iECriticality === 'reject');
  throw new S1apError(
    `${pdu.name}: ${text.join(', ')}`,
    { protocol: reject ? 'abstract-syntax-error-reject' : 'abstract-syntax-error-ignore-and-notify' },
    { place: pdu, items, ids: idsOf(pdu), criticality: reject ? 'reject' : 'ignore' },
  );
};

/**
 * The message in one SCTP user message. A message of an unknown procedure has the name `unknown`; what to do with it
 * follows from its `criticality` (10.3.4.1).
 *
 * @throws S1apError, and nothing else, when the octets are no message or the message is not whole
 */
export const decodeS1ap = (octets: Uint8Array): S1apPdu => {
  let pdu: S1apPdu;
  try {
    pdu = parseS1ap(octets);
  } catch (error) {
    if (!(error instanceof PerError)) throw error;
    throw new S1apError(`S1AP: ${error.message}`, { protocol: 'transfer-syntax-error' }, { cause: error });
  }
  if (pdu.name !== 'unknown') examine(pdu);
  return pdu;
};

/** What a message has of unknown kind of which the sender wants to be told (`notify`); undefined when nothing. */
export const notUnderstood = (pdu: S1apPdu): CriticalityDiagnostics | undefined => {
  if (pdu.name === 'unknown') return undefined;
  const items = pdu.elements
    .filter(({ name, criticality }) => name === undefined && criticality === 'notify')
    .map(({ id }): Item => ({ iECriticality: 'notify', 'iE-ID': id, typeOfError: 'not-understood' }));
  return items.length === 0
    ? undefined
    : {
        procedureCode: pdu.procedureCode,
        triggeringMessage: triggers[pdu.outcome],
        procedureCriticality: pdu.criticality,
        iEsCriticalityDiagnostics: items.slice(0, 256),
      };
};

/** A message in a few words, for logs: `InitialUEMessage eNB-UE-S1AP-ID=1`. */
export const describeS1ap = (pdu: S1apPdu): string => {
  if (pdu.name === 'unknown') return `${procedureName(pdu.procedureCode)} (${pdu.outcome}, not read)`;
  const ids = Object.entries(idsOf(pdu)).filter(([, value]) => value !== undefined);
  return [pdu.name, ...ids.map(([name, value]) => `${name}=${value}`)].join(' ');
};
