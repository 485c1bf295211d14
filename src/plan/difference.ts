/**
 * The difference between a plan and what stands. Pure: it is told what was made before and what the kernel shows now.
 * There is create and there is make anew; nothing is ever edited in place, except content that is set as a whole
 * (firewall tables, flows, sysctls), which is simply set again.
 */
import type { Operation } from '../fragment/operation.ts';
import { summarize } from './render.ts';

/** What an observer found for an operation. */
export type Observation = 'present' | 'absent' | { readonly differs: string };

/** Identity of an operation: the same text means the same effect. */
export const operationKey = (operation: Operation): string => JSON.stringify(operation);

/** What an operation sets as a whole; a newer operation with the same slot replaces an older one without undoing it. */
const slot = (operation: Operation): string | undefined => {
  switch (operation.op) {
    case 'firewall':
      return `firewall ${operation.family} ${operation.table}`;
    case 'flows':
      return `flows ${operation.bridge}`;
    case 'sysctl':
      return `sysctl ${operation.key}`;
    case 'impairment':
      return `impairment ${operation.interface}`;
    default:
      return undefined;
  }
};

export interface NodeChange {
  readonly node: string;
  readonly reason: string;
}

/**
 * Nodes of the lab as it was made that the new plan no longer wants (`removed`) or wants otherwise (`remade`).
 * A cable's settings are its file, so a changed impairment remakes the cable and nothing else.
 */
export const changedNodes = (
  before: readonly Operation[],
  now: readonly Operation[],
): { removed: string[]; remade: NodeChange[] } => {
  const wanted = Map.groupBy(now, (operation) => operation.node);
  const removed: string[] = [];
  const remade: NodeChange[] = [];
  for (const [node, operations] of Map.groupBy(before, (operation) => operation.node)) {
    const planned = wanted.get(node);
    if (planned === undefined) {
      removed.push(node);
      continue;
    }
    const keys = new Set(planned.map(operationKey));
    const slots = new Set(planned.map(slot));
    const obsolete = operations.find((operation) => {
      if (keys.has(operationKey(operation))) return false;
      const own = slot(operation);
      return own === undefined || !slots.has(own);
    });
    if (obsolete !== undefined) remade.push({ node, reason: `the plan changed: ${summarize(obsolete)}` });
  }
  return { removed, remade };
};

/** Kinds of operations that are set again as a whole where they differ. */
const settable = new Set<Operation['op']>(['firewall', 'flows', 'sysctl', 'impairment']);

/**
 * What to do about observations: `apply` lists what is missing, in the plan's order; `remade` names nodes where
 * something is there but not as planned.
 */
export const missing = (
  operations: readonly Operation[],
  observed: (operation: Operation) => Observation,
): { apply: Operation[]; remade: NodeChange[] } => {
  const apply: Operation[] = [];
  const remade = new Map<string, string>();
  for (const operation of operations) {
    const observation = observed(operation);
    if (observation === 'present') continue;
    if (observation === 'absent' || settable.has(operation.op)) apply.push(operation);
    else if (!remade.has(operation.node)) remade.set(operation.node, `${summarize(operation)}: ${observation.differs}`);
  }
  return { apply, remade: [...remade].map(([node, reason]) => ({ node, reason })) };
};
