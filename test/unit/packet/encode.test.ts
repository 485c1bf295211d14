/** Checksums, and the way from fields to octets and back. */
import t from 'tap';
import { checksum, onesSum, pseudoHeaderSum, updateChecksum } from '../../../src/packet/checksum.ts';
import { dissect } from '../../../src/packet/dissect.ts';
import { ethernet, frame, ipv4, ipv6 } from '../../../src/packet/encode.ts';
import { icmp, tcp, udp } from '../../../src/packet/encode-transport.ts';
import { ipOctets } from '../../../src/packet/address-text.ts';
import type { Layer } from '../../../src/packet/layer.ts';
import { counting, ethernetFrames, macs } from '../../helpers/frames.ts';

void t.test('the examples of the RFCs', (t) => {
  const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  t.equal(onesSum(example), 0xddf2, 'RFC 1071, section 3');
  t.equal(checksum(example), 0x220d);
  t.equal(onesSum(example.subarray(0, 7)), 0xdcfb, 'an odd last octet is padded with zero');
  t.equal(updateChecksum(0xdd2f, 0x5555, 0x3285), 0x0000, 'RFC 1624, section 4');
  t.end();
});

void t.test('a corrected checksum is the one of the changed packet', (t) => {
  const header = ipv4({ source: '10.45.0.2', destination: '192.0.2.10', identification: 42_821 }).octets();
  const changed = ipv4({ source: '10.45.0.2', destination: '192.0.2.10', identification: 42_821, ttl: 63 }).octets();
  const [before, after] = [header, changed].map((octets) => new DataView(octets.buffer));
  if (before === undefined || after === undefined) throw new Error('no headers');
  t.not(before.getUint16(10), after.getUint16(10));
  t.equal(updateChecksum(before.getUint16(10), before.getUint16(8), after.getUint16(8)), after.getUint16(10));
  t.end();
});

const protocols = (layers: readonly Layer[]): string => layers.map(({ protocol }) => protocol).join(' ');

void t.test('what is built is what is dissected', (t) => {
  const expected: Readonly<Record<string, string>> = {
    arpRequest: 'ethernet arp',
    syn: 'ethernet ipv4 tcp',
    tcp6: 'ethernet ipv6 tcp data',
    ipv4Options: 'ethernet ipv4 udp data',
    laterFragment: 'ethernet ipv4 data',
    extensions6: 'ethernet ipv6 udp data',
    laterFragment6: 'ethernet ipv6 data',
    echo6: 'ethernet ipv6 icmpv6 data',
    sixInFour: 'ethernet ipv4 ipv6 udp data',
    gtpuOptional: 'ethernet ipv4 udp gtpu ipv6 udp data',
    gtpuEcho: 'ethernet ipv4 udp gtpu data',
    vxlan6: 'ethernet ipv6 udp vxlan ethernet vlan ipv6 tcp data',
    gtpuInVxlan: 'ethernet ipv4 udp vxlan ethernet ipv4 udp gtpu ipv4 icmp data',
    doubleVlan: 'ethernet vlan vlan ipv6 tcp data',
    destinationUnreachable: 'ethernet ipv4 icmp data',
    padded: 'ethernet ipv4 tcp',
  };
  for (const [name, stack] of Object.entries(expected))
    t.equal(protocols(dissect(ethernetFrames[name] ?? new Uint8Array(), 'ethernet')), stack, name);
  const fields = {
    source: '2001:db8::1',
    destination: '2001:db8::ff',
    hopLimit: 9,
    trafficClass: 200,
    flowLabel: 0xf_fff1,
  };
  const segment = {
    sourcePort: 65_535,
    destinationPort: 1,
    sequence: 0xffff_ffff,
    acknowledgement: 0x8000_0000,
    flags: 0x29,
    window: 3,
    urgent: 4,
  };
  const [link, ip, transport, data] = dissect(
    frame(ethernet(macs, ipv6(fields, tcp(segment, counting(11))))),
    'ethernet',
  );
  t.match(link, macs);
  t.match(ip, { ...fields, payloadLength: 31, next: 6 });
  t.match(transport, { ...segment, payloadLength: 11 });
  t.match(data, { offset: 74, length: 11, reason: 'payload' });
  t.end();
});

void t.test('checksums cover header, payload and addresses', (t) => {
  const [source, destination] = ['10.0.0.1', '10.0.0.2'];
  const addresses = [ipOctets(source, 4), ipOctets(destination, 4)] as const;
  const packet = ipv4({ source, destination }, udp({ sourcePort: 1, destinationPort: 2 }, counting(33))).octets();
  t.equal(checksum(packet, 0, 20), 0, 'IPv4');
  t.equal(checksum(packet, 20, packet.length, pseudoHeaderSum(...addresses, 17, 41)), 0, 'UDP of odd length');
  const ping = ipv4({ source, destination }, icmp({ identifier: 3 }, counting(9))).octets();
  t.equal(checksum(ping, 20), 0, 'ICMP has no pseudo-header');
  // The payload makes the sum come out as zero, which for UDP would mean "no checksum".
  const zero = ipv4(
    { source, destination },
    udp({ sourcePort: 0, destinationPort: 0 }, Uint8Array.of(0xeb, 0xd7)),
  ).octets();
  const found = dissect(zero, 'ip')[1];
  t.match(found, { protocol: 'udp', checksum: 0xffff });
  t.end();
});

void t.test('addresses that are none are refused', (t) => {
  t.throws(
    () => ipv4({ source: '10.0.0', destination: '10.0.0.1' }).octets(),
    new RangeError('not an IPv4 address: 10.0.0'),
  );
  t.throws(() => ipv6({ source: '10.0.0.1', destination: '::1' }).octets(), RangeError);
  t.throws(() => frame(ethernet({ ...macs, source: '02:00' }, counting(1))), RangeError);
  t.end();
});
