/**
 * Subset match of JSON, as FRR's topology tests compare tables: every key of what is expected must be there with a
 * matching value; of a list every expected element must match some element. More may always be there.
 */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first place where `actual` does not contain `expected`, as `path: expected …, found …`; undefined when it does. */
export const mismatch = (expected: unknown, actual: unknown, at = ''): string | undefined => {
  const where = at === '' ? '' : `${at}: `;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${where}expected a list, found ${brief(actual)}`;
    const list: readonly unknown[] = actual;
    const absent = expected.find((one) => !list.some((other) => mismatch(one, other) === undefined));
    return absent === undefined ? undefined : `${where}no element matches ${brief(absent)}`;
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return `${where}expected ${brief(expected)}, found ${brief(actual)}`;
    for (const [key, value] of Object.entries(expected)) {
      if (!Object.hasOwn(actual, key)) return `${where}there is no ${key}`;
      const found = mismatch(value, actual[key], at === '' ? key : `${at}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return expected === actual ? undefined : `${where}expected ${brief(expected)}, found ${brief(actual)}`;
};

/** A value in at most 120 characters. */
const brief = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
};
