/** Labs of a few namespaces for tests of the kernel room: made, taken away, and looked for afterwards. */
import { threadId } from 'node:worker_threads';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import type { Operation } from '../../src/fragment/operation.ts';
import { startMachine } from '../../src/kernel/machine.ts';
import type { Machine } from '../../src/kernel/machine.ts';
import { openStore } from '../../src/kernel/namespace.ts';
import type { NamespaceStore } from '../../src/kernel/namespace.ts';
import { environmentOf } from '../../src/kernel/place.ts';
import { findOwned } from '../../src/kernel/process.ts';

let labs = 0;
/** Gives the test a lab of its own, takes it away at the end, and checks that nothing of it is left. */
export const withLab = async (
  t: ExecutionContext,
  work: (store: NamespaceStore) => Promise<void> | void,
): Promise<void> => {
  labs += 1;
  const lab = `kt${process.pid}-${threadId}-${labs}`;
  const store = openStore(lab);
  try {
    await work(store);
  } finally {
    store.destroy();
  }
  t.false(readFileSync('/proc/self/mounts', 'utf8').includes(lab), 'no mount is left');
  t.deepEqual(
    (existsSync('/run/netns') ? readdirSync('/run/netns') : []).filter((name) => name.startsWith(`${lab}-`)),
    [],
  );
  t.false(existsSync(store.directory), 'the directory is gone');
  t.deepEqual(findOwned(lab), [], 'no process is left');
};

export const ownerOf = (store: NamespaceStore): { lab: string; run: string } => ({ lab: store.lab, run: store.lab });

export const start = async (store: NamespaceStore, node: string): Promise<Machine> =>
  startMachine(store, node, {
    directory: `${store.directory}/nodes/${node}`,
    hostname: node,
    overlays: ['/etc'],
    env: environmentOf(node, ownerOf(store)),
  });

/** a - r - b by veth, r forwarding, both ends of the way and one stub of every other operation. */
export const network: readonly Operation[] = [
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
