/** The kernel room against the real kernel: networks that are applied, observed, refused. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import test from 'ava';
import type { Operation } from '../../src/fragment/operation.ts';
import { interfaceIndex } from '../../src/kernel/device.ts';
import { hasFirewall } from '../../src/kernel/firewall.ts';
import { namespaceInode } from '../../src/kernel/libc.ts';
import { applyNetwork } from '../../src/kernel/links.ts';
import { openStore } from '../../src/kernel/namespace.ts';
import { observeNamespace, observeOperations } from '../../src/kernel/observe.ts';
import { inNamespace } from '../../src/kernel/place.ts';
import { runIn } from '../../src/kernel/process.ts';
import { dumpNeighbours, dumpRules, lookUpRoute } from '../../src/kernel/rtnetlink-read.ts';
import { askByNetlink } from '../../src/kernel/try.ts';
import { network, ownerOf, withLab } from '../helpers/kernel-lab.ts';

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

test.serial('no two ends of a pair have the same number, so that both learn of a cut at once', async (t) => {
  await withLab(t, (store) => {
    const end = (node: string, name: string, mac: string) => ({ node, name, mac });
    const operations: Operation[] = [
      ...['a', 'b'].map((node): Operation => ({ op: 'namespace', node })),
      // The kernel would number them alike, from 2 on at both sides; the third has the port of the second.
      ...['02:00:00:00:01:00', '02:00:00:00:01:01', '02:00:00:00:09:01'].map((mac, port): Operation => ({
        op: 'veth',
        node: 'a',
        mtu: 1500,
        ends: [end('a', `eth${port}`, mac), end('b', `eth${port}`, `02:00:00:00:02:0${port}`)],
      })),
    ];
    t.deepEqual(applyNetwork(store, operations), []);
    for (const name of ['eth0', 'eth1', 'eth2']) {
      const [one, other] = ['a', 'b'].map((node) => interfaceIndex(store.handle(node).netlink, name));
      t.is(typeof one, 'number');
      t.not(one, other, name);
    }
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

test.serial('a namespace with any firewall is told from one without', async (t) => {
  await withLab(t, async (store) => {
    t.deepEqual(applyNetwork(store, network), []);
    const has = (node: string): boolean => store.within(node, hasFirewall);
    t.deepEqual(['a', 'b', 'r'].map(has), [false, false, false]);
    const rule = ['-A', 'INPUT', '-p', 'tcp', '--dport', '9', '-j', 'DROP'];
    await runIn(inNamespace(store, 'a', ownerOf(store)), ['iptables', ...rule]);
    await runIn(inNamespace(store, 'b', ownerOf(store)), ['ip6tables', ...rule]);
    t.deepEqual(['a', 'b', 'r'].map(has), [true, true, false]);
  });
});

test.serial('what would be told by a protocol of netlink that the kernel lacks, it cannot do', (t) => {
  // The last number of all (MAX_LINKS, <linux/netlink.h>), which is nobody's.
  t.false(askByNetlink(31, () => true));
  t.true(askByNetlink(undefined, () => true));
});
