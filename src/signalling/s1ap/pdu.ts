/** S1AP-PDU (TS 36.413, 9.3.2) to octets and back, by the structure alone: criticality.ts judges what it says. */
import {
  choice,
  decode,
  encode,
  extensible,
  integer,
  opaque,
  open,
  PerError,
  type Additions,
  type Plain,
  sequence,
  type Type,
  within,
} from '../asn1/per.ts';
import { Criticality, type Element, type ElementType, protocolIeContainer } from './container.ts';
import { elements, type ElementName, type ElementValue } from './elements.ts';
import { messages, type MessageName, type Rule, type Rules } from './messages.ts';
import { messageAt, type Outcome, type Place, placeOf } from './procedures.ts';

type RulesOf<N extends MessageName> = (typeof messages)[N];
type Mandatory<N extends MessageName, K extends keyof RulesOf<N>> = RulesOf<N>[K] extends `${string} mandatory`
  ? K
  : never;

/** The elements of a message by their names; the compiler knows which have to be there. */
export type Ies<N extends MessageName> = Plain<
  {
    readonly [K in keyof RulesOf<N> as Mandatory<N, K>]: K extends ElementName ? ElementValue<K> : never;
  } & {
    readonly [K in keyof RulesOf<N> as Exclude<K, Mandatory<N, K>>]?:
      | (K extends ElementName ? ElementValue<K> : never)
      | undefined;
  }
>;

/** A message that we read. */
export interface S1apMessage<N extends MessageName> extends Place {
  readonly name: N;
  /** What is encoded: all elements as they stand on the wire, those that are not known as octets. */
  readonly elements: readonly Element[];
  /** What a later version added behind the elements; never seen so far. */
  readonly additions?: Additions;
  /** The known ones of `elements` by name, for reading. */
  readonly ies: Ies<N>;
}

/** A message of a procedure that we do not read: its octets. */
export interface UnknownMessage extends Place {
  readonly name: 'unknown';
  readonly value: Uint8Array;
}

export type S1apPdu = { readonly [N in MessageName]: S1apMessage<N> }[MessageName] | UnknownMessage;

/** The rules of a message as a list, in the order of the wire. */
export const rulesOf = (name: MessageName): readonly (readonly [ElementName, Rule])[] =>
  Object.entries(messages[name] satisfies Rules) as [ElementName, Rule][];

/** The encoding of a message: a container of elements that depends on the message. */
const bodyOf = (name: MessageName) => {
  const types = new Map<number, ElementType>();
  for (const [element] of rulesOf(name)) {
    const [id, type] = elements[element];
    types.set(id, { name: element, type });
  }
  return open(sequence({ protocolIEs: protocolIeContainer(types), ...extensible }));
};
const bodies = new Map((Object.keys(messages) as MessageName[]).map((name) => [name, bodyOf(name)]));

const iesOf = (list: readonly Element[]): Readonly<Record<string, unknown>> => {
  const ies: Record<string, unknown> = {};
  // The first one counts where an element stands twice; criticality.ts refuses such a message.
  for (const { name, value } of list) if (name !== undefined && !(name in ies)) ies[name] = value;
  return ies;
};

const ProcedureCode = integer(0, 255);

/** `InitiatingMessage`, `SuccessfulOutcome`, `UnsuccessfulOutcome`: the value's type follows from the procedure. */
const alternative = (outcome: Outcome): Type<S1apPdu> => ({
  write: (writer, pdu) => {
    ProcedureCode.write(writer, pdu.procedureCode);
    Criticality.write(writer, pdu.criticality);
    if (pdu.name === 'unknown') {
      opaque.write(writer, pdu.value);
      return;
    }
    const body = { protocolIEs: pdu.elements, '...': pdu.additions };
    within(pdu.name, () => bodies.get(pdu.name)?.write(writer, body));
  },
  read: (reader) => {
    const procedureCode = ProcedureCode.read(reader);
    const place: Place = { outcome, procedureCode, criticality: Criticality.read(reader) };
    const name = messageAt(outcome, procedureCode);
    const type = name === undefined ? undefined : bodies.get(name);
    if (name === undefined || type === undefined) return { ...place, name: 'unknown', value: opaque.read(reader) };
    const { protocolIEs, '...': additions } = within(name, () => type.read(reader));
    const message = { ...place, name, elements: protocolIEs, ies: iesOf(protocolIEs) };
    return (additions === undefined ? message : { ...message, additions }) as S1apPdu;
  },
});

const PDU = choice({
  initiatingMessage: alternative('initiatingMessage'),
  successfulOutcome: alternative('successfulOutcome'),
  unsuccessfulOutcome: alternative('unsuccessfulOutcome'),
  ...extensible,
});

/** The octets of a message: one SCTP user message. Throws a PerError when a value does not fit its type. */
export const encodeS1ap = (pdu: S1apPdu): Uint8Array => {
  const alternatives = { [pdu.outcome]: pdu } as Parameters<typeof PDU.write>[1];
  return encode(PDU, alternatives, 'aligned');
};

/** The message that octets spell, whether or not it has all it needs; its `ies` are then not what they promise. */
export const parseS1ap = (octets: Uint8Array): S1apPdu => {
  const found = decode(PDU, octets, 'aligned');
  const pdu = found.initiatingMessage ?? found.successfulOutcome ?? found.unsuccessfulOutcome;
  if (pdu === undefined) throw new PerError(0, 'an S1AP-PDU', 'an alternative of a later version');
  return pdu;
};

/** A message from its elements, in the order and with the criticalities of the specification. */
export const s1ap = <N extends MessageName>(name: N, ies: Ies<N>): S1apMessage<N> => {
  const given: Readonly<Record<string, unknown>> = ies;
  const list = rulesOf(name).flatMap(([element, rule]): Element[] => {
    const value = given[element];
    if (value === undefined) return [];
    const criticality = rule.slice(0, rule.indexOf(' ')) as Criticality;
    return [{ id: elements[element][0], criticality, name: element, value }];
  });
  return { ...placeOf(name), name, elements: list, ies };
};
