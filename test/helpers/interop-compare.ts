/** How FRR's topology tests compare what a router says with what is expected of it (tests/topotests/lib/topotest.py). */
import type { Check } from './interop.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Python's view of two plain values: there true is 1 and false is 0. */
const same = (left: unknown, right: unknown): boolean => {
  const plain = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);
  return plain(left) === plain(right);
};

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 300);

/** Both lists have the same length, and each element of one matches that of the other in its place. */
const orderedMismatch = (
  actual: readonly unknown[],
  expected: readonly unknown[],
  at: string,
  exact: boolean,
): string | undefined => {
  if (actual.length !== expected.length)
    return `${at}: expected ${expected.length} elements in order, seen ${actual.length}: ${shown(actual)}`;
  for (const [index, item] of expected.entries()) {
    const wrong = jsonMismatch(actual[index], item, `${at}[${index}]`, exact);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

/**
 * FRR's json_cmp: every key and element of the expected value must be in the actual one. `null` stands for a key that
 * must not be there, `"*"` for anything; a list that begins with `"__ordered__"` is compared in order and whole, any
 * other as a set of which each element is used up by one. `exact`: nothing more may be there, and null is a value.
 * Returns what is wrong, or undefined.
 */
export const jsonMismatch = (actual: unknown, expected: unknown, at = '', exact = false): string | undefined => {
  if (expected === '*') return undefined;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${at}: expected a list, seen ${shown(actual)}`;
    if (exact) return orderedMismatch(actual, expected, at, true);
    if (expected[0] === '__ordered__') return orderedMismatch(actual, expected.slice(1), at, false);
    const left: unknown[] = [...actual];
    for (const [index, item] of expected.entries()) {
      const found = left.findIndex((candidate) => jsonMismatch(candidate, item) === undefined);
      if (found < 0) return `${at}[${index}]: nothing like ${shown(item)} in ${shown(left)}`;
      left.splice(found, 1);
    }
    return undefined;
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return `${at}: expected a mapping, seen ${shown(actual)}`;
    const more = exact ? Object.keys(actual).find((key) => !Object.hasOwn(expected, key)) : undefined;
    if (more !== undefined) return `${at}.${more}: must not be there`;
    for (const [key, value] of Object.entries(expected)) {
      const here = at === '' ? key : `${at}.${key}`;
      if (value === null && !exact) {
        if (Object.hasOwn(actual, key)) return `${here}: must not be there, seen ${shown(actual[key])}`;
        continue;
      }
      if (!Object.hasOwn(actual, key)) return `${here}: is not there`;
      const wrong = jsonMismatch(actual[key], value, here, exact);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  return same(actual, expected) ? undefined : `${at}: expected ${shown(expected)}, seen ${shown(actual)}`;
};

/** The lines that count, without what may differ; `inner` when a line belongs to the one before it. */
const plainLines = (text: string, { mask = [], only = [] }: Check): { text: string; inner: boolean }[] => {
  const masks = mask.map((pattern) => new RegExp(pattern, 'gu'));
  const wanted = only.map((pattern) => new RegExp(pattern, 'u'));
  return text
    .split('\n')
    .filter((line) => wanted.length === 0 || wanted.some((pattern) => pattern.test(line)))
    .map((line) => ({
      // Lines that were picked out have lost those that they belonged to.
      inner: wanted.length === 0 && /^\s/u.test(line),
      text: masks
        .reduce((rest, pattern) => rest.replaceAll(pattern, 'X'), line)
        .trim()
        .replaceAll(/\s+/gu, ' '),
    }))
    .filter((line) => line.text !== '');
};

/**
 * Lines with those that are indented below them: a next hop belongs to its prefix. The order of the parts, and of equal
 * ways within one, is the daemon's own.
 */
const parts = (lines: readonly { text: string; inner: boolean }[]): string[] => {
  const found: string[][] = [];
  for (const { text, inner } of lines) {
    if (!inner || found.length === 0) found.push([text]);
    else found.at(-1)?.push(text);
  }
  return found.map(([head = '', ...rest]) => [head, ...rest.sort()].join('\n')).sort();
};

const textMismatch = (check: Check, actual: string, expected: string): string | undefined => {
  const [seenLines = [], wantedLines = []] = [actual, expected].map((text) => plainLines(text, check));
  const inOrder = (lines: readonly { text: string }[]): string => lines.map(({ text }) => text).join('\n');
  // The same lines in the same order are the same, however they are indented.
  if (inOrder(seenLines) === inOrder(wantedLines)) return undefined;
  const [seen, wanted] = [parts(seenLines), parts(wantedLines)];
  const left = [...seen];
  const missing = wanted.filter((part) => {
    const found = left.indexOf(part);
    if (found >= 0) left.splice(found, 1);
    return found < 0;
  });
  if (missing.length + left.length === 0) return undefined;
  const marked = (mark: string, list: readonly string[]): string[] =>
    list.flatMap((part) => part.split('\n').map((line) => `${mark} ${line}`));
  return [...marked('-', missing), ...marked('+', left)].join('\n');
};

/** Compares as the check says; what is wrong, or undefined. */
export const compare = (check: Check, actual: string, expected: unknown): string | undefined => {
  if (check.cmp === 'text') return textMismatch(check, actual, String(expected));
  if (check.cmp !== 'json-subset' && check.cmp !== 'json-exact')
    throw new Error(`${String(check.cmp)} is no way to compare`);
  const wanted: unknown = typeof expected === 'string' ? JSON.parse(expected) : expected;
  try {
    return jsonMismatch(JSON.parse(actual), wanted, '', check.cmp === 'json-exact');
  } catch (error) {
    return `${(error as Error).message}: ${actual.slice(0, 300)}`;
  }
};
