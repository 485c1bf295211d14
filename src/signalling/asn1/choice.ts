/** CHOICE (X.691, clause 23). */
import { within } from './error.ts';
import { readConstrained, readSmall, writeConstrained, writeSmall } from './number.ts';
import { opaque, readOpen, writeOpen } from './open.ts';
import type { Type } from './type.ts';

/** An alternative that was added later than what we know of the type. */
export interface UnknownAlternative {
  /** Counted from the extension marker. */
  readonly index: number;
  readonly octets: Uint8Array;
}

type Alternatives = Readonly<Record<string, Type<unknown> | 'marker'>>;
type Chosen<A> = A extends Type<infer V> ? V : A extends 'marker' ? UnknownAlternative : never;

/**
 * The value of a choice: an object with the one alternative, as in `{ macroENB-ID: 4660 }`. All others are absent, so
 * that each can be asked for: `value['macroENB-ID']`. With the marker an unknown alternative is `'...'`.
 */
export type Choice<A extends Alternatives> = {
  [K in keyof A]: { readonly [P in K]: Chosen<A[P]> } & { readonly [P in Exclude<keyof A, K>]?: never };
}[keyof A];

/**
 * `CHOICE { a A, b B, ..., c C }` is `choice({ a: A, b: B, ...extensible, c: C })`: what stands behind the marker are
 * additions, which are encoded as open types. The specifications of 3GPP tag automatically, so the order is the index.
 */
export const choice = <const A extends Alternatives>(alternatives: A): Type<Choice<A>> => {
  const names = Object.keys(alternatives);
  const marker = names.indexOf('...');
  const typed = (list: readonly string[]): readonly (readonly [string, Type<unknown>])[] =>
    list.flatMap((name) => {
      const type = alternatives[name];
      return type === undefined || type === 'marker' ? [] : [[name, type] as const];
    });
  const root = typed(marker < 0 ? names : names.slice(0, marker));
  const additions = typed(marker < 0 ? [] : names.slice(marker + 1));
  const rootIndex = new Map(root.map(([name], index) => [name, index]));
  const additionIndex = new Map(additions.map(([name], index) => [name, index]));
  return {
    write: (writer, value) => {
      const [name = '', chosen] = Object.entries(value).find(([, part]) => part !== undefined) ?? [];
      const index = rootIndex.get(name);
      const addition = additionIndex.get(name);
      if (index !== undefined) {
        if (marker >= 0) writer.bit(false);
        writeConstrained(writer, index, 0, root.length - 1);
        within(name, () => root[index]?.[1].write(writer, chosen));
      } else if (addition !== undefined) {
        writer.bit(true);
        writeSmall(writer, addition);
        within(name, () => writeOpen(writer, additions[addition]?.[1] ?? opaque, chosen));
      } else if (marker >= 0 && name === '...') {
        const unknown = chosen as UnknownAlternative;
        writer.bit(true);
        writeSmall(writer, unknown.index);
        opaque.write(writer, unknown.octets);
      } else throw writer.wrong(`one of ${names.join(', ')}`, name === '' ? 'nothing' : name);
    },
    read: (reader) => {
      const extended = marker >= 0 && reader.bit();
      const index = extended ? readSmall(reader) : readConstrained(reader, 0, root.length - 1);
      const alternative = (extended ? additions : root)[index];
      if (alternative === undefined) return { '...': { index, octets: opaque.read(reader) } } as unknown as Choice<A>;
      const [name, type] = alternative;
      const value = within(name, () => (extended ? readOpen(reader, type) : type.read(reader)));
      return { [name]: value } as Choice<A>;
    },
  };
};
