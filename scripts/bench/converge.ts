/**
 * The failure theatre: how long traffic is away after each event of docs/convergence.md, in the labs `failure` and
 * `policy`, with fast timers and BFD and in a copy with standard timers and no BFD. Each figure is a whole
 * `xiyou converge`: from the event to the first answer after which none is missing.
 */
import { writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Convergence } from '../../src/engine/converge.ts';
import type { Row } from './report.ts';
import { median } from './timed.ts';
import type { Workspace } from './workspace.ts';
import { freed, topologyText, up, xiyou } from './xiyou.ts';

interface Case {
  readonly what: string;
  readonly words: readonly string[];
  /** Milliseconds of the goal. */
  readonly bound?: number;
}

const variants = ['fast', 'without BFD', 'standard'] as const;
type Variant = (typeof variants)[number];

interface Scene {
  readonly topology: string;
  readonly cases: readonly Case[];
}

const inside = ['h1', 'h2'] as const;
const across = ['h1', 'temple'] as const;

const scenes: readonly Scene[] = [
  {
    topology: 'failure',
    cases: [
      { what: 'link inside an AS down', words: [...inside, '--link', 'r1', 'r3'], bound: 150 },
      { what: 'link inside an AS silent', words: [...inside, '--link', 'r1', 'r3', '--silent'], bound: 150 },
      { what: 'router of an AS stopped', words: [...inside, '--node', 'r3'] },
      { what: 'router of an AS killed', words: [...inside, '--node', 'r3', '--kill'] },
      { what: 'router of an AS restarted', words: [...inside, '--node', 'r3', '--restart'] },
      { what: 'border link down', words: [...across, '--link', 'r2', 'north'], bound: 1500 },
      { what: 'border link silent', words: [...across, '--link', 'r2', 'north', '--silent'], bound: 1500 },
      { what: 'border router killed', words: [...across, '--node', 'r2', '--kill'], bound: 1500 },
      { what: 'BGP session of a border reset', words: [...across, '--bgp-reset', 'r2', 'north'] },
      { what: 'transit AS stopped', words: [...across, '--asn', '65010'] },
      { what: 'transit AS killed', words: [...across, '--asn', '65010', '--kill'] },
    ],
  },
  {
    topology: 'policy',
    cases: [
      {
        what: 'far border of a customer of two down',
        words: ['monk', 'temple', '--link', 'd1', 'e1'],
        bound: 1500,
      },
      { what: 'its BGP session reset', words: ['monk', 'temple', '--bgp-reset', 'd1', 'e1'] },
      { what: 'AS behind an exchange point killed', words: ['trader', 'temple', '--asn', '65666', '--kill'] },
    ],
  },
];

/** Rounds with fast timers, and with standard ones, where a single one may take three minutes. */
const rounds: Readonly<Record<Variant, number>> = { fast: 7, 'without BFD': 3, standard: 2 };
const fewer: Readonly<Record<Variant, number>> = { fast: 3, 'without BFD': 1, standard: 1 };
/** Seconds after which traffic counts as gone for good: BGP holds a silent session for 180 s (FRR's default). */
const within = 240;

interface File {
  readonly defaults?: { readonly router?: Readonly<Record<string, unknown>> };
}

/** A topology of topologies/ under another name, as a variant has it: with BFD as the file says, or as usual, or without. */
const fileOf = (topology: string, name: string, variant: Variant): string => {
  const file = parse(topologyText(`${topology}.yml`)) as File;
  const { bfd = {}, ...router } = file.defaults?.router ?? {};
  return stringify({
    ...file,
    name,
    timers: variant === 'standard' ? 'standard' : 'fast',
    defaults: { ...file.defaults, router: variant === 'fast' ? { ...router, bfd } : router },
    checks: [],
  });
};

/** One event; milliseconds. */
const once = async (work: Workspace, lab: string, { what, words }: Case): Promise<number> => {
  const { stdout } = await xiyou(['converge', '--lab', lab, '--json', '--within', String(within), ...words], {
    signal: work.signal,
    within: within + 120,
  });
  const { flowsAgain, meets, afterwards } = JSON.parse(stdout) as Convergence;
  if (flowsAgain === undefined) throw new Error(`${lab}, ${what}: no traffic again within ${within} s`);
  if (meets === 'no') throw new Error(`${lab}, ${what}: the probes do not come by it`);
  if (afterwards !== undefined) throw new Error(`${lab}, ${what}: ${afterwards}`);
  return flowsAgain;
};

/** All cases of a scene in one variant: samples by case. */
const play = async (
  work: Workspace,
  { topology, cases }: Scene,
  variant: Variant,
  count: number,
  progress: (what: string) => void,
): Promise<Map<Case, number[]>> => {
  const lab = `bench-${topology}`;
  const file = work.file(`${lab}.yml`);
  writeFileSync(file, fileOf(topology, lab, variant));
  const { undone } = await up(work, lab, file);
  const samples = new Map<Case, number[]>(cases.map((one) => [one, []]));
  // One after the other, again and again: what disturbs the machine for a while disturbs all of them.
  for (let round = 1; round <= count; round += 1)
    for (const one of cases) {
      const sample = await once(work, lab, one);
      samples.get(one)?.push(sample);
      progress(`${topology}, ${variant}, round ${round} of ${count}: ${one.what}: ${sample} ms`);
    }
  await xiyou(['down', lab], { signal: work.signal });
  undone();
  await freed();
  return samples;
};

const rangeOf = (samples: readonly number[]): string =>
  `${Math.round(Math.min(...samples))} – ${Math.round(Math.max(...samples))}`;

/**
 * Measures every event.
 *
 * @param fastOnly with fast timers and BFD only: minutes instead of most of an hour
 */
export const converge = async (
  work: Workspace,
  { full, fastOnly }: { readonly full: boolean; readonly fastOnly: boolean },
  progress: (what: string) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const scene of scenes) {
    const played = new Map<Variant, Map<Case, number[]>>();
    for (const variant of fastOnly ? (['fast'] as const) : variants)
      played.set(variant, await play(work, scene, variant, (full ? rounds : fewer)[variant], progress));
    for (const one of scene.cases) {
      const of = (variant: Variant): readonly number[] => played.get(variant)?.get(one) ?? [];
      const fast = median(of('fast'));
      rows.push({
        goal: 'G13',
        what: `${scene.topology}: ${one.what}`,
        unit: 'ms',
        xiyou: Math.round(fast),
        range: rangeOf(of('fast')),
        ...(fastOnly
          ? {}
          : { withoutBfd: Math.round(median(of('without BFD'))), standard: Math.round(median(of('standard'))) }),
        samples: Object.fromEntries([...played.keys()].map((variant) => [variant, of(variant)])),
        ...(one.bound === undefined ? {} : { bound: `<= ${one.bound} ms`, holds: fast <= one.bound }),
      });
    }
  }
  return rows;
};
