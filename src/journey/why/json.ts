/** Reading what FRR prints as JSON, of which only the parts that are asked for are believed. */

export type Raw = Readonly<Record<string, unknown>>;

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list; none where it is no list. */
export const raws = (value: unknown): readonly Raw[] =>
  Array.isArray(value) ? value.filter((item) => isRaw(item)) : [];

/** The object, or an empty one. */
export const raw = (value: unknown): Raw => (isRaw(value) ? value : {});

export const number = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);

/** Text that says something. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

/** Parsed, or nothing where the daemon does not answer or says something else. */
export const parsed = (answer: string | undefined): Raw => {
  try {
    return raw(JSON.parse(answer ?? ''));
  } catch {
    return {};
  }
};
