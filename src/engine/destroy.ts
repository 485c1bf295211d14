/** Takes one node away: its machine with all that runs in it, strays that carry the lab's mark, its namespace, its files. */
import { readlinkSync, rmSync } from 'node:fs';
import { stopMachine } from '../kernel/machine.ts';
import { alive } from '../kernel/pid.ts';
import { type ProcessId, findOwned, terminate } from '../kernel/process.ts';
import type { Lab } from './lab.ts';
import { nodeDirectory } from './paths.ts';
import { readRecords } from './state.ts';

/** Milliseconds between SIGTERM and SIGKILL. */
const grace = 2000;

/** Whether a process is in the network namespace with this inode. */
const isInNamespace = (process: ProcessId, inode: number): boolean => {
  try {
    return readlinkSync(`/proc/${process.pid}/ns/net`) === `net:[${inode}]`;
  } catch {
    return false;
  }
};

/** Removes a node so that the next `up` makes it from nothing. */
export const destroyNode = async (lab: Lab, node: string): Promise<void> => {
  const machine = lab.running(node);
  const recorded = readRecords(lab.paths).flatMap((record) =>
    (record.record === 'machine' || record.record === 'process') && record.node === node && alive(record)
      ? [record]
      : [],
  );
  if (machine !== undefined) await stopMachine(machine);
  if (lab.store.exists(node)) {
    const inode = lab.store.inodeOf(node);
    await terminate(
      [...recorded, ...findOwned(lab.state.run).filter((process) => isInNamespace(process, inode))].filter(alive),
      grace,
    );
    lab.store.remove(node);
  }
  lab.forget(node);
  rmSync(nodeDirectory(lab.paths, node), { recursive: true, force: true });
};
