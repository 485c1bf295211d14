/** What a containerlab file looks like, and small readers for values of unknown form. */

export type Entry = Readonly<Record<string, unknown>>;

export const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value when it is a mapping, else an empty one. */
export const entryOf = (value: unknown): Entry => (isEntry(value) ? value : {});

/** The value when it is a list, else an empty one. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Texts, and numbers and truth values as texts, as YAML's readers of Go take them; undefined for all else. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** A containerlab file has its nodes below `topology`; ours has them at the top. */
export const isContainerlab = (value: unknown): boolean =>
  isEntry(value) && isEntry(value['topology']) && value['nodes'] === undefined;
