/** What a lab is made of at this moment: its nodes, their addresses, and their processes with the memory they hold. */
import { readFileSync } from 'node:fs';
import { statusPath } from '../features/epc/config.ts';
import { dataPathOf } from '../journey/core.ts';
import { alive } from '../kernel/pid.ts';
import { functionsOf } from './epc.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import { type DaemonRecord, latestProcesses, noteOf } from './keeper/ended.ts';
import { needsKeeper, runningKeeper } from './keeper/keeper.ts';
import { type LabRecord, readRecords } from './state.ts';

export interface ProcessRow {
  readonly name: string;
  readonly pid: number;
  readonly state: 'running' | 'ended';
  /** Resident memory in KiB (VmRSS, proc(5)). */
  readonly memory: number;
  /** How it ended, and when it is started again at the earliest: `exit 1`, `SIGKILL`, `unknown`. */
  readonly ended?: { readonly how: string; readonly at: string; readonly again?: string | undefined } | undefined;
  /** How often it ended by itself and was started again; when last, and how it had ended. */
  readonly restarts?: { readonly count: number; readonly at: string; readonly how: string } | undefined;
}
/** The process that brings back what ends by itself; `none` where there is nothing that it could bring back. */
export interface KeeperRow {
  readonly state: 'running' | 'ended' | 'off' | 'none';
  readonly pid?: number | undefined;
  readonly memory?: number | undefined;
}
export interface NodeRow {
  readonly node: string;
  readonly kind: string;
  readonly title: string | undefined;
  readonly state: 'up' | 'stopped' | 'gone';
  readonly asn: number | undefined;
  readonly addresses: readonly string[];
  readonly processes: readonly ProcessRow[];
  /** How a function of the LTE user plane carries packets, by itself: `bpf` or `threads`. */
  readonly dataPath?: string | undefined;
}

const memoryOf = (pid: number): number => {
  try {
    return Number(/^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

/** The data path that a function wrote into its status file; a look at who runs what asks no process. */
const dataPathIn = (lab: Lab, node: string): string | undefined => {
  try {
    return dataPathOf(JSON.parse(readFileSync(locate(lab.rootOf(node), statusPath), 'utf8')));
  } catch {
    return undefined;
  }
};

const stateOf = (lab: Lab, node: string): NodeRow['state'] => {
  if (!lab.store.exists(node)) return 'gone';
  return Object.hasOwn(lab.state.stopped ?? {}, node) ? 'stopped' : 'up';
};

const endOf = (records: readonly LabRecord[], process: DaemonRecord): Pick<ProcessRow, 'ended'> => {
  const note = noteOf(records, process);
  return note === undefined ? {} : { ended: { how: note.how, at: note.at, again: note.again } };
};

const restartsOf = (records: readonly LabRecord[], process: DaemonRecord): Pick<ProcessRow, 'restarts'> => {
  const last = records.findLast(
    (record) => record.record === 'restart' && record.node === process.node && record.name === process.name,
  );
  return last?.record === 'restart' ? { restarts: { count: last.count, at: last.at, how: last.how } } : {};
};

/** The lab's keeper. `ended` where there should be one: `up` starts it. */
export const keeperRow = (lab: Lab): KeeperRow => {
  if (lab.state.restart === false) return { state: 'off' };
  const keeper = runningKeeper(lab.paths);
  if (keeper !== undefined) return { state: 'running', pid: keeper.pid, memory: memoryOf(keeper.pid) };
  return { state: needsKeeper(lab.state) ? 'ended' : 'none' };
};

/** One row per node, in the order of the file; a daemon that was started several times shows once, as it is now. */
export const processRows = (lab: Lab): NodeRow[] => {
  const records = readRecords(lab.paths);
  const latest = latestProcesses(records);
  const byNode = Map.groupBy(latest.values(), (record) => record.node);
  const functions = new Set(functionsOf(lab.state.topology).map(({ node }) => node));
  return lab.state.topology.nodes.map((node) => ({
    node: node.name,
    kind: node.kind,
    title: node.title,
    state: stateOf(lab, node.name),
    asn: node.asn,
    addresses: [...node.loopback, ...node.interfaces.flatMap((port) => port.addresses)],
    ...(functions.has(node.name) ? { dataPath: dataPathIn(lab, node.name) } : {}),
    processes: (byNode.get(node.name) ?? []).map((record) => {
      const running = alive(record);
      return {
        name: record.name,
        pid: record.pid,
        state: running ? 'running' : 'ended',
        memory: running ? memoryOf(record.pid) : 0,
        ...(running ? {} : endOf(records, record)),
        ...restartsOf(records, record),
      };
    }),
  }));
};
