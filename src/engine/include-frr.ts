/** `frr:` with its files read: the integrated configuration split among the daemons, each daemon's text with its lines. */
import path from 'node:path';
import type { Path } from '../topology/problem.ts';
import { frrDaemons } from '../features/frr/daemons.ts';
import { idleDaemons, linesOf } from '../features/frr/files.ts';
import { frrSchema } from '../features/frr/settings.ts';
import type { FrrText } from '../features/frr/settings.ts';
import type { Reader } from './include.ts';

type Entry = Record<string, unknown>;

const isText = (value: unknown): value is FrrText =>
  typeof value === 'object' && value !== null && typeof (value as { text?: unknown }).text === 'string';

/** The text behind a path, or the text that is there; undefined for anything else, which the schema then refuses. */
const read = (value: unknown, at: Path, reader: Reader): FrrText | undefined => {
  if (typeof value === 'string') {
    const text = reader.text(value, at);
    return text === undefined ? undefined : { text, file: reader.shown(value) };
  }
  return isText(value) ? value : undefined;
};

/** Names in a directory that FRR reads. */
const inDirectory = new Map<string, string>([
  ['frr.conf', 'config'],
  ['daemons', 'daemons'],
  ...frrDaemons.map((name) => [`${name}.conf`, name] as const),
]);

/** Names that have no meaning in a node: vtysh works there as it is. */
const unused: readonly string[] = ['vtysh.conf', 'support_bundle_commands.conf'];

/** The names in a directory that are no files of FRR's. */
export const othersInDirectory = (directory: string, reader: Reader): string[] =>
  reader.isDirectory(directory)
    ? reader.list(directory).filter((name) => !inDirectory.has(name) && !unused.includes(name) && !name.startsWith('.'))
    : [];

/** What a directory holds, under the keys of `frr:`; what is written beside `directory` wins. */
const withDirectory = (frr: Entry, at: Path, reader: Reader): Entry => {
  const { directory, ...rest } = frr;
  if (typeof directory !== 'string') return frr;
  const stat = reader.stat(directory, [...at, 'directory']);
  if (stat?.directory === false)
    reader.problem([...at, 'directory'], `${reader.shown(directory)} is a file`, 'write config: for one file');
  if (stat?.directory !== true) return rest;
  const found = reader.list(directory).flatMap((name) => {
    const key = inDirectory.get(name);
    return key === undefined ? [] : [[key, path.join(directory, name)] as const];
  });
  return { ...Object.fromEntries(found), ...rest };
};

/**
 * Lines that a daemon may not have: files of logs would be made outside of the node. Blank instead, so that all others
 * keep their numbers.
 */
const logFile = /^\s*log file\b/u;
const withoutLogFiles = (source: FrrText, node: string, reader: Reader): FrrText => {
  const lines = linesOf(source.text);
  const found = lines.flatMap((line, index) => (logFile.test(line) ? [source.lines?.[index] ?? index + 1] : []));
  if (found.length === 0) return source;
  reader.logFiles.push(`${source.file ?? node}:${found.join(',')}`);
  return { ...source, text: `${lines.map((line) => (logFile.test(line) ? '!' : line)).join('\n')}\n` };
};

/**
 * FRR's zebra takes no static routes since staticd came (FRR 5.0), but files for both are older, and FRR's own tests
 * start staticd with the lines of zebra.conf. Without a file for staticd those lines become its file.
 */
const staticLine = /^\s*ipv?6? route /u;
const vrfLine = /^\s*(?:vrf |exit-vrf)/u;
const splitZebra = (zebra: FrrText): { zebra: FrrText; staticd?: FrrText } => {
  const lines = linesOf(zebra.text);
  if (!lines.some((line) => staticLine.test(line))) return { zebra };
  const keep = (wanted: (line: string) => boolean): FrrText => ({
    ...zebra,
    text: `${lines.map((line) => (wanted(line) ? line : '!')).join('\n')}\n`,
  });
  return {
    zebra: keep((line) => !staticLine.test(line)),
    staticd: keep((line) => staticLine.test(line) || vrfLine.test(line)),
  };
};

/** The entry with texts for paths; `config` is split among the daemons. */
export const includeFrr = async (given: Entry, node: string, at: Path, reader: Reader): Promise<Entry> => {
  const frr = withDirectory(given, at, reader);
  const result: Entry = { ...frr };
  const texts = new Map<string, FrrText[]>();
  for (const name of frrDaemons) {
    const text = read(frr[name], [...at, name], reader);
    if (text !== undefined) texts.set(name, [withoutLogFiles(text, node, reader)]);
  }
  const [zebraText] = texts.get('zebra') ?? [];
  if (zebraText !== undefined && !texts.has('staticd')) {
    const { zebra, staticd } = splitZebra(zebraText);
    texts.set('zebra', [zebra]);
    if (staticd !== undefined) texts.set('staticd', [staticd]);
  }
  if (frr['daemons'] !== undefined)
    result['daemons'] = read(frr['daemons'], [...at, 'daemons'], reader) ?? frr['daemons'];
  const config = read(frr['config'], [...at, 'config'], reader);
  if (config !== undefined) {
    result['config'] = config;
    const clean = withoutLogFiles(config, node, reader);
    // Loaded only here: most topologies hold no such file, and reading one must be quick.
    const { splitConfiguration } = await import('./frr-split.ts');
    const { daemons, refused } = await splitConfiguration(clean.text);
    const lines = linesOf(config.text);
    for (const { line, message } of refused) {
      const text = `${config.file ?? 'frr.conf'}:${line}: FRR does not take "${(lines[line - 1] ?? '').trim()}" (${message.split(':')[0] ?? ''})`;
      if (frr['refused'] === 'note') reader.notes.push(text);
      else reader.problem([...at, 'config'], text, 'this machine’s FRR decides; vtysh --version tells which it is');
    }
    for (const [name, own] of daemons) {
      if (own.length === 0) continue;
      const text = `${own.map((line) => line.text).join('\n')}\n`;
      const part: FrrText = { text, lines: own.map(({ line }) => line) };
      if (config.file !== undefined) part.file = config.file;
      texts.set(name, [...(texts.get(name) ?? []), part]);
    }
  }
  for (const [name, list] of texts) result[name] = list;
  noteIdle(result, node, reader);
  return result;
};

/** FRR leaves the lines of daemons that do not run unread; that is told. */
const noteIdle = (frr: Entry, node: string, reader: Reader): void => {
  const parsed = frrSchema.safeParse(frr);
  if (!parsed.success || reader.problems.length > 0) return;
  for (const daemon of idleDaemons(parsed.data))
    reader.notes.push(
      `${node}: its lines for ${daemon} are not read, because its daemons file does not start ${daemon}`,
    );
};
