/**
 * Brings daemons back that ended by themselves: `node restore.ts LAB`, started by the lab's keeper with what is to be done
 * on standard input. It does what `up` does, with the same machinery, for these daemons and what builds on them alone:
 * everything else of the lab stays as it is, also where somebody has changed it. It ends with its keeper.
 */
import { XiyouError } from '../../errors.ts';
import type { Operation } from '../../fragment/operation.ts';
import { awaitLock } from '../../kernel/lock.ts';
import { runVariable } from '../../kernel/marks.ts';
import { alive } from '../../kernel/pid.ts';
import { operationKey } from '../../plan/difference.ts';
import { applyOther } from '../apply.ts';
import { runningDaemons } from '../daemons.ts';
import { Lab } from '../lab.ts';
import { keeperHolder } from '../lock-lab.ts';
import { mapLimit } from '../once.ts';
import { labPaths } from '../paths.ts';
import { keepDrained } from '../drain.ts';
import { difference } from '../repair.ts';
import { appendRecord, compactRecords, readRecords, readState } from '../state.ts';
import type { Work } from '../work.ts';
import { compacted } from './compact.ts';
import { daemonsOf, endedDaemons, isBasis, latestProcesses } from './ended.ts';
import { type Restored, type Target, failedAll } from './restored.ts';

/** Nodes worked on at once. */
const width = 4;

const keyOf = ({ node, name }: { readonly node: string; readonly name: string }): string => `${node} ${name}`;

/**
 * The operations that this is about: those that start the daemons, those of daemons beside them that run (they may have to
 * start anew), what a switch forgets with its daemons, and commands that follow a daemon.
 */
const concerned = (
  operations: readonly Operation[],
  targets: ReadonlySet<string>,
  running: ReadonlySet<string>,
): Operation[] => {
  const wanted = (operation: Operation): boolean =>
    daemonsOf(operation).some((name) => targets.has(keyOf({ node: operation.node, name })));
  const nodes = new Set(operations.filter(wanted).map(({ node }) => node));
  const switches = new Set(
    operations.filter((operation) => operation.op === 'openvswitch' && wanted(operation)).map(({ node }) => node),
  );
  return operations.filter((operation) => {
    if (!nodes.has(operation.node)) return false;
    switch (operation.op) {
      case 'process':
        return wanted(operation) || running.has(`${operationKey(operation)} ${operation.name}`);
      case 'openvswitch':
      case 'flows':
        return switches.has(operation.node);
      case 'command':
        return operation.follows !== undefined;
      default:
        return false;
    }
  });
};

const reasonOf = (error: unknown): string =>
  error instanceof XiyouError
    ? [error.message, ...error.details.slice(-1)].join(': ')
    : error instanceof Error
      ? error.message
      : String(error);

/** Does what one node lacks; what one daemon is refused does not keep back those that do not build on it. */
const bringBack = async (lab: Lab, operations: readonly Operation[], work: Work): Promise<Map<Operation, string>> => {
  const failures = new Map<Operation, string>();
  let broken: string | undefined;
  for (const operation of operations) {
    if (broken !== undefined) {
      failures.set(operation, broken);
      continue;
    }
    try {
      await applyOther(lab, operation, work);
    } catch (error) {
      failures.set(operation, reasonOf(error));
      if (isBasis(operation)) broken = reasonOf(error);
    }
  }
  return failures;
};

/** Under the lab's lock. */
const restore = async (lab: Lab, targets: readonly Target[]): Promise<Restored[]> => {
  const { paths, state } = lab;
  const asked = new Map(targets.map((target) => [keyOf(target), target]));
  // Somebody may have brought them back, or stopped their nodes, since the keeper looked.
  const ended = endedDaemons(state, readRecords(paths), alive).filter((daemon) => asked.has(keyOf(daemon)));
  if (ended.length === 0) return [];
  const running = runningDaemons(paths);
  const operations = concerned(state.operations, new Set(ended.map(keyOf)), running);
  const before = latestProcesses(readRecords(paths));
  const todo = await difference(lab, operations, () => undefined);
  const nodes = [...Map.groupBy(todo, (operation) => operation.node).values()];
  const work = { running: runningDaemons(paths), made: new Set<string>() };
  const failures = new Map(
    (await mapLimit(nodes, width, (own) => bringBack(lab, own, work))).flatMap((failed) => [...failed]),
  );
  await keepDrained(lab, [...new Set(todo.map(({ node }) => node))]);
  const records = readRecords(paths);
  const after = latestProcesses(records);
  return todo.flatMap((operation) =>
    daemonsOf(operation).flatMap((name): Restored[] => {
      const { node } = operation;
      const key = keyOf({ node, name });
      const process = after.get(key);
      const isNew = process !== undefined && process !== before.get(key) && process.pid !== before.get(key)?.pid;
      const failed = failures.get(operation);
      if (failed !== undefined && !(isNew && alive(process))) return [{ node, name, failed, count: 0 }];
      if (!isNew) return [];
      const count =
        (
          records.findLast((record) => record.record === 'restart' && keyOf(record) === key) as
            | { count: number }
            | undefined
        )?.count ?? 0;
      const how = asked.get(key)?.how ?? 'with what it builds on';
      appendRecord(paths, { record: 'restart', node, name, at: new Date().toISOString(), how, count: count + 1 });
      return [{ node, name, count: count + 1 }];
    }),
  );
};

const main = async (name: string, targets: readonly Target[]): Promise<Restored[]> => {
  const paths = labPaths(name);
  const lock = await awaitLock(paths.lock, keeperHolder(paths));
  if (lock === undefined) return [];
  try {
    const state = readState(paths);
    if (state === undefined || state.run !== process.env[runVariable]) return [];
    const lab = new Lab(paths, state);
    try {
      return await restore(lab, targets);
    } finally {
      lab.close();
      const keys = new Set(state.operations.map(operationKey));
      compactRecords(paths, compacted(readRecords(paths), keys, alive));
    }
  } finally {
    lock.release();
  }
};

/** The first line of standard input. Its end, at any time, is that of the keeper: then nobody wants this done any more. */
const request = (): Promise<readonly Target[]> =>
  new Promise((resolve) => {
    let text = '';
    process.stdin
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('\n')) resolve(JSON.parse(text) as Target[]);
      })
      .on('end', () => process.kill(process.pid, 'SIGKILL'));
  });

const targets = await request();
const [name = ''] = process.argv.slice(2);
let outcome: readonly Restored[];
try {
  outcome = await main(name, targets);
} catch (error) {
  outcome = failedAll(targets, reasonOf(error));
}
process.stdout.write(JSON.stringify(outcome), () => process.exit());
