/** G8 to G10: the flagship `journey`, in a copy with a name of its own: until the first order is answered, and `down`. */
import journey from '../../topologies/journey/topology.ts';
import type { Row } from './report.ts';
import { median } from './timed.ts';
import type { Workspace } from './workspace.ts';
import { freed, up, xiyou } from './xiyou.ts';

const lab = 'bench-journey';
/** Seconds for the first order. */
const firstOrder = 60;
/** Orders with and without capture, in turns; a single one is a few tens of milliseconds, so the medians count. */
const orders = 9;

interface Flagship {
  readonly trace: { readonly from: string; readonly run: readonly string[] };
}

/** Places an order from the phone; the seconds of the command, or undefined while it fails. */
const order = async (work: Workspace, { trace }: Flagship): Promise<number | undefined> => {
  const { exitCode, seconds } = await xiyou(['exec', '--lab', lab, trace.from, '--', ...trace.run], {
    signal: work.signal,
    within: 30,
    anyExit: true,
  });
  return exitCode === 0 ? seconds : undefined;
};

const firstAnswered = async (work: Workspace, flagship: Flagship): Promise<number> => {
  const began = performance.now();
  while ((await order(work, flagship)) === undefined) {
    if (performance.now() - began > firstOrder * 1000) throw new Error(`no order was answered within ${firstOrder} s`);
  }
  return (performance.now() - began) / 1000;
};

/** What curl says at the end of its output: the seconds of the whole request. */
const timing = ['--write-out', '\\n%{time_total}'];
const lastNumber = (text: string): number => Number(text.trimEnd().split('\n').at(-1));

/** The same order with nothing listening, and under `trace`, which captures every interface of the lab meanwhile. */
const requestTimes = async (work: Workspace, { trace }: Flagship): Promise<{ plain: number[]; traced: number[] }> => {
  const command = ['--', ...trace.run, ...timing];
  const [plain, traced]: [number[], number[]] = [[], []];
  for (let count = 0; count < orders; count += 1) {
    const one = await xiyou(['exec', '--lab', lab, trace.from, ...command], { signal: work.signal });
    plain.push(lastNumber(one.stdout));
    const other = await xiyou(['trace', lab, '--json', '--from', trace.from, ...command], { signal: work.signal });
    traced.push(lastNumber((JSON.parse(other.stdout) as { command: { stdout: string } }).command.stdout));
  }
  return { plain, traced };
};

/** Measures the flagship once warm. */
export const flagship = async (work: Workspace, progress: (what: string) => void): Promise<Row[]> => {
  progress('journey');
  const value: Flagship = journey({ name: lab });
  const samples: Record<string, number[]> = { up: [], order: [], down: [] };
  let requests: { plain: number[]; traced: number[] } = { plain: [], traced: [] };
  for (let round = 0; round < 3; round += 1) {
    const made = await up(work, lab, 'journey', ['-p', `name=${lab}`]);
    samples['up']?.push(made.seconds);
    samples['order']?.push(made.seconds + (await firstAnswered(work, value)));
    if (round === 2) requests = await requestTimes(work, value);
    const { seconds } = await xiyou(['down', lab], { signal: work.signal });
    samples['down']?.push(seconds + (await freed()));
    made.undone();
  }
  const of = (key: string): number => median(samples[key] ?? []);
  const [plain, traced] = [median(requests.plain), median(requests.traced)];
  return [
    { goal: 'G8', what: 'journey: up', xiyou: of('up'), samples },
    {
      goal: 'G8',
      what: 'journey: up and the first order answered',
      xiyou: of('order'),
      bound: '<= 15 s',
      holds: of('order') <= 15,
    },
    { goal: 'G9', what: 'journey: down until freed', xiyou: of('down'), bound: '<= 3 s', holds: of('down') <= 3 },
    { goal: 'G10', what: 'journey: one order by curl, nothing listening', xiyou: plain },
    {
      goal: 'G10',
      what: 'journey: the same, every interface captured',
      xiyou: traced,
      bound: '<= 1.1 x without',
      holds: traced <= 1.1 * plain,
      samples: requests,
    },
  ];
};
