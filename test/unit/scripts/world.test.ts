/** The judge of a generated Internet sees what is wrong: a missing path, a worse one, a valley, a prefix of nobody. */
import t from 'tap';
import { type WorldPath, type WorldTable, worldProblems } from '../../../scripts/bench/world.ts';
import { agreementsOf, prefixesOf } from '../../../topologies/generated/as-graph.ts';

// Two at the top, 65001 and 65002; 65003 and 65004 come after them and pay somebody.
const parameters = { n: '4', tier1: '2', peerings: '0', seed: '1', families: '4' };

const prefix = (system: number): string => prefixesOf(system)[0];
const best = (path: string, locPrf: number): WorldPath => ({ path, locPrf, bestpath: true });

/** The table of 65001, which must have everything. */
const top = (routes: Readonly<Record<string, readonly WorldPath[]>>): WorldTable => ({
  router: 'as1',
  system: 0,
  routes: {
    [prefix(0)]: [{ path: '', bestpath: true }],
    [prefix(1)]: [best('65002', 100)],
    [prefix(2)]: [best('65003', 200)],
    [prefix(3)]: [best('65004', 200)],
    ...routes,
  },
});

void t.test('the graph of this test is the one it speaks of', (t) => {
  const text = agreementsOf(parameters).map(
    ({ one, other, relation }) => `${one + 65001} ${relation} ${other + 65001}`,
  );
  t.same(text.toSorted(), [
    '65002 peer 65001',
    '65003 customer 65001',
    '65003 customer 65002',
    '65004 customer 65001',
    '65004 customer 65003',
  ]);
  t.end();
});

void t.test('what must be is no problem, also with further paths', (t) => {
  t.same(worldProblems([top({})], parameters), []);
  t.same(
    worldProblems([top({ [prefix(2)]: [best('65003', 200), { path: '65002 65003', locPrf: 100 }] })], parameters),
    [],
  );
  t.end();
});

void t.test('what must not be is told', (t) => {
  const told = (routes: Readonly<Record<string, readonly WorldPath[]>>): string[] =>
    worldProblems([top(routes)], parameters);
  t.match(told({ [prefix(2)]: [] }), [/as1 to 198\.18\.2\.0\/24: no path/u]);
  t.match(told({ [prefix(2)]: [best('65002 65003', 100)] }), [/peer 2 100 \(65002 65003\), must be customer 1 200/u]);
  t.match(told({ [prefix(2)]: [best('65003', 100)] }), [/customer 1 100 \(65003\), must be customer 1 200/u]);
  t.match(told({ [prefix(1)]: [best('65002', 100), { path: '65003 65002', locPrf: 200 }] }), [
    /2 carries what nobody pays/u,
  ]);
  t.match(told({ [prefix(1)]: [best('65002', 100), { path: '65002 65005' }] }), [/1 and 4 have no agreement/u]);
  t.match(told({ '203.0.113.0/24': [best('65002', 100)] }), [/nobody announces 203\.0\.113\.0\/24/u]);
  t.end();
});
