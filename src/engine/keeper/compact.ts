/** The records without those that tell of nothing that still counts: what is restarted for days must not fill the lab's memory. */
import type { LabRecord, ProcessId } from '../state.ts';
import { latestProcesses } from './ended.ts';

const identityOf = ({ pid, startTime }: ProcessId): string => `${pid} ${startTime}`;

/**
 * Of processes those that run, and the last one of each daemon of `keys`, the plan's operations; of its end what was noted;
 * of its restarts the last one; of what was applied the last time each.
 */
export const compacted = (
  records: readonly LabRecord[],
  keys: ReadonlySet<string>,
  alive: (process: ProcessId) => boolean,
): LabRecord[] => {
  const latest = new Map([...latestProcesses(records)].filter(([, record]) => keys.has(record.operation)));
  const last = new Map(
    records.map((record, index) => {
      if (record.record === 'restart') return [`restart ${record.node} ${record.name}`, index] as const;
      if (record.record === 'applied') return [`applied ${record.node} ${record.operation}`, index] as const;
      if (record.record === 'ended') return [`ended ${identityOf(record)}`, index] as const;
      return [`${index}`, index] as const;
    }),
  );
  const kept = new Set(last.values());
  return records.filter((record, index) => {
    if (!kept.has(index)) return false;
    switch (record.record) {
      case 'applied':
        return keys.has(record.operation);
      case 'machine':
      case 'keeper':
        return alive(record);
      case 'process':
        return alive(record) || latest.get(`${record.node} ${record.name}`) === record;
      case 'restart':
        return latest.has(`${record.node} ${record.name}`);
      case 'ended': {
        const process = latest.get(`${record.node} ${record.name}`);
        return process !== undefined && identityOf(process) === identityOf(record);
      }
    }
  });
};
