/**
 * A generated Internet of twenty systems with sixty routers, for IPv4 and IPv6: it comes up, and in every router's table
 * every path is one that Gao and Rexford's rules allow, and every best one the one they demand. A fabric uses all its
 * equal ways. `npm run bench -- --only scale` does the first with two hundred routers.
 */
import test from 'ava';
import { worldProblems, worldTables } from '../../scripts/bench/world.ts';
import { withLab } from '../../src/index.ts';
import { eventually } from '../../src/kernel/wait.ts';
import { TestLab } from '../helpers/lab.ts';

/** Milliseconds until the last better path must have replaced a worse one; with the fast timers it is less than a second. */
const deadline = 30_000;

test.serial('sixty routers of twenty systems have the routes that their agreements demand', async (t) => {
  const parameters = { n: '20', routers: '3', hosts: '6', seed: '7' };
  const lab = new TestLab('generated/as-graph', undefined, parameters);
  t.teardown(() => lab.release());
  await lab.up();
  await withLab(lab.lab, async (open) => {
    let tables = await worldTables(open, parameters);
    const rest = await eventually(async () => {
      const problems = worldProblems(tables, parameters);
      if (problems.length === 0) return problems;
      tables = await worldTables(open, parameters);
      return undefined;
    }, deadline);
    t.deepEqual(rest ?? worldProblems(tables, parameters), []);
    t.is(tables.length, 60);
    // That this can fail: the same tables are no good in another world.
    t.not(worldProblems(tables, { ...parameters, seed: '8' }).length, 0);
  });
  t.deepEqual(await lab.failedChecks(), [], 'hosts of far systems reach each other');
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

for (const routing of ['bgp', 'ospf'])
  test.serial(`a fabric with ${routing} goes by all spines`, async (t) => {
    const lab = new TestLab('generated/clos', undefined, { spines: '3', leaves: '3', hosts: '1', routing });
    t.teardown(() => lab.release());
    await lab.up();
    // OSPF has the prefix of the host's link, BGP that of the leaf.
    const prefix = routing === 'bgp' ? '10.3.0.0/24' : '10.3.0.4/30';
    const ways = await eventually(async () => {
      const { stdout } = await lab.exec('leaf1', 'ip', '-json', 'route', 'show', prefix);
      const [route] = JSON.parse(stdout) as { nexthops?: { dev: string }[] }[];
      return route?.nexthops?.length === 3 ? route.nexthops.map(({ dev }) => dev).toSorted() : undefined;
    }, deadline);
    t.deepEqual(ways, ['to-spine1', 'to-spine2', 'to-spine3']);
    t.deepEqual(await lab.failedChecks(), []);
    t.is((await lab.down()).exitCode, 0);
    t.deepEqual(await lab.left(), []);
  });
