/** From text to a plain value whose every part knows its line and column: YAML 1.2 (JSON is a subset). */
import { Document, LineCounter, type Node as YamlNode, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import type { Locate, Path, Position, Problem } from './problem.ts';

export interface ParsedDocument {
  readonly value: unknown;
  readonly locate: Locate;
  /** Syntax errors; their paths are empty and their places are in `positions`. */
  readonly problems: readonly (Problem & { readonly position: Position })[];
}

/** The key node of a map entry; `undefined` when the step is not such a key. */
const keyAt = (parent: unknown, step: string | number): YamlNode | undefined => {
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
  return isNode(pair?.key) ? pair.key : undefined;
};

const nodeAt = (document: Document, path: Path): YamlNode | undefined => {
  const found: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(found) ? found : undefined;
};

const find = (document: Document, path: Path, aboutKey: boolean): YamlNode | undefined => {
  for (let length = path.length; length >= 0; length -= 1) {
    const part = path.slice(0, length);
    const last = part.at(-1);
    const wantKey = aboutKey || length < path.length;
    const key = last === undefined ? undefined : keyAt(nodeAt(document, part.slice(0, -1)), last);
    const node = (wantKey ? key : undefined) ?? nodeAt(document, part) ?? key;
    if (node?.range != null) return node;
  }
  return undefined;
};

/**
 * The value of a text that a program wrote, exactly as JSON.stringify writes it; undefined for any other text. That it
 * reads back to the same text says that no key is in it twice, which JSON.parse would not tell.
 */
const machineWritten = (text: string): unknown => {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const indent = text.startsWith('{\n') ? 2 : 0;
    return JSON.stringify(value, undefined, indent) === text.trimEnd() ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Parses YAML text; never throws. */
export const parseText = (text: string): ParsedDocument => {
  // Files of thousands of nodes are written by programs; places in them are looked up only when something is wrong.
  const value = machineWritten(text);
  if (value === undefined) return parseYaml(text);
  let parsed: ParsedDocument | undefined;
  return { value, locate: (path, aboutKey) => (parsed ??= parseYaml(text)).locate(path, aboutKey), problems: [] };
};

const parseYaml = (text: string): ParsedDocument => {
  const counter = new LineCounter();
  // Merge keys (`<<: *anchor`) are YAML 1.1's; files of other tools have them.
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, merge: true });
  const lines = text.split(/\r?\n/u);
  const position = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col, text: lines[line - 1] ?? '' };
  };
  const problems = document.errors.map((error) => ({
    code: 'syntax',
    path: [],
    message: error.message.split('\n')[0] ?? 'not YAML',
    position: position(error.pos[0]),
  }));
  const locate: Locate = (path, aboutKey) => {
    const node = find(document, path, aboutKey);
    return node?.range == null ? undefined : position(node.range[0]);
  };
  return { value: problems.length === 0 ? document.toJS() : undefined, locate, problems };
};

/** A value as YAML for people: short lists on one line, as topology files are written by hand. */
export const yamlOf = (value: unknown): string => {
  const document = new Document(value);
  const shorten = (node: unknown, depth: number): boolean => {
    if (isScalar(node)) return true;
    if (!isMap(node) && !isSeq(node)) return false;
    const parts: unknown[] = isMap(node) ? node.items.map((item) => item.value) : node.items;
    const plain = parts.map((part) => shorten(part, depth + 1)).every(Boolean);
    const short = plain && depth > 1 && JSON.stringify(node.toJSON()).length <= 90;
    if (short || parts.length === 0) node.flow = true;
    return short;
  };
  shorten(document.contents, 0);
  return document.toString({ lineWidth: 120, flowCollectionPadding: false });
};
