/**
 * The containers of S1AP (3GPP TS 36.413, 9.3.7): every message is a list of information elements, each with its
 * identifier, its criticality and a value whose type follows from the identifier. One that is not known is kept as
 * octets, and so it is written again exactly as it came.
 */
import {
  enumerated,
  integer,
  opaque,
  open,
  optional,
  sequence,
  sequenceOf,
  size,
  type Type,
  type ValueOf,
  within,
} from '../asn1/per.ts';

/** What a receiver does that does not understand the element: reject the procedure, ignore it, or ignore and tell. */
export const Criticality = enumerated('reject', 'ignore', 'notify');
export type Criticality = ValueOf<typeof Criticality>;

/** maxPrivateIEs, maxProtocolExtensions and maxProtocolIEs are all 65535 (9.3.6). */
const MANY = 65_535;
export const ProtocolIeId = integer(0, MANY);

/** Elements that later versions added to a type. None of them is needed here, all of them are kept. */
const ProtocolExtensionContainer = sequenceOf(
  sequence({ id: ProtocolIeId, criticality: Criticality, extensionValue: opaque }),
  size(1, MANY),
);

/** The last field of nearly every sequence: `iE-Extensions ProtocolExtensionContainer OPTIONAL`. */
export const iEExtensions = { 'iE-Extensions': optional(ProtocolExtensionContainer) } as const;

/** One element of a message. */
export interface Element {
  readonly id: number;
  readonly criticality: Criticality;
  /** Undefined when this message does not have such an element as far as we know; `value` is then its octets. */
  readonly name: string | undefined;
  readonly value: unknown;
}

/** The name and type of an element by its identifier. */
export interface ElementType {
  readonly name: string;
  readonly type: Type<unknown>;
}

const protocolIeField = (types: ReadonlyMap<number, ElementType>): Type<Element> => ({
  write: (writer, { id, criticality, name, value }) => {
    ProtocolIeId.write(writer, id);
    Criticality.write(writer, criticality);
    const type = name === undefined ? opaque : open(types.get(id)?.type ?? opaque);
    within(name ?? `IE ${id}`, () => type.write(writer, value as Uint8Array));
  },
  read: (reader) => {
    const id = ProtocolIeId.read(reader);
    const criticality = Criticality.read(reader);
    const known = types.get(id);
    const type = known === undefined ? opaque : open(known.type);
    const value = within(known?.name ?? `IE ${id}`, () => type.read(reader));
    return { id, criticality, name: known?.name, value };
  },
});

/** `ProtocolIE-Container`: all elements of a message, in the order of the wire. */
export const protocolIeContainer = (types: ReadonlyMap<number, ElementType>): Type<readonly Element[]> =>
  sequenceOf(protocolIeField(types), size(0, MANY));

/** An item of a list. Its criticality is named only where the sender chose another than the specification's. */
export type Item<V> = V & { readonly criticality?: Criticality };

/**
 * `SEQUENCE (SIZE (1..max)) OF ProtocolIE-SingleContainer { { id, criticality, item } }`: in S1AP even an item of a
 * list is an element of its own. Its value here is the list of the items alone.
 */
export const singleContainers = <V extends object>(
  name: string,
  id: number,
  criticality: Criticality,
  item: Type<V>,
  max = 256,
): Type<readonly Item<V>[]> => {
  const content = open(item);
  const container: Type<Item<V>> = {
    write: (writer, value) => {
      ProtocolIeId.write(writer, id);
      Criticality.write(writer, value.criticality ?? criticality);
      content.write(writer, value);
    },
    read: (reader) => {
      const found = ProtocolIeId.read(reader);
      if (found !== id) throw reader.wrong(`${name} (element ${id})`, `element ${found}`);
      const chosen = Criticality.read(reader);
      const value = content.read(reader);
      return chosen === criticality ? value : { ...value, criticality: chosen };
    },
  };
  return sequenceOf(container, size(1, max));
};
