/**
 * Which daemons of a lab have ended although nobody asked them to. Whoever ends one on purpose holds the lab's lock until
 * it runs again, or writes into the state that its node is stopped. So under the lock everything planned that was started
 * and does not run has ended by itself. Pure: it is told what runs.
 */
import { restartPolicy } from '../../features/raw/restart.ts';
import type { Operation } from '../../fragment/operation.ts';
import { operationKey } from '../../plan/difference.ts';
import { switchDaemons } from '../../plan/switch-daemons.ts';
import type { RestartPolicy } from '../../topology/topology.ts';
import type { LabRecord, LabState, ProcessId } from '../state.ts';

export type DaemonRecord = Extract<LabRecord, { record: 'process' }>;
export type EndedRecord = Extract<LabRecord, { record: 'ended' }>;

/** Names of the daemons that an operation starts. */
export const daemonsOf = (operation: Operation): readonly string[] => {
  if (operation.op === 'process') return [operation.name];
  return operation.op === 'openvswitch' ? switchDaemons : [];
};

/** Whether other daemons of its node build on it: then they are started after it, and with it. */
export const isBasis = (operation: Operation): boolean =>
  operation.op === 'openvswitch' || (operation.op === 'process' && operation.ready !== undefined);

export interface EndedDaemon {
  readonly node: string;
  readonly name: string;
  readonly process: ProcessId;
  readonly policy: RestartPolicy;
  readonly basis: boolean;
  /** What a keeper before has noted of this end. */
  readonly noted: EndedRecord | undefined;
}

const same = (one: ProcessId, other: ProcessId): boolean => one.pid === other.pid && one.startTime === other.startTime;

/** The last process of each daemon that was started, by `node name`. */
export const latestProcesses = (records: readonly LabRecord[]): Map<string, DaemonRecord> =>
  new Map(
    records.flatMap((record) =>
      record.record === 'process' ? [[`${record.node} ${record.name}`, record] as const] : [],
    ),
  );

/** The note about the end of this process, if there is one. */
export const noteOf = (records: readonly LabRecord[], process: ProcessId): EndedRecord | undefined =>
  records.findLast((record): record is EndedRecord => record.record === 'ended' && same(record, process));

/** Daemons that have ended by themselves, in the order in which they are started; none while the lab is being changed. */
export const endedDaemons = (
  state: LabState,
  records: readonly LabRecord[],
  alive: (process: ProcessId) => boolean,
): EndedDaemon[] => {
  if (state.phase !== 'up') return [];
  const latest = latestProcesses(records);
  return state.operations.flatMap((operation) => {
    const { node } = operation;
    if (Object.hasOwn(state.stopped ?? {}, node)) return [];
    return daemonsOf(operation).flatMap((name): EndedDaemon[] => {
      const process = latest.get(`${node} ${name}`);
      // One that was never started, or for another plan, is a matter of `up`.
      if (process === undefined || alive(process) || process.operation !== operationKey(operation)) return [];
      return [
        {
          node,
          name,
          process,
          policy: restartPolicy(state.topology, node, name),
          basis: isBasis(operation),
          noted: noteOf(records, process),
        },
      ];
    });
  });
};

/** Whether it is started again after it has ended in this way; what is not known to have gone well is a failure. */
export const comesBack = (policy: RestartPolicy, how: string): boolean =>
  policy === 'always' || (policy === 'on-failure' && how !== endedWell);

/** How an end is written down: a signal's name, an exit code, or that nobody knows. */
export const endedWell = 'exit 0';
export const endedSomehow = 'unknown';
