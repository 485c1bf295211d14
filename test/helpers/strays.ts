/** Processes of a lab that its records do not tell of: a machine or a daemon that was started and then forgotten. */
import { readFileSync } from 'node:fs';
import { labPaths } from '../../src/engine/paths.ts';
import { isProcessRecord, readRecords } from '../../src/engine/state.ts';
import { findByEnvironment } from '../../src/kernel/pid.ts';
import { orElse } from './held-namespaces.ts';

const status = (pid: number): { parent: number; numbers: readonly number[]; name: string } => {
  const text = orElse('', () => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const field = (name: string): string => new RegExp(`^${name}:\\s+(.*)$`, 'mu').exec(text)?.[1] ?? '';
  return { parent: Number(field('PPid')), numbers: field('NSpid').split(/\s+/u).map(Number), name: field('Name') };
};

/** One line for each init of a node, and for each child of one, that no record names. */
export const strays = (lab: string): string[] => {
  const known = new Set(
    readRecords(labPaths(lab)).flatMap((record) =>
      isProcessRecord(record) ? [`${record.pid} ${record.startTime}`] : [],
    ),
  );
  const all = findByEnvironment('XIYOU_LAB', lab).map((process) => ({ ...process, ...status(process.pid) }));
  const inits = new Set(all.flatMap(({ pid, numbers }) => (numbers.length > 1 && numbers.at(-1) === 1 ? [pid] : [])));
  return all.flatMap(({ pid, startTime, parent, name }) =>
    (inits.has(pid) || inits.has(parent)) && !known.has(`${pid} ${startTime}`)
      ? [`no record tells of process ${pid} (${name})`]
      : [],
  );
};
