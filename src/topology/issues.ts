/** From zod's issues to problems: words people use, and hints from what the schema would have taken. */
import type { z } from 'zod';
import type { SchemaFeature, SchemaKind } from './schema.ts';
import type { Path, Problem } from './problem.ts';
import { suggestion } from './suggest.ts';

type Issue = z.core.$ZodIssue;

const pathOf = (issue: Issue, prefix: Path): Path => [
  ...prefix,
  ...issue.path.filter((step) => typeof step !== 'symbol'),
];

const typeName = (value: unknown): string =>
  value === null
    ? 'nothing'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'a mapping'
        : JSON.stringify(value);

/** The keys that would have been right beside an unknown one. */
export type KnownKeys = (path: Path) => readonly string[];

const unknownKeys = (
  issue: Issue & { code: 'unrecognized_keys' },
  path: Path,
  known: KnownKeys,
  context: Context,
): Problem[] =>
  issue.keys.map((key) => {
    const feature = context.features.find((candidate) => candidate.feature === key);
    const isNode = path.length === 2 && path[0] === 'nodes';
    return isNode && feature !== undefined
      ? {
          code: 'feature-not-for-kind',
          path: [...path, key],
          aboutKey: true,
          message: `a node of this kind cannot carry "${key}"`,
          hint: `${key} is for: ${feature.kinds.join(', ')}`,
        }
      : {
          code: 'unknown-key',
          path: [...path, key],
          aboutKey: true,
          message: `unknown key "${key}"`,
          hint: suggestion(key, known(path)),
        };
  });

/** The branch of a union whose complaints say most: the one that got deepest, then the one with the fewest. */
const bestBranch = (branches: readonly (readonly Issue[])[]): readonly Issue[] => {
  const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length));
  const wrongType = (issues: readonly Issue[]): number =>
    issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0) ? 1 : 0;
  return (
    branches.toSorted((a, b) => wrongType(a) - wrongType(b) || depth(b) - depth(a) || a.length - b.length)[0] ?? []
  );
};

interface Context {
  readonly kinds: readonly SchemaKind[];
  readonly features: readonly SchemaFeature[];
}

/** All problems that zod found, as problems with paths. `input` is the value that was checked. */
export const problemsOf = (
  issues: readonly Issue[],
  input: unknown,
  known: KnownKeys,
  context: Context,
  prefix: Path = [],
): Problem[] =>
  issues.flatMap((issue): Problem[] => {
    const path = pathOf(issue, prefix);
    const value = path.reduce<unknown>(
      (at, step) => (at as Record<string | number, unknown> | null | undefined)?.[step],
      input,
    );
    switch (issue.code) {
      case 'unrecognized_keys':
        return unknownKeys(issue, path, known, context);
      case 'invalid_union': {
        if (issue.discriminator === 'kind' || path.at(-1) === 'kind') {
          const kinds = context.kinds.map((kind) => kind.kind);
          return value === undefined
            ? [{ code: 'missing', path, message: 'a node needs a kind', hint: `one of: ${kinds.join(', ')}` }]
            : [
                {
                  code: 'unknown-kind',
                  path,
                  message: `unknown kind ${typeName(value)}`,
                  hint: suggestion(typeof value === 'string' ? value : '', kinds),
                },
              ];
        }
        const branch = bestBranch(issue.errors);
        return branch.length === 0
          ? [{ code: 'wrong-value', path, message: issue.message }]
          : problemsOf(branch, input, known, context, path);
      }
      case 'invalid_type':
        return value === undefined
          ? [{ code: 'missing', path, message: `"${String(path.at(-1))}" is missing (${issue.expected})` }]
          : [{ code: 'wrong-type', path, message: `expected ${issue.expected}, found ${typeName(value)}` }];
      case 'invalid_value': {
        const values = issue.values.map(String);
        return [
          {
            code: 'wrong-value',
            path,
            message: `${typeName(value)} is not one of: ${values.join(', ')}`,
            hint: typeof value === 'string' ? suggestion(value, values) : undefined,
          },
        ];
      }
      case 'invalid_key':
        return issue.issues.map((inner) => ({
          code: 'bad-name',
          path,
          aboutKey: true,
          message: `"${String(path.at(-1))}": ${inner.message}`,
        }));
      default:
        return [{ code: 'wrong-value', path, message: issue.message }];
    }
  });

/** The keys of the JSON Schema at a path of a value, for "did you mean". */
export const knownKeysOf =
  (jsonSchema: unknown, input: unknown): KnownKeys =>
  (path) => {
    let schemas: Record<string, unknown>[] = [jsonSchema as Record<string, unknown>];
    let value = input;
    const open = (schema: Record<string, unknown>): Record<string, unknown>[] => [
      schema,
      ...['anyOf', 'oneOf', 'allOf'].flatMap((word) =>
        ((schema[word] as Record<string, unknown>[] | undefined) ?? []).flatMap(open),
      ),
    ];
    const fits = (schema: Record<string, unknown>): boolean => {
      const kind = (schema['properties'] as Record<string, { const?: unknown }> | undefined)?.['kind']?.const;
      return kind === undefined || kind === (value as { kind?: unknown } | undefined)?.kind;
    };
    for (const step of path) {
      value = (value as Record<string | number, unknown> | null | undefined)?.[step];
      schemas = schemas.flatMap(open).flatMap((schema) => {
        const property = (schema['properties'] as Record<string, unknown> | undefined)?.[step];
        const more = schema['additionalProperties'];
        const items = typeof step === 'number' ? schema['items'] : undefined;
        const next =
          property ??
          (typeof more === 'object' ? more : undefined) ??
          (Array.isArray(items) ? items[Number(step)] : items);
        return typeof next === 'object' && next !== null ? [next as Record<string, unknown>] : [];
      });
    }
    return [
      ...new Set(
        schemas
          .flatMap(open)
          .filter(fits)
          .flatMap((schema) => Object.keys((schema['properties'] as object | undefined) ?? {})),
      ),
    ];
  };
