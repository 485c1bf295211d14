/** Open types (X.691, 11.2): a value behind its length, so that one who does not know its type can pass over it. */
import { readLength, writeLength } from './number.ts';
import { encode, requireEnd, type Type } from './type.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** The octets of an open type whose type is not known. They are kept as they are. */
export const opaque: Type<Uint8Array> = {
  write: (writer, value) => {
    writeLength(writer, value.length);
    writer.align();
    writer.octets(value);
  },
  read: (reader) => {
    const length = readLength(reader);
    reader.align();
    return reader.octets(length);
  },
};

/** Writes a value of `type` as an open type. */
export const writeOpen = <V>(writer: Writer, type: Type<V>, value: V): void =>
  opaque.write(writer, encode(type, value, writer.variant));

/** Reads an open type as a value of `type`, which has to fill it. */
export const readOpen = <V>(reader: Reader, type: Type<V>): V => {
  const length = readLength(reader);
  reader.align();
  const inner = reader.inner(length);
  const value = type.read(inner);
  requireEnd(inner);
  return value;
};

/** An open type that holds a value of `type`. */
export const open = <V>(type: Type<V>): Type<V> => ({
  write: (writer, value) => writeOpen(writer, type, value),
  read: (reader) => readOpen(reader, type),
});
