/** The same lab as the protocols' standards have it: for the figure beside a measured one. */
import { labNameLimit } from '../address/name.ts';
import type { Topology } from '../topology/topology.ts';
import { type ConvergeOptions, type Convergence, converge } from './converge.ts';
import { down } from './down.ts';
import { findLab, labNames } from './state.ts';
import { up } from './up.ts';

/** Seconds that traffic may take with standard timers: BGP holds a silent session for 180 s (FRR's default). */
const standardWithin = 240;

/** With the protocols' own timers and without BFD, which no protocol has by itself. */
export const standardOf = (topology: Topology, name: string): Topology => ({
  ...topology,
  name,
  timers: 'standard',
  checks: [],
  nodes: topology.nodes.map((node) => ({
    ...node,
    features: Object.fromEntries(Object.entries(node.features).filter(([feature]) => feature !== 'bfd')),
  })),
});

const freeName = (base: string): string => {
  const names = new Set(labNames());
  for (let n = 0; ; n += 1) {
    const suffix = n === 0 ? '-std' : `-std${n}`;
    const name = `${base.slice(0, labNameLimit - suffix.length).replace(/-+$/u, '')}${suffix}`;
    if (!names.has(name)) return name;
  }
};

/** Brings a copy of the lab up beside it, measures the same event there, and takes it down. */
export const convergeStandard = async (options: ConvergeOptions): Promise<Convergence> => {
  const { state } = findLab(options.lab);
  const name = freeName(state.lab);
  const { listener, signal } = options;
  try {
    await up(standardOf(state.topology, name), {
      ...(listener === undefined ? {} : { listener }),
      ...(signal === undefined ? {} : { signal }),
      file: `${state.file} (standard timers)`,
    });
    return await converge({ ...options, lab: name, within: Math.max(options.within ?? 0, standardWithin) });
  } finally {
    if (labNames().includes(name)) await down(name);
  }
};
