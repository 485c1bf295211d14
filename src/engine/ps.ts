/** What a lab is made of at this moment: its nodes, their addresses, and their processes with the memory they hold. */
import { readFileSync } from 'node:fs';
import { alive } from '../kernel/pid.ts';
import type { Lab } from './lab.ts';
import { readRecords } from './state.ts';

export interface ProcessRow {
  readonly name: string;
  readonly pid: number;
  readonly state: 'running' | 'ended';
  /** Resident memory in KiB (VmRSS, proc(5)). */
  readonly memory: number;
}
export interface NodeRow {
  readonly node: string;
  readonly kind: string;
  readonly title: string | undefined;
  readonly state: 'up' | 'gone';
  readonly asn: number | undefined;
  readonly addresses: readonly string[];
  readonly processes: readonly ProcessRow[];
}

const memoryOf = (pid: number): number => {
  try {
    return Number(/^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

/** One row per node, in the order of the file; a daemon that was started several times shows once, as it is now. */
export const processRows = (lab: Lab): NodeRow[] => {
  const latest = new Map(
    readRecords(lab.paths).flatMap((record) =>
      record.record === 'process' ? [[`${record.node} ${record.name}`, record] as const] : [],
    ),
  );
  const byNode = Map.groupBy(latest.values(), (record) => record.node);
  return lab.state.topology.nodes.map((node) => ({
    node: node.name,
    kind: node.kind,
    title: node.title,
    state: lab.store.exists(node.name) ? 'up' : 'gone',
    asn: node.asn,
    addresses: [...node.loopback, ...node.interfaces.flatMap((port) => port.addresses)],
    processes: (byNode.get(node.name) ?? []).map((record) => {
      const running = alive(record);
      return {
        name: record.name,
        pid: record.pid,
        state: running ? 'running' : 'ended',
        memory: running ? memoryOf(record.pid) : 0,
      };
    }),
  }));
};
