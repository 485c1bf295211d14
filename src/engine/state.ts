/**
 * What a lab remembers: the plan it was made from (state.json, written before the kernel is touched, replaced as a
 * whole) and what was started (records.ndjson, appended to as things happen, so that a crash loses nothing).
 * All verbs but `up` work from here; none needs the topology file.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { Probe, Rewrite } from '../fragment/fragment.ts';
import type { Operation } from '../fragment/operation.ts';
import type { Topology } from '../topology/topology.ts';
import { XiyouError } from '../errors.ts';
import { suggestion } from '../topology/suggest.ts';
import { type LabPaths, labPaths, runRoot } from './paths.ts';

/** Grows when the form of state.json changes. */
const version = 1;

export interface LabState {
  readonly version: number;
  readonly lab: string;
  /** Mark in the environment of every process of this lab: XIYOU_RUN. New with every lab made from nothing. */
  readonly run: string;
  /** The kernel's boot id: a lab does not outlive a reboot. */
  readonly boot: string;
  /** Where the topology came from, for people. */
  readonly file: string;
  readonly phase: 'starting' | 'up' | 'stopping';
  readonly since: string;
  readonly topology: Topology;
  readonly operations: readonly Operation[];
  readonly probes: readonly Probe[];
  readonly rewrites: readonly Rewrite[];
  /** Nodes that were stopped on purpose, by name; `up` starts them. */
  readonly stopped?: Readonly<Record<string, StoppedNode>> | undefined;
  /** False where the lab was brought up without its keeper: what ends stays ended until the next `up`. */
  readonly restart?: boolean | undefined;
  /** Nodes that get nothing new; `up` ends that. */
  readonly drained?: readonly string[] | undefined;
}

export interface StoppedNode {
  /** Links of the node that were cut already when it stopped: its start leaves them cut. Indices into the links. */
  readonly cut: readonly number[];
}

/** A process as the machine knows it: a pid is only that process while its start time is the same. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot (/proc/PID/stat, field 22; proc(5)). */
  readonly startTime: number;
}

export type LabRecord =
  | ({ readonly record: 'machine'; readonly node: string } & ProcessId)
  | ({
      readonly record: 'process';
      readonly node: string;
      readonly name: string;
      readonly operation: string;
    } & ProcessId)
  /** The lab's keeper (keeper/main.ts), which belongs to no node. */
  | ({ readonly record: 'keeper' } & ProcessId)
  /** A daemon that ended and that nobody had asked to. */
  | ({
      readonly record: 'ended';
      readonly node: string;
      readonly name: string;
      /** ISO 8601, as `again`. */
      readonly at: string;
      readonly how: string;
      /** When it is started again at the earliest; undefined when it stays ended. */
      readonly again?: string | undefined;
    } & ProcessId)
  /** A daemon that the keeper has started again. */
  | {
      readonly record: 'restart';
      readonly node: string;
      readonly name: string;
      readonly at: string;
      readonly how: string;
      /** How often it was so far, since the node was made or started. */
      readonly count: number;
    }
  | {
      readonly record: 'applied';
      readonly node: string;
      readonly operation: string;
      readonly namespace: number;
      readonly fingerprint: string;
    };

export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** The lab's state, or undefined where there is none that this boot made. */
export const readState = (paths: LabPaths): LabState | undefined => {
  if (!existsSync(paths.state)) return undefined;
  const state = JSON.parse(readFileSync(paths.state, 'utf8')) as LabState;
  if (state.version !== version) {
    throw new XiyouError('unknown-lab', `lab ${paths.lab} was made by another version of Xiyou`, {
      where: paths.state,
      hint: 'take it down with that version',
    });
  }
  return state.boot === bootId() ? state : undefined;
};

/** Replaces the state as a whole: a reader sees the old or the new one, never half of either. */
export const writeState = (paths: LabPaths, state: Omit<LabState, 'version'>): void => {
  mkdirSync(paths.directory, { recursive: true });
  const next = `${paths.state}.next`;
  writeFileSync(next, JSON.stringify({ version, ...state }));
  renameSync(next, paths.state);
};

/** Everything that was started; a line cut short by a crash is left out. */
export const readRecords = (paths: LabPaths): LabRecord[] => {
  if (!existsSync(paths.records)) return [];
  return readFileSync(paths.records, 'utf8')
    .split('\n')
    .flatMap((line): LabRecord[] => {
      try {
        return line === '' ? [] : [JSON.parse(line) as LabRecord];
      } catch {
        return [];
      }
    });
};

export const appendRecord = (paths: LabPaths, record: LabRecord): void =>
  appendFileSync(paths.records, `${JSON.stringify(record)}\n`);

/** Writes the records anew without those that no longer count. */
export const compactRecords = (paths: LabPaths, records: readonly LabRecord[]): void => {
  const next = `${paths.records}.next`;
  writeFileSync(next, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  renameSync(next, paths.records);
};

/** What is recorded of processes that the lab started, whatever they are for: each names one process of the machine. */
export type ProcessRecord = Extract<LabRecord, { record: 'machine' | 'process' | 'keeper' }>;
export const isProcessRecord = (record: LabRecord): record is ProcessRecord =>
  record.record === 'machine' || record.record === 'process' || record.record === 'keeper';

/** Names of the labs that have a run directory. */
export const labNames = (): string[] =>
  existsSync(runRoot)
    ? readdirSync(runRoot, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : [];

/** The lab a verb means: the named one, or the only one there is. */
export const findLab = (name: string | undefined): { paths: LabPaths; state: LabState } => {
  const names = labNames().filter((lab) => readState(labPaths(lab)) !== undefined);
  if (name === undefined && names.length > 1) {
    throw new XiyouError('which-lab', `these labs are up: ${names.join(', ')}`, {
      hint: 'say which one with --lab NAME',
    });
  }
  const lab = name ?? names[0];
  if (lab === undefined)
    throw new XiyouError('unknown-lab', 'no lab is up', { hint: 'bring one up: xiyou up topologies/two-hosts.yml' });
  const paths = labPaths(lab);
  const state = names.includes(lab) ? readState(paths) : undefined;
  if (state === undefined)
    throw new XiyouError('unknown-lab', `no lab "${lab}" is up`, { hint: suggestion(lab, names) });
  return { paths, state };
};

/** The node of a lab, or an error that knows the near misses. */
export const findNode = (state: LabState, name: string): Topology['nodes'][number] => {
  const node = state.topology.nodes.find((candidate) => candidate.name === name);
  if (node !== undefined) return node;
  throw new XiyouError('unknown-node', `lab ${state.lab} has no node "${name}"`, {
    hint: suggestion(
      name,
      state.topology.nodes.map((candidate) => candidate.name),
    ),
  });
};

/** For whoever needs the node to run: throws node-stopped where it was stopped on purpose. */
export const requireRunning = (state: LabState, node: string): void => {
  if (!Object.hasOwn(state.stopped ?? {}, node)) return;
  throw new XiyouError('node-stopped', `node ${node} of lab ${state.lab} is stopped`, {
    hint: `start it: xiyou node start ${node} --lab ${state.lab}`,
  });
};

/** Removes the run directory's files; mounts below it must be gone. */
export const removeDirectory = (paths: LabPaths): void => rmSync(paths.directory, { recursive: true, force: true });
