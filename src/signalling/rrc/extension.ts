/**
 * How RRC messages grow (3GPP TS 36.331, A.3 and A.4): critical extensions replace a message, non-critical ones follow
 * it. The lab speaks release 8, in which both are empty, and keeps what a later peer puts behind a message.
 */
import { type BitString, nothing, PerError, type Reader, type Type, type Writer } from '../asn1/per.ts';

/** Writes and reads a choice of which only the first alternative is in use: a bit, or an index among spare values. */
const first = <V>(type: Type<V>, width: number, what: string): Type<V> => ({
  write: (writer, value) => {
    writer.bits(0, width);
    type.write(writer, value);
  },
  read: (reader) => {
    const index = reader.bits(width);
    if (index !== 0) throw reader.wrong(what, `alternative ${index}, of a later version`);
    return type.read(reader);
  },
});

/** `CHOICE { c1 ..., messageClassExtension ... }`: messages of release 8. */
export const c1 = <V>(type: Type<V>): Type<V> => first(type, 1, 'a message of class c1');

/** `criticalExtensions CHOICE { x-r8 X-r8-IEs, criticalExtensionsFuture SEQUENCE {} }`: the value is that of x-r8. */
export const critical = <V>(type: Type<V>): Type<V> => first(type, 1, 'the message of release 8');

/** The same with `c1 CHOICE { x-r8 X-r8-IEs, spare7 NULL, ... }`, the number of alternatives being 4 or 8. */
export const criticalC1 = <V>(alternatives: 4 | 8, type: Type<V>): Type<V> =>
  critical(first(type, alternatives === 4 ? 2 : 3, 'the message of release 8'));

/** `nonCriticalExtension`, always the last field of a message: all bits that are left, kept as they are. */
export const nonCriticalExtension: Type<BitString> = {
  write: (writer: Writer, { length, octets }) => {
    for (const [index, octet] of octets.entries()) {
      const width = Math.min(8, length - index * 8);
      writer.bits(octet >> (8 - width), width);
    }
  },
  read: (reader: Reader) => {
    const length = reader.remaining;
    const octets = new Uint8Array(Math.ceil(length / 8));
    for (const index of octets.keys()) {
      const width = Math.min(8, length - index * 8);
      octets[index] = reader.bits(width) << (8 - width);
    }
    return { length, octets };
  },
};

/**
 * A part that the lab never sends and does not read. In the unaligned variant nothing can be passed over, so a message
 * that has it is refused.
 */
export const notRead: Type<never> = {
  write: (writer) => {
    throw new PerError(writer.position, 'a part that is written', 'one that is not');
  },
  read: (reader) => {
    throw reader.wrong('a part that is read', 'one that is not');
  },
};

/** A value of an enumeration that is not used yet. */
export const spare = nothing;
