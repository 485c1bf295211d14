/**
 * Inheritance: what a node says itself, then its group, its kind, and the defaults (containerlab's manual, "Topology
 * definition"). Mappings and lists are joined over all levels, everything else comes from the nearest. Each value keeps
 * the path where it is written.
 */
import type { Path } from '../problem.ts';
import { type Entry, entryOf, isEntry, listOf, textOf } from './shape.ts';

export interface Written {
  readonly value: unknown;
  readonly path: Path;
}

/** A node with everything it inherits: key -> the values of all levels, the farthest first. */
export interface InheritedNode {
  readonly name: string;
  readonly path: Path;
  readonly kind: Written | undefined;
  readonly levels: readonly { readonly entry: Entry; readonly path: Path }[];
}

/** The nearest value of a key. */
export const nearest = (node: InheritedNode, key: string): Written | undefined => {
  const level = node.levels.findLast(({ entry }) => entry[key] !== undefined && entry[key] !== null);
  return level === undefined ? undefined : { value: level.entry[key], path: [...level.path, key] };
};

/** The items of a list, of all levels, the farthest first. */
export const items = (node: InheritedNode, key: string): Written[] =>
  node.levels.flatMap(({ entry, path }) =>
    listOf(entry[key]).map((value, index) => ({ value, path: [...path, key, index] })),
  );

/** The entries of a mapping, of all levels; the nearest wins. */
export const mapping = (node: InheritedNode, key: string): Map<string, Written> =>
  new Map(
    node.levels.flatMap(({ entry, path }) =>
      Object.entries(entryOf(entry[key])).map(
        ([name, value]) => [name, { value, path: [...path, key, name] }] as const,
      ),
    ),
  );

/** Reads a node's levels. */
export const inherit = (topology: Entry, name: string): InheritedNode => {
  const path: Path = ['topology', 'nodes', name];
  const own = entryOf(entryOf(topology['nodes'])[name]);
  const level = (kindOfLevel: 'groups' | 'kinds', key: unknown) => {
    const word = textOf(key);
    const entry = word === undefined ? undefined : entryOf(topology[kindOfLevel])[word];
    return isEntry(entry) ? [{ entry, path: ['topology', kindOfLevel, word ?? ''] as Path }] : [];
  };
  const defaults = { entry: entryOf(topology['defaults']), path: ['topology', 'defaults'] as Path };
  const group = level('groups', own['group'] ?? defaults.entry['group']);
  const near = [defaults, ...group, { entry: own, path }];
  const withKind = near.findLast(({ entry }) => textOf(entry['kind']) !== undefined);
  const kind = withKind === undefined ? undefined : { value: withKind.entry['kind'], path: [...withKind.path, 'kind'] };
  return {
    name,
    path,
    kind,
    levels: [defaults, ...level('kinds', kind?.value), ...group, { entry: own, path }],
  };
};
