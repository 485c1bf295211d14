/**
 * How quick the LTE core is at signalling: the time of one attach as the phone measures it, from power on to the bearer,
 * and how many phones of a lab of cells are let in per second when all are switched on at once.
 */
import { writeFileSync } from 'node:fs';
import { withLab } from '../../src/engine/open.ts';
import { locate } from '../../src/engine/files.ts';
import { askControl } from '../../src/kernel/control.ts';
import type { Lab } from '../../src/engine/lab.ts';
import generatedCells from '../../topologies/generated/cells.ts';
import type { Row } from './report.ts';
import { median } from './timed.ts';
import type { Workspace } from './workspace.ts';
import { freed, up, xiyou } from './xiyou.ts';

const lab = 'bench-cells';
const [phones, cells] = [100, 4];
/** Phones that attach one after the other. */
const alone = 25;
const rounds = 3;
/** Milliseconds for one phone, in a crowd too. */
const patience = 60_000;

type Ask = (node: string, what: 'on' | 'off') => Promise<Readonly<Record<string, unknown>>>;

const asker =
  (lab: Lab): Ask =>
  async (node, what) => {
    const socket = locate(lab.rootOf(node), '/run/epc/control.sock');
    const answer = (await askControl(socket, { do: what }, patience)) as Readonly<Record<string, unknown>> | undefined;
    if (answer?.['ok'] !== true) throw new Error(`${node}: ue ${what}: ${JSON.stringify(answer)}`);
    return answer;
  };

const phonesOf = (lab: Lab): string[] =>
  lab.state.topology.nodes
    .filter(({ features }) => (features['epc'] as { role?: string } | undefined)?.role === 'ue')
    .map(({ name }) => name);

/** Milliseconds of attaches one at a time, and phones per second of all at once, by round. */
const measure = async (ask: Ask, names: readonly string[]): Promise<{ one: number[]; rate: number[] }> => {
  const [one, rate]: [number[], number[]] = [[], []];
  const all = (what: 'on' | 'off'): Promise<unknown> => Promise.all(names.map((name) => ask(name, what)));
  for (let round = 0; round < rounds; round += 1) {
    await all('off');
    for (const name of names.slice(0, alone)) one.push(Number((await ask(name, 'on'))['milliseconds']));
    await all('off');
    const began = performance.now();
    await all('on');
    rate.push(names.length / ((performance.now() - began) / 1000));
  }
  return { one, rate };
};

/** Brings a lab of cells up, switches its phones on and off, takes it away. */
export const attaches = async (work: Workspace, progress: (what: string) => void): Promise<Row[]> => {
  progress(`${phones} phones in ${cells} cells`);
  const file = work.file(`${lab}.json`);
  writeFileSync(file, JSON.stringify(generatedCells({ phones: `${phones}`, cells: `${cells}`, name: lab })));
  const made = await up(work, lab, file);
  const { one, rate } = await withLab(lab, (open) => measure(asker(open), phonesOf(open)));
  await xiyou(['down', lab], { signal: work.signal });
  await freed();
  made.undone();
  return [
    { goal: 'LTE', what: `${phones} phones in ${cells} cells: up, all attached`, xiyou: made.seconds },
    { goal: 'LTE', what: 'one attach, from power on to the bearer', xiyou: median(one) / 1000, samples: { one } },
    { goal: 'LTE', what: `attaches, ${phones} phones at once`, unit: '/s', xiyou: median(rate), samples: { rate } },
  ];
};
