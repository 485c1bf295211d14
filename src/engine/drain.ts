/**
 * Draining: a node that shall be worked on gets nothing new, and what goes over it already stays until it ends by itself.
 *
 * Its BGP neighbours are told that it will go (graceful shutdown, RFC 8326): its routes carry the community GRACEFUL_SHUTDOWN,
 * and FRR gives such a route the local preference 0, so that any other way is taken while this one still works. And the
 * hypervisors of which it is one of several ways out have it in no group for new connections any more.
 */
import { XiyouError } from '../errors.ts';
import type { FlowsOperation } from '../fragment/operation.ts';
import { capabilities } from '../kernel/capabilities.ts';
import type { Lock } from '../kernel/lock.ts';
import { runIn } from '../kernel/process.ts';
import { eventually } from '../kernel/wait.ts';
import { operationKey } from '../plan/difference.ts';
import { operationsOf, planTopology } from '../plan/plan.ts';
import type { Topology } from '../topology/topology.ts';
import { type Listener, secondsSince } from './events.ts';
import { Lab } from './lab.ts';
import { registry } from './load.ts';
import { lockLab } from './lock-lab.ts';
import { mapLimit } from './once.ts';
import { requireRoot } from './root.ts';
import { findLab, findNode, requireRunning, writeState } from './state.ts';
import { setFlows } from './switches.ts';

export interface DrainOptions {
  /** The lab, when several are up. */
  readonly lab?: string | undefined;
  readonly listener?: Listener | undefined;
  /** Milliseconds to wait for another command on the same lab. */
  readonly wait?: number | undefined;
  /** The lab's lock, where the caller holds it already. */
  readonly held?: Lock | undefined;
}

const lockWait = 120_000;

/** The topology in which these nodes are drained ways out. */
const drainedTopology = (topology: Topology, drained: readonly string[]): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    exits: tenant.exits.map((exit) => (drained.includes(exit.node) ? { ...exit, drained: true as const } : exit)),
  })),
});

const flowsOf = (topology: Topology): FlowsOperation[] =>
  operationsOf(planTopology(topology, registry, capabilities())).filter(
    (operation): operation is FlowsOperation => operation.op === 'flows',
  );

/** Sets the flows and groups of the hypervisors on which they are others than before. */
const setGroups = async (
  lab: Lab,
  before: readonly string[],
  now: readonly string[],
  wanted: (node: string) => boolean = () => true,
): Promise<void> => {
  const { topology, stopped = {} } = lab.state;
  const known = new Set(flowsOf(drainedTopology(topology, before)).map(operationKey));
  const changed = flowsOf(drainedTopology(topology, now)).filter(
    (operation) =>
      !known.has(operationKey(operation)) && !Object.hasOwn(stopped, operation.node) && wanted(operation.node),
  );
  await mapLimit(changed, 4, (operation) => setFlows(lab, operation, { running: new Set(), made: new Set() }));
};

/** Milliseconds until a bgpd that was just started takes a word. */
const answerWait = 10_000;

/** Tells bgpd of a node that it is to go, or that it stays. The neighbours of one that does not run know already. */
const tellNeighbours = async (lab: Lab, node: string, goes: boolean): Promise<void> => {
  const { asn, features } = findNode(lab.state, node);
  if (!('bgp' in features) || asn === undefined) return;
  const word = goes ? 'bgp graceful-shutdown' : 'no bgp graceful-shutdown';
  const place = await lab.insideMachine(node);
  const argv = ['vtysh', '-d', 'bgpd', '-c', 'configure terminal', '-c', `router bgp ${asn}`, '-c', word];
  await eventually(async () => {
    const { exitCode } = await runIn(place, argv, { anyExit: true });
    return exitCode === 0 ? true : undefined;
  }, answerWait);
};

/** What was drained is so again after daemons of these nodes have started anew, its own or those of a hypervisor. */
export const keepDrained = async (lab: Lab, nodes: readonly string[]): Promise<void> => {
  const { drained = [] } = lab.state;
  if (drained.length === 0) return;
  await setGroups(lab, [], drained, (node) => nodes.includes(node));
  for (const node of drained) if (nodes.includes(node)) await tellNeighbours(lab, node, true);
};

/** Nodes that were drained take part again: what BGP was told is taken back. Flows are put right by who repairs them. */
export const endDrains = async (lab: Lab, nodes: readonly string[]): Promise<void> => {
  for (const node of nodes) await tellNeighbours(lab, node, false);
};

const change = async (verb: 'drain' | 'undrain', name: string, options: DrainOptions) => {
  requireRoot();
  const { listener = () => undefined, wait = lockWait } = options;
  const { paths } = findLab(options.lab);
  const lock = options.held ?? (await lockLab(paths, `node ${verb} ${name}`, { listener, wait }));
  try {
    const { state } = findLab(paths.lab);
    const began = performance.now();
    const node = findNode(state, name);
    if (
      !('bgp' in node.features) &&
      !state.topology.tenants.some(({ exits }) => exits.some((exit) => exit.node === name))
    )
      throw new XiyouError('command-line', `nothing goes over ${name} by choice: it speaks no BGP and is no way out`, {
        hint: `xiyou node stop ${name} ends what goes over it`,
      });
    requireRunning(state, name);
    const before = state.drained ?? [];
    if (before.includes(name) === (verb === 'drain')) return { changed: false, seconds: secondsSince(began) };
    const now = verb === 'drain' ? [...before, name] : before.filter((other) => other !== name);
    // Written first: whatever happens from here on, `up` and `undrain` know of it.
    writeState(paths, { ...state, drained: now });
    const lab = new Lab(paths, state);
    try {
      await Promise.all([setGroups(lab, before, now), tellNeighbours(lab, name, verb === 'drain')]);
    } finally {
      lab.close();
    }
    return { changed: true, seconds: secondsSince(began) };
  } finally {
    if (options.held === undefined) lock.release();
  }
};

/**
 * Nothing new goes over the node from here on.
 *
 * @throws XiyouError command-line where nothing chooses the node; unknown-node; node-stopped
 */
export const drainNode = (node: string, options: DrainOptions = {}): ReturnType<typeof change> =>
  change('drain', node, options);

/** It takes part again. */
export const undrainNode = (node: string, options: DrainOptions = {}): ReturnType<typeof change> =>
  change('undrain', node, options);
