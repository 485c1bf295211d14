/**
 * Failure theatre for nodes: one is stopped, as by its power switch or in good order, and started again, while the lab
 * goes on around it. Its namespace and the veth pairs stay, so neighbours keep their interfaces and lose the carrier,
 * as at the end of a cable whose other side has no power. What a computer forgets without power is forgotten here too:
 * processes, /run, and that something was once set up in it.
 */
import { readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Operation } from '../fragment/operation.ts';
import { XiyouError } from '../errors.ts';
import { capabilities } from '../kernel/capabilities.ts';
import { setInterface } from '../kernel/link-change.ts';
import type { Lock } from '../kernel/lock.ts';
import { stopMachine } from '../kernel/machine.ts';
import { alive } from '../kernel/pid.ts';
import { findOwned, terminate } from '../kernel/process.ts';
import { madeInterfaces } from '../plan/difference.ts';
import { cableName } from '../plan/links.ts';
import { operationsOf, planTopology } from '../plan/plan.ts';
import { without } from '../plan/without.ts';
import type { Link } from '../topology/topology.ts';
import { apply } from './apply.ts';
import { keepDrained } from './drain.ts';
import { type Listener, secondsSince } from './events.ts';
import { Lab } from './lab.ts';
import { handlesOf, isCut, restoreRoutes } from './link.ts';
import { registry } from './load.ts';
import { lockLab } from './lock-lab.ts';
import { nodeDirectory } from './paths.ts';
import { waitForProbes } from './probe.ts';
import { difference } from './repair.ts';
import { requireRoot } from './root.ts';
import { type LabState, compactRecords, findLab, findNode, readRecords, writeState } from './state.ts';

export interface NodeOptions {
  /** The lab, when several are up. */
  readonly lab?: string | undefined;
  readonly listener?: Listener | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait for another command on the same lab. */
  readonly wait?: number | undefined;
  /** The lab's lock, where the caller holds it already. */
  readonly held?: Lock | undefined;
}

export interface StopOptions extends NodeOptions {
  /** As when the power goes: nobody gets a farewell. Without it daemons end in good order first. */
  readonly kill?: boolean | undefined;
}

export interface NodeOutcome {
  /** False when the node was in that state already. */
  readonly changed: boolean;
  readonly seconds: number;
}

const lockWait = 120_000;
/** Milliseconds a daemon has for its farewell. */
const grace = 2000;

/** Runs `work` on the lab as it is once nobody else changes it. */
const alone = async <T>(
  verb: string,
  nodes: readonly string[],
  options: NodeOptions,
  work: (lab: Lab) => Promise<T>,
): Promise<T> => {
  requireRoot();
  const { paths } = findLab(options.lab);
  const { listener = () => undefined, wait = lockWait } = options;
  const lock = options.held ?? (await lockLab(paths, `node ${verb} ${nodes.join(' ')}`, { listener, wait }));
  try {
    const { state } = findLab(paths.lab);
    for (const node of nodes) findNode(state, node);
    const lab = new Lab(paths, state);
    try {
      return await work(lab);
    } finally {
      lab.close();
    }
  } finally {
    if (options.held === undefined) lock.release();
  }
};

const save = (lab: Lab, stopped: NonNullable<LabState['stopped']>): void =>
  writeState(lab.paths, { ...lab.state, stopped });

const linksOf = (lab: Lab, node: string): [number, Link][] =>
  [...lab.state.topology.links.entries()].filter(([, link]) => link.ends.some((end) => end.node === node));

/** Interfaces of the node that are down because their link is cut, and not that of a cable or the other end. */
const darkInterfaces = (lab: Lab, node: string, cut: ReadonlySet<number>): Set<string> =>
  new Set(
    linksOf(lab, node)
      .filter(([index]) => cut.has(index))
      .flatMap(([index, link]) => handlesOf(lab, link, index))
      .flatMap((handle) => (handle.node === node ? [handle.name] : [])),
  );

/** Takes the node's links down: its own interfaces, and the ports of the cables that they hang on. */
const darken = (lab: Lab, node: string): void => {
  for (const [index, link] of linksOf(lab, node)) {
    const own = link.ends.filter((end) => end.node === node).map((end) => ({ node, name: end.interface }));
    const cable = lab.store.exists(cableName(index)) ? handlesOf(lab, link, index) : [];
    for (const end of [...own, ...cable]) setInterface(lab.store.handle(end.node).netlink, end.name, false);
  }
};

/** The opposite, but for links that are cut, and for cables whose other node is stopped. */
const lighten = (lab: Lab, node: string, cut: ReadonlySet<number>): void => {
  const dark = darkInterfaces(lab, node, cut);
  for (const [index, link] of linksOf(lab, node)) {
    const own = link.ends
      .filter((end) => end.node === node && !dark.has(end.interface))
      .map((end) => ({ node, name: end.interface }));
    const free = !cut.has(index) && !link.ends.some((end) => Object.hasOwn(lab.state.stopped ?? {}, end.node));
    const cable = free && lab.store.exists(cableName(index)) ? handlesOf(lab, link, index) : [];
    for (const end of [...own, ...cable]) setInterface(lab.store.handle(end.node).netlink, end.name, true);
  }
};

/** Processes of the lab in the node's namespace, whoever started them. */
const strays = (lab: Lab, node: string): ReturnType<typeof findOwned> => {
  const own = `net:[${lab.store.inodeOf(node)}]`;
  return findOwned(lab.state.run).filter(({ pid }) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`) === own;
    } catch {
      return false;
    }
  });
};

/** Lets the node's daemons say goodbye, one after the other, the last that was started first. */
const endDaemons = async (lab: Lab, node: string): Promise<void> => {
  for (const record of readRecords(lab.paths).toReversed())
    if (record.record === 'process' && record.node === node && alive(record)) await terminate([record], grace);
};

const powerOff = async (lab: Lab, node: string): Promise<void> => {
  const machine = lab.running(node);
  const gone = machine === undefined || (await stopMachine(machine));
  const left = await terminate(strays(lab, node), 0);
  if (!gone || left.length > 0)
    throw new XiyouError('kernel-refused', `processes of node ${node} do not end`, {
      where: `${node}: ${left.map(({ pid }) => `pid ${pid}`).join(', ')}`,
      hint: 'they are stuck in the kernel; try again later',
    });
  lab.forget(node);
  rmSync(path.join(nodeDirectory(lab.paths, node), 'root/run'), { recursive: true, force: true });
  compactRecords(
    lab.paths,
    readRecords(lab.paths).filter((record) => record.record === 'keeper' || record.node !== node),
  );
};

/**
 * Stops nodes, all at the same moment: their processes end, their links go dark. Their neighbours' interfaces, other
 * links, and namespaces stay. `kill`: links first and no farewell; without it the daemons tell their neighbours first, as
 * they do.
 */
export const stopNodes = (nodes: readonly string[], options: StopOptions = {}): Promise<NodeOutcome> =>
  alone('stop', nodes, options, async (lab) => {
    const began = performance.now();
    const before = lab.state.stopped ?? {};
    const todo = nodes.filter((node) => !Object.hasOwn(before, node));
    if (todo.length === 0) return { changed: false, seconds: secondsSince(began) };
    const cutLinks = (node: string): number[] =>
      linksOf(lab, node).flatMap(([index, link]) => (isCut(lab, link, index) ? [index] : []));
    // Written first: whatever happens from here on, the nodes are not as planned, and `up` and `start` know it.
    save(lab, { ...before, ...Object.fromEntries(todo.map((node) => [node, { cut: cutLinks(node) }])) });
    if (options.kill !== true) await Promise.all(todo.map((node) => endDaemons(lab, node)));
    for (const node of todo) darken(lab, node);
    await Promise.all(todo.map((node) => powerOff(lab, node)));
    return { changed: true, seconds: secondsSince(began) };
  });

/** One node. */
export const stopNode = (node: string, options?: StopOptions): Promise<NodeOutcome> => stopNodes([node], options);

/** What cannot be done while a link is cut: its interface set up, and routes through it. */
const needs = (operation: Operation, interfaces: ReadonlySet<string>): boolean =>
  (operation.op === 'interface' && interfaces.has(operation.name)) || operation.op === 'route';

/** Everything of the plan that the nodes lack, done; the lab's state says already that they run. */
const bringBack = async (
  lab: Lab,
  cut: ReadonlyMap<string, ReadonlySet<number>>,
  options: NodeOptions,
): Promise<void> => {
  const { listener = () => undefined, signal } = options;
  const { topology } = lab.state;
  const plan = planTopology(topology, registry, capabilities());
  const own = operationsOf(plan).filter((operation) => cut.has(operation.node));
  const dark = new Map([...cut].map(([node, links]) => [node, darkInterfaces(lab, node, links)]));
  for (const [node, links] of cut) lighten(lab, node, links);
  const possible = (operation: Operation): boolean => {
    const names = dark.get(operation.node);
    return names === undefined || names.size === 0 || !needs(operation, names);
  };
  const todo = (await difference(lab, own, listener)).filter(possible);
  const note = (text: string): void => listener({ event: 'note', text });
  await apply(lab, plan, new Set(todo), { running: new Set(), made: madeInterfaces(todo), signal, note }, listener);
  for (const [node, names] of dark) if (names.size > 0) restoreRoutes(lab, [node]);
  // What depends on nodes that are stopped too, or leads over a link that is cut, cannot be waited for.
  const allCut = new Set([...cut.values()].flatMap((links) => [...links]));
  const reachable = without(topology, new Set(Object.keys(lab.state.stopped ?? {})), allCut);
  const probes = planTopology(reachable, registry, capabilities()).probes.filter((probe) => cut.has(probe.node));
  await waitForProbes(lab, probes, { listener, signal });
};

/**
 * Starts nodes that were stopped, as `up` would: files, links, routes, daemons; resolves when the nodes' own probes
 * answer. Links that were cut before they stopped stay cut.
 */
export const startNodes = (nodes: readonly string[], options: NodeOptions = {}): Promise<NodeOutcome> =>
  alone('start', nodes, options, async (lab) => {
    const began = performance.now();
    const stopped = Object.entries(lab.state.stopped ?? {});
    const mine = stopped.filter(([node]) => nodes.includes(node));
    if (mine.length === 0) return { changed: false, seconds: secondsSince(began) };
    save(lab, Object.fromEntries(stopped.filter(([node]) => !nodes.includes(node))));
    lab.reload();
    await bringBack(lab, new Map(mine.map(([node, { cut }]) => [node, new Set(cut)])), options);
    await keepDrained(
      lab,
      mine.map(([node]) => node),
    );
    return { changed: true, seconds: secondsSince(began) };
  });

/** One node. */
export const startNode = (node: string, options?: NodeOptions): Promise<NodeOutcome> => startNodes([node], options);

/** Stops nodes and starts them again. */
export const restartNodes = async (nodes: readonly string[], options: StopOptions = {}): Promise<NodeOutcome> => {
  const { seconds } = await stopNodes(nodes, options);
  const started = await startNodes(nodes, options);
  return { changed: true, seconds: seconds + started.seconds };
};

/** One node. */
export const restartNode = (node: string, options?: StopOptions): Promise<NodeOutcome> => restartNodes([node], options);
