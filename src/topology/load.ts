/** From a file's text, or a module's value, to a resolved Topology; or one error with every problem. */
import { z } from 'zod';
import { parseText } from './document.ts';
import { knownKeysOf, problemsOf } from './issues.ts';
import { type Locate, type Problem, TopologyError, locateProblems } from './problem.ts';
import type { Registry } from './registry.ts';
import { resolve } from './resolve.ts';
import { topologySchema } from './schema.ts';
import { suggestion } from './suggest.ts';
import type { Topology } from './topology.ts';

/** JSON Schema (draft 7) of topology files, for editors. */
export const jsonSchema = (registry: Registry): unknown =>
  z.toJSONSchema(topologySchema(registry.kinds, registry.features), {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts the file's `defaults` for a kind under every node of the kind; what the node says itself wins. */
export const withDefaults = (value: unknown): unknown => {
  if (!isRecord(value) || !isRecord(value['defaults']) || !isRecord(value['nodes'])) return value;
  const defaults = value['defaults'];
  const nodes = Object.entries(value['nodes']).map(([name, node]) => {
    const extra = isRecord(node) && typeof node['kind'] === 'string' ? defaults[node['kind']] : undefined;
    return [name, isRecord(node) && isRecord(extra) ? { ...extra, ...node } : node] as const;
  });
  return { ...value, nodes: Object.fromEntries(nodes) };
};

/**
 * Links to nodes that are not there, in a file that has other problems too: whoever mends it sees all at once.
 * Resolving says the same for files that pass the schema.
 */
const looseReferences = (value: unknown): Problem[] => {
  if (!isRecord(value) || !isRecord(value['nodes']) || !Array.isArray(value['links'])) return [];
  const names = Object.keys(value['nodes']);
  return value['links'].flatMap((link: unknown, index) => {
    const short = Array.isArray(link);
    const ends: unknown = short ? link : isRecord(link) ? link['endpoints'] : undefined;
    if (!Array.isArray(ends)) return [];
    return ends.flatMap((end: unknown, which): Problem[] => {
      const node = typeof end === 'string' ? end.split(':')[0] : isRecord(end) ? end['node'] : undefined;
      if (typeof node !== 'string' || names.includes(node)) return [];
      return [
        {
          code: 'unknown-node',
          path: short ? ['links', index, which] : ['links', index, 'endpoints', which],
          message: `no node is called "${node}"`,
          hint: suggestion(node, names),
        },
      ];
    });
  });
};

/**
 * Checks and resolves a value of the form of a topology file.
 * Throws a TopologyError with all problems; `locate` says where each is written.
 */
export const loadValue = (
  given: unknown,
  file: string,
  registry: Registry,
  locate: Locate = () => undefined,
): Topology => {
  const value = withDefaults(given);
  const fail = (problems: readonly Problem[]): never => {
    throw new TopologyError(file, locateProblems(problems, file, locate));
  };
  const parsed = topologySchema(registry.kinds, registry.features).safeParse(value, { reportInput: false });
  if (!parsed.success) {
    let schema: unknown;
    const known = (path: readonly (string | number)[]): readonly string[] =>
      knownKeysOf((schema ??= jsonSchema(registry)), value)(path);
    return fail([...problemsOf(parsed.error.issues, value, known, registry), ...looseReferences(value)]);
  }
  const { topology, problems } = resolve(parsed.data, registry);
  return topology === undefined || problems.length > 0 ? fail(problems) : topology;
};

/** The same for the text of a YAML or JSON file. */
export const loadText = (text: string, file: string, registry: Registry): Topology => {
  const document = parseText(text);
  if (document.problems.length > 0) {
    throw new TopologyError(
      file,
      document.problems.map((problem) => ({ ...problem, file })),
    );
  }
  return loadValue(document.value, file, registry, document.locate);
};
