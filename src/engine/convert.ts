/** A lab of another tool as the text of a topology file of ours. */
import path from 'node:path';
import { XiyouError } from '../errors.ts';
import { yamlOf } from '../topology/document.ts';
import { findTopologyFile, readDocument } from './load.ts';

type Entry = Record<string, unknown>;

/** The paths of other files in a document, under `frr:` and `files: [{from}]`, as seen from another directory. */
const movedNode = (node: Entry, move: (file: string) => string): Entry => {
  const { frr, files } = node as { frr?: Record<string, unknown>; files?: (Entry & { from?: unknown })[] };
  const moved = (value: unknown): unknown => (typeof value === 'string' ? move(value) : value);
  return {
    ...node,
    ...(frr === undefined
      ? {}
      : { frr: Object.fromEntries(Object.entries(frr).map(([key, value]) => [key, moved(value)])) }),
    ...(files === undefined ? {} : { files: files.map((file) => ({ ...file, from: moved(file.from) })) }),
  };
};

/**
 * The text, which loads to the same lab as the file. Paths in it are relative to `output`, or to the file itself when
 * there is none.
 */
export const convertFile = async (
  given: string,
  output?: string,
): Promise<{ readonly text: string; readonly notes: readonly string[] }> => {
  const file = findTopologyFile(given);
  if (file.endsWith('.ts')) throw new XiyouError('command-line', `${file} is a topology of Xiyou already`);
  const { value, notes, origin } = await readDocument(file);
  if (origin === undefined) throw new XiyouError('command-line', `${file} is a topology of Xiyou already`);
  const from = path.dirname(path.resolve(file));
  const to = output === undefined ? from : path.dirname(path.resolve(output));
  const move = (one: string): string => path.relative(to, path.resolve(from, one)) || '.';
  const document = value as { nodes: Record<string, Entry> };
  const nodes = Object.fromEntries(Object.entries(document.nodes).map(([name, node]) => [name, movedNode(node, move)]));
  return { text: `# Made from ${path.basename(file)} by xiyou convert.\n${yamlOf({ ...document, nodes })}`, notes };
};
