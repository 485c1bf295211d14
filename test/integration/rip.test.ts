/** Bellman-Ford beside Dijkstra: after one lost piece of bad news RIP counts to infinity; OSPF knows at once. */
import test from 'ava';
import { eventually } from '../../src/kernel/wait.ts';
import { testLab } from '../helpers/lab.ts';

/** Milliseconds. RIP says everything again every 5 s, give or take half of it, and a change at most 5 s late. */
const deadline = 90_000;

test('RIP counts to infinity, OSPF does not', async (t) => {
  const lab = testLab(t, 'rip');
  await lab.up();
  const vtysh = async (node: string, ...lines: readonly string[]): Promise<string> =>
    (await lab.exec(node, 'vtysh', ...lines.flatMap((line) => ['-c', line]))).stdout;
  /** The metric by which r2 knows the network behind r1. */
  const metric = async (): Promise<number | undefined> => {
    const match = /^R\(n\) 10\.1\.0\.0\/24\s+\S+\s+(\d+) /mu.exec(await vtysh('r2', 'show ip rip'));
    return match?.[1] === undefined ? undefined : Number(match[1]);
  };
  t.is(await eventually(metric, deadline), 2);

  await vtysh('r2', 'configure terminal', 'router rip', 'passive-interface to-r4');
  t.is((await lab.run('link', 'r1', 'r2', 'down')).exitCode, 0);
  // r4 has not heard of it; r3 believes r4, and r2 believes r3.
  t.is(await eventually(async () => ((await metric()) === 5 ? 5 : undefined), deadline), 5);
  await vtysh('r2', 'configure terminal', 'router rip', 'no passive-interface to-r4');
  const seen: number[] = [];
  const infinite = await eventually(async () => {
    const now = await metric();
    if (now !== undefined && now !== seen.at(-1)) seen.push(now);
    return now === 16 || (now === undefined && seen.length > 0) ? true : undefined;
  }, deadline);
  t.true(infinite, `it went on: ${seen.join(', ')}`);
  const counted = seen.filter((value) => value < 16);
  t.true(
    counted.some((value) => value > 5),
    `further and further: ${seen.join(', ')}`,
  );
  t.deepEqual(
    counted,
    counted.toSorted((a, b) => a - b),
  );
  t.log(`metrics seen: ${seen.join(', ')}`);

  t.is((await lab.run('link', 'o1', 'o2', 'down')).exitCode, 0);
  const began = performance.now();
  const gone = await eventually(async () => {
    const text = await vtysh('o3', 'show ip route 10.11.0.0/24');
    return text.includes('Known via') ? undefined : true;
  }, deadline);
  t.true(gone);
  t.log(`OSPF: gone after ${Math.round(performance.now() - began)} ms, the asking included`);
});
