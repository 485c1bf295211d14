/** What a lab says by itself, in a tunnel or not, and what is somebody's request. */
import t from 'tap';
import { isBackground } from '../../../src/journey/background.ts';
import { dissect } from '../../../src/packet/dissect.ts';
import { type Part, arp, ethernet, frame, ipv4 } from '../../../src/packet/encode.ts';
import { gtpu, icmp, tcp, udp, vxlan } from '../../../src/packet/encode-transport.ts';
import { tcpFlag } from '../../../src/packet/layer.ts';
import { macs } from '../../helpers/frames.ts';

const addresses = { source: '10.0.0.1', destination: '10.0.0.2' } as const;
const judged = (part: Part): boolean => isBackground(dissect(frame(ethernet(macs, part)), 'ethernet'));
const inVxlan = (part: Part): Part =>
  ipv4(addresses, udp({ sourcePort: 42_544, destinationPort: 4789 }, vxlan({ vni: 7 }, ethernet(macs, part))));
const bfd = (): Part => ipv4(addresses, udp({ sourcePort: 49_152, destinationPort: 3784 }, new Uint8Array(24)));
const bgp = (): Part =>
  ipv4(addresses, tcp({ sourcePort: 40_000, destinationPort: 179, sequence: 1, flags: tcpFlag.ack }, new Uint8Array()));
const query = (): Part => ipv4(addresses, udp({ sourcePort: 40_000, destinationPort: 53 }, new Uint8Array(12)));
const question = (): Part => arp({ senderMac: macs.source, senderIp: '10.0.0.1', targetIp: '10.0.0.2' });
const ping = (): Part => ipv4(addresses, icmp({ type: 8, code: 0 }, new Uint8Array(8)));

void t.test('what a lab says by itself', (t) => {
  for (const [name, part] of Object.entries({ bfd: bfd(), bgp: bgp(), arp: question() })) t.ok(judged(part), name);
  t.end();
});

void t.test('requests', (t) => {
  for (const [name, part] of Object.entries({ query: query(), ping: ping() })) t.notOk(judged(part), name);
  t.end();
});

void t.test('in a tunnel what it carries decides', (t) => {
  t.ok(judged(inVxlan(bfd())), 'BFD between VTEPs');
  t.ok(judged(inVxlan(question())), 'ARP of a tenant');
  t.notOk(judged(inVxlan(query())));
  t.notOk(judged(inVxlan(ping())));
  const echo = gtpu({ messageType: 1, teid: 0 }, new Uint8Array());
  t.ok(judged(ipv4(addresses, udp({ sourcePort: 2152, destinationPort: 2152 }, echo))), 'an echo of a tunnel');
  t.end();
});
