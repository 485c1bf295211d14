/** Finds and reads topologies: YAML or JSON files, TypeScript modules, or a name below topologies/. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { XiyouError } from '../errors.ts';
import { features } from '../features/registry.ts';
import { kinds } from '../kinds/registry.ts';
import { jsonSchema, loadText, loadValue } from '../topology/load.ts';
import type { Topology } from '../topology/topology.ts';
import { projectDirectory } from './paths.ts';

/** Every kind and feature there is. */
export const registry = { kinds, features } as const;

const suffixes = ['', '.yml', '.yaml', '.json', '.ts', '/topology.yml', '/topology.ts'];

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

const loadModule = async (file: string, parameters: Parameters): Promise<Topology> => {
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
  return loadValue(value, file, registry);
};

/** Loads a topology; throws a TopologyError with all problems of the file. */
export const loadTopology = async (
  given: string,
  parameters: Parameters = {},
): Promise<{ topology: Topology; file: string }> => {
  const file = findTopologyFile(given);
  if (file.endsWith('.ts')) return { topology: await loadModule(file, parameters), file };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new XiyouError('file-unreadable', `cannot read ${file}: ${(error as Error).message}`);
  }
  return { topology: loadText(text, file, registry), file };
};

/** JSON Schema of topology files. */
export const topologyJsonSchema = (): unknown => jsonSchema(registry);
