/**
 * The protocols that the dissector knows: one file and one line each. A line says by which numbers the header before
 * selects the protocol.
 */
import { arp } from './arp.ts';
import { ethernet } from './ethernet.ts';
import { gtpu } from './gtpu.ts';
import { icmp, icmpv6 } from './icmp.ts';
import { ipv4 } from './ipv4.ts';
import { ipv6 } from './ipv6.ts';
import { etherTypes, ipProtocols, linkTypes, udpPorts } from './numbers.ts';
import type { Decode, Reading, Space } from './reading.ts';
import { sctp } from './sctp.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';
import { vlan } from './vlan.ts';
import { vxlan } from './vxlan.ts';

interface Entry {
  readonly decode: Decode;
  readonly when: Partial<Readonly<Record<Space, readonly number[]>>>;
}

export const registry: readonly Entry[] = [
  { decode: ethernet, when: { link: [linkTypes.ethernet] } },
  { decode: vlan, when: { etherType: [etherTypes.vlan, etherTypes.serviceVlan] } },
  { decode: arp, when: { etherType: [etherTypes.arp] } },
  { decode: ipv4, when: { etherType: [etherTypes.ipv4], ipVersion: [4], ipProtocol: [ipProtocols.ipv4] } },
  { decode: ipv6, when: { etherType: [etherTypes.ipv6], ipVersion: [6], ipProtocol: [ipProtocols.ipv6] } },
  { decode: icmp, when: { ipProtocol: [ipProtocols.icmp] } },
  { decode: icmpv6, when: { ipProtocol: [ipProtocols.icmpv6] } },
  { decode: tcp, when: { ipProtocol: [ipProtocols.tcp] } },
  { decode: udp, when: { ipProtocol: [ipProtocols.udp] } },
  { decode: sctp, when: { ipProtocol: [ipProtocols.sctp], udpPort: [udpPorts.sctp], udpSourcePort: [udpPorts.sctp] } },
  // A response goes to the port that the request came from (TS 29.281, 4.4.2.2), so its source port is the mark.
  { decode: gtpu, when: { udpPort: [udpPorts.gtpu], udpSourcePort: [udpPorts.gtpu] } },
  { decode: vxlan, when: { udpPort: [udpPorts.vxlan] } },
];

const table = (space: Space): ReadonlyMap<number, Decode> =>
  new Map(registry.flatMap(({ decode, when }) => (when[space] ?? []).map((selector) => [selector, decode] as const)));

const tables: Readonly<Record<Space, ReadonlyMap<number, Decode>>> = {
  link: table('link'),
  etherType: table('etherType'),
  ipVersion: table('ipVersion'),
  ipProtocol: table('ipProtocol'),
  udpPort: table('udpPort'),
  udpSourcePort: table('udpSourcePort'),
};

/** The decoder of what follows; undefined when no protocol has the number. */
export const decoderOf = ({ space, selector, sourcePort }: Reading): Decode | undefined =>
  tables[space].get(selector) ?? (space === 'udpPort' ? tables.udpSourcePort.get(sourcePort) : undefined);
