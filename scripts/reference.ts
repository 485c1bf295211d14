/**
 * docs/reference.md: every key of a topology file, read out of its JSON Schema and the registries. Made text, never
 * edited by hand; `npm run schema` writes it together with the schema itself.
 */
import { registry, topologyJsonSchema } from '../src/engine/load.ts';

/** The part of JSON Schema (draft 7) that zod writes. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** One line of a table: a key with its path below the thing described. */
interface Row {
  readonly path: string;
  readonly type: string;
  /** The value when the key is left out; `required` when it may not be. */
  readonly otherwise: string;
  readonly description: string;
}

const branches = (schema: Schema): readonly Schema[] => schema.anyOf ?? schema.oneOf ?? [];
const entryOf = (schema: Schema): Schema | undefined =>
  typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
const itemOf = ({ items }: Schema): Schema | undefined =>
  (Array.isArray(items) ? items[0] : items) as Schema | undefined;
const code = (value: unknown): string =>
  `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``;

/** Numbers that only say how far a whole number can go tell a reader nothing. */
const isBound = (value: number | undefined): value is number =>
  value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;

const numberText = ({ type, minimum, maximum }: Schema): string =>
  `${type === 'integer' ? 'whole number' : 'number'}${isBound(minimum) && isBound(maximum) ? ` ${minimum}–${maximum}` : ''}`;

/** The type in words: `list of text`, `whole number 1–255`, `auto` or `none`. */
const typeText = (schema: Schema): string => {
  const options = branches(schema);
  if (options.length > 0) return [...new Set(options.map(typeText))].join(' or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => typeText({ ...schema, type })).join(' or ');
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return numberText(schema);
    case 'boolean':
      return '`true` or `false`';
    case 'array': {
      const item = itemOf(schema);
      const count = Array.isArray(schema.items) ? `${schema.items.length} × ` : 'list of ';
      return item === undefined ? 'list' : `${count}${typeText(item)}`;
    }
    case 'object':
      return 'mapping';
    default:
      return 'any';
  }
};

/** What tells the forms of a union of mappings apart: a key with another fixed value in each, such as `role` of epc. */
const discriminator = (forms: readonly Schema[]): string | undefined =>
  Object.keys(forms[0]?.properties ?? {}).find(
    (key) => forms.length > 1 && forms.every((form) => form.properties?.[key]?.const !== undefined),
  );

/** The rows of one form of a union: those that not all forms have say when they apply. */
const formRows = (form: Schema, at: string, key: string | undefined): Row[] => {
  const all = rows(form, at);
  if (key === undefined) return all;
  const value = code(form.properties?.[key]?.const);
  return all.map((row) => ({
    ...row,
    description: row.path === `${at}.${key}` ? `${value}: ${row.description}` : `(${key} ${value}) ${row.description}`,
  }));
};

/** The rows of everything below a schema. `skip` names keys of the topmost mapping that are described elsewhere. */
const rows = (schema: Schema, at = '', skip: readonly string[] = []): Row[] => {
  const options = branches(schema);
  // Where the long form is a mapping, a short form beside it has no keys of its own.
  const long = options.filter((option) => option.type === 'object');
  if (options.length > 0)
    return (long.length > 0 ? long : options).flatMap((option) => formRows(option, at, discriminator(long)));
  const item = itemOf(schema);
  const entry = entryOf(schema);
  return [
    ...Object.entries(schema.properties ?? {})
      .filter(([key]) => !skip.includes(key))
      .flatMap(([key, value]) => {
        const path = at === '' ? key : `${at}.${key}`;
        const needed = value.default === undefined && schema.required?.includes(key) === true;
        const otherwise = value.default === undefined ? (needed ? 'required' : '') : code(value.default);
        return [{ path, type: typeText(value), otherwise, description: value.description ?? '' }, ...rows(value, path)];
      }),
    ...(entry === undefined ? [] : rows(entry, `${at}.NAME`)),
    ...(item === undefined ? [] : rows(item, `${at}[]`)),
  ];
};

/** Rows of the same path, from several forms of one mapping, as one. */
const merged = (all: readonly Row[]): Row[] =>
  [...Map.groupBy(all, (row) => row.path).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const join = (key: keyof Row, separator: string): string =>
      [...new Set(same.map((row) => row[key]).filter((text) => text !== ''))].join(separator);
    return [
      {
        ...first,
        type: join('type', ' or '),
        otherwise: join('otherwise', ', '),
        description: join('description', ' '),
      },
    ];
  });

const table = (all: readonly Row[]): string[] => {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return [
    '| key | type | when left out | |',
    '| --- | --- | --- | --- |',
    ...merged(all).map(
      (row) => `| \`${row.path}\` | ${cell(row.type)} | ${cell(row.otherwise)} | ${cell(row.description)} |`,
    ),
    '',
  ];
};

/** A section with its table, or with one line where there is nothing to say in a table. */
const section = (heading: string, intro: readonly string[], all: readonly Row[]): string[] => [
  heading,
  '',
  ...intro.flatMap((line) => [line, '']),
  ...(all.length === 0 ? [] : table(all)),
];

/** The whole page. */
export const referenceText = (): string => {
  const file = topologyJsonSchema() as Schema;
  const { nodes, links, ...others } = file.properties ?? {};
  const nodeForms = branches(entryOf(nodes ?? {}) ?? {});
  const formOf = (kind: string): Schema => nodeForms.find((form) => form.properties?.['kind']?.const === kind) ?? {};
  const features = registry.features.map((feature) => feature.feature);
  const keysOf = registry.kinds.map((kind) => Object.keys(formOf(kind.kind).properties ?? {}));
  const common = (keysOf[0] ?? []).filter(
    (key) => !features.includes(key) && keysOf.every((keys) => keys.includes(key)),
  );
  const anyKind = formOf(registry.kinds[0]?.kind ?? '');

  return [
    ...section(
      '# Reference: every key of a topology file',
      [
        '<!-- Made by scripts/reference.ts; `npm run schema` writes it again. -->',
        'What the keys are for and how they play together stands in [topology.md](topology.md). In a path, `[]` is each element of a list and `NAME` a name of your own.',
      ],
      [],
    ),
    ...section(
      '## The file',
      [],
      rows({
        ...file,
        properties: {
          ...others,
          nodes: { ...nodes, additionalProperties: false },
          links: { ...links, items: { type: 'object' } },
        },
      }),
    ),
    ...section(
      '## Links',
      ['Each element of `links`. The short form is a list of the two ends: `[left, right]`.'],
      rows(itemOf(links ?? {}) ?? {}),
    ),
    ...section(
      '## Nodes',
      ['Keys of every node, whatever its kind.'],
      rows(
        anyKind,
        '',
        Object.keys(anyKind.properties ?? {}).filter((key) => key !== 'kind' && !common.includes(key)),
      ).map((row) =>
        row.path === 'kind'
          ? { ...row, type: registry.kinds.map((kind) => code(kind.kind)).join(', '), description: 'What the node is.' }
          : row,
      ),
    ),
    '## Kinds',
    '',
    ...registry.kinds.flatMap((kind) => {
      const form = formOf(kind.kind);
      const own = Object.keys(form.properties ?? {}).filter((key) => features.includes(key));
      return section(
        `### ${kind.kind}`,
        [kind.summary, `Features it can carry: ${own.map((feature) => `[${feature}](#${feature})`).join(', ')}.`],
        rows(form, '', [...own, ...common, 'kind']),
      );
    }),
    '## Features',
    '',
    ...registry.features.flatMap((feature) => {
      const carried = formOf(feature.kinds[0] ?? '').properties?.[feature.feature] ?? {};
      return section(
        `### ${feature.feature}`,
        [feature.summary, `For: ${feature.kinds.join(', ')}. Type: ${typeText(carried)}.`],
        rows(carried, feature.feature),
      );
    }),
  ]
    .join('\n')
    .replace(/\n+$/u, '\n');
};
