/**
 * What an information element means: a codec per type, and the questions that procedures ask of a message. A codec
 * reads as much as it knows and passes over octets behind that: elements grow at their end (TS 29.274, 8.2).
 */
import { concatenate } from '../../packet/octets.ts';
import { bigEndian, readBigEndian } from '../octets.ts';
import { Gtpv2Error } from './error.ts';
import { ieName } from './ie-type.ts';
import { decodeIes, encodeIes, type Ie } from './message.ts';

export interface IeReader<T> {
  readonly type: number;
  readonly name: string;
  /** @throws {Gtpv2Error} `length` when octets are missing, `incorrect` when they make no sense */
  readonly decode: (octets: Uint8Array) => T;
}

export interface IeCodec<T> extends IeReader<T> {
  /** @throws {RangeError} when the value does not fit its fields */
  readonly encode: (value: T) => Uint8Array;
}

/** Reads an element's octets in order; what is missing is an error. */
export class Cursor {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get left(): number {
    return this.#octets.length - this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new Gtpv2Error('length', `${length - this.left} octets too short`);
    this.#at += length;
    return this.#octets.subarray(this.#at - length, this.#at);
  }

  /** A number of up to six octets. */
  number(length: number): number {
    return readBigEndian(this.take(length));
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }
}

/** Content that makes no sense. */
export const nonsense = (what: string): never => {
  throw new Gtpv2Error('incorrect', what);
};

/** The value that content has, where it makes sense. */
export const sensible = <T>(value: T | undefined, what: string): T => value ?? nonsense(what);

/** A codec whose octets are read with a cursor and written as a list of parts. */
export const define = <T>(
  type: number,
  read: (cursor: Cursor) => T,
  write: (value: T) => readonly Uint8Array[],
): IeCodec<T> => ({
  type,
  name: ieName(type),
  decode: (octets) => read(new Cursor(octets)),
  encode: (value) => concatenate(...write(value)),
});

/** A whole number of `length` octets, of which only the lowest `bits` are the value. */
export const numberIe = (type: number, length: number, bits = 8 * length): IeCodec<number> =>
  define(
    type,
    (cursor) => cursor.number(length) % 2 ** bits,
    (value) => {
      if (value >= 2 ** bits) throw new RangeError(`${ieName(type)}: ${value} has more than ${bits} bits`);
      return [bigEndian(value, length)];
    },
  );

/** Octets that this codec does not look into. */
export const octetsIe = (type: number): IeCodec<Uint8Array> =>
  define(
    type,
    (cursor) => cursor.rest(),
    (value) => [value],
  );

/** An element made of elements (8.2: grouped). */
export const groupedIe = (type: number): IeCodec<readonly Ie[]> => ({
  type,
  name: ieName(type),
  decode: decodeIes,
  encode: encodeIes,
});

/** An element with a value. */
export const ie = <T>(codec: IeCodec<T>, value: T, instance = 0): Ie => ({
  type: codec.type,
  instance,
  octets: codec.encode(value),
});

/** What the element says. @throws {Gtpv2Error} naming the element */
export const valueOf = <T>(codec: IeReader<T>, element: Ie): T => {
  try {
    return codec.decode(element.octets);
  } catch (error) {
    const { type, instance } = element;
    throw error instanceof Gtpv2Error ? error.at({ offending: { type, instance } }) : error;
  }
};

/** The first element of this type and instance, still as octets: what a node passes on without looking. */
export const elementOf = (ies: readonly Ie[], codec: { readonly type: number }, instance = 0): Ie | undefined =>
  ies.find((element) => element.type === codec.type && element.instance === instance);

/** The value of the first element of this type and instance, where there is one. @throws {Gtpv2Error} when it is wrong */
export const find = <T>(ies: readonly Ie[], codec: IeReader<T>, instance = 0): T | undefined => {
  const element = elementOf(ies, codec, instance);
  return element && valueOf(codec, element);
};

/** The same for an element that must be there. @throws {Gtpv2Error} `missing` when it is not */
export const required = <T>(ies: readonly Ie[], codec: IeReader<T>, instance = 0): T => {
  const element = elementOf(ies, codec, instance);
  if (element !== undefined) return valueOf(codec, element);
  throw new Gtpv2Error('missing', `no ${codec.name}`, { offending: { type: codec.type, instance } });
};

/** The values of all elements of this type and instance, such as the bearer contexts of a message. */
export const findAll = <T>(ies: readonly Ie[], codec: IeReader<T>, instance = 0): T[] =>
  ies
    .filter((element) => element.type === codec.type && element.instance === instance)
    .map((element) => valueOf(codec, element));
