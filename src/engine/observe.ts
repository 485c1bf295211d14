/** What of a plan stands already: the kernel is asked for everything it can show, records and fingerprints for the rest. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { FileOperation, Operation } from '../fragment/operation.ts';
import { observeOperations } from '../kernel/observe.ts';
import { alive } from '../kernel/pid.ts';
import { type Observation, operationKey, slot } from '../plan/difference.ts';
import { observeNodeFile } from './files.ts';
import { switchDaemons } from '../plan/switch-daemons.ts';
import { fingerprint, isFingerprinted } from './fingerprint.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';
import { nodeDirectory } from './paths.ts';
import { isPkiContent, pkiContent } from './pki.ts';
import { programContent } from './program.ts';
import { type LabRecord, readRecords } from './state.ts';

interface Memory {
  /** operation key and process name -> a record of a process that runs */
  readonly running: ReadonlySet<string>;
  /** node and operation key -> fingerprint, for the namespace the node has now */
  readonly applied: ReadonlyMap<string, string>;
}

/** What took effect last. What is set as a whole stands no longer when something else was set in its place. */
const applied = (lab: Lab, records: readonly LabRecord[]): Map<string, string> => {
  const found = new Map<string, string>();
  const slots = new Map<string, string>();
  for (const record of records) {
    if (
      record.record !== 'applied' ||
      !lab.store.exists(record.node) ||
      lab.store.inodeOf(record.node) !== record.namespace
    )
      continue;
    const key = `${record.node} ${record.operation}`;
    const place = slot(JSON.parse(record.operation) as Operation);
    if (place !== undefined) {
      const before = slots.get(`${record.node} ${place}`);
      if (before !== undefined) found.delete(before);
      slots.set(`${record.node} ${place}`, key);
    }
    found.set(key, record.fingerprint);
  }
  return found;
};

const remember = (lab: Lab, records: readonly LabRecord[]): Memory => ({
  running: new Set(
    records.flatMap((record) =>
      record.record === 'process' && alive(record) ? [`${record.operation} ${record.name}`] : [],
    ),
  ),
  applied: applied(lab, records),
});

const fileState = async (lab: Lab, operation: FileOperation): Promise<Observation> => {
  const base = operation.path.startsWith('/var/log/')
    ? path.join(nodeDirectory(lab.paths, operation.node), 'log')
    : lab.rootOf(operation.node);
  // Keys and certificates are made once; asking for their content would make them.
  if (isPkiContent(operation.content) && !existsSync(lab.paths.pki)) return 'absent';
  return observeNodeFile(base, operation, programContent(await pkiContent(lab.paths, operation.content)));
};

/** Observes all operations; the answers are for this moment. */
export const observe = async (
  lab: Lab,
  operations: readonly Operation[],
): Promise<(operation: Operation) => Observation> => {
  const network = observeOperations(lab.store, operations);
  const memory = remember(lab, readRecords(lab.paths));
  const others = operations.filter((operation) => !network.has(operation));
  const answers = new Map<Operation, Observation>(network);
  await mapLimit(others, 8, async (operation) => {
    answers.set(operation, lab.store.exists(operation.node) ? await observeOther(lab, memory, operation) : 'absent');
  });
  return (operation) => answers.get(operation) ?? 'absent';
};

/**
 * Whether both daemons of the node's switch run. With one of them gone the other answers nobody: ovs-vswitchd does nothing
 * at all without its database (seen with Open vSwitch 3.1), and who asks it for its flows waits for ever.
 */
const switchRuns = (lab: Lab, memory: Memory, node: string): boolean =>
  lab
    .operationsOf(node)
    .filter((operation) => operation.op === 'openvswitch')
    .every((operation) => switchDaemons.every((name) => memory.running.has(`${operationKey(operation)} ${name}`)));

const observeOther = async (lab: Lab, memory: Memory, operation: Operation): Promise<Observation> => {
  const key = operationKey(operation);
  const before = memory.applied.get(`${operation.node} ${key}`);
  if (operation.op === 'file') return fileState(lab, operation);
  if (operation.op === 'process') return memory.running.has(`${key} ${operation.name}`) ? 'present' : 'absent';
  if (operation.op === 'command' || operation.op === 'impairment') return before === undefined ? 'absent' : 'present';
  if (!isFingerprinted(operation) || before === undefined) return 'absent';
  if (operation.op !== 'firewall' && !switchRuns(lab, memory, operation.node)) return 'absent';
  return (await fingerprint(lab, operation)) === before ? 'present' : 'absent';
};
