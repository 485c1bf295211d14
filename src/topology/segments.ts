/**
 * Segments: who reaches whom without a router. Links join their ends, a switch joins its ports, a stack the servers' ports
 * of all its members, the physical bridge of a hypervisor its underlay ports, and a tenant network joins its ports
 * wherever their hypervisors are.
 */
import type { End } from './ends.ts';
import type { RadioEnd } from './registry.ts';

export interface Segments {
  /** Numbers of the segments that are radio links: no part of anybody's Internet. */
  readonly radio: ReadonlySet<number>;
  readonly groups: readonly (readonly End[])[];
  readonly indexOf: ReadonlyMap<End, number>;
}

/**
 * Finds the segments, in the order in which the file first touches them. One that joins a phone and a cell is a radio
 * link.
 */
export const findSegments = (
  ends: readonly End[],
  radioEnd: (node: string) => RadioEnd | undefined = () => undefined,
): Segments => {
  const parent = new Map<unknown, unknown>();
  const root = (item: unknown): unknown => {
    let at = item;
    while (parent.has(at)) at = parent.get(at);
    let walk = item;
    while (walk !== at) {
      const next = parent.get(walk);
      parent.set(walk, at);
      walk = next;
    }
    return at;
  };
  const join = (left: unknown, right: unknown): void => {
    const [a, b] = [root(left), root(right)];
    if (a !== b) parent.set(b, a);
  };
  for (const end of ends) {
    join(end, end.peer);
    if (end.role === 'bridged') join(end, `bridge ${end.node}`);
    if (end.role === 'underlay') join(end, `br-phy ${end.node}`);
    if (end.role === 'access') join(end, `stack ${end.stack?.stack ?? ''}`);
    if (end.role === 'tenant') join(end, `network ${end.network ?? ''}`);
  }
  const groups = [...Map.groupBy(ends, (end) => root(end)).values()];
  const radio = new Set(
    groups.flatMap((group, index) => {
      const sides = new Set(group.map((end) => radioEnd(end.node)));
      return sides.has('phone') && sides.has('cell') ? [index] : [];
    }),
  );
  return {
    groups,
    radio,
    indexOf: new Map(groups.flatMap((group, index) => group.map((end) => [end, index] as const))),
  };
};
