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
import { type Locate, type Path, TopologyError, locateProblems } from '../topology/problem.ts';
import type { Topology } from '../topology/topology.ts';
import { include } from './include.ts';
import type { Written } from './insist.ts';
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
  '.clab.gotmpl',
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
  /** Where its parts are written; not for modules. */
  readonly written: Written | undefined;
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

export interface Document {
  /** In our form, whatever form it is written in. */
  readonly value: unknown;
  readonly locate: Locate;
  readonly notes: readonly string[];
  /** For a file of another tool: the path there of a path in `value`. */
  readonly origin?: (path: Path) => Path;
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new XiyouError('file-unreadable', `cannot read ${file}: ${(error as Error).message}`);
  }
};

const readContainerlab = async (text: string, file: string): Promise<Document> => {
  const [{ fromContainerlab }, { substitute }] = await Promise.all([
    import('../topology/containerlab/convert.ts'),
    import('../topology/containerlab/environment.ts'),
  ]);
  const { value, locate } = parseText(substitute(text, process.env));
  const reader = (name: string): string | undefined => {
    const full = path.resolve(path.dirname(file), name);
    return existsSync(full) && statSync(full).isFile() ? readFileSync(full, 'utf8') : undefined;
  };
  const { problems, notes, origin, ...converted } = fromContainerlab(value, reader);
  if (problems.length > 0) throw new TopologyError(file, locateProblems(problems, file, locate));
  return { value: converted.value, notes, origin, locate: (at, aboutKey) => locate(origin(at), aboutKey) };
};

/** A line that only steers a template: `{{ range $i := … }}`. In YAML of its own `{{` begins a mapping as a key, which nobody writes. */
const goTemplate = /^\s*\{\{-?\s*(?:range|if|else|end|with|define|template|block|\$|\/\*)/mu;

/** Reads a file; throws a TopologyError when it is no YAML, or of another tool and cannot be a lab of ours. */
export const readDocument = async (file: string): Promise<Document> => {
  const text = readText(file);
  if (file.endsWith('.gotmpl') || goTemplate.test(text))
    throw new XiyouError('file-unreadable', `${file} is a template in Go's language, which is not read here`, {
      hint: 'render it first (gomplate -f, or what made it), and give the file that comes out',
    });
  const { value, locate, problems } = parseText(text);
  if (problems.length > 0)
    throw new TopologyError(
      file,
      problems.map((problem) => ({ ...problem, file })),
    );
  return isContainerlab(value) ? readContainerlab(text, file) : { value, locate, notes: [] };
};

/** Checks and resolves a document, with the files that it names. */
const loadDocument = async (document: Document, file: string): Promise<Loaded> => {
  const { value, locate, notes } = document;
  const included = await include(withDefaults(value), path.dirname(file));
  if (included.problems.length > 0) throw new TopologyError(file, locateProblems(included.problems, file, locate));
  const topology = loadValue(included.value, file, registry, locate);
  return { topology, file, notes: [...notes, ...included.notes], written: file.endsWith('.ts') ? undefined : document };
};

/** Loads a topology; throws a TopologyError with all problems of the file. */
export const loadTopology = async (given: string, parameters: Parameters = {}): Promise<Loaded> => {
  const file = findTopologyFile(given);
  const document: Document = file.endsWith('.ts')
    ? { value: await moduleValue(file, parameters), locate: () => undefined, notes: [] }
    : await readDocument(file);
  try {
    return await loadDocument(document, file);
  } catch (error) {
    const { origin } = document;
    if (origin === undefined || !(error instanceof TopologyError)) throw error;
    throw new TopologyError(
      file,
      error.problems.map((problem) => ({ ...problem, path: origin(problem.path) })),
    );
  }
};

/** JSON Schema of topology files. */
export const topologyJsonSchema = (): unknown => jsonSchema(registry);
