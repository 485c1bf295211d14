/** What changes on the way of a packet leaves its key alone; whatever tells packets apart changes it. */
import t from 'tap';
import { dissect } from '../../../src/packet/dissect.ts';
import { ethernet, frame, ipv4, ipv6, vlan, fragment, type Ipv4Fields, type Part } from '../../../src/packet/encode.ts';
import {
  gtpu,
  icmp,
  icmpv6,
  tcp,
  udp,
  vxlan,
  type IcmpFields,
  type TcpFields,
} from '../../../src/packet/encode-transport.ts';
import { hash64 } from '../../../src/packet/hash.ts';
import { flow, identity, type Identity } from '../../../src/packet/identity.ts';
import { arp } from '../../../src/packet/encode.ts';
import { tcpFlag } from '../../../src/packet/layer.ts';
import {
  counting,
  ethernetFrames,
  ipFrames,
  macs,
  synOptions,
  timestampOptions,
  unreachable,
} from '../../helpers/frames.ts';

const inIp = (part: Part): Identity | undefined => {
  const bytes = frame(part);
  return identity(bytes, dissect(bytes, 'ip'));
};
const onLink = (part: Part, snap = Infinity): Identity | undefined => {
  const bytes = frame(ethernet(macs, part)).subarray(0, snap);
  return identity(bytes, dissect(bytes, 'ethernet'));
};
const keyOf = (part: Part): string => inIp(part)?.key ?? 'none';

const addresses: Ipv4Fields = { source: '10.45.0.2', destination: '192.0.2.10', identification: 42_821 };
const translated: Ipv4Fields = {
  ...addresses,
  source: '203.0.113.1',
  destination: '172.16.0.10',
  ttl: 57,
  tos: 4,
  dontFragment: true,
};
const segment: TcpFields = {
  sourcePort: 35_230,
  destinationPort: 443,
  sequence: 11,
  acknowledgement: 22,
  options: timestampOptions,
};
const translatedSegment: TcpFields = { ...segment, sourcePort: 1024, destinationPort: 8443 };
const payload = counting(300);

void t.test('routers, NAT, tunnels and a snap length keep the key', (t) => {
  const key = keyOf(ipv4(addresses, tcp(segment, payload)));
  t.match(key, /^[0-9a-f]{16}$/u);
  const there = ipv4(translated, tcp(translatedSegment, payload));
  t.equal(keyOf(there), key, 'NAT and routing');
  t.same(onLink(there), { key, innermost: 1 }, 'Ethernet');
  t.same(onLink(vlan({ id: 3 }, there)), { key, innermost: 2 }, 'VLAN');
  const outer: Ipv4Fields = { source: '10.1.0.1', destination: '10.1.0.2', identification: 5 };
  const inGtp = ipv4(outer, udp({ sourcePort: 2152, destinationPort: 2152 }, gtpu({ teid: 101, sequence: 8 }, there)));
  t.same(onLink(inGtp), { key, innermost: 4 }, 'GTP-U');
  const inVxlan = ipv4(
    outer,
    udp({ sourcePort: 1, destinationPort: 4789 }, vxlan({ vni: 5001 }, ethernet(macs, there))),
  );
  t.same(onLink(inVxlan), { key, innermost: 5 }, 'VXLAN');
  t.same(onLink(inVxlan, 288), { key, innermost: 5 }, 'cut at 288 octets');
  t.same(onLink(there, 288), { key, innermost: 1 });
  t.end();
});

void t.test('MSS clamping keeps the key of a SYN; other options count', (t) => {
  const syn = (options: Uint8Array): string => keyOf(ipv4(addresses, tcp({ ...segment, flags: tcpFlag.syn, options })));
  const clamped = synOptions.with(2, 4).with(3, 0xec);
  t.equal(syn(clamped), syn(synOptions));
  t.not(syn(synOptions.with(19, 8)), syn(synOptions), 'window scale');
  t.not(syn(synOptions.with(11, 77)), syn(synOptions), 'time stamp');
  t.end();
});

void t.test('everything that tells two TCP packets apart changes the key', (t) => {
  const make = (ip: Partial<Ipv4Fields>, own: Partial<TcpFields> = {}, data = payload): string =>
    keyOf(ipv4({ ...addresses, ...ip }, tcp({ ...segment, ...own }, data)));
  const keys = [
    make({}),
    make({ identification: 42_822 }),
    make({}, { sequence: 12 }),
    make({}, { acknowledgement: 23 }),
    make({}, { flags: tcpFlag.ack | tcpFlag.psh }),
    make({}, { window: 7 }),
    make({}, { urgent: 7 }),
    make({}, { options: timestampOptions.with(7, 1) }),
    make({}, { options: new Uint8Array() }),
    make({}, {}, payload.subarray(1)),
    make({}, {}, payload.subarray(0, 299)),
    make({}, {}, payload.with(63, 1)),
  ];
  t.equal(new Set(keys).size, keys.length);
  t.equal(make({}, {}, payload.with(64, 1)), keys[0], 'behind 64 octets only the length counts');
  t.end();
});

void t.test('UDP: length and payload, not the ports', (t) => {
  const make = (source: number, data: Uint8Array, ip: Partial<Ipv4Fields> = {}): string =>
    keyOf(ipv4({ ...addresses, ...ip }, udp({ sourcePort: source, destinationPort: 53 }, data)));
  t.equal(make(1, counting(30), { source: '198.51.100.1' }), make(2, counting(30)));
  t.not(make(1, counting(31)), make(1, counting(30)));
  t.not(make(1, counting(30).with(3, 9)), make(1, counting(30)));
  t.not(make(1, counting(30), { identification: 1 }), make(1, counting(30)));
  t.end();
});

void t.test('ICMP: all but checksum and identifier', (t) => {
  const make = (fields: IcmpFields, data = counting(16)): string => keyOf(ipv4(addresses, icmp(fields, data)));
  const key = make({ identifier: 1, sequence: 5 });
  t.equal(make({ identifier: 9, sequence: 5 }), key);
  for (const other of [make({ sequence: 6 }), make({ sequence: 5, type: 0 }), make({ sequence: 5 }, counting(17))])
    t.not(other, key);
  const six = { source: '2001:db8::1', destination: '2001:db8::2', flowLabel: 5 };
  const make6 = (fields: IcmpFields, flowLabel = 5): string =>
    keyOf(ipv6({ ...six, flowLabel }, icmpv6(fields, counting(16))));
  t.equal(make6({ identifier: 1, sequence: 5 }), make6({ identifier: 9, sequence: 5 }));
  t.not(make6({ sequence: 6 }), make6({ sequence: 5 }));
  t.not(make6({ sequence: 5 }, 6), make6({ sequence: 5 }), 'flow label');
  t.not(make6({ sequence: 5 }), key, 'IPv6 is not IPv4');
  t.end();
});

void t.test('an ICMP error keeps its key when NAT translates what it quotes', (t) => {
  const make = (outer: Ipv4Fields, quoted: Ipv4Fields, own: TcpFields): string =>
    keyOf(ipv4({ ...outer, identification: 3 }, unreachable(ipv4(quoted, tcp(own, payload)))));
  // Inside, the error names the private address; outside it named the public one. The quoted TTL stays.
  const inside = make(addresses, { ...addresses, ttl: 60 }, segment);
  t.equal(make(translated, { ...translated, tos: 0, dontFragment: false, ttl: 60 }, translatedSegment), inside);
  t.not(make(addresses, { ...addresses, identification: 9 }, segment), inside);
  t.not(make(addresses, addresses, { ...segment, sequence: 99 }), inside);
  const error = onLink(ipv4(addresses, unreachable(ipv4(addresses, tcp(segment)))));
  t.equal(error?.innermost, 1, 'the quoted packet is not the innermost one');
  t.end();
});

void t.test('fragments of one packet differ, and keep their keys under NAT', (t) => {
  const make = (fragmentOffset: number, source: string): string =>
    keyOf(ipv4({ ...addresses, source, fragmentOffset, next: 17 }, counting(64)));
  t.equal(make(1480, '10.0.0.1'), make(1480, '10.0.0.2'));
  t.not(make(1480, '10.0.0.1'), make(2960, '10.0.0.1'));
  const make6 = (identification: number, offset: number): string =>
    keyOf(ipv6({ source: '::1', destination: '::2' }, fragment({ identification, offset, next: 17 }, counting(64))));
  t.equal(new Set([make6(1, 8), make6(2, 8), make6(1, 16)]).size, 3);
  t.end();
});

void t.test('only IP packets have an identity', (t) => {
  t.equal(onLink(arp({ senderMac: macs.source, senderIp: '10.0.0.1', targetIp: '10.0.0.2' })), undefined);
  t.equal(identity(new Uint8Array(), []), undefined);
  const keys = Object.values(ipFrames).map((bytes) => identity(bytes, dissect(bytes, 'ip'))?.key);
  t.notOk(keys.includes(undefined), 'every IP packet has one');
  t.end();
});

void t.test('the hash has no collisions among packets that differ little', (t) => {
  const seen = new Set<string>();
  const words = new Int32Array(40);
  for (let number = 0; number < 50_000; number += 1) {
    words[number % 7] = number;
    words[30] = -number;
    seen.add(hash64(words, 40));
  }
  t.equal(seen.size, 50_000);
  // Two flipped bits, in any two words: a weak hash lets the upper ones cancel out.
  const pairs = new Set<string>();
  let made = 0;
  for (let a = 0; a < 20; a += 1)
    for (let b = a + 1; b < 20; b += 1)
      for (const bit of [0, 15, 16, 30, 31]) {
        pairs.add(hash64(new Int32Array(20).with(a, 1 << bit).with(b, 1 << bit), 20));
        made += 1;
      }
  t.equal(pairs.size, made);
  t.not(hash64(new Int32Array(3), 2), hash64(new Int32Array(3), 3), 'the count counts');
  t.end();
});

void t.test('the flow of an IP layer as text', (t) => {
  const flows = (name: string): (string | undefined)[] => {
    const layers = dissect(ethernetFrames[name] ?? new Uint8Array(), 'ethernet');
    return layers.map((_, at) => flow(layers, at)).filter((text) => text !== undefined);
  };
  t.same(flows('gtpu'), ['udp 10.1.0.1:2152 > 10.1.0.2:2152', 'tcp 10.45.0.2:35230 > 192.0.2.10:443']);
  t.same(flows('udp6'), ['udp [2001:db8:45::2]:40000 > [2001:db8:f00::10]:9999']);
  t.same(flows('echo'), ['icmp 10.45.0.2 > 192.0.2.10 id 77']);
  t.same(flows('destinationUnreachable'), ['icmp 192.0.2.1 > 10.45.0.2']);
  t.same(flows('sctp'), ['sctp 10.1.0.1:36412 > 10.1.0.2:50001']);
  t.same(flows('ospf'), ['ip-89 10.0.0.1 > 224.0.0.5']);
  t.same(flows('arpReply'), []);
  t.end();
});

void t.test('the correlator keeps up: 100,000 frames take less than a second of CPU time', (t) => {
  const samples = [ethernetFrames['tcp4'], ethernetFrames['gtpu'], ethernetFrames['vxlan']].filter(
    (bytes) => bytes !== undefined,
  );
  const run = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const bytes = samples[index % samples.length] ?? new Uint8Array();
      identity(bytes, dissect(bytes, 'ethernet'));
    }
  };
  run(10_000);
  const before = process.cpuUsage();
  run(100_000);
  const { user, system } = process.cpuUsage(before);
  t.ok(user + system < 1_000_000, `${user + system} µs`);
  t.end();
});
