/** What a type of ASN.1 is here: a value that writes and reads other values. */
import { Reader, type Variant } from './reader.ts';
import { Writer } from './writer.ts';

/** Methods, not function properties: a `Type<number>` may then stand where a type of anything is asked for. */
export interface Type<V> {
  /** Throws a PerError when the value is none of this type. */
  write(writer: Writer, value: V): void;
  /** Throws a PerError when the bits spell no value of this type. */
  read(reader: Reader): V;
}

/** The values of a type. */
export type ValueOf<T> = T extends Type<infer V> ? V : never;

/** An intersection written out as one object, for readable messages of the compiler. */
export type Plain<T> = { [K in keyof T]: T[K] };

/** The octets of a whole message: at least one (X.691, 11.1.3). Throws a PerError. */
export const encode = <V>(type: Type<V>, value: V, variant: Variant): Uint8Array => {
  const writer = new Writer(variant);
  type.write(writer, value);
  return writer.position === 0 ? new Uint8Array(1) : writer.take();
};

/** Refuses octets behind a value: whatever they are, the sender meant something else. */
export const requireEnd = (reader: Reader): void => {
  // A value of no bits is one octet in an encoding.
  const padding = reader.position === 0 ? 8 : 7;
  if (reader.remaining > padding) throw reader.wrong('the end of the value', `${reader.remaining >> 3} more octets`);
};

/**
 * The value that `octets` spell. Throws a PerError.
 *
 * @param padded whether octets may follow, as in the transport blocks of a radio channel, which have fixed sizes
 */
export const decode = <V>(type: Type<V>, octets: Uint8Array, variant: Variant, padded = false): V => {
  const reader = new Reader(octets, variant);
  const value = type.read(reader);
  if (!padded) requireEnd(reader);
  return value;
};
