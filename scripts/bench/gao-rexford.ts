/**
 * What every system's best route to an origin must be when all agree with Gao and Rexford (Stable Internet routing without
 * global coordination, 2001): its kind, and how many systems it passes. Worked out in three sweeps over the graph of
 * agreements, as in Gill, Schapira, Goldberg: A survey of interdomain routing policies (2013), 5.1: customers' routes
 * climb, one step goes across, and then all descend. It shares nothing with the engine, which plays BGP round by round.
 */
import type { Agreement } from '../../topologies/generated/as-growth.ts';

export interface Expected {
  /** What the neighbour that told the route is to the system; `own` at the origin. */
  readonly kind: 'own' | 'customer' | 'peer' | 'provider';
  /** Systems in the AS path. */
  readonly length: number;
}

interface Around {
  readonly providers: number[];
  readonly customers: number[];
  readonly peers: number[];
}

const neighbourhood = (systems: number, agreements: readonly Agreement[]): Around[] => {
  const around = Array.from({ length: systems }, (): Around => ({ providers: [], customers: [], peers: [] }));
  for (const { one, other, relation } of agreements) {
    around[one]?.[relation === 'peer' ? 'peers' : 'providers'].push(other);
    around[other]?.[relation === 'peer' ? 'peers' : 'customers'].push(one);
  }
  return around;
};

/** System -> its best route to the origin; systems that learn of none are missing. */
export const expectedRoutes = (
  systems: number,
  agreements: readonly Agreement[],
  origin: number,
): ReadonlyMap<number, Expected> => {
  const around = neighbourhood(systems, agreements);
  const best = new Map<number, Expected>([[origin, { kind: 'own', length: 0 }]]);
  // Up: breadth first, so that the first to come is the shortest. A Map goes on to what is added while it is walked.
  for (const [system, { length }] of best)
    for (const provider of around[system]?.providers ?? [])
      if (!best.has(provider)) best.set(provider, { kind: 'customer', length: length + 1 });
  // Across: only from those that have it from a customer, or are the origin.
  const climbed = [...best];
  for (const [system, { length }] of climbed)
    for (const peer of around[system]?.peers ?? []) {
      const known = best.get(peer);
      if (known === undefined || (known.kind === 'peer' && known.length > length + 1))
        best.set(peer, { kind: 'peer', length: length + 1 });
    }
  // Down: whoever has a route tells its customers; those nearest first, so that the first to come is the shortest.
  const open = [...best];
  for (;;) {
    open.sort(([, a], [, b]) => a.length - b.length);
    const [system, route] = open.shift() ?? [];
    if (system === undefined || route === undefined) return best;
    for (const customer of around[system]?.customers ?? [])
      if (!best.has(customer)) {
        const found = { kind: 'provider', length: route.length + 1 } as const;
        best.set(customer, found);
        open.push([customer, found]);
      }
  }
};
