/** Problems of a topology file: every one at once, each with its place, the offending line and a hint. */
import { XiyouError } from '../errors.ts';

export type Path = readonly (string | number)[];

/** Something wrong at a path of the document. */
export interface Problem {
  /** What kind of problem, for machines: `unknown-key`, `address-conflict`, … */
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The problem is about the key at the end of the path, not about its value. */
  readonly aboutKey?: boolean;
}

/** Where a path is written. Lines and columns count from 1; `text` is the whole line. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Finds the place of a path, or of its longest prefix that is written. */
export type Locate = (path: Path, aboutKey: boolean) => Position | undefined;

export interface LocatedProblem extends Problem {
  readonly file: string;
  readonly position: Position | undefined;
}

/** `nodes.r1.ospf.area`, `links[3].mtu`. */
export const pathText = (path: Path): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');

/** Gives each problem its place and puts them in the order of the file. */
export const locateProblems = (problems: readonly Problem[], file: string, locate: Locate): LocatedProblem[] =>
  problems
    .map((problem) => ({ ...problem, file, position: locate(problem.path, problem.aboutKey ?? false) }))
    .sort(
      (left, right) =>
        (left.position?.line ?? 0) - (right.position?.line ?? 0) ||
        (left.position?.column ?? 0) - (right.position?.column ?? 0),
    );

/** A problem as a person reads it: place and message, the line, a caret below the place, the hint. */
export const problemLines = (problem: LocatedProblem): string[] => {
  const { position } = problem;
  const place = position === undefined ? problem.file : `${problem.file}:${position.line}:${position.column}`;
  const where = problem.path.length === 0 ? '' : `${pathText(problem.path)}: `;
  const lines = [`${place} ${where}${problem.message}`];
  if (position !== undefined) {
    lines.push(`    ${position.text.replaceAll('\t', ' ')}`, `    ${' '.repeat(position.column - 1)}^`);
  }
  if (problem.hint !== undefined) lines.push(`    hint: ${problem.hint}`);
  return lines;
};

/** All problems of a file as one error. */
export class TopologyError extends XiyouError {
  readonly problems: readonly LocatedProblem[];
  constructor(file: string, problems: readonly LocatedProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super('file-invalid', `${file} has ${count}`, {
      details: problems.flatMap(problemLines),
      hint: 'mend the file; nothing was changed on this machine',
    });
    this.problems = problems;
  }
}
