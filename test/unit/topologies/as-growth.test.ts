/** Agreements that are grown: acyclic, connected upwards, with a heavy tail, the same for the same seed. */
import t from 'tap';
import { grow } from '../../../topologies/generated/as-growth.ts';
import type { Agreement, Growth } from '../../../topologies/generated/as-growth.ts';

const seeds = [0, 1, 2, 3, 4] as const;
const world = (seed: number): Growth => ({ systems: 1000, tier1: 5, peerings: 200, seed });

/** Links of each system, the most first. */
const degrees = (systems: number, agreements: readonly Agreement[]): number[] => {
  const count = Array.from({ length: systems }, () => 0);
  for (const { one, other } of agreements) for (const end of [one, other]) count[end] = (count[end] ?? 0) + 1;
  return count.toSorted((a, b) => b - a);
};

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

void t.test('the same seed makes the same graph, another one another', (t) => {
  for (const seed of seeds) t.same(grow(world(seed)), grow(world(seed)));
  t.equal(new Set(seeds.map((seed) => JSON.stringify(grow(world(seed))))).size, seeds.length);
  t.end();
});

void t.test('nobody pays itself in a circle, and everybody reaches the top', (t) => {
  for (const seed of seeds) {
    const agreements = grow(world(seed));
    const providers = Map.groupBy(
      agreements.filter(({ relation }) => relation === 'customer'),
      ({ one }) => one,
    );
    // Kahn: systems whose providers are all done are done; in a circle nobody ever is.
    const done = new Set<number>();
    for (let grew = true; grew;) {
      grew = false;
      for (let system = 0; system < 1000; system += 1)
        if (!done.has(system) && (providers.get(system) ?? []).every(({ other }) => done.has(other))) {
          done.add(system);
          grew = true;
        }
    }
    t.equal(done.size, 1000, `no circle with seed ${seed}`);
    const top = new Set([0, 1, 2, 3, 4]);
    const reaches = (system: number): boolean =>
      top.has(system) || (providers.get(system) ?? []).some(({ other }) => reaches(other));
    t.ok(
      Array.from({ length: 1000 }, (_, system) => system).every(reaches),
      `everybody reaches the top with seed ${seed}`,
    );
    t.notOk(
      [...top].some((system) => providers.has(system)),
      'the top pays nobody',
    );
  }
  t.end();
});

void t.test('the top is a clique of peers', (t) => {
  const agreements = grow({ systems: 5, tier1: 5, peerings: 0, seed: 1 });
  t.equal(agreements.length, 10);
  t.ok(agreements.every(({ relation }) => relation === 'peer'));
  t.end();
});

void t.test('a few systems have very many links, and most have few', (t) => {
  for (const seed of seeds) {
    const list = degrees(1000, grow({ ...world(seed), peerings: 0 }));
    // The largest of n nodes has some m √n links where attachment is preferential (Barabási and Albert: 1.5 × 32 here),
    // and some m ln n where all are equally likely (10).
    t.ok((list[0] ?? 0) > 30, `the largest of seed ${seed} has ${list[0]} links`);
    t.ok((list[500] ?? 0) <= 3, `the middle one has ${list[500]}`);
    t.ok(sum(list.slice(0, 10)) > 0.1 * sum(list), 'one system in a hundred has a tenth of all link ends');
  }
  t.end();
});

void t.test('peers of their own choice are not related by payment, nor twice', (t) => {
  for (const seed of seeds) {
    const agreements = grow(world(seed));
    const pair = ({ one, other }: Agreement): string => [one, other].toSorted((a, b) => a - b).join(' ');
    t.equal(new Set(agreements.map(pair)).size, agreements.length, 'two systems have one agreement');
    const providers = Map.groupBy(
      agreements.filter(({ relation }) => relation === 'customer'),
      ({ one }) => one,
    );
    const above = (system: number): number[] =>
      (providers.get(system) ?? []).flatMap(({ other }) => [other, ...above(other)]);
    const peers = agreements.slice(10).filter(({ relation }) => relation === 'peer');
    t.equal(peers.length, 200);
    t.notOk(
      peers.some(({ one, other }) => above(one).includes(other) || above(other).includes(one)),
      'nobody peers with whom it pays',
    );
  }
  t.end();
});

void t.test('a graph without room for peerings has as many as go in', (t) => {
  // A chain of customers: everybody pays everybody before him, directly or not.
  t.equal(grow({ systems: 2, tier1: 1, peerings: 10, seed: 1 }).length, 1);
  t.end();
});
