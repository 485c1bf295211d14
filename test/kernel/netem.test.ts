/** An impaired link by netem: in the kernel at both ends, without a cable between them, and changed while the lab runs. */
import test from 'ava';
import { kernelHas } from '../../src/kernel/capabilities.ts';
import { testLab, type TestLab } from '../helpers/lab.ts';

const inGuest = process.env['XIYOU_GUEST'] === '1';

/** The shortest round trip of five, in milliseconds. */
const shortest = async (lab: TestLab): Promise<number> => {
  const { stdout } = await lab.exec('h1', 'ping', '-c', '5', '-i', '0.2', 'h2');
  return Number(/= ([\d.]+)\//u.exec(stdout)?.[1]);
};

test('slow-link: 30 ms each way are 60 ms there and back, and 5 ms are less', async (t) => {
  if (!inGuest && !kernelHas('netem')) return t.pass('not on this kernel');
  const lab = testLab(t, 'slow-link');
  await lab.up();
  for (const node of ['r1', 'r2']) {
    const { stdout } = await lab.exec(node, 'tc', 'qdisc', 'show');
    t.regex(stdout, /netem .*delay 30ms loss 1% rate 20Mbit/u, node);
  }
  t.false(JSON.stringify(await lab.run('ps', '--json')).includes('cable'));
  const before = await shortest(lab);
  t.true(before >= 60 && before < 200, `${before} ms`);
  t.deepEqual(await lab.failedChecks(), []);
  const changed = await lab.run('link', 'r1', 'r2', '--delay', '5ms');
  t.is(changed.exitCode, 0, changed.stderr);
  const after = await shortest(lab);
  t.true(after >= 10 && after < before, `${after} ms`);
  t.log(`${before} ms, then ${after} ms`);
  t.is((await lab.down()).exitCode, 0);
  return t.deepEqual(await lab.left(), []);
});
