/**
 * Finds and reads topologies: YAML or JSON files, containerlab's files, TypeScript modules, or a name below topologies/.
 * Other files that a topology names are read here too.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { XiyouError } from '../errors.ts';
import { features } from '../features/registry.ts';
import { kinds } from '../kinds/registry.ts';
import { isContainerlab } from '../topology/containerlab/shape.ts';
import { parseText } from '../topology/document.ts';
import { jsonSchema, loadValue, withDefaults } from '../topology/load.ts';
import { type Locate, TopologyError, locateProblems } from '../topology/problem.ts';
import type { Topology } from '../topology/topology.ts';
import { include } from './include.ts';
import { projectDirectory } from './paths.ts';

/** Every kind and feature there is. */
export const registry = { kinds, features } as const;

const suffixes = [
  '',
  '.yml',
  '.yaml',
  '.json',
  '.ts',
  '.clab.yml',
  '.clab.yaml',
  '/topology.yml',
  '/topology.ts',
] as const;

/** The file that `given` means: a path, or the name of a lab in topologies/. */
export const findTopologyFile = (given: string): string => {
  const candidates = [given, path.join(projectDirectory, 'topologies', given)].flatMap((base) =>
    suffixes.map((suffix) => base + suffix),
  );
  const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  if (found !== undefined) return found;
  throw new XiyouError('file-unreadable', `there is no topology "${given}"`, {
    hint: 'give a file, or the name of a lab in topologies/',
  });
};

/** `-p regions=2` as the parameters of a module's function. */
export type Parameters = Readonly<Record<string, string>>;

export interface Loaded {
  readonly topology: Topology;
  readonly file: string;
  /** What was left out or taken otherwise than written, for people. */
  readonly notes: readonly string[];
}

const moduleValue = async (file: string, parameters: Parameters): Promise<unknown> => {
  const module = (await import(pathToFileURL(path.resolve(file)).href)) as { default?: unknown };
  const value: unknown =
    typeof module.default === 'function'
      ? await (module.default as (parameters: Parameters) => unknown)(parameters)
      : module.default;
  if (value === undefined) {
    throw new XiyouError('file-unreadable', `${file} has no default export`, {
      hint: 'export default a topology, or a function that returns one',
    });
  }
  return value;
};

/** A file's value in our form, whatever form it is written in, with the places of its parts. */
export const readDocument = async (
  file: string,
): Promise<{ value: unknown; locate: Locate; notes: readonly string[]; foreign: boolean }> => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new XiyouError('file-unreadable', `cannot read ${file}: ${(error as Error).message}`);
  }
  const document = parseText(text);
  if (document.problems.length > 0)
    throw new TopologyError(
      file,
      document.problems.map((problem) => ({ ...problem, file })),
    );
  if (!isContainerlab(document.value))
    return { value: document.value, locate: document.locate, notes: [], foreign: false };
  const { fromContainerlab } = await import('../topology/containerlab/convert.ts');
  const { substitute } = await import('../topology/containerlab/environment.ts');
  const known = parseText(substitute(text, process.env));
  const converted = fromContainerlab(known.value);
  if (converted.problems.length > 0)
    throw new TopologyError(file, locateProblems(converted.problems, file, known.locate));
  return {
    value: converted.value,
    locate: (at, aboutKey) => known.locate(converted.origin(at), aboutKey),
    notes: converted.notes,
    foreign: true,
  };
};

/** Loads a topology; throws a TopologyError with all problems of the file. */
export const loadTopology = async (given: string, parameters: Parameters = {}): Promise<Loaded> => {
  const file = findTopologyFile(given);
  const read = file.endsWith('.ts')
    ? { value: await moduleValue(file, parameters), locate: () => undefined, notes: [] }
    : await readDocument(file);
  const included = await include(withDefaults(read.value), path.dirname(file));
  if (included.problems.length > 0) throw new TopologyError(file, locateProblems(included.problems, file, read.locate));
  const topology = loadValue(included.value, file, registry, read.locate);
  return { topology, file, notes: [...read.notes, ...included.notes] };
};

/** JSON Schema of topology files. */
export const topologyJsonSchema = (): unknown => jsonSchema(registry);
