/** Processes are named by number and start time together. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { alive, findByEnvironment, identify, signal, terminate } from '../../../src/kernel/pid.ts';

void t.test('a process is alive only under its own start time', (t) => {
  const self = identify(process.pid);
  t.ok(self !== undefined && alive(self));
  t.notOk(alive({ pid: process.pid, startTime: (self?.startTime ?? 0) + 1 }), 'the number alone is not enough');
  t.notOk(signal({ pid: process.pid, startTime: 1 }, 'SIGKILL'), 'and such a process is not signalled');
  t.end();
});

void t.test('terminate ends what ignores SIGTERM, and finds it by its mark before', async (t) => {
  const mark = `test-${process.pid}-${performance.now()}`;
  // It says when its handler is in place.
  const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("ready")';
  const child = spawn(process.execPath, ['-e', script], {
    env: { XIYOU_TEST: mark },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const found = findByEnvironment('XIYOU_TEST', mark);
  t.same(
    found.map((one) => one.pid),
    [child.pid],
  );
  t.same(findByEnvironment('XIYOU_TEST', mark.slice(0, -1)), [], 'the whole value counts');
  const exit = once(child, 'exit');
  t.same(await terminate(found, 50), []);
  t.same(await exit, [null, 'SIGKILL']);
  t.end();
});
