/** Ends what a killed command started and could not note any more, so that it is not started a second time beside it. */
import { findForgotten } from '../kernel/forgotten.ts';
import { stopMachine } from '../kernel/machine.ts';
import { alive, terminate } from '../kernel/process.ts';
import type { LabPaths } from './paths.ts';
import { isProcessRecord, readRecords } from './state.ts';

/** For an `up` that finds the lab half made or half taken away: nobody else is starting anything in it then. */
export const endForgotten = async (paths: LabPaths, run: string): Promise<void> => {
  const recorded = new Set(
    readRecords(paths).flatMap((record) => (isProcessRecord(record) ? [`${record.pid} ${record.startTime}`] : [])),
  );
  const { machines, daemons, keepers } = findForgotten(run, ({ pid, startTime }) =>
    recorded.has(`${pid} ${startTime}`),
  );
  // First, so that it does not bring back what is ended here.
  await terminate(keepers);
  await Promise.all(machines.map((machine) => stopMachine({ node: 'forgotten', ...machine })));
  await terminate(daemons.filter(alive));
};
