/** Packets in words: one line, and the table of headers. */
import t from 'tap';
import { describe, flagText, headerTable } from '../../../src/packet/describe.ts';
import { dissect } from '../../../src/packet/dissect.ts';
import type { Layer } from '../../../src/packet/layer.ts';
import { ethernetFrames } from '../../helpers/frames.ts';

const layersOf = (name: string, length?: number): Layer[] =>
  dissect((ethernetFrames[name] ?? new Uint8Array()).subarray(0, length), 'ethernet');

void t.test('one line', (t) => {
  const lines: Readonly<Record<string, string>> = {
    tcp4: 'IP 10.45.0.2 > 192.0.2.10 ttl 63, TCP 35230 > 443 [P.] seq 4275878552 len 150',
    udp6: 'IP 2001:db8:45::2 > 2001:db8:f00::10 hop limit 64, UDP 40000 > 9999 len 33',
    gtpu: 'IP 10.1.0.1 > 10.1.0.2 ttl 64, UDP 2152 > 2152, GTP-U TEID 101, IP 10.45.0.2 > 192.0.2.10 ttl 63, TCP 35230 > 443 [P.] seq 4275878552 len 150',
    gtpuEcho: 'IP 10.1.0.1 > 10.1.0.2 ttl 64, UDP 2152 > 50000, GTP-U echo response',
    vxlanArp:
      'IP 10.9.0.1 > 10.9.0.2 ttl 32, UDP 42544 > 4789, VXLAN VNI 5001, Ethernet 02:00:00:00:05:01 > 02:00:00:00:06:02 type 0x0806, ARP who has 10.2.0.2? tell 10.2.0.1',
    arpReply: 'Ethernet 02:00:00:00:01:00 > 02:00:00:00:02:0a type 0x0806, ARP 10.0.0.2 is at 02:00:00:00:02:0a',
    vlan: 'VLAN 100, IP 10.45.0.2 > 192.0.2.10 ttl 64, UDP 40000 > 9999 len 33',
    echo6: 'IP 2001:db8:45::2 > 2001:db8:f00::10 hop limit 64, ICMPv6 echo request id 78 seq 6',
    destinationUnreachable: 'IP 192.0.2.1 > 10.45.0.2 ttl 64, ICMP type 3 code 1',
    firstFragment: 'IP 10.45.0.2 > 192.0.2.10 ttl 64 fragment 0+, UDP 5 > 6 len 72',
    laterFragment: 'IP 10.45.0.2 > 192.0.2.10 ttl 64 fragment 80',
    sctp: 'IP 10.1.0.1 > 10.1.0.2 ttl 64, SCTP 36412 > 50001',
    sctpInUdp: 'IP 10.1.0.1 > 10.1.0.2 ttl 64, UDP 9899 > 9899, SCTP 36412 > 50001',
    ospf: 'IP 10.0.0.1 > 224.0.0.5 ttl 1, protocol 89, 44 octets',
  };
  for (const [name, line] of Object.entries(lines)) t.equal(describe(layersOf(name)), line, name);
  t.equal(describe(layersOf('tcp4', 40)), 'IP 10.45.0.2 > 192.0.2.10 ttl 63, truncated');
  t.end();
});

void t.test('TCP flags as tcpdump prints them', (t) => {
  t.same([0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0].map(flagText), ['S', 'S.', '.', 'P.', 'F.', 'R', 'R.', 'none']);
  t.end();
});

const table = (name: string): string[] =>
  headerTable(layersOf(name)).map(({ layer, field, value }) => `${layer} | ${field} | ${value}`);

void t.test('the header table of a VXLAN packet', (t) => {
  t.same(table('vxlan'), [
    'outer | MAC source | 02:00:00:00:01:00',
    'outer | MAC destination | 02:00:00:00:02:0a',
    'outer | IP source | 10.9.0.1',
    'outer | IP destination | 10.9.0.2',
    'outer | TTL | 32',
    'outer | UDP source port | 42544',
    'outer | UDP destination port | 4789',
    'tunnel | VXLAN VNI | 5001',
    'inner | MAC source | 02:00:00:00:05:01',
    'inner | MAC destination | 02:00:00:00:06:02',
    'inner | IP source | 10.45.0.2',
    'inner | IP destination | 192.0.2.10',
    'inner | TTL | 57',
    'inner | TCP source port | 35230',
    'inner | TCP destination port | 443',
  ]);
  t.end();
});

void t.test('packets in packets are outer, middle and inner', (t) => {
  const names = (name: string): string => [...new Set(table(name).map((row) => row.split(' | ')[0]))].join(' ');
  t.equal(names('tcp4'), 'outer');
  t.equal(names('ipInIp'), 'outer inner');
  t.equal(names('gtpuInVxlan'), 'outer tunnel middle inner');
  t.equal(names('gtpuEcho'), 'outer tunnel');
  t.end();
});
