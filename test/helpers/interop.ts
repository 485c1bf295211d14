/**
 * FRR's topology tests as data: what a case looks like, how it becomes a topology of ours, and how FRR compares. The
 * cases are not part of the project; they are read from a directory beside it where there is one.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { projectDirectory } from '../../src/engine/paths.ts';

/** Where the cases are, or would be: XIYOU_CORPUS, or ../shared/corpus beside the project. */
export const corpus = path.resolve(process.env['XIYOU_CORPUS'] ?? path.join(projectDirectory, '../shared/corpus'));

export interface Check {
  readonly node: string;
  readonly cmd: string;
  /** A file of the case. */
  readonly expect: string;
  readonly cmp: 'json-subset' | 'text';
  /** Seconds. */
  readonly timeout: number;
  /** Regular expressions of what may differ. */
  readonly mask?: readonly string[];
  /** Regular expressions: only the lines that match one count. */
  readonly only?: readonly string[];
}

export type Act =
  | { readonly exec: readonly [string, string] }
  | { readonly vtysh: readonly [string, ...string[]] }
  | { readonly peerLinkDown: readonly [string, string] }
  | { readonly peerLinkUp: readonly [string, string] };

export interface Case {
  readonly name: string;
  readonly nodes: Readonly<Record<string, { readonly daemons: Readonly<Record<string, string>> }>>;
  readonly nets: readonly { readonly net: string; readonly members: readonly (readonly [string, string])[] }[];
  readonly steps: readonly {
    readonly name: string;
    readonly act?: readonly Act[];
    readonly checks: readonly Check[];
  }[];
}

/** The cases of a directory, by name. */
export const casesIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => existsSync(path.join(directory, name, 'case.json')))
        .sort()
    : [];

export const readCase = (directory: string): Case =>
  JSON.parse(readFileSync(path.join(directory, 'case.json'), 'utf8')) as Case;

/** The node that stands for a segment: every segment of FRR's tests is a switch, so that its ports can be cut. */
export const switchOf = (net: string): string => `net-${net.toLowerCase()}`;

/** The case as a topology of ours, with FRR's files as they are. */
export const topologyOf = (name: string, given: Case, directory: string): unknown => ({
  name,
  nodes: Object.fromEntries([
    ...Object.entries(given.nodes).map(([node, { daemons }]) => [
      node,
      {
        kind: 'router',
        loopback: [],
        frr: {
          // FRR's own tests have lines that FRR does not take; they go on without them, and so do we.
          refused: 'note',
          ...Object.fromEntries(
            Object.entries(daemons).map(([daemon, file]) => [
              daemon === 'frr' ? 'config' : daemon,
              path.join(directory, file),
            ]),
          ),
        },
      },
    ]),
    ...given.nets.map(({ net }) => [switchOf(net), { kind: 'switch' }]),
  ]),
  links: given.nets.flatMap(({ net, members }) =>
    members
      .map(([node, port]) => [{ node, interface: port, addresses: [] }, switchOf(net)])
      .map((endpoints) => ({ endpoints })),
  ),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * FRR's json_cmp: every key and element of the expected value must be in the actual one. `null` stands for a key that
 * must not be there, `"*"` for anything; a list that begins with `"__ordered__"` is compared in order, any other as a
 * set. Returns what is wrong, or undefined.
 */
export const jsonMismatch = (actual: unknown, expected: unknown, at = ''): string | undefined => {
  if (expected === '*') return undefined;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${at}: expected a list, seen ${JSON.stringify(actual)}`;
    if (expected[0] === '__ordered__') {
      for (const [index, item] of expected.slice(1).entries()) {
        const wrong = jsonMismatch(actual[index], item, `${at}[${index}]`);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    }
    const left: unknown[] = [...actual];
    for (const [index, item] of expected.entries()) {
      const found = left.findIndex((candidate) => jsonMismatch(candidate, item) === undefined);
      if (found < 0) return `${at}[${index}]: nothing like ${JSON.stringify(item).slice(0, 200)}`;
      left.splice(found, 1);
    }
    return undefined;
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return `${at}: expected a mapping, seen ${JSON.stringify(actual)}`;
    for (const [key, value] of Object.entries(expected)) {
      const here = at === '' ? key : `${at}.${key}`;
      if (value === null) {
        if (Object.hasOwn(actual, key)) return `${here}: must not be there, seen ${JSON.stringify(actual[key])}`;
        continue;
      }
      if (!Object.hasOwn(actual, key)) return `${here}: is not there`;
      const wrong = jsonMismatch(actual[key], value, here);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  return actual === expected
    ? undefined
    : `${at}: expected ${JSON.stringify(expected)}, seen ${JSON.stringify(actual)}`;
};

const plainLines = (text: string, { mask = [], only = [] }: Check): string[] => {
  const masks = mask.map((pattern) => new RegExp(pattern, 'gu'));
  const wanted = only.map((pattern) => new RegExp(pattern, 'u'));
  return text
    .split('\n')
    .filter((line) => wanted.length === 0 || wanted.some((pattern) => pattern.test(line)))
    .map((line) =>
      masks
        .reduce((rest, pattern) => rest.replaceAll(pattern, 'X'), line)
        .trim()
        .replaceAll(/\s+/gu, ' '),
    )
    .filter((line) => line !== '');
};

/** Compares as the check says; what is wrong, or undefined. */
export const compare = (check: Check, actual: string, expected: string): string | undefined => {
  if (check.cmp === 'json-subset') {
    try {
      return jsonMismatch(JSON.parse(actual), JSON.parse(expected));
    } catch (error) {
      return `${(error as Error).message}: ${actual.slice(0, 200)}`;
    }
  }
  const [seen, wanted] = [plainLines(actual, check), plainLines(expected, check)];
  const missing = wanted.filter((line) => !seen.includes(line));
  const more = seen.filter((line) => !wanted.includes(line));
  if (missing.length + more.length === 0 && seen.length === wanted.length) return undefined;
  return (
    [...missing.map((line) => `- ${line}`), ...more.map((line) => `+ ${line}`)].join('\n') ||
    'lines come more often or less often'
  );
};
