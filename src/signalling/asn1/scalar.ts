/** INTEGER, BOOLEAN, NULL and ENUMERATED (X.691, clauses 12 to 14 and 24). */
import {
  readConstrained,
  readSemiConstrained,
  readSmall,
  readUnconstrained,
  writeConstrained,
  writeSemiConstrained,
  writeSmall,
  writeUnconstrained,
} from './number.ts';
import type { Type } from './type.ts';

/** The extension marker of ASN.1: the type has it where this is given. */
export type Marker = '...';

/**
 * `INTEGER (min..max)`, `INTEGER (min..MAX)` or `INTEGER`, as many bounds as are given; `INTEGER (0..15, ...)` is
 * `integer(0, 15, '...')`. Values are exact up to 2^53.
 */
export const integer = (min?: number, max?: number, marker?: Marker): Type<number> => {
  if (min === undefined) return { write: writeUnconstrained, read: readUnconstrained };
  if (max === undefined)
    return {
      write: (writer, value) => writeSemiConstrained(writer, value, min),
      read: (reader) => readSemiConstrained(reader, min),
    };
  if (marker === undefined)
    return {
      write: (writer, value) => writeConstrained(writer, value, min, max),
      read: (reader) => readConstrained(reader, min, max),
    };
  return {
    write: (writer, value) => {
      // A value outside the bounds is an extension, and then has none (13.1).
      const outside = value < min || value > max;
      writer.bit(outside);
      if (outside) writeUnconstrained(writer, value);
      else writeConstrained(writer, value, min, max);
    },
    read: (reader) => (reader.bit() ? readUnconstrained(reader) : readConstrained(reader, min, max)),
  };
};

/** `BOOLEAN`. */
export const boolean: Type<boolean> = {
  write: (writer, value) => writer.bit(value),
  read: (reader) => reader.bit(),
};

/** `NULL`: no bits at all. */
export const nothing: Type<null> = { write: () => undefined, read: () => null };

/** An item of an enumeration, or an alternative, that was added to the type later than what we know of it. */
export type UnknownItem = `extension-${number}`;

type Item<N extends readonly string[]> = Exclude<N[number], Marker> | (Marker extends N[number] ? UnknownItem : never);

/**
 * `ENUMERATED { a, b, ..., c }` is `enumerated('a', 'b', '...', 'c')`: what stands behind the marker are additions.
 * An addition that is not named here reads as `extension-<n>`, counted from the marker, and is written as such again.
 */
export const enumerated = <const N extends readonly [string, ...string[]]>(...names: N): Type<Item<N>> => {
  const marker = names.indexOf('...');
  const root = marker < 0 ? names : names.slice(0, marker);
  const additions = marker < 0 ? [] : names.slice(marker + 1);
  return {
    write: (writer, value) => {
      const index = root.indexOf(value);
      if (index >= 0) {
        if (marker >= 0) writer.bit(false);
        writeConstrained(writer, index, 0, root.length - 1);
        return;
      }
      const known = additions.indexOf(value);
      const addition = known >= 0 ? known : Number(/^extension-(\d+)$/u.exec(value)?.[1] ?? -1);
      if (marker < 0 || addition < 0) throw writer.wrong(`one of ${names.join(', ')}`, JSON.stringify(value));
      writer.bit(true);
      writeSmall(writer, addition);
    },
    read: (reader) => {
      if (marker < 0 || !reader.bit()) return root[readConstrained(reader, 0, root.length - 1)] as Item<N>;
      const addition = readSmall(reader);
      return (additions[addition] ?? `extension-${addition}`) as Item<N>;
    },
  };
};
