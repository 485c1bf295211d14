/** Names of sysctls as paths, and which of them belong to an interface. */
import t from 'tap';
import { namesInterface, sysctlPath } from '../../../src/kernel/device.ts';

void t.test('dots and slashes change places, unless the key is a path already', (t) => {
  t.equal(sysctlPath('net.ipv4.ip_forward'), '/proc/sys/net/ipv4/ip_forward');
  t.equal(sysctlPath('net.ipv4.conf.eth0/100.rp_filter'), '/proc/sys/net/ipv4/conf/eth0.100/rp_filter');
  t.equal(sysctlPath('net/ipv4/conf/eth0.100/rp_filter'), '/proc/sys/net/ipv4/conf/eth0.100/rp_filter');
  t.end();
});

void t.test('all and default are not interfaces', (t) => {
  t.ok(namesInterface('net.ipv4.conf.eth0.rp_filter'));
  t.ok(namesInterface('net.mpls.conf.to-b.input'));
  t.ok(namesInterface('net.ipv6.neigh.allied.base_reachable_time'));
  for (const key of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding', 'net.ipv6.conf.default.accept_dad'])
    t.notOk(namesInterface(key), key);
  t.end();
});
