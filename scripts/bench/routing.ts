/**
 * G6: grids of OSPF routers. `up` ends when every router has every other one's loopback address in its kernel; the
 * part after the last daemon was started is the convergence.
 */
import { writeFileSync } from 'node:fs';
import grid from '../../topologies/generated/grid.ts';
import type { Row } from './report.ts';
import { median } from './timed.ts';
import type { Workspace } from './workspace.ts';
import { eventsOf, freed, up, xiyou } from './xiyou.ts';

interface Grid {
  readonly side: number;
  readonly families: '4' | '4 and 6';
  readonly timers: 'fast' | 'standard';
  readonly rounds: number;
  /** Seconds of the goal. */
  readonly bound?: number;
}

/** The bounds were set for IPv4 alone, one routing daemon for each router. */
const grids = (full: boolean): Grid[] => [
  { side: 5, families: '4', timers: 'fast', rounds: 3, bound: 1 },
  { side: 5, families: '4 and 6', timers: 'fast', rounds: 3 },
  ...(full
    ? [
        { side: 10, families: '4', timers: 'fast', rounds: 3, bound: 3.5 } as const,
        { side: 10, families: '4 and 6', timers: 'fast', rounds: 1 } as const,
        { side: 5, families: '4', timers: 'standard', rounds: 1 } as const,
      ]
    : []),
];

const secondsOfProbes = (events: readonly Readonly<Record<string, unknown>>[]): number => {
  const end = events.find((event) => event['event'] === 'stage-end' && event['stage'] === 'probes');
  return Number(end?.['seconds']);
};

const measure = async (work: Workspace, one: Grid): Promise<Row[]> => {
  const lab = `bench-grid-${one.side}-${one.families.length}${one.timers === 'fast' ? 'f' : 's'}`;
  const file = work.file(`${lab}.json`);
  const size = String(one.side);
  writeFileSync(
    file,
    JSON.stringify(grid({ w: size, h: size, timers: one.timers, families: one.families, name: lab })),
  );
  const samples: Record<string, number[]> = { up: [], convergence: [], down: [] };
  for (let round = 0; round < one.rounds; round += 1) {
    const made = await up(work, lab, file);
    samples['up']?.push(made.seconds);
    samples['convergence']?.push(secondsOfProbes(eventsOf(made)));
    samples['down']?.push((await xiyou(['down', lab], { signal: work.signal })).seconds);
    made.undone();
    await freed();
  }
  const what = `${one.side ** 2} routers, OSPF over IPv${one.families}, ${one.timers} timers`;
  const of = (key: string): number => median(samples[key] ?? []);
  const verdict =
    one.bound === undefined ? {} : { bound: `<= ${one.bound.toFixed(1)} s`, holds: of('up') <= one.bound };
  return [
    { goal: 'G6', what: `up, ${what}`, xiyou: of('up'), ...verdict, samples },
    { goal: 'G6', what: '  of that after the last daemon started', xiyou: of('convergence') },
    { goal: 'G6', what: '  down', xiyou: of('down') },
  ];
};

/** Measures all grids. */
export const routing = async (
  work: Workspace,
  { full }: { readonly full: boolean },
  progress: (what: string) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const one of grids(full)) {
    progress(`OSPF grid of ${one.side ** 2} routers, IPv${one.families}, ${one.timers} timers`);
    rows.push(...(await measure(work, one)));
  }
  return rows;
};
