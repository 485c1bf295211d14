/** The kernel room against the real kernel: whose a namespace is, and when it is gone. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { XiyouError } from '../../src/errors.ts';
import type { Operation } from '../../src/fragment/operation.ts';
import { waitGone } from '../../src/kernel/gone.ts';
import { applyNetwork } from '../../src/kernel/links.ts';
import { storeExists } from '../../src/kernel/namespace.ts';
import { withLab } from '../helpers/kernel-lab.ts';

test.serial('a name of somebody else in /run/netns is refused and left alone', async (t) => {
  await withLab(t, (store) => {
    mkdirSync('/run/netns', { recursive: true });
    const name = store.ipNetnsPathOf('x');
    symlinkSync('/nowhere', name);
    try {
      const error = t.throws(() => applyNetwork(store, [{ op: 'namespace', node: 'x' }]), { instanceOf: XiyouError });
      t.is(error.code, 'name-taken');
      store.removeAll();
      t.true(readdirSync('/run/netns').includes(`${store.lab}-x`));
    } finally {
      unlinkSync(name);
    }
  });
});

test.serial('what a reboot leaves is no namespace, and is used again', async (t) => {
  await withLab(t, (store) => {
    // A file without its mount, and a link to it.
    writeFileSync(store.pathOf('a'), '');
    symlinkSync(store.pathOf('a'), store.ipNetnsPathOf('a'));
    t.false(store.exists('a'));
    t.deepEqual(store.list(), []);
    t.is(t.throws(() => store.handle('a'), { instanceOf: XiyouError }).code, 'unknown-node');
    t.deepEqual(applyNetwork(store, [{ op: 'namespace', node: 'a' }]), []);
    t.true(store.exists('a'));
    t.true(storeExists(store.lab));
  });
});

test.serial(
  'removed namespaces are freed also where another mount namespace has a copy, and waitGone sees the end',
  async (t) => {
    await withLab(t, async (store) => {
      const nodes = Array.from({ length: 20 }, (_, index) => `n${index}`);
      t.deepEqual(
        applyNetwork(
          store,
          nodes.map((node): Operation => ({ op: 'namespace', node })),
        ),
        [],
      );
      // A link from here into the last of them shows from outside when that one dies.
      const copy = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', 'echo ready; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(copy.stdout, 'data');
      const witness = `kt${process.pid}w`;
      execFileSync('ip', ['link', 'add', witness, 'type', 'veth', 'peer', 'name', 'x', 'netns', `${store.lab}-n19`]);
      t.true(existsSync(`/sys/class/net/${witness}`));
      store.removeAll();
      t.true(await waitGone());
      t.false(existsSync(`/sys/class/net/${witness}`), 'the kernel has taken it apart');
      copy.kill('SIGKILL');
      await once(copy, 'exit');
    });
  },
);
