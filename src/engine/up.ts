/**
 * `up`: the difference between the plan and what stands, applied. One verb makes a lab, goes on after a crash, repairs
 * what somebody deleted, follows a changed file, and finds nothing to do the second time.
 */
import { randomUUID } from 'node:crypto';
import type { Operation } from '../fragment/operation.ts';
import { capabilities } from '../kernel/capabilities.ts';
import { isNetworkOperation } from '../kernel/links.ts';
import { openStore, requireNames, storeExists } from '../kernel/namespace.ts';
import { alive } from '../kernel/pid.ts';
import { changes, madeInterfaces, operationKey } from '../plan/difference.ts';
import { type Plan, operationsOf, planTopology } from '../plan/plan.ts';
import type { Topology } from '../topology/topology.ts';
import { apply } from './apply.ts';
import { checkInterrupt, runningDaemons } from './daemons.ts';
import { destroyNode } from './destroy.ts';
import { endDrains } from './drain.ts';
import { type Listener, secondsSince } from './events.ts';
import { endForgotten } from './forgotten.ts';
import type { Written } from './insist.ts';
import { compacted } from './keeper/compact.ts';
import { settleKeeper } from './keeper/keeper.ts';
import { Lab, hostsText } from './lab.ts';
import { registry } from './load.ts';
import { lockLab } from './lock-lab.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { requirePossible } from './possible.ts';
import { waitForProbes } from './probe.ts';
import { difference, unlink } from './repair.ts';
import { requireRoot } from './root.ts';
import { type LabState, bootId, compactRecords, readRecords, readState, writeState } from './state.ts';

export interface UpOptions {
  readonly listener?: Listener;
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for another command on the same lab; 0 gives up at once. */
  readonly wait?: number;
  /** Where the topology came from. */
  readonly file?: string;
  /** Where in that file things are written, for what this machine cannot do. */
  readonly written?: Written | undefined;
  /** False: the lab has no keeper, and what ends stays ended until the next `up`. As it was before when left out. */
  readonly restart?: boolean | undefined;
}

/** How long a second `up` waits for the first one (milliseconds). */
const lockWait = 120_000;

const silent: Listener = () => undefined;

/** Forgets records of processes that have ended and of operations that are no longer planned. */
const compact = (paths: LabPaths, operations: readonly Operation[]): void => {
  const keys = new Set(operations.map(operationKey));
  compactRecords(paths, compacted(readRecords(paths), keys, alive));
};

const newState = (
  paths: LabPaths,
  before: LabState | undefined,
  plan: Plan,
  { file = paths.lab, restart = before?.restart }: UpOptions,
): Omit<LabState, 'version'> => ({
  lab: paths.lab,
  run: before?.run ?? randomUUID(),
  boot: bootId(),
  file,
  phase: 'starting',
  since: before?.since ?? new Date().toISOString(),
  topology: plan.topology,
  operations: operationsOf(plan),
  probes: plan.probes,
  rewrites: plan.rewrites,
  ...(restart === undefined ? {} : { restart }),
});

/** Takes away what the new plan does not want any more; says whether there was anything. */
const removeUnwanted = async (
  paths: LabPaths,
  before: LabState,
  operations: readonly Operation[],
  listener: Listener,
): Promise<boolean> => {
  const { removed, remade, relinked } = changes(before.operations, operations);
  if (removed.length + remade.length + relinked.length === 0) return false;
  const old = new Lab(paths, before);
  try {
    for (const { node, reason } of [
      ...removed.map((node) => ({ node, reason: 'no longer in the topology' })),
      ...remade,
    ]) {
      listener({ event: 'remake', node, reason });
      await destroyNode(old, node);
    }
    for (const link of relinked) unlink(old, link, listener);
  } finally {
    old.close();
  }
  return true;
};

/** Brings a lab up, or brings it back to its plan. Resolves with whether anything had to be done. */
export const up = async (
  topology: Topology,
  options: UpOptions = {},
): Promise<{ changed: boolean; seconds: number }> => {
  const { listener = silent, signal, file = topology.name } = options;
  const began = performance.now();
  requireRoot();
  requirePossible(topology, file, (text) => listener({ event: 'note', text }), options.written);
  const plan = planTopology(topology, registry, capabilities());
  const operations = operationsOf(plan);
  const paths = labPaths(topology.name);
  const lock = await lockLab(paths, `up ${paths.lab}`, { listener, wait: options.wait ?? lockWait });
  try {
    requireNames(
      paths.lab,
      operations.flatMap((operation) => (operation.op === 'namespace' ? [operation.node] : [])),
    );
    const store = openStore(paths.lab);
    const before = readState(paths);
    if (before !== undefined && before.phase !== 'up') await endForgotten(paths, before.run);
    let changed = before === undefined || (await removeUnwanted(paths, before, operations, listener));
    const state = newState(paths, before, plan, options);
    writeState(paths, state);
    const lab = new Lab(paths, { version: 1, ...state }, store);
    try {
      if (before !== undefined && hostsText(before.topology) !== hostsText(topology)) lab.refreshHosts();
      for (const node of Object.keys(before?.stopped ?? {}))
        if (topology.nodes.some(({ name }) => name === node))
          listener({ event: 'note', text: `${node} was stopped; it is started` });
      const drained = (before?.drained ?? []).filter((node) => topology.nodes.some(({ name }) => name === node));
      for (const node of drained) listener({ event: 'note', text: `${node} was drained; it takes part again` });
      const todo = await difference(lab, operations, listener);
      listener({
        event: 'plan',
        lab: paths.lab,
        nodes: topology.nodes.length,
        links: topology.links.length,
        operations: operations.length,
        missing: todo.length,
      });
      changed ||= todo.length > 0;
      await apply(
        lab,
        plan,
        new Set(todo),
        {
          running: runningDaemons(paths),
          made: madeInterfaces(todo),
          signal,
          note: (text) => listener({ event: 'note', text }),
        },
        listener,
      );
      await endDrains(lab, drained);
      const probes = changed || before?.phase !== 'up' ? plan.probes : [];
      await waitForProbes(lab, probes, { listener, signal });
      if (todo.some((operation) => !isNetworkOperation(operation))) compact(paths, operations);
      // Before the state says that all is done: one that a crash leaves unrecorded is then looked for by the next `up`.
      const keeper = await settleKeeper(paths, { version: 1, ...state });
      if (keeper && before?.phase === 'up' && !changed) listener({ event: 'note', text: 'its keeper is started' });
      writeState(paths, { ...state, phase: 'up' });
      const seconds = secondsSince(began);
      listener({ event: 'done', lab: paths.lab, verb: 'up', seconds, changed });
      return { changed, seconds };
    } catch (error) {
      // Ctrl-C at a terminal ends the commands under way in nodes too; that is no failure of theirs.
      checkInterrupt(paths.lab, signal);
      throw error;
    } finally {
      lab.close();
    }
  } finally {
    // A lab that was refused before anything of it was made leaves no trace.
    lock.release({ remove: !storeExists(paths.lab) });
  }
};
