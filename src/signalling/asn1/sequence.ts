/** SEQUENCE and SEQUENCE OF (X.691, clauses 19 and 20). */
import { PerError, within } from './error.ts';
import { readLength, readSmallLength, writeLength, writeSmallLength } from './number.ts';
import { opaque } from './open.ts';
import type { Reader } from './reader.ts';
import type { Size } from './string.ts';
import type { Plain, Type } from './type.ts';
import type { Writer } from './writer.ts';

/** A field that may be absent. */
export interface Optional<V> {
  readonly optional: Type<V>;
}

/** `field Type OPTIONAL`. */
export const optional = <V>(type: Type<V>): Optional<V> => ({ optional: type });

/** What later versions of a sequence added: each an open type, or undefined where the sender left it out. */
export type Additions = readonly (Uint8Array | undefined)[];

/** The extension marker, to be spread where ASN.1 has it: `sequence({ tAC: TAC, ...extensible })`. */
export const extensible: { readonly '...': 'marker' } = { '...': 'marker' };

type Field = Type<unknown> | Optional<unknown> | 'marker';
type Fields = Readonly<Record<string, Field>>;

/** The value of a sequence: its fields; with the marker also `'...'`, the additions, which are kept as octets. */
export type Sequence<F extends Fields> = Plain<
  { readonly [K in keyof F as F[K] extends Type<unknown> ? K : never]: F[K] extends Type<infer V> ? V : never } & {
    readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?:
      | (F[K] extends Optional<infer V> ? V : never)
      | undefined;
  } & { readonly [K in keyof F as F[K] extends 'marker' ? K : never]?: Additions | undefined }
>;

const writeAdditions = (writer: Writer, additions: Additions): void => {
  writeSmallLength(writer, additions.length);
  for (const addition of additions) writer.bit(addition !== undefined);
  for (const addition of additions) if (addition !== undefined) opaque.write(writer, addition);
};

const readAdditions = (reader: Reader): Additions => {
  const length = readSmallLength(reader);
  // Present or not, before the first of them: a long list of nothing ends with the message.
  const present = Array.from({ length }, () => reader.bit());
  return present.map((here) => (here ? opaque.read(reader) : undefined));
};

/**
 * `SEQUENCE { a A, b B OPTIONAL, ... }` is `sequence({ a: A, b: optional(B), ...extensible })`. Fields stand in the
 * order of the specification: it is the order of the encoding.
 */
export const sequence = <const F extends Fields>(fields: F): Type<Sequence<F>> => {
  const marked = '...' in fields;
  const all = Object.entries(fields).flatMap(([name, field]) => {
    if (field === 'marker') return [];
    return [
      'optional' in field ? { name, type: field.optional, mandatory: false } : { name, type: field, mandatory: true },
    ];
  });
  const optionals = all.filter(({ mandatory }) => !mandatory);
  return {
    write: (writer, value) => {
      const given = value as Readonly<Record<string, unknown>>;
      const additions = (given['...'] ?? []) as Additions;
      if (marked) writer.bit(additions.length > 0);
      for (const { name } of optionals) writer.bit(given[name] !== undefined);
      for (const { name, type, mandatory } of all) {
        const part = given[name];
        if (part !== undefined) within(name, () => type.write(writer, part));
        else if (mandatory) throw new PerError(writer.position, `the field ${name}`, 'nothing');
      }
      if (marked && additions.length > 0) writeAdditions(writer, additions);
    },
    read: (reader) => {
      const extended = marked && reader.bit();
      const absent = new Set<string>();
      for (const { name } of optionals) if (!reader.bit()) absent.add(name);
      const value: Record<string, unknown> = {};
      for (const { name, type } of all) if (!absent.has(name)) value[name] = within(name, () => type.read(reader));
      if (extended) value['...'] = within('...', () => readAdditions(reader));
      return value as Sequence<F>;
    },
  };
};

/** `SEQUENCE (SIZE (...)) OF type`. */
export const sequenceOf = <V>(type: Type<V>, { min, max }: Size): Type<readonly V[]> => ({
  write: (writer, value) => {
    writeLength(writer, value.length, min, max);
    for (const [index, item] of value.entries()) within(`[${index}]`, () => type.write(writer, item));
  },
  read: (reader) => {
    const length = readLength(reader, min, max);
    const value: V[] = [];
    for (let index = 0; index < length; index += 1) value.push(within(`[${index}]`, () => type.read(reader)));
    return value;
  },
});
