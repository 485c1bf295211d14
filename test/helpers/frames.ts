/** Frames of every protocol the dissector knows, made with the builders: for tests that need "some of everything". */
import { tcpFlag, type Frame } from '../../src/packet/layer.ts';
import { arp, ethernet, extension, fragment, frame, ipv4, ipv6, vlan, type Part } from '../../src/packet/encode.ts';
import { gtpu, icmp, icmpv6, tcp, udp, vxlan } from '../../src/packet/encode-transport.ts';
import { gtpuMessages, ipProtocols, udpPorts } from '../../src/packet/numbers.ts';
import { encodePacket } from '../../src/signalling/sctp/encode.ts';

export const macs = { source: '02:00:00:00:01:00', destination: '02:00:00:00:02:0a' } as const;
const innerMacs = { source: '02:00:00:00:05:01', destination: '02:00:00:00:06:02' } as const;

/** Octets 0, 1, 2, ... */
export const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index & 255);

/** MSS 1460, window scale 7, SACK permitted, timestamps, and a NOP between: what Linux sends in a SYN. */
export const synOptions = Uint8Array.of(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7);
/** NOP, NOP, timestamps. */
export const timestampOptions = Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8);

const user = { source: '10.45.0.2', destination: '192.0.2.10' } as const;
const user6 = { source: '2001:db8:45::2', destination: '2001:db8:f00::10' } as const;
const ports = { sourcePort: 35_230, destinationPort: 443 } as const;
const data = (): Part =>
  tcp(
    {
      ...ports,
      sequence: 0xfedc_ba98,
      acknowledgement: 7,
      flags: tcpFlag.psh | tcpFlag.ack,
      options: timestampOptions,
    },
    counting(150),
  );
const query = (): Part => udp({ sourcePort: 40_000, destinationPort: 9999 }, counting(33));
const mobile = { source: '10.1.0.1', destination: '10.1.0.2', dontFragment: true } as const;
const gtpPorts = { sourcePort: 2152, destinationPort: 2152 } as const;
const vtep = { source: '10.9.0.1', destination: '10.9.0.2', ttl: 32 } as const;
const vxlanPorts = { sourcePort: 42_544, destinationPort: 4789, checksum: 0 } as const;

/** An ICMP error about `quoted`: the IP header and what follows, as on the wire. */
export const unreachable = (quoted: Part, code = 1): Part => icmp({ type: 3, code }, quoted.octets().subarray(0, 48));

/** What keeps an SCTP association: a packet that tshark looks into no further. */
const heartbeat = encodePacket(36_412, 50_001, 0xdead_beef, [
  // Heartbeat Info (RFC 9260, 3.3.5): a parameter of type 1 and 12 octets.
  { type: 'heartbeat', information: Uint8Array.of(0, 1, 0, 12, ...counting(8)) },
]);

const parts: Readonly<Record<string, Part>> = {
  arpRequest: arp({ senderMac: macs.source, senderIp: '10.0.0.1', targetIp: '10.0.0.2' }),
  arpReply: arp({
    operation: 2,
    senderMac: macs.destination,
    senderIp: '10.0.0.2',
    targetMac: macs.source,
    targetIp: '10.0.0.1',
  }),
  syn: ipv4(
    { ...user, identification: 1, dontFragment: true },
    tcp({ ...ports, sequence: 1, flags: tcpFlag.syn, options: synOptions }),
  ),
  reset: ipv4(user, tcp({ ...ports, flags: tcpFlag.rst, window: 0 })),
  tcp4: ipv4({ ...user, identification: 42_821, tos: 0xb8, ttl: 63 }, data()),
  tcp6: ipv6({ ...user6, flowLabel: 0xabcde, trafficClass: 0x88, hopLimit: 3 }, data()),
  udp4: ipv4({ ...user, identification: 3 }, query()),
  udpNoPayload: ipv4(user, udp({ sourcePort: 1, destinationPort: 2 })),
  udp6: ipv6(user6, query()),
  ipv4Options: ipv4({ ...user, options: Uint8Array.of(0x94, 4, 0, 0, 1) }, query()),
  echo: ipv4(user, icmp({ identifier: 77, sequence: 5 }, counting(56))),
  echo6: ipv6(user6, icmpv6({ identifier: 78, sequence: 6 }, counting(56))),
  echoReply6: ipv6(user6, icmpv6({ type: 129, identifier: 78, sequence: 6 }, counting(8))),
  firstFragment: ipv4(
    { ...user, identification: 9, moreFragments: true },
    udp({ sourcePort: 5, destinationPort: 6 }, counting(72)),
  ),
  laterFragment: ipv4({ ...user, identification: 9, fragmentOffset: 80, next: ipProtocols.udp }, counting(40)),
  extensions6: ipv6(
    user6,
    extension(
      ipProtocols.hopByHop,
      Uint8Array.of(1, 4, 0, 0, 0, 0),
      extension(ipProtocols.destinationOptions, Uint8Array.of(1, 12), query()),
    ),
  ),
  firstFragment6: ipv6(user6, fragment({ identification: 0x1234_5678, more: true }, query())),
  laterFragment6: ipv6(
    user6,
    fragment({ identification: 0x1234_5678, offset: 1432, next: ipProtocols.udp }, counting(64)),
  ),
  sctp: ipv4({ ...mobile, next: ipProtocols.sctp }, heartbeat),
  sctpInUdp: ipv4(mobile, udp({ sourcePort: udpPorts.sctp, destinationPort: udpPorts.sctp }, heartbeat)),
  ospf: ipv4({ source: '10.0.0.1', destination: '224.0.0.5', ttl: 1, next: 89 }, counting(44)),
  ipInIp: ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, ipv4(user, query())),
  sixInFour: ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, ipv6(user6, query())),
  gtpu: ipv4(mobile, udp(gtpPorts, gtpu({ teid: 101 }, ipv4({ ...user, ttl: 63 }, data())))),
  gtpuOptional: ipv4(
    mobile,
    udp(
      gtpPorts,
      gtpu(
        {
          teid: 0xffff_fffe,
          sequence: 513,
          nPdu: 4,
          // A PDU session container (3GPP TS 38.415) of 8 octets and a UDP port (TS 29.281, 5.2.2.1) of 4.
          extensions: [
            { type: 0x85, content: Uint8Array.of(0, 9, 0, 0, 0, 0) },
            { type: 0x40, content: Uint8Array.of(8, 0x68) },
          ],
        },
        ipv6(user6, query()),
      ),
    ),
  ),
  gtpuEcho: ipv4(
    mobile,
    udp(
      { sourcePort: 2152, destinationPort: 50_000 },
      gtpu({ teid: 0, messageType: gtpuMessages.echoResponse, sequence: 3 }, Uint8Array.of(14, 0)),
    ),
  ),
  vxlan: ipv4(vtep, udp(vxlanPorts, vxlan({ vni: 5001 }, ethernet(innerMacs, ipv4({ ...user, ttl: 57 }, data()))))),
  vxlan6: ipv6(
    { source: 'fd00::1', destination: 'fd00::2' },
    udp(
      { sourcePort: 42_544, destinationPort: 4789 },
      vxlan({ vni: 0xff_ffff }, ethernet(innerMacs, vlan({ id: 12, priority: 3 }, ipv6(user6, data())))),
    ),
  ),
  vxlanArp: ipv4(
    vtep,
    udp(
      vxlanPorts,
      vxlan(
        { vni: 5001 },
        ethernet(innerMacs, arp({ senderMac: innerMacs.source, senderIp: '10.2.0.1', targetIp: '10.2.0.2' })),
      ),
    ),
  ),
  gtpuInVxlan: ipv4(
    vtep,
    udp(
      vxlanPorts,
      vxlan(
        { vni: 7 },
        ethernet(
          innerMacs,
          ipv4(mobile, udp(gtpPorts, gtpu({ teid: 3 }, ipv4(user, icmp({ sequence: 2 }, counting(20)))))),
        ),
      ),
    ),
  ),
};

const onEthernet = (part: Part): Uint8Array => frame(ethernet(macs, part));

/** Frames that begin with an Ethernet header, by name. */
export const ethernetFrames: Readonly<Record<string, Uint8Array>> = {
  ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, onEthernet(part)])),
  vlan: onEthernet(vlan({ id: 100, priority: 5 }, ipv4(user, query()))),
  doubleVlan: onEthernet(vlan({ id: 7, service: true }, vlan({ id: 4095, priority: 1 }, ipv6(user6, data())))),
  destinationUnreachable: onEthernet(
    ipv4({ source: '192.0.2.1', destination: '10.45.0.2' }, unreachable(ipv4(user, query()))),
  ),
  // Padded to 60 octets, as network cards do: the padding is nobody's payload.
  padded: Uint8Array.from({ length: 60 }, (_, index) => onEthernet(ipv4(user, tcp(ports)))[index] ?? 0xee),
};

/** Packets without an Ethernet header, as a TUN interface has them. */
export const ipFrames: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Object.entries(parts)
    .filter(([, part]) => part.ipProtocol !== undefined)
    .map(([name, part]) => [name, frame(part)]),
);

/** A captured frame around octets. */
export const captured = (bytes: Uint8Array, more: Partial<Frame> = {}): Frame => ({
  node: 'r1',
  interface: 'eth0',
  time: 1_700_000_000_000_000_000n,
  direction: 'in',
  link: 'ethernet',
  bytes,
  wireLength: bytes.length,
  ...more,
});
