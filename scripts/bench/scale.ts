/**
 * G7: an Internet of 200 routers, 50 systems of 4 with OSPF and a route reflector inside and BGP with policy between
 * them. `up` ends when every session stands and every router's kernel has every prefix; then every table must become what
 * Gao and Rexford's rules demand, and hosts of far systems must reach each other, or the figures count for nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { withLab } from '../../src/index.ts';
import { eventually } from '../../src/kernel/wait.ts';
import asGraph from '../../topologies/generated/as-graph.ts';
import type { Row } from './report.ts';
import type { Workspace } from './workspace.ts';
import { worldProblems, worldTables } from './world.ts';
import { eventsOf, freed, processesOf, up, xiyou } from './xiyou.ts';

/** Milliseconds until every best path must be the one that the agreements demand. */
const deadline = 60_000;

/** A figure of a file of /proc in kB, as MB; 0 where the process has ended. */
const megabytes = (file: string, key: string): number => {
  try {
    return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'mu').exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};
const available = (): number => megabytes('/proc/meminfo', 'MemAvailable');

/** Seconds of processor time of a process and of what it has waited for (proc(5): utime to cstime); 0 when it has ended. */
const processorTime = (pid: number): number => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return 0;
  }
};
const sumOf = (pids: readonly number[], figure: (pid: number) => number): number =>
  pids.reduce((sum, pid) => sum + figure(pid), 0);

const measure = async (work: Workspace, families: '4' | '4 and 6'): Promise<Row[]> => {
  const lab = `bench-scale-${families.length}`;
  const parameters = { n: '50', routers: '4', hosts: '16', families, name: lab };
  const file = work.file(`${lab}.json`);
  writeFileSync(file, JSON.stringify(asGraph(parameters)));
  await freed();
  const before = available();
  const made = await up(work, lab, file);
  const pids = processesOf(lab);
  const cpu = made.cpu + sumOf(pids, processorTime);
  const [taken, pss] = [before - available(), sumOf(pids, (pid) => megabytes(`/proc/${pid}/smaps_rollup`, 'Pss'))];
  const began = performance.now();
  await withLab(lab, async (open) => {
    const right = await eventually(
      async () => worldProblems(await worldTables(open, parameters), parameters).length === 0 || undefined,
      deadline,
      work.signal,
    );
    if (right !== true)
      throw new Error(
        `the routes are not those of the agreements: ${worldProblems(await worldTables(open, parameters), parameters)
          .slice(0, 5)
          .join('; ')}`,
      );
  });
  const judged = (performance.now() - began) / 1000;
  await xiyou(['check', '--lab', lab], { signal: work.signal });
  const down = await xiyou(['down', lab], { signal: work.signal });
  const gone = down.seconds + (await freed());
  made.undone();
  const stage = (name: string): number =>
    Number(
      eventsOf(made).find((event) => event['event'] === 'stage-end' && event['stage'] === name)?.['seconds'] ?? NaN,
    );
  const what = `200 routers, OSPF and BGP over IPv${families}`;
  const goal = families === '4';
  return [
    {
      goal: 'G7',
      what: `up, ${what}`,
      xiyou: made.seconds,
      ...(goal ? { bound: '<= 30 s', holds: made.seconds <= 30 } : {}),
    },
    { goal: 'G7', what: '  of that until the last daemon started', xiyou: made.seconds - stage('probes') },
    { goal: 'G7', what: '  of that until every route was there', xiyou: stage('probes') },
    { goal: 'G7', what: '  processor time of the command and all daemons', xiyou: cpu },
    { goal: 'G7', what: '  every table read and judged, all right', xiyou: judged },
    {
      goal: 'G7',
      what: `  memory, ${pids.length} processes (PSS)`,
      unit: 'MB',
      xiyou: pss,
      ...(goal ? { bound: '<= 6000 MB', holds: pss <= 6000 } : {}),
    },
    { goal: 'G7', what: '  memory that is no longer available', unit: 'MB', xiyou: taken },
    { goal: 'G7', what: '  down until freed', xiyou: gone },
  ];
};

/** Measures over IPv4, the bound's; with `full` over both IP versions too. */
export const scale = async (
  work: Workspace,
  { full }: { readonly full: boolean },
  progress: (what: string) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const families of full ? (['4', '4 and 6'] as const) : (['4'] as const)) {
    progress(`200 routers of 50 systems, IPv${families}`);
    rows.push(...(await measure(work, families)));
  }
  return rows;
};
