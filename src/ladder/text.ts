/**
 * A ladder as text: one lane for each who takes part, an arrow for each message, and beside it what was said. Lanes are
 * narrow and words stand to their right, since names of messages are longer than any terminal is wide between two lanes.
 */
import { cells, pad, shorten, wrap } from '../cells.ts';
import type { Actor, Role } from './actor.ts';
import type { Ladder } from './ladder.ts';
import { foldedText, type SelectOptions, type Step, stepsOf } from './select.ts';

/** How parts of the text are set off; each takes and returns text without changing its width. */
export interface LadderPainter {
  readonly title: (text: string) => string;
  readonly node: (text: string) => string;
  readonly what: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly bad: (text: string) => string;
}
const same = (text: string): string => text;
const plain: LadderPainter = { title: same, node: same, what: same, faint: same, bad: same };

export interface LadderTextOptions extends SelectOptions {
  /** Cells of a line; 100 when not given, never less than 72. */
  readonly width?: number | undefined;
  readonly painter?: LadderPainter | undefined;
  /** What people call a node; shown below the lanes where it is not its name. */
  readonly title?: ((node: string) => string) | undefined;
  /** Nanoseconds since the epoch that count as 0; the first message shown when not given. */
  readonly begin?: bigint | undefined;
}

const LEAST_WIDTH = 72;
/** Cells of the time, and of the interface's name. */
const TIME = 8;
const INTERFACE = 5;
/** Cells that words keep at least, and of a lane at most and at least. */
const WORDS = 40;
const [WIDEST, NARROWEST] = [9, 4];
/** Cells that words keep on the narrowest terminal, and names that are told of a shared lane at most. */
const LEAST_WORDS = 24;
const MOST_NAMES = 3;

/** One lane: an actor, or all actors of a role where there are too many for a lane each. */
interface Lane {
  readonly name: string;
  readonly members: ReadonlySet<string>;
}

interface Frame {
  readonly lanes: readonly Lane[];
  /** Cells from one lifeline to the next. */
  readonly lane: number;
  readonly words: number;
}

/** What several of a role are called on the lane that they share. */
const crowds: Readonly<Record<Role, string>> = {
  ...{ phone: 'phones', enodeb: 'eNodeBs', mme: 'MMEs', hss: 'HSSs', sgw: 'SGWs', pgw: 'PGWs', ocs: 'OCSs' },
};

const lanesOf = (actors: readonly Actor[], width: number): readonly Lane[] => {
  const alone = actors.map(({ name }): Lane => ({ name, members: new Set([name]) }));
  if (actors.length * NARROWEST <= width - TIME - INTERFACE - 4 - LEAST_WORDS) return alone;
  const roles = Map.groupBy(actors, ({ role }) => role);
  return [...roles].map(([role, members]) => ({
    name: members.length === 1 ? (members[0]?.name ?? '') : role === undefined ? 'others' : crowds[role],
    members: new Set(members.map(({ name }) => name)),
  }));
};

const frameOf = (actors: readonly Actor[], width: number): Frame => {
  const lanes = lanesOf(actors, width);
  const longest = Math.max(...lanes.map(({ name }) => cells(name)), 1);
  const room = Math.floor((width - TIME - INTERFACE - 4 - WORDS) / Math.max(1, lanes.length));
  const lane = Math.max(NARROWEST, Math.min(WIDEST, longest + 1, room));
  return { lanes, lane, words: Math.max(LEAST_WORDS, width - TIME - INTERFACE - 4 - lane * lanes.length) };
};

/** Who of a shared lane a step is about; nothing where every lane is one actor's. */
const whoText = ({ lanes }: Frame, { from, to }: Step): string => {
  const shared = [from, ...to].filter((name) => lanes.some(({ members }) => members.size > 1 && members.has(name)));
  if (shared.length === 0) return '';
  return shared.length > MOST_NAMES ? `(${shared.length} of them) ` : `(${shared.join(', ')}) `;
};

/** Where a lifeline stands inside its lane. */
const centre = ({ lane }: Frame): number => Math.floor((lane - 1) / 2);

/** Names of lanes: on one line, or on two in turn where they are longer than a lane. */
const headings = (frame: Frame): readonly string[] => {
  const { lanes: actors, lane } = frame;
  const fits = actors.every(({ name }) => cells(name) < lane);
  const rows = fits ? 1 : 2;
  return Array.from({ length: rows }, (_, row) => {
    let line = '';
    for (const [index, { name }] of actors.entries()) {
      if (index % rows !== row) continue;
      const text = shorten(name, lane * rows - 1);
      const start = Math.max(cells(line), index * lane + centre(frame) - Math.floor((cells(text) - 1) / 2));
      line = pad(line, start) + text;
    }
    return pad(line, actors.length * lane);
  });
};

/** Lifelines, with an arrow where there is one. */
const lifelines = (frame: Frame, step: Step | undefined): string => {
  const { lanes: actors, lane } = frame;
  const at = (name: string): number => actors.findIndex(({ members }) => members.has(name)) * lane + centre(frame);
  const line = Array.from({ length: actors.length * lane }, () => ' ');
  for (const index of actors.keys()) line[index * lane + centre(frame)] = '│';
  if (step === undefined) return line.join('');
  const from = at(step.from);
  const ends = step.to.map(at);
  const reach = (end: number): void => {
    const [low, high] = from < end ? [from, end] : [end, from];
    for (let cell = low + 1; cell < high; cell += 1) line[cell] = line[cell] === '│' ? '┼' : '─';
    if (from < end) line[high - 1] = '▶';
    else line[low + 1] = '◀';
  };
  for (const end of ends) if (end !== from) reach(end);
  // A broadcast ends at each of its listeners; who lies between them is passed.
  for (const end of ends) if (end !== from) line[from < end ? end - 1 : end + 1] = from < end ? '▶' : '◀';
  if (ends.every((end) => end === from)) line[from + 1] = '↺';
  return line.join('');
};

const milliseconds = (time: bigint): string => (Number(time) / 1e6).toFixed(1).padStart(TIME - 1);

const stepLines = (frame: Frame, step: Step, begin: bigint, painter: LadderPainter): string[] => {
  const words = [
    ...wrap(`${whoText(frame, step)}${step.text}`, frame.words).map((line) => ({ line, strong: true })),
    ...(step.details.length === 0
      ? []
      : wrap(step.details.join(', '), frame.words).map((line) => ({ line, strong: false }))),
  ];
  const failed = step.rungs.some(
    ({ problem, nas }) => problem !== undefined || nas.some((one) => one.problem !== undefined),
  );
  const strong = failed ? painter.bad : painter.what;
  return words.map(({ line, strong: isName }, index) => {
    const head = index === 0 ? milliseconds((step.rungs[0]?.time ?? begin) - begin) : ' '.repeat(TIME - 1);
    const name = index === 0 ? pad(step.interface, INTERFACE) : ' '.repeat(INTERFACE);
    return `${painter.faint(head)}  ${lifelines(frame, index === 0 ? step : undefined)} ${name} ${(isName ? strong : painter.faint)(line)}`.trimEnd();
  });
};

/** The ladder for a terminal; undefined when there is nothing to show. */
export const ladderText = (ladder: Ladder, options: LadderTextOptions = {}): string | undefined => {
  const { painter = plain, title = same } = options;
  const { steps, folded } = stepsOf(ladder, options);
  const [first] = steps;
  if (first === undefined) return undefined;
  const present = new Set(
    steps.flatMap(({ from, to, rungs }) => [from, ...to, ...rungs.flatMap((rung) => [rung.from, ...rung.to])]),
  );
  const actors = ladder.actors.filter(({ name }) => present.has(name));
  const frame = frameOf(actors, Math.max(LEAST_WIDTH, options.width ?? 100));
  const begin = options.begin ?? first.rungs[0]?.time ?? 0n;
  const margin = ' '.repeat(TIME + 1);
  const called = actors.flatMap(({ name }) => (title(name) === name ? [] : [`${name} ${title(name)}`]));
  const [top = '', ...more] = headings(frame);
  return [
    ...(called.length === 0
      ? []
      : wrap(called.join(', '), frame.words + frame.lane * frame.lanes.length).map((line) =>
          painter.faint(`${margin}${line}`),
        )),
    `${painter.faint(pad('     ms', TIME + 1))}${painter.node(top)}`.trimEnd(),
    ...more.map((line) => `${margin}${painter.node(line)}`.trimEnd()),
    ...steps.flatMap((step) => stepLines(frame, step, begin, painter)),
    ...(folded.size === 0
      ? []
      : wrap(`folded: ${foldedText(folded)}`, 70).map((line) => painter.faint(`${margin}${line}`))),
  ].join('\n');
};
