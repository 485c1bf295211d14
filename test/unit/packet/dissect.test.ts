/** The dissector on frames written by hand: what it finds, and why it stops. */
import t from 'tap';
import { dissect } from '../../../src/packet/dissect.ts';
import type { Layer } from '../../../src/packet/layer.ts';
import { maximumSegmentSize, tcpOptions } from '../../../src/packet/tcp.ts';

/** Octets from hexadecimal digits; white space and the notes behind `#` do not count. */
const hex = (text: string): Uint8Array => {
  const digits = text.replaceAll(/#.*$/gmu, '').replaceAll(/\s/gu, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
};

const ethernetIpv4 = '02000000020a 020000000100 0800';
const protocols = (layers: readonly Layer[]): string => layers.map(({ protocol }) => protocol).join(' ');
const reasonOf = (layers: readonly Layer[]): string | undefined => {
  const last = layers.at(-1);
  return last?.protocol === 'data' ? last.reason : undefined;
};

void t.test('a SYN with options', (t) => {
  const bytes = hex(`${ethernetIpv4}
    45 00 0030 a745 4000 3e 06 1234  # 48 octets, id 42821, DF, ttl 62, TCP
    0a2d0002 c000020a
    899e 01bb fffffff0 00000000 70 02 faf0 abcd 0001  # data offset 7, SYN
    0204 0578 01 0402 00`);
  const layers = dissect(bytes, 'ethernet');
  t.same(layers, [
    {
      protocol: 'ethernet',
      offset: 0,
      length: 14,
      source: '02:00:00:00:01:00',
      destination: '02:00:00:00:02:0a',
      etherType: 0x0800,
    },
    {
      protocol: 'ipv4',
      offset: 14,
      length: 20,
      source: '10.45.0.2',
      destination: '192.0.2.10',
      ttl: 62,
      identification: 42_821,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      tos: 0,
      totalLength: 48,
      next: 6,
      checksum: 0x1234,
    },
    {
      protocol: 'tcp',
      offset: 34,
      length: 28,
      sourcePort: 35_230,
      destinationPort: 443,
      sequence: 0xffff_fff0,
      acknowledgement: 0,
      flags: 2,
      window: 64_240,
      checksum: 0xabcd,
      urgent: 1,
      payloadLength: 0,
    },
  ]);
  const tcp = layers[2];
  if (tcp?.protocol !== 'tcp') throw new Error('no TCP layer');
  t.same(tcpOptions(bytes, tcp), [
    { kind: 2, offset: 54, length: 4 },
    { kind: 4, offset: 59, length: 2 },
  ]);
  t.equal(maximumSegmentSize(bytes, tcp), 1400);
  t.end();
});

void t.test('GTP-U with a sequence number and extension headers around a ping', (t) => {
  const layers = dissect(
    hex(`45 00 005c 0000 0000 40 11 0000 0a010001 0a010002  # no Ethernet header: a TUN interface
      0868 0868 0048 0000
      36 ff 0038 00000065 0201 00 85  # E and S; length 56, TEID 101, sequence 513
      01 1009 40  01 0868 00  # two extension headers of 4 octets
      45 00 0024 0007 0000 3f 01 0000 0a2d0002 c000020a
      08 00 0000 004d 0005 6869202020202020
      0000000000000000`),
    'ip',
  );
  t.equal(protocols(layers), 'ipv4 udp gtpu ipv4 icmp data');
  t.match(layers[2], { offset: 28, length: 20, messageType: 255, teid: 101, messageLength: 56, sequence: 513 });
  t.match(layers[4], { offset: 68, type: 8, identifier: 77, sequence: 5 });
  // The inner packet ends before its tunnel does: the last octets are nobody's payload.
  t.match(layers[5], { offset: 76, length: 8, reason: 'payload' });
  t.end();
});

void t.test('VXLAN with a tagged IPv6 packet that has extension headers', (t) => {
  const layers = dissect(
    hex(`${ethernetIpv4}
      45 00 007a 0000 0000 40 11 0000 0a090001 0a090002
      a630 12b5 0066 0000  08 000000 001389 00  # VNI 5001
      020000000602 020000000501 8100 a00c 86dd  # VLAN 12, priority 5
      6 88 abcde 001c 00 ff 20010db8004500000000000000000002 20010db80f0000000000000000000010
      2c 00 0104 00000000  # hop-by-hop
      11 00 0001 12345678  # fragment 0 with more to come
      9c40 270f 000c 0000 6869 6869`),
    'ethernet',
  );
  t.equal(protocols(layers), 'ethernet ipv4 udp vxlan ethernet vlan ipv6 udp data');
  t.match(layers[3], { vni: 5001, length: 8 });
  t.match(layers[5], { id: 12, priority: 5, etherType: 0x86dd });
  t.match(layers[6], {
    length: 56,
    source: '2001:db8:45::2',
    destination: '2001:db8:f00::10',
    hopLimit: 255,
    trafficClass: 0x88,
    flowLabel: 0xabcde,
    next: 17,
    identification: 0x1234_5678,
    moreFragments: true,
    fragmentOffset: 0,
  });
  t.end();
});

void t.test('ARP', (t) => {
  const layers = dissect(
    hex('ffffffffffff 020000000100 0806 0001 0800 06 04 0001 020000000100 0a000001 000000000000 0a000002'),
    'ethernet',
  );
  t.match(layers[1], {
    protocol: 'arp',
    operation: 1,
    senderIp: '10.0.0.1',
    targetIp: '10.0.0.2',
    targetMac: '00:00:00:00:00:00',
  });
  t.equal(layers.length, 2);
  t.end();
});

void t.test('where the dissector stops, it says why', (t) => {
  const ip = (header: string): string | undefined => reasonOf(dissect(hex(header), 'ip'));
  const addresses = '0a000001 0a000002';
  t.equal(ip(`45 00 0020 0000 0000 40 59 0000 ${addresses} 020100000000000000000000`), 'unknown', 'OSPF');
  t.equal(ip(`45 00 0020 0000 0002 40 11 0000 ${addresses} 020100000000000000000000`), 'fragment', 'a later fragment');
  t.equal(ip(`45 00 0034 0000 0000 40 06 0000 ${addresses} 020100000000`), 'truncated', 'TCP cut by the capture');
  t.equal(
    ip(`45 00 001a 0000 0000 40 06 0000 ${addresses} 020100000000`),
    'malformed',
    'TCP too long for its IP packet',
  );
  t.equal(
    ip(`45 00 0028 0000 0000 40 06 0000 ${addresses} 0001 0002 00000000 00000000 40 10 0000 0000 0000`),
    'malformed',
    'a TCP header of 16 octets',
  );
  t.equal(
    ip(`45 00 0028 0000 0000 40 06 0000 ${addresses} 0001 0002 00000000 00000000 60 10 0000 0000 0000`),
    'malformed',
    'TCP options behind the end',
  );
  t.same(
    dissect(hex(`44 00 0020 0000 0000 40 11 0000 ${addresses} 0001 0002 000c 0000 00000000`), 'ip'),
    [{ protocol: 'data', offset: 0, length: 32, reason: 'malformed' }],
    'an IPv4 header of 16 octets',
  );
  const later = dissect(
    hex(`60000000 0018 2c 40 ${'00'.repeat(32)} 3c 00 0008 00000001 1100 0000 0000 0000 6869 6869 6869 6869`),
    'ip',
  );
  t.match(
    later,
    [
      { protocol: 'ipv6', length: 48, next: 60 },
      { reason: 'fragment', length: 16 },
    ],
    'no extension headers in the middle of a packet',
  );
  t.equal(ip(`45 00 001c 0000 0000 40 11 0000 ${addresses} 0001 0002 0004 0000`), 'malformed', 'UDP of 4 octets');
  t.equal(ip('55 00'), 'unknown', 'IP version 5');
  t.equal(ip(''), 'unknown', 'nothing');
  t.equal(reasonOf(dissect(hex('0200'), 'ethernet')), 'truncated');
  t.equal(
    reasonOf(dissect(hex('0180c2000000 020000000100 0026 424203'), 'ethernet')),
    'unknown',
    'spanning tree over LLC',
  );
  t.end();
});

void t.test('GTP-U extension headers that lead nowhere end the dissection', (t) => {
  const ip = '45 00 0034 0000 0000 40 11 0000 0a010001 0a010002 0868 0868 0020 0000';
  t.equal(
    reasonOf(dissect(hex(`${ip} 34 ff 0010 00000001 0000 00 85 00000000 4500 0000 0000 0000`), 'ip')),
    'malformed',
    'length 0',
  );
  t.equal(
    reasonOf(dissect(hex(`${ip} 34 ff 0010 00000001 0000 00 85 ff000000 4500 0000 0000 0000`), 'ip')),
    'malformed',
    'too long',
  );
  t.equal(
    reasonOf(dissect(hex(`${ip} 50 ff 0010 00000001 0000 00 85 ff000000 4500 0000 0000 0000`), 'ip')),
    'unknown',
    'version 2',
  );
  t.match(
    dissect(hex(`${ip} 32 02 0006 00000000 0007 00 00 0e 00 ${'ff'.repeat(16)}`), 'ip').at(-1),
    { offset: 40, length: 2, reason: 'payload' },
    'what is behind a message is not part of it',
  );
  t.end();
});
