/** The kernel room against the real kernel: networks, observation, machines, processes, and that nothing is left. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { XiyouError } from '../../src/errors.ts';
import type { Operation } from '../../src/fragment/operation.ts';
import { interfaceIndex } from '../../src/kernel/device.ts';
import { waitGone } from '../../src/kernel/gone.ts';
import { namespaceInode } from '../../src/kernel/libc.ts';
import { applyNetwork } from '../../src/kernel/links.ts';
import { acquireLock } from '../../src/kernel/lock.ts';
import { enterMachine, machinePath, startMachine, stopMachine } from '../../src/kernel/machine.ts';
import type { Machine } from '../../src/kernel/machine.ts';
import { openStore, storeExists } from '../../src/kernel/namespace.ts';
import type { NamespaceStore } from '../../src/kernel/namespace.ts';
import { observeNamespace, observeOperations } from '../../src/kernel/observe.ts';
import { environmentOf, inMachine, inNamespace } from '../../src/kernel/place.ts';
import { alive, findOwned, runIn, startDaemon, terminate } from '../../src/kernel/process.ts';
import { dumpNeighbours, dumpRules, lookUpRoute } from '../../src/kernel/rtnetlink-read.ts';
import { openTerminal } from '../../src/kernel/terminal.ts';

let labs = 0;
/** Gives the test a lab of its own, takes it away at the end, and checks that nothing of it is left. */
const withLab = async (t: ExecutionContext, work: (store: NamespaceStore) => Promise<void> | void): Promise<void> => {
  labs += 1;
  const lab = `kt${process.pid}-${labs}`;
  const store = openStore(lab);
  try {
    await work(store);
  } finally {
    store.destroy();
  }
  t.false(readFileSync('/proc/self/mounts', 'utf8').includes(lab), 'no mount is left');
  t.deepEqual(
    readdirSync('/run/netns').filter((name) => name.startsWith(`${lab}-`)),
    [],
  );
  t.false(existsSync(store.directory), 'the directory is gone');
  t.deepEqual(findOwned(lab), [], 'no process is left');
};

const ownerOf = (store: NamespaceStore): { lab: string; run: string } => ({ lab: store.lab, run: store.lab });

const start = async (store: NamespaceStore, node: string): Promise<Machine> =>
  startMachine(store, node, {
    directory: `${store.directory}/nodes/${node}`,
    hostname: node,
    overlays: ['/etc'],
    env: environmentOf(node, ownerOf(store)),
  });

/** a - r - b by veth, r forwarding, both ends of the way and one stub of every other operation. */
const network: readonly Operation[] = [
  { op: 'route', node: 'a', to: '0.0.0.0/0', via: '10.0.0.1' },
  { op: 'route', node: 'a', to: '::/0', via: '2001:DB8:0::1', dev: 'eth0' },
  { op: 'route', node: 'b', to: '10.0.0.0/31', via: '10.0.0.3', src: '10.0.0.2' },
  { op: 'route', node: 'r', to: '203.0.113.0/24', blackhole: true },
  { op: 'route', node: 'r', to: '198.51.100.0/24', via: '192.0.2.77', dev: 'to-a', onlink: true },
  { op: 'route', node: 'r', to: '10.64.0.0/16', dev: 'tun0' },
  { op: 'namespace', node: 'a' },
  { op: 'namespace', node: 'b' },
  { op: 'namespace', node: 'r' },
  { op: 'sysctl', node: 'r', key: 'net.ipv4.ip_forward', value: '1' },
  { op: 'sysctl', node: 'r', key: 'net.ipv4.conf.to-a.rp_filter', value: '2' },
  { op: 'sysctl', node: 'r', key: 'net.ipv4.ping_group_range', value: '0 100' },
  {
    op: 'veth',
    node: 'a',
    mtu: 1450,
    ends: [
      { node: 'a', name: 'eth0', mac: '02:00:00:00:01:00' },
      { node: 'r', name: 'to-a', mac: '02:00:00:00:02:00' },
    ],
  },
  {
    op: 'veth',
    node: 'b',
    mtu: 1500,
    ends: [
      { node: 'b', name: 'eth0', mac: '02:00:00:00:03:00' },
      { node: 'r', name: 'to-b', mac: '02:00:00:00:02:01' },
    ],
  },
  { op: 'bridge', node: 'r', name: 'br0', mac: '02:00:00:00:02:ff' },
  { op: 'tun', node: 'r', name: 'tun0', mtu: 1400 },
  { op: 'interface', node: 'a', name: 'eth0', offload: false },
  { op: 'interface', node: 'r', name: 'to-a', offload: true },
  { op: 'interface', node: 'r', name: 'to-b', offload: true, bridge: 'br0' },
  { op: 'interface', node: 'r', name: 'br0', offload: true },
  { op: 'interface', node: 'r', name: 'tun0', offload: true },
  { op: 'interface', node: 'b', name: 'eth0', offload: true },
  { op: 'address', node: 'a', interface: 'eth0', address: '10.0.0.0/31' },
  { op: 'address', node: 'a', interface: 'eth0', address: '2001:DB8:0::2/64' },
  { op: 'address', node: 'r', interface: 'to-a', address: '10.0.0.1/31' },
  { op: 'address', node: 'r', interface: 'to-a', address: '2001:db8::1/64' },
  { op: 'address', node: 'r', interface: 'br0', address: '10.0.0.3/29' },
  { op: 'address', node: 'r', interface: 'lo', address: '192.0.2.1/32' },
  { op: 'address', node: 'b', interface: 'eth0', address: '10.0.0.2/31' },
];

test.serial('a network of every operation is applied, seen as present, and carries packets', async (t) => {
  await withLab(t, async (store) => {
    t.true([...observeOperations(store, network).values()].every((seen) => seen === 'absent'));
    const before = namespaceInode('/proc/thread-self/ns/net');
    t.deepEqual(applyNetwork(store, network), []);
    t.is(namespaceInode('/proc/thread-self/ns/net'), before, 'the thread is back home');

    for (const [operation, seen] of observeOperations(store, network)) t.is(seen, 'present', JSON.stringify(operation));
    // The same through a store that has made nothing itself.
    const other = openStore(store.lab);
    t.true([...observeOperations(other, network).values()].every((seen) => seen === 'present'));
    t.deepEqual(other.list().sort(), ['a', 'b', 'r']);
    other.close();

    const a = inNamespace(store, 'a', ownerOf(store));
    const ping = await runIn(a, ['ping', '-c', '1', '-W', '5', '10.0.0.2']);
    t.regex(ping.stdout, /1 received/u);
    t.regex((await runIn(a, ['ping', '-c', '1', '-W', '5', '2001:db8::1'])).stdout, /1 received/u);
    t.regex(
      (await runIn(a, ['ethtool', '--show-offload', 'eth0'])).stdout,
      /^tx-checksumming: off[^]*^\ttx-tcp-segmentation: off/mu,
    );
    // The name that iproute2 knows.
    t.regex(
      execFileSync('ip', ['netns', 'exec', `${store.lab}-r`, 'ip', '-br', 'link'], { encoding: 'utf8' }),
      /to-a@/u,
    );

    const facts = observeNamespace(store, 'r');
    t.deepEqual(facts.links.map((link) => link.name).sort(), ['br0', 'lo', 'to-a', 'to-b', 'tun0']);
    t.true(facts.links.every((link) => link.up));
    t.true(facts.addresses.some((fact) => fact.address === '2001:db8::1/64'));
    t.is(
      store.within('r', () => namespaceInode('/proc/thread-self/ns/net')),
      store.inodeOf('r'),
    );
    t.true(dumpRules(store.handle('r').netlink).some((rule) => rule.table === 254));
    t.true(dumpNeighbours(store.handle('r').netlink).some((neighbour) => neighbour.address === '10.0.0.0'));
  });
});

test.serial('the kernel says which route a packet takes', async (t) => {
  await withLab(t, (store) => {
    t.deepEqual(applyNetwork(store, network), []);
    const { netlink } = store.handle('r');
    const toA = interfaceIndex(netlink, 'to-a');
    t.like(lookUpRoute(netlink, { to: '198.51.100.9' }), {
      prefix: '198.51.100.0/24',
      via: '192.0.2.77',
      dev: toA,
      table: 254,
      protocol: 4,
    });
    t.like(lookUpRoute(netlink, { to: '10.0.0.2', from: '10.0.0.0', iif: toA ?? 0 }), {
      prefix: '10.0.0.0/29',
      via: undefined,
      dev: interfaceIndex(netlink, 'br0'),
    });
    t.like(lookUpRoute(netlink, { to: '2001:db8::2' }), { prefix: '2001:db8::/64', dev: toA, protocol: 2 });
    t.is(lookUpRoute(netlink, { to: '8.8.8.8' }), undefined);
    t.is(lookUpRoute(netlink, { to: '203.0.113.5' }), undefined, 'a blackhole is no way');
  });
});

test.serial('what the kernel refuses is named, and the passes after it are not begun', async (t) => {
  await withLab(t, (store) => {
    t.deepEqual(applyNetwork(store, network), []);
    const again = applyNetwork(store, [
      { op: 'address', node: 'a', interface: 'eth0', address: '10.0.0.0/31' },
      { op: 'address', node: 'a', interface: 'nope', address: '10.9.9.9/32' },
    ]);
    t.deepEqual(
      again.map(({ operation, reason }) => [operation.op, reason.split(' ')[0]]),
      [
        ['address', 'ENODEV'],
        ['address', 'EEXIST'],
      ],
    );
    const bridge: Operation = { op: 'bridge', node: 'r', name: 'br0', mac: '02:00:00:00:02:ff' };
    const refused = applyNetwork(store, [
      bridge,
      { op: 'address', node: 'r', interface: 'br0', address: '10.77.0.1/24' },
    ]);
    t.deepEqual(
      refused.map((one) => one.operation),
      [bridge],
    );
    t.false(observeNamespace(store, 'r').addresses.some((fact) => fact.address === '10.77.0.1/24'));
    t.deepEqual(
      applyNetwork(store, [{ op: 'namespace', node: 'a' }]),
      [],
      'a namespace that is there only gets its lo up',
    );
    t.regex(
      applyNetwork(store, [{ op: 'sysctl', node: 'a', key: 'net.ipv4.nonsense', value: '1' }])[0]?.reason ?? '',
      /^ENOENT/u,
    );
    t.regex(applyNetwork(store, [{ op: 'tun', node: 'r', name: 'tun0', mtu: 1400 }])[0]?.reason ?? '', /^EEXIST/u);
    // Refusals by the thousand in one batch: every one comes back.
    const many = Array.from({ length: 5000 }, (): Operation => ({
      op: 'address',
      node: 'a',
      interface: 'eth0',
      address: '10.0.0.0/31',
    }));
    t.is(applyNetwork(store, many).length, 5000);
  });
});

test.serial('differences are told from absence', async (t) => {
  await withLab(t, (store) => {
    t.deepEqual(applyNetwork(store, network), []);
    execFileSync('ip', ['-n', `${store.lab}-r`, 'link', 'set', 'to-a', 'address', '02:00:00:00:00:99']);
    execFileSync('ip', ['-n', `${store.lab}-b`, 'link', 'delete', 'eth0']);
    execFileSync('ip', ['-n', `${store.lab}-r`, 'link', 'set', 'tun0', 'mtu', '1300']);
    const wrong = [...observeOperations(store, network)].filter(([, seen]) => seen !== 'present');
    t.deepEqual(
      wrong.map(([operation, seen]) => [operation.op, operation.node, seen]),
      [
        ['route', 'b', 'absent'],
        ['veth', 'a', { differs: 'r:to-a has MAC 02:00:00:00:00:99, not 02:00:00:00:02:00' }],
        ['veth', 'b', 'absent'],
        ['tun', 'r', { differs: 'tun0 has MTU 1300, not 1400' }],
        ['interface', 'r', 'absent'],
        ['interface', 'b', 'absent'],
        ['address', 'b', 'absent'],
      ],
    );
    // A node made anew: its links are gone on both sides, and applying what is absent mends it.
    store.remove('r');
    t.false(store.exists('r'));
    t.false(existsSync(store.ipNetnsPathOf('r')));
  });
});

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
    t.deepEqual(new Set(findOwned(store.lab).map((found) => found.pid)), new Set([machine.pid, one.pid, two.pid]));
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
