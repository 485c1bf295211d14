/** The lower bound does the same work as the plan: every network operation becomes a line, and no other is let pass. */
import t from 'tap';
import { limitPlan } from '../../../scripts/bench/limit.ts';
import type { Operation } from '../../../src/fragment/operation.ts';

const veth: Operation = {
  op: 'veth',
  node: 'a',
  ends: [
    { node: 'a', name: 'eth0', mac: '02:00:00:00:01:00' },
    { node: 's', name: 'to-a', mac: '02:00:00:00:02:00' },
  ],
  mtu: 1500,
};

void t.test('namespaces come first, then links, then what is configured; bridges last', (t) => {
  const lines = limitPlan([
    { op: 'namespace', node: 's' },
    { op: 'namespace', node: 'a' },
    { op: 'bridge', node: 's', name: 'br0', mac: '02:00:00:00:02:ff' },
    veth,
    { op: 'sysctl', node: 'a', key: 'net.ipv4.ip_forward', value: '1' },
    { op: 'interface', node: 's', name: 'to-a', bridge: 'br0', offload: false },
    { op: 'interface', node: 'a', name: 'eth0', offload: true },
    { op: 'address', node: 'a', interface: 'eth0', address: '10.0.0.1/24' },
    { op: 'address', node: 'a', interface: 'eth0', address: 'fd00::1/64' },
    { op: 'route', node: 'a', to: '0.0.0.0/0', via: '10.0.0.2' },
  ]);
  t.same(lines.trimEnd().split('\n'), [
    'N s',
    'N a',
    'S /proc/sys/net/ipv4/ip_forward 1',
    '@ s',
    'B 2 br0 02:00:00:00:02:ff',
    '@ a',
    'V 2 eth0 02:00:00:00:01:00 1500 s 3 to-a 02:00:00:00:02:00',
    '@ a',
    'U 1 0',
    'A 2 4 10.0.0.1 24 10.0.0.255',
    'A 2 6 fd00::1 64 -',
    'U 2 0',
    'R 4 0.0.0.0 0 10.0.0.2',
    '@ s',
    'U 1 0',
    'O to-a',
    'U 3 2',
  ]);
  t.end();
});

void t.test('work that limit.c does not do is refused', (t) => {
  t.throws(() => limitPlan([{ op: 'process', node: 'a', name: 'x', argv: ['x'] }]), /does no process/u);
  t.throws(
    () => limitPlan([{ op: 'sysctl', node: 'a', key: 'net.ipv4.conf.eth0.rp_filter', value: '0' }]),
    /of an interface/u,
  );
  t.throws(() => limitPlan([{ op: 'route', node: 'a', to: '10.0.0.0/8', dev: 'eth0' }]), /by a next hop/u);
  t.end();
});
