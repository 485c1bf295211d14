/**
 * The difference between a plan and what stands. Pure: it is told what was made before and what the kernel shows now.
 * There is create and there is make anew, of nodes and of links; nothing is ever edited in place, except content that
 * is set as a whole (firewall tables, flows, sysctls, files that are read again), which is simply set again.
 */
import type { Operation, ProcessOperation, VethOperation } from '../fragment/operation.ts';
import { summarize } from './render.ts';

/** What an observer found for an operation. */
export type Observation = 'present' | 'absent' | { readonly differs: string };

/** Identity of an operation: the same text means the same effect. */
export const operationKey = (operation: Operation): string => JSON.stringify(operation);

/** What an operation sets as a whole; a newer operation with the same slot replaces an older one without undoing it. */
export const slot = (operation: Operation): string | undefined => {
  switch (operation.op) {
    case 'firewall':
      return `firewall ${operation.family} ${operation.table}`;
    case 'stateless-nat':
      return operation.op;
    case 'flows':
      return `flows ${operation.bridge}`;
    case 'sysctl':
      return `sysctl ${operation.key}`;
    case 'impairment':
      return `impairment ${operation.interface}`;
    case 'file':
      return operation.reload === undefined ? undefined : `file ${operation.path}`;
    case 'namespace':
    case 'veth':
    case 'bridge':
    case 'interface':
    case 'tun':
    case 'address':
    case 'route':
    case 'openvswitch':
    case 'process':
      return undefined;
    case 'command':
      return operation.follows === undefined ? undefined : `command after ${operation.follows}`;
  }
};

export interface NodeChange {
  readonly node: string;
  readonly reason: string;
}

export interface Changes {
  /** Nodes that are no longer wanted. */
  readonly removed: readonly string[];
  /** Nodes that are wanted otherwise, each with the first operation that says so. */
  readonly remade: readonly NodeChange[];
  /** Links between nodes that stay, to be made anew. */
  readonly relinked: readonly VethOperation[];
}

/** What of the lab as it was made does not fit the new plan. */
export const changes = (before: readonly Operation[], now: readonly Operation[]): Changes => {
  // Mostly nothing has changed, and two long texts are compared much sooner than two sets of many short ones.
  if (JSON.stringify(before) === JSON.stringify(now)) return { removed: [], remade: [], relinked: [] };
  const wanted = Map.groupBy(now, (operation) => operation.node);
  const keys = new Set(now.map(operationKey));
  const removed: string[] = [];
  const remade: NodeChange[] = [];
  const relinked: VethOperation[] = [];
  for (const [node, operations] of Map.groupBy(before, (operation) => operation.node)) {
    const planned = wanted.get(node);
    if (planned === undefined) {
      removed.push(node);
      continue;
    }
    const slots = new Set(planned.map(slot));
    const obsolete = operations.filter((operation) => {
      if (keys.has(operationKey(operation))) return false;
      const own = slot(operation);
      return own === undefined || !slots.has(own);
    });
    const other = obsolete.find((operation) => operation.op !== 'veth');
    if (other !== undefined) remade.push({ node, reason: `the plan changed: ${summarize(other)}` });
    else relinked.push(...obsolete.filter((operation) => operation.op === 'veth'));
  }
  return { removed, remade, relinked };
};

/**
 * What to do about observations: `apply` lists what is missing, in the plan's order; `remade` and `relinked` name nodes
 * and links that are there but not as planned.
 */
export const missing = (
  operations: readonly Operation[],
  observed: (operation: Operation) => Observation,
): { apply: Operation[]; remade: NodeChange[]; relinked: VethOperation[] } => {
  const apply: Operation[] = [];
  const remade = new Map<string, string>();
  const relinked: VethOperation[] = [];
  for (const operation of operations) {
    const observation = observed(operation);
    if (observation === 'present') continue;
    if (observation === 'absent' || slot(operation) !== undefined) apply.push(operation);
    else if (operation.op === 'veth') relinked.push(operation);
    else if (!remade.has(operation.node)) remade.set(operation.node, `${summarize(operation)}: ${observation.differs}`);
  }
  return { apply, remade: [...remade].map(([node, reason]) => ({ node, reason })), relinked };
};

/** Interfaces that these operations make, as `node:interface`. Who holds one by number has to take it anew. */
export const madeInterfaces = (apply: readonly Operation[]): Set<string> =>
  new Set(
    apply.flatMap((operation) => {
      if (operation.op === 'veth') return operation.ends.map((end) => `${end.node}:${end.name}`);
      return operation.op === 'tun' ? [`${operation.node}:${operation.name}`] : [];
    }),
  );

export interface Restart {
  readonly operation: ProcessOperation;
  readonly reason: string;
}

/**
 * Daemons that run and have to start anew because of what is about to be applied: those that hold an interface which
 * is made anew, and those that build on a daemon of their node which others wait for (`ready`) and which is started anew.
 */
export const restarts = (operations: readonly Operation[], apply: ReadonlySet<Operation>): Restart[] => {
  const made = madeInterfaces([...apply]);
  const found: Restart[] = [];
  const broken = new Map<string, string>();
  for (const operation of operations) {
    if (operation.op !== 'process') continue;
    const basis = operation.independent === true ? undefined : broken.get(operation.node);
    const holds = (operation.interfaces ?? []).some((name) => made.has(`${operation.node}:${name}`));
    const reason =
      basis === undefined
        ? holds
          ? `${operation.name} holds an interface that is made anew`
          : undefined
        : `${operation.name} builds on ${basis}, which is started anew`;
    const starts = apply.has(operation) || reason !== undefined;
    if (reason !== undefined && !apply.has(operation)) found.push({ operation, reason });
    if (starts && operation.ready !== undefined && operation.independent !== true && basis === undefined)
      broken.set(operation.node, operation.name);
  }
  return found;
};
