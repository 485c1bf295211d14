/**
 * Lines of people's FRR files that a daemon did not take. FRR starts without them and only logs `… on config line N`
 * (lib/command.c, vty_read_file); a lab that lacks a line of its configuration is not the lab that was asked for.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { XiyouError } from '../errors.ts';
import type { Probe } from '../fragment/fragment.ts';
import type { Lab } from './lab.ts';
import { nodeDirectory } from './paths.ts';

export interface RefusedLine {
  readonly node: string;
  readonly daemon: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** FRR's word for it: `No such command`. */
  readonly reason: string;
}

/** FRR's log: time, daemon, `[unique id]`, `[EC code]`, then the words. */
const complaint = /(?:^|\] )([A-Z][A-Za-z ]+) on config line (\d+): (.*)$/u;

/** What a daemon complains of in its output; `origin` says where the lines of its file come from. */
export const complaintsIn = (
  output: string,
  { node, daemon, origin }: { node: string; daemon: string; origin: readonly (readonly [string, number])[] },
): RefusedLine[] => {
  const found = new Map<string, RefusedLine>();
  for (const entry of output.split('\n')) {
    const [, reason = '', number = '', text = ''] = complaint.exec(entry) ?? [];
    if (reason === '') continue;
    const [file, line] = origin[Number(number) - 1] ?? [`/etc/frr/${daemon}.conf of ${node}`, Number(number)];
    found.set(`${file}:${line}`, { node, daemon, file, line, text: text.trim(), reason });
  }
  return [...found.values()];
};

/** What the daemon of a probe did not take, by its log. */
export const refusedLines = (lab: Lab, { node, question }: Probe): RefusedLine[] => {
  if (question.ask !== 'accepted') return [];
  const log = path.join(nodeDirectory(lab.paths, node), 'log', `${question.daemon}.log`);
  return existsSync(log) ? complaintsIn(readFileSync(log, 'utf8'), { node, ...question }) : [];
};

/** A refused line for people: place, text, and who refused it. */
export const refusedText = ({ file, line, text, node, daemon, reason }: RefusedLine): string =>
  `${file}:${line}: ${text}  (${daemon} of ${node}: ${reason})`;

/** The error with every such line, in the order of the files. */
export const refusedError = (lines: readonly RefusedLine[]): XiyouError => {
  const sorted = [...lines].sort((left, right) => left.file.localeCompare(right.file) || left.line - right.line);
  const [first] = sorted;
  return new XiyouError(
    'configuration-refused',
    `FRR does not take ${lines.length === 1 ? 'a line' : `${lines.length} lines`} of its configuration`,
    {
      where: first === undefined ? undefined : `${first.file}:${first.line}`,
      details: sorted.map(refusedText),
      hint: 'mend the file and run up again; a lab that was being brought up is left as it is',
    },
  );
};
