/**
 * G1 to G5: building and removing chains, stars and fat trees. The contenders take turns, so that a noisy moment of the
 * machine meets them all; every round makes everything anew and waits until the kernel has freed the last.
 */
import { writeFileSync } from 'node:fs';
import { loadTopology, registry } from '../../src/engine/load.ts';
import { capabilities } from '../../src/kernel/capabilities.ts';
import { operationsOf, planTopology } from '../../src/plan/plan.ts';
import chain from '../../topologies/generated/chain.ts';
import fatTree from '../../topologies/generated/fat-tree.ts';
import type { GeneratedFile } from '../../topologies/generated/parameters.ts';
import star from '../../topologies/generated/star.ts';
import { writeLimitPlan } from './limit.ts';
import { mininetGraph, runMininet } from './mininet.ts';
import type { Row } from './report.ts';
import { settled } from './settled.ts';
import { median, timed } from './timed.ts';
import type { Workspace } from './workspace.ts';
import { eventsOf, freed, processesOf, stateOctets, up, xiyou } from './xiyou.ts';

export interface BuildingOptions {
  readonly full: boolean;
  readonly mininet: boolean;
  /** The compiled limit.c. */
  readonly limit: string;
}

interface Shape {
  readonly what: string;
  readonly size: number;
  readonly make: (name: string) => GeneratedFile;
}

const shapes = (full: boolean): Shape[] => {
  const sizes = full ? [100, 500, 1000] : [100, 500];
  return [
    ...sizes.map((n) => ({ what: `chain of ${n}`, size: n, make: (name: string) => chain({ n: String(n), name }) })),
    ...sizes.map((n) => ({ what: `star of ${n}`, size: n, make: (name: string) => star({ n: String(n), name }) })),
    ...(full ? [4, 8] : [4]).map((k) => ({
      what: `fat tree, k = ${k}`,
      size: k ** 3 / 4 + (5 * k ** 2) / 4,
      make: (name: string) => fatTree({ k: String(k), name }),
    })),
  ];
};

/** Runs that take longer than this many seconds are not repeated. */
const tooLong = 20;
const rounds = 3;

type Samples = Record<string, number[]>;
const note = (samples: Samples, key: string, value: number): void => void (samples[key] ??= []).push(value);

const runXiyou = async (work: Workspace, lab: string, file: string, samples: Samples): Promise<void> => {
  const first = await up(work, lab, file);
  note(samples, 'up', first.seconds);
  note(samples, 'up cpu', first.cpu);
  await settled();
  const again = await xiyou(['up', file, '--json'], { signal: work.signal });
  const changed = eventsOf(again).filter(
    ({ event, missing }) => event === 'remake' || (event === 'plan' && missing !== 0),
  );
  if (changed.length > 0)
    throw new Error(`the second up of ${lab} found something to do: ${JSON.stringify(changed.slice(0, 5))}`);
  note(samples, 'again', again.seconds);
  note(samples, 'octets', stateOctets(lab));
  note(samples, 'processes', processesOf(lab).length);
  // Once, and outside of what is timed: a lab that does not work is not worth measuring.
  if (samples['up']?.length === 1) {
    await xiyou(['check', '--lab', lab], { signal: work.signal });
  }
  const { seconds } = await xiyou(['down', lab], { signal: work.signal });
  note(samples, 'down', seconds + (await freed()));
  first.undone();
};

const runLimit = async (
  work: Workspace,
  program: string,
  name: string,
  plan: string,
  samples: Samples,
): Promise<void> => {
  const directory = `/run/${name}`;
  const undone = work.willUndo(() => timed([program, 'down', directory, name]));
  const made = await timed([program, 'up', plan, directory, name], { signal: work.signal });
  note(samples, 'limit up', made.seconds);
  note(samples, 'limit up cpu', made.cpu);
  await settled();
  const { seconds } = await timed([program, 'down', directory, name], { signal: work.signal });
  note(samples, 'limit down', seconds + (await freed()));
  undone();
};

const measure = async (work: Workspace, shape: Shape, options: BuildingOptions): Promise<Samples> => {
  const lab = `bench-${shape.what.replaceAll(/[^a-z0-9]+/gu, '-').slice(0, 16)}`;
  const file = work.file(`${lab}.json`);
  writeFileSync(file, JSON.stringify(shape.make(lab)));
  const { topology } = await loadTopology(file);
  const operations = operationsOf(planTopology(topology, registry, capabilities()));
  const [plan, graph] = [work.file(`${lab}.plan`), work.file(`${lab}.mininet.json`)];
  writeLimitPlan(plan, operations);
  writeFileSync(graph, JSON.stringify(mininetGraph(topology, operations)));
  const samples: Samples = {};
  const short = (key: string): boolean => (samples[key]?.[0] ?? 0) < tooLong;
  await freed();
  for (let round = 0; round < rounds; round += 1) {
    await runXiyou(work, lab, file, samples);
    await runLimit(work, options.limit, `${lab}-limit`, plan, samples);
    if (options.mininet && short('mininet up') && short('mininet down')) {
      const { up: building, down } = await runMininet(work, graph);
      note(samples, 'mininet up', building);
      note(samples, 'mininet down', down);
      await freed();
    }
  }
  return samples;
};

const rowsOf = ({ what, size }: Shape, samples: Samples): Row[] => {
  const of = (key: string): number | undefined => (samples[key] === undefined ? undefined : median(samples[key]));
  const must = (key: string): number => of(key) ?? Number.NaN;
  const atGoal = size >= 1000;
  const limited = (key: string): { bound: string; holds: boolean } | undefined =>
    atGoal ? { bound: '<= 1.5 x limit', holds: must(key) <= 1.5 * must(`limit ${key}`) } : undefined;
  const faster = (key: string, bound: number): Row[] =>
    of(`mininet ${key}`) === undefined
      ? []
      : [
          {
            goal: 'G2',
            what: `${key}, ${what}`,
            xiyou: must(key),
            mininet: of(`mininet ${key}`),
            bound: size >= 500 ? `>= ${bound} x faster` : undefined,
            holds: size >= 500 ? must(`mininet ${key}`) >= bound * must(key) : undefined,
          },
        ];
  const one = { xiyou: must('up'), limit: of('limit up') };
  return [
    { goal: 'G1', what: `up, ${what}`, ...one, ...limited('up'), samples },
    { goal: 'G1', what: '  its processor time', xiyou: must('up cpu'), limit: of('limit up cpu') },
    { goal: 'G3', what: `down until freed, ${what}`, xiyou: must('down'), limit: of('limit down'), ...limited('down') },
    ...faster('up', 12),
    ...faster('down', 30),
    {
      goal: 'G4',
      what: `up again, nothing to do, ${what}`,
      xiyou: must('again'),
      ...(atGoal ? { bound: '<= 0.5 x up', holds: must('again') <= 0.5 * must('up') } : {}),
    },
    {
      goal: 'G5',
      what: `processes, ${what}`,
      unit: '',
      xiyou: must('processes'),
      bound: '0',
      holds: must('processes') === 0,
    },
    {
      goal: 'G5',
      what: `state per host, ${what}`,
      unit: 'kB',
      xiyou: must('octets') / size / 1000,
      bound: '<= 50 kB',
      holds: must('octets') / size <= 50_000,
    },
  ];
};

/** Measures all shapes; `progress` hears what is under way. */
export const building = async (
  work: Workspace,
  options: BuildingOptions,
  progress: (what: string) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const shape of shapes(options.full)) {
    progress(shape.what);
    rows.push(...rowsOf(shape, await measure(work, shape, options)));
  }
  return rows.toSorted((a, b) => a.goal.localeCompare(b.goal));
};
