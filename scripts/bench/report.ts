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

const cells = (row: Row): string[] => {
  const unit = row.unit ?? 's';
  return [
    row.goal,
    row.what,
    figure(row.xiyou, unit),
    row.range ?? '',
    figure(row.withoutBfd, unit),
    figure(row.standard, unit),
    figure(row.limit, unit),
    times(row.limit === undefined ? undefined : row.xiyou / row.limit),
    figure(row.mininet, unit),
    times(row.mininet === undefined ? undefined : row.mininet / row.xiyou),
    figure(row.routing, unit),
    times(row.routing === undefined ? undefined : row.xiyou / row.routing),
    times(row.veth === undefined ? undefined : row.xiyou / row.veth),
    times(row.bare === undefined ? undefined : row.xiyou / row.bare),
    times(row.threads === undefined ? undefined : row.xiyou / row.threads),
    row.bound ?? '',
    row.holds === undefined ? '' : row.holds ? 'holds' : 'missed',
  ];
};

const heading = [
  'goal',
  'what',
  'Xiyou',
  'range',
  'without BFD',
  'standard',
  'C limit',
  'to limit',
  'Mininet',
  'faster',
  'routing',
  'of it',
  'of veth',
  'of it without offload',
  'of threads',
  'bound',
  '',
];
/** Columns of numbers stand to the right. */
const numeric = new Set([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);

/** The table; columns that no row fills are left out. */
export const table = (rows: readonly Row[]): string => {
  const all = [heading, ...rows.map(cells)];
  const columns = heading
    .map((_, column) => column)
    .filter((column) => column < 3 || all.slice(1).some((row) => row[column] !== ''));
  const width = (column: number): number => Math.max(...all.map((row) => (row[column] ?? '').length));
  return all
    .map((row) =>
      columns
        .map((column) =>
          numeric.has(column) ? (row[column] ?? '').padStart(width(column)) : (row[column] ?? '').padEnd(width(column)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** The line above the table. */
export const headline = (date: Date, { processors, model, memoryGiB, kernel, system, node, load }: Machine): string =>
  `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC; ${processors} processors (${model}), ${memoryGiB} GiB; ${system}, Linux ${kernel}; node ${node}; load ${load} before the run`;
