/** What was measured, as rows; the rows as a table for people. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** Figures of one row: seconds, or what `unit` says. `samples` holds every run. */
export interface Row {
  /** The goal the row belongs to, as docs/performance.md counts them. */
  readonly goal: string;
  readonly what: string;
  readonly unit?: string;
  readonly xiyou: number;
  /** The least and the most of several runs, in the same unit. */
  readonly range?: string | undefined;
  /** The same lab with fast timers alone, and with the protocols' own. */
  readonly withoutBfd?: number | undefined;
  readonly standard?: number | undefined;
  readonly limit?: number | undefined;
  readonly mininet?: number | undefined;
  /** Plain kernel routing over the same links. */
  readonly routing?: number | undefined;
  /** The other data path of the LTE user plane. */
  readonly threads?: number | undefined;
  /** A veth pair in the same round, and one without offload. */
  readonly veth?: number | undefined;
  readonly bare?: number | undefined;
  /** The same in a guest on this machine (User-Mode Linux). */
  readonly guest?: number | undefined;
  /** The bound of the goal, where it is meant for this row, and whether it holds. */
  readonly bound?: string | undefined;
  readonly holds?: boolean | undefined;
  readonly samples?: Readonly<Record<string, readonly number[]>>;
}

/** The machine, for whoever reads the numbers later. */
export const machine = () => ({
  processors: availableParallelism(),
  model: cpus()[0]?.model ?? 'unknown',
  architecture: arch(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  system: /^PRETTY_NAME="(.*)"$/mu.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
  node: process.version,
  /** Over the last minute. Above 0 somebody else was working too when the run began, and the seconds say less. */
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
});

export type Machine = ReturnType<typeof machine>;

const figure = (value: number | undefined, unit: string): string => {
  if (value === undefined) return '';
  if (unit !== 's') return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
  return value < 0.0995 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value < 9.95 ? 2 : 1)} s`;
};
const times = (ratio: number | undefined): string =>
  ratio === undefined ? '' : `${ratio.toFixed(ratio < 9.95 ? 2 : 0)} x`;

interface Column {
  readonly heading: string;
  readonly cell: (row: Row) => string;
  /** Numbers stand to the right, words to the left. */
  readonly words?: true;
}

const value =
  (key: 'xiyou' | 'withoutBfd' | 'standard' | 'limit' | 'mininet' | 'routing' | 'guest') =>
  (row: Row): string =>
    figure(row[key], row.unit ?? 's');
/** How many times the other is in the one. */
const ratio = (one: number | undefined, other: number | undefined): string =>
  times(one === undefined || other === undefined ? undefined : one / other);

const columns: readonly Column[] = [
  { heading: 'goal', cell: (row) => row.goal, words: true },
  { heading: 'what', cell: (row) => row.what, words: true },
  { heading: 'Xiyou', cell: value('xiyou') },
  { heading: 'range', cell: (row) => row.range ?? '' },
  { heading: 'without BFD', cell: value('withoutBfd') },
  { heading: 'standard', cell: value('standard') },
  { heading: 'C limit', cell: value('limit') },
  { heading: 'to limit', cell: (row) => ratio(row.xiyou, row.limit) },
  { heading: 'Mininet', cell: value('mininet') },
  { heading: 'faster', cell: (row) => ratio(row.mininet, row.xiyou) },
  { heading: 'routing', cell: value('routing') },
  { heading: 'of it', cell: (row) => ratio(row.xiyou, row.routing) },
  { heading: 'of veth', cell: (row) => ratio(row.xiyou, row.veth) },
  { heading: 'of it without offload', cell: (row) => ratio(row.xiyou, row.bare) },
  { heading: 'of threads', cell: (row) => ratio(row.xiyou, row.threads) },
  { heading: 'in the guest', cell: value('guest') },
  { heading: 'times', cell: (row) => ratio(row.guest, row.xiyou) },
  { heading: 'bound', cell: (row) => row.bound ?? '', words: true },
  { heading: '', cell: (row) => (row.holds === undefined ? '' : row.holds ? 'holds' : 'missed'), words: true },
];

/** The table; columns that no row fills are left out. */
export const table = (rows: readonly Row[]): string => {
  const filled = columns.filter(({ cell }, place) => place < 3 || rows.some((row) => cell(row) !== ''));
  const written = filled.map(({ heading, cell, words }) => {
    const texts = [heading, ...rows.map((row) => cell(row))];
    const width = Math.max(...texts.map(({ length }) => length));
    return texts.map((text) => (words === true ? text.padEnd(width) : text.padStart(width)));
  });
  return [...rows.keys(), rows.length]
    .map((line) =>
      written
        .map((texts) => texts[line] ?? '')
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** The line above the table. */
export const headline = (date: Date, { processors, model, memoryGiB, kernel, system, node, load }: Machine): string =>
  `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC; ${processors} processors (${model}), ${memoryGiB} GiB; ${system}, Linux ${kernel}; node ${node}; load ${load} before the run`;
