/** The kernel room against the real kernel: machines, processes, terminals, locks, and that nothing is left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { XiyouError } from '../../src/errors.ts';
import { namespaceInode } from '../../src/kernel/libc.ts';
import { applyNetwork } from '../../src/kernel/links.ts';
import { acquireLock } from '../../src/kernel/lock.ts';
import { enterMachine, machinePath, stopMachine } from '../../src/kernel/machine.ts';
import { inMachine } from '../../src/kernel/place.ts';
import { alive, findOwned, runIn, startDaemon, terminate } from '../../src/kernel/process.ts';
import { openTerminal } from '../../src/kernel/terminal.ts';
import { network, ownerOf, start, withLab } from '../helpers/kernel-lab.ts';
import { poll } from '../helpers/netns.ts';

test.serial(
  'a machine has its own /etc, /run, /var/log, host name, processes and interfaces; this process stays as it was',
  async (t) => {
    await withLab(t, async (store) => {
      t.deepEqual(applyNetwork(store, network), []);
      const names = ['net', 'mnt', 'uts', 'pid_for_children'];
      const here = (): string[] => [
        readlinkSync('/proc/thread-self/cwd'),
        ...names.map((name) => String(namespaceInode(`/proc/thread-self/ns/${name}`))),
      ];
      const before = here();
      mkdirSync(`${store.directory}/nodes/r/root/etc`, { recursive: true });
      writeFileSync(`${store.directory}/nodes/r/root/etc/motd`, 'welcome to r\n');
      const machines = await Promise.all(['a', 'r'].map(async (node) => start(store, node)));
      const r = machines[1] ?? t.fail();
      if (r === undefined) return;
      const place = inMachine(r, ownerOf(store));
      t.is((await runIn(place, ['hostname'])).stdout, 'r');
      t.is((await runIn(place, ['cat', '/etc/motd'])).stdout, 'welcome to r');
      t.is((await runIn(place, ['ls', '-A', '/run'])).stdout, '');
      t.deepEqual((await runIn(place, ['ls', '/sys/class/net'])).stdout.split('\n').sort(), [
        'br0',
        'lo',
        'to-a',
        'to-b',
        'tun0',
      ]);
      t.regex((await runIn(place, ['ps', '-e', '-o', 'pid,args'])).stdout, /^ +1 \/usr\/bin\/catatonit -P\n.*ps -e/mu);
      t.is((await runIn(place, [process.execPath, '-p', '1+1'])).stdout, '2', "the project's node can be reached");
      await runIn(place, ['sh', '-c', 'echo changed > /etc/hostname']);
      t.is(readFileSync(machinePath(r, '/etc/hostname'), 'utf8'), 'changed\n');
      t.not(readFileSync('/etc/hostname', 'utf8'), 'changed\n');
      // No namespace mount of any lab came along.
      t.notRegex((await runIn(place, ['cat', '/proc/self/mounts'])).stdout, /nsfs/u);

      t.throws(
        () =>
          enterMachine(r, () => {
            throw new Error('inside');
          }),
        { message: 'inside' },
      );
      t.deepEqual(here(), before);
      const worker = new Worker('require("node:worker_threads").parentPort.postMessage("alive")', { eval: true });
      t.deepEqual(await once(worker, 'message'), ['alive'], 'threads can be made');

      t.true((await Promise.all(machines.map(async (machine) => stopMachine(machine)))).every(Boolean));
      const error = await t.throwsAsync(runIn(place, ['true']), { instanceOf: XiyouError });
      t.is(error.code, 'process-ended');
    });
  },
);

test.serial('commands report how they ended; daemons are found by their mark and end with their machine', async (t) => {
  await withLab(t, async (store) => {
    t.deepEqual(applyNetwork(store, [{ op: 'namespace', node: 'a' }]), []);
    const machine = await start(store, 'a');
    const place = inMachine(machine, ownerOf(store));
    t.deepEqual(await runIn(place, ['cat'], { input: 'hello' }), { stdout: 'hello', stderr: '', exitCode: 0 });
    t.like(await runIn(place, ['sh', '-c', 'kill -9 $$'], { anyExit: true }), { exitCode: 137 });
    t.like(await runIn(place, ['no-such-command'], { anyExit: true }), { exitCode: 127 });
    const error = await t.throwsAsync(runIn(place, ['sh', '-c', 'echo bad luck >&2; exit 3']), {
      instanceOf: XiyouError,
    });
    t.is(error.message, 'sh failed with exit code 3 in node a');
    t.is(error.where, "a: sh -c 'echo bad luck >&2; exit 3'");
    t.deepEqual(error.details, ['bad luck']);
    await t.throwsAsync(runIn(place, ['sleep', '60'], { timeout: 50 }), {
      message: 'sleep took longer than 50 ms in node a',
    });

    const log = `${store.directory}/nodes/a/log/d.log`;
    const argv = ['sh', '-c', 'echo "$XIYOU_NODE $COLOUR"; exec sleep 600'];
    const one = await startDaemon(place, { name: 'one', argv, env: { COLOUR: 'red' }, log });
    const two = await startDaemon(place, { name: 'two', argv, log });
    t.true(alive(one) && alive(two));
    // While sh becomes sleep, for a moment, it has no environment to be found by.
    const running = [machine.pid, one.pid, two.pid].sort((a, b) => a - b);
    await poll('all are found by their mark, and nobody else', () =>
      isDeepStrictEqual(
        findOwned(store.lab)
          .map((found) => found.pid)
          .sort((a, b) => a - b),
        running,
      ),
    );
    await t.throwsAsync(startDaemon(place, { name: 'three', argv: ['/no/such'], log }), { instanceOf: XiyouError });
    t.deepEqual(await terminate([one]), []);
    t.false(alive(one));
    t.is((await runIn(place, ['cat', '/var/log/d.log'])).stdout.split('\n')[0], 'a red');
    t.true(await stopMachine(machine));
    t.false(alive(two), 'the kernel ends all processes of a stopped machine');
  });
});

test.serial('a terminal has the size it was given and the node around it', async (t) => {
  await withLab(t, async (store) => {
    t.deepEqual(applyNetwork(store, [{ op: 'namespace', node: 'a' }]), []);
    const machine = await start(store, 'a');
    const terminal = await openTerminal(
      inMachine(machine, ownerOf(store)),
      ['sh', '-c', 'hostname; stty size; read line; echo "got $line"; exit 4'],
      { cols: 91, rows: 17 },
    );
    let text = '';
    terminal.onData((part) => (text += part));
    terminal.write('word\n');
    t.is(await terminal.ended, 4);
    t.regex(text, /a\r\n/u);
    t.regex(text, /17 91/u);
    t.regex(text, /got word/u);
    await stopMachine(machine);
  });
});

test.serial('a lock names its holder, and is free when the holder has been killed', async (t) => {
  const path = `/tmp/xiyou-kt${process.pid}.lock`;
  const script = `import { acquireLock } from ${JSON.stringify(new URL('../../src/kernel/lock.ts', import.meta.url).href)};
    await acquireLock({ path: ${JSON.stringify(path)}, who: 'up other', wait: 0 }); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'data');
    const error = await t.throwsAsync(acquireLock({ path, who: 'down', wait: 20 }), { instanceOf: XiyouError });
    t.is(error.message, `up other (pid ${holder.pid}) is changing this lab`);
    holder.kill('SIGKILL');
    const lock = await acquireLock({ path, who: 'down', wait: 5000 });
    lock.release();
  } finally {
    holder.kill('SIGKILL');
    unlinkSync(path);
  }
});
