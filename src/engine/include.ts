/**
 * Puts other files in the place of their paths, before a topology is checked: FRR's configuration files (`frr:`) and the
 * files of nodes (`files: [{path, from}]`). From here on the topology holds all that the lab is made of.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Path, Problem } from '../topology/problem.ts';
import { includeFrr, othersInDirectory } from './include-frr.ts';

/** Characters a file of a node may have: it becomes part of the lab's state. */
const largest = 4 << 20;

type Entry = Record<string, unknown>;
const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads files relative to a directory, and notes what cannot be read. */
export class Reader {
  readonly directory: string;
  readonly problems: Problem[] = [];
  readonly notes: string[] = [];
  /** Lines of FRR's files that would make log files outside of the node, as `file:line`. */
  readonly logFiles: string[] = [];
  constructor(directory: string) {
    this.directory = directory;
  }

  /** As people write it in messages: relative to where they are, when that is shorter. */
  shown(file: string): string {
    const full = path.resolve(this.directory, file);
    const relative = path.relative(process.cwd(), full);
    return relative.startsWith('..') ? full : relative;
  }

  problem(at: Path, message: string, hint?: string): undefined {
    this.problems.push({ code: 'file', path: at, message, hint });
    return undefined;
  }

  stat(file: string, at: Path): { directory: boolean; mode: number } | undefined {
    try {
      const stat = statSync(path.resolve(this.directory, file));
      if (!stat.isFile() && !stat.isDirectory())
        return this.problem(at, `${this.shown(file)} is no file and no directory`);
      return { directory: stat.isDirectory(), mode: stat.mode & 0o777 };
    } catch (error) {
      return this.problem(at, `cannot read ${this.shown(file)}: ${(error as Error).message.split(',')[0] ?? ''}`);
    }
  }

  isDirectory(file: string): boolean {
    return statSync(path.resolve(this.directory, file), { throwIfNoEntry: false })?.isDirectory() === true;
  }

  /** The names in a directory, sorted. */
  list(file: string): string[] {
    return readdirSync(path.resolve(this.directory, file)).sort();
  }

  text(file: string, at: Path): string | undefined {
    const stat = this.stat(file, at);
    if (stat === undefined) return undefined;
    if (stat.directory) return this.problem(at, `${this.shown(file)} is a directory, not a file`);
    const bytes = readFileSync(path.resolve(this.directory, file));
    if (bytes.length > largest) return this.problem(at, `${this.shown(file)} is larger than ${largest >> 20} MiB`);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return this.problem(at, `${this.shown(file)} is not UTF-8 text`, 'files of nodes are texts');
    }
  }
}

const octal = (mode: number): string => `0${mode.toString(8).padStart(3, '0')}`;

/** One entry of `files:` with `from` as entries with contents; a directory becomes all that is in it. */
const includeFile = (entry: Entry, at: Path, reader: Reader): Entry[] => {
  const { from, ...rest } = entry;
  const { path: target } = entry;
  if (typeof from !== 'string' || typeof target !== 'string') return [entry];
  const stat = reader.stat(from, [...at, 'from']);
  if (stat === undefined) return [];
  if (!stat.directory) {
    const content = reader.text(from, [...at, 'from']);
    return content === undefined ? [] : [{ mode: octal(stat.mode), ...rest, content }];
  }
  const base = target.replace(/\/$/u, '');
  return reader
    .list(from)
    .flatMap((name) => includeFile({ ...rest, path: `${base}/${name}`, from: path.join(from, name) }, at, reader));
};

const includeFiles = (given: unknown, at: Path, reader: Reader): unknown =>
  Array.isArray(given)
    ? given.flatMap((entry: unknown, index): unknown[] =>
        isEntry(entry) && entry['from'] !== undefined ? includeFile(entry, [...at, index], reader) : [entry],
      )
    : given;

/** What lies in a directory of FRR's files without being one, such as a script: the node has it in /etc/frr, unless `files` say otherwise. */
const beside = (frr: Entry, files: unknown, at: Path, reader: Reader): Entry[] => {
  const { directory } = frr;
  if (typeof directory !== 'string') return [];
  const taken = new Set((Array.isArray(files) ? files : []).map((entry: unknown) => isEntry(entry) && entry['path']));
  return othersInDirectory(directory, reader)
    .flatMap((name) => includeFile({ path: `/etc/frr/${name}`, from: path.join(directory, name) }, at, reader))
    .filter((entry) => !taken.has(entry['path'] as string));
};

/** Whether a value names any file at all: most topologies do not. */
const names = (node: Entry): boolean =>
  isEntry(node['frr']) ||
  (Array.isArray(node['files']) && node['files'].some((entry) => isEntry(entry) && entry['from'] !== undefined));

/** The value with all files in it, and what could not be read. */
export const include = async (
  value: unknown,
  directory: string,
): Promise<{ value: unknown; problems: readonly Problem[]; notes: readonly string[] }> => {
  const reader = new Reader(directory);
  if (!isEntry(value) || !isEntry(value['nodes'])) return { value, problems: [], notes: [] };
  const nodes: Record<string, unknown> = {};
  for (const [name, node] of Object.entries(value['nodes'])) {
    if (!isEntry(node) || !names(node)) {
      nodes[name] = node;
      continue;
    }
    const at = ['nodes', name];
    const files = includeFiles(node['files'], [...at, 'files'], reader);
    const more = isEntry(node['frr']) ? beside(node['frr'], files, [...at, 'frr', 'directory'], reader) : [];
    nodes[name] = {
      ...node,
      ...(files === undefined && more.length === 0 ? {} : { files: [...(Array.isArray(files) ? files : []), ...more] }),
      ...(isEntry(node['frr']) ? { frr: await includeFrr(node['frr'], name, [...at, 'frr'], reader) } : {}),
    };
  }
  const [first] = reader.logFiles;
  if (first !== undefined) {
    const more = reader.logFiles.length > 1 ? ` and ${reader.logFiles.length - 1} more` : '';
    reader.notes.push(`"log file" is left out (${first}${more}): xiyou logs shows what the daemons say`);
  }
  return { value: { ...value, nodes }, problems: reader.problems, notes: reader.notes };
};
