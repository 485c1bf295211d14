/**
 * What has to be done for a plan to stand, after what stands otherwise was taken away: nodes, links, and daemons that
 * hold on to something that is made anew.
 */
import type { Operation, VethOperation } from '../fragment/operation.ts';
import { namespaceInode } from '../kernel/libc.ts';
import { deleteLink } from '../kernel/link-change.ts';
import { terminate } from '../kernel/pid.ts';
import { madeInterfaces, missing, operationKey, restarts } from '../plan/difference.ts';
import { summarize } from '../plan/render.ts';
import { switchDaemons } from '../plan/switch-daemons.ts';
import { destroyNode } from './destroy.ts';
import type { Listener } from './events.ts';
import type { Lab } from './lab.ts';
import { observe } from './observe.ts';
import { readRecords } from './state.ts';

/** Ends the daemons that have to start anew; they are started like those that are missing. */
const endForRestart = async (
  lab: Lab,
  operations: readonly Operation[],
  apply: ReadonlySet<Operation>,
  listener: Listener,
): Promise<Operation[]> => {
  const found = restarts(operations, apply);
  if (found.length === 0) return [];
  for (const { operation, reason } of found) listener({ event: 'remake', node: operation.node, reason });
  const keys = new Set(found.map(({ operation }) => operationKey(operation)));
  await terminate(
    readRecords(lab.paths).flatMap((record) =>
      record.record === 'process' && keys.has(record.operation) ? [record] : [],
    ),
  );
  return found.map(({ operation }) => operation);
};

/** Nodes whose namespace somebody took away under running processes: those cannot be brought back into a new one. */
const endOrphans = async (lab: Lab, operations: readonly Operation[], listener: Listener): Promise<void> => {
  for (const { node } of operations.filter((operation) => operation.op === 'namespace')) {
    const machine = lab.running(node);
    if (
      machine === undefined ||
      (lab.store.exists(node) && namespaceInode(`/proc/${machine.pid}/ns/net`) === lab.store.inodeOf(node))
    )
      continue;
    listener({ event: 'remake', node, reason: 'its namespace was taken away' });
    await destroyNode(lab, node);
  }
};

/** What has to be done, after nodes and links that are not as planned were taken away. */
export const difference = async (
  lab: Lab,
  operations: readonly Operation[],
  listener: Listener,
): Promise<Operation[]> => {
  await endOrphans(lab, operations, listener);
  // Taking a node or link away makes its operations missing, and nothing else differ: the second round finds no more.
  for (let round = 0; ; round += 1) {
    const found = missing(operations, await observe(lab, operations));
    if (found.remade.length + found.relinked.length === 0 || round === 2) {
      const todo = new Set(found.apply);
      const restarted = new Set(await endForRestart(lab, operations, todo, listener));
      const made = [...madeInterfaces(found.apply)];
      const holds = (operation: Operation): boolean =>
        operation.op === 'openvswitch' && made.some((name) => name.startsWith(`${operation.node}:`));
      const follows = (operation: Operation): boolean =>
        operation.op === 'command' &&
        operation.follows !== undefined &&
        operations.some(
          (other) =>
            other.node === operation.node &&
            (other.op === 'process'
              ? other.name === operation.follows
              : other.op === 'openvswitch' && (switchDaemons as readonly string[]).includes(operation.follows ?? '')) &&
            (todo.has(other) || restarted.has(other)),
        );
      return operations.filter(
        (operation) => todo.has(operation) || restarted.has(operation) || holds(operation) || follows(operation),
      );
    }
    for (const { node, reason } of found.remade) {
      listener({ event: 'remake', node, reason });
      await destroyNode(lab, node);
    }
    for (const link of found.relinked) unlink(lab, link, listener);
  }
};

/** Takes a link away; both its ends go. */
export const unlink = (lab: Lab, link: VethOperation, listener: Listener): void => {
  listener({ event: 'remake', node: link.node, reason: `${summarize(link)} is made anew` });
  for (const end of link.ends) if (lab.store.exists(end.node)) deleteLink(lab.store.handle(end.node).netlink, end.name);
};
