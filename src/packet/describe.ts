/**
 * A packet in words: one line for a passport, `IP 10.45.0.2 > 192.0.2.10 ttl 64, TCP 35230 > 443 [P.] seq 1 len 517`,
 * and a table of the headers that a reader compares from hop to hop: outer, tunnel, inner.
 */
import { arpOperation } from './arp.ts';
import { echoType, isEcho } from './icmp.ts';
import {
  tcpFlag,
  type Data,
  type Icmp,
  type Ipv4,
  type Ipv6,
  type Layer,
  type Sctp,
  type Tcp,
  type Udp,
} from './layer.ts';
import { gtpuMessages } from './numbers.ts';

/** Letters as tcpdump prints them, in its order. */
const flagLetters: readonly (readonly [number, string])[] = [
  [tcpFlag.fin, 'F'],
  [tcpFlag.syn, 'S'],
  [tcpFlag.rst, 'R'],
  [tcpFlag.psh, 'P'],
  [tcpFlag.urg, 'U'],
  [tcpFlag.ack, '.'],
];

/** TCP flags in tcpdump's letters: `S.` is SYN and ACK; `none` when no flag is set. */
export const flagText = (flags: number): string =>
  flagLetters
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .join('') || 'none';

const gtpuNames: ReadonlyMap<number, string> = new Map([
  [gtpuMessages.echoRequest, 'echo request'],
  [gtpuMessages.echoResponse, 'echo response'],
  [gtpuMessages.errorIndication, 'error indication'],
  [gtpuMessages.supportedExtensionHeaders, 'supported extension headers'],
  [gtpuMessages.endMarker, 'end marker'],
]);

const ipText = (ip: Ipv4 | Ipv6): string => {
  const hops = ip.protocol === 'ipv4' ? `ttl ${ip.ttl}` : `hop limit ${ip.hopLimit}`;
  const more = ip.moreFragments ? '+' : '';
  const piece = ip.moreFragments || ip.fragmentOffset > 0 ? ` fragment ${ip.fragmentOffset}${more}` : '';
  return `IP ${ip.source} > ${ip.destination} ${hops}${piece}`;
};

const icmpText = (icmp: Icmp): string => {
  const name = icmp.protocol === 'icmp' ? 'ICMP' : 'ICMPv6';
  if (!isEcho(icmp)) return `${name} type ${icmp.type} code ${icmp.code}`;
  const which = icmp.type === echoType[icmp.protocol].request ? 'request' : 'reply';
  return `${name} echo ${which} id ${icmp.identifier} seq ${icmp.sequence}`;
};

const tcpText = (tcp: Tcp): string =>
  `TCP ${tcp.sourcePort} > ${tcp.destinationPort} [${flagText(tcp.flags)}] seq ${tcp.sequence} len ${tcp.payloadLength}`;

/** Payload is told by the length of the layer before it; the other reasons are worth a word. */
const dataText = ({ reason, length }: Data, before: Layer | undefined): string | undefined => {
  if (reason === 'payload' || reason === 'fragment') return undefined;
  if (reason !== 'unknown') return reason;
  const isIp = before?.protocol === 'ipv4' || before?.protocol === 'ipv6';
  return `${isIp ? `protocol ${before.next}, ` : ''}${length} octets`;
};

/** One layer in words; undefined when it says nothing that a reader of one line needs. */
const layerText = (layer: Layer, before: Layer | undefined, next: Layer | undefined): string | undefined => {
  switch (layer.protocol) {
    case 'ethernet':
      // Above an IP packet the addresses change at every hop, and have their own place in the table.
      return next === undefined || next.protocol === 'data' || next.protocol === 'arp'
        ? `Ethernet ${layer.source} > ${layer.destination} type 0x${layer.etherType.toString(16).padStart(4, '0')}`
        : undefined;
    case 'vlan':
      return `VLAN ${layer.id}`;
    case 'arp':
      return layer.operation === arpOperation.request
        ? `ARP who has ${layer.targetIp}? tell ${layer.senderIp}`
        : `ARP ${layer.senderIp} is at ${layer.senderMac}`;
    case 'ipv4':
    case 'ipv6':
      return ipText(layer);
    case 'udp':
      return `UDP ${layer.sourcePort} > ${layer.destinationPort}${
        next === undefined || next.protocol === 'data' ? ` len ${layer.totalLength - layer.length}` : ''
      }`;
    case 'tcp':
      return tcpText(layer);
    case 'sctp':
      return `SCTP ${layer.sourcePort} > ${layer.destinationPort}`;
    case 'icmp':
    case 'icmpv6':
      return icmpText(layer);
    case 'gtpu':
      return layer.messageType === gtpuMessages.tPdu
        ? `GTP-U TEID ${layer.teid}`
        : `GTP-U ${gtpuNames.get(layer.messageType) ?? `message ${layer.messageType}`}`;
    case 'vxlan':
      return `VXLAN VNI ${layer.vni}`;
    case 'data':
      return dataText(layer, before);
  }
};

/** The packet in one line, outermost header first; Ethernet headers only where nothing better is behind them. */
export const describe = (layers: readonly Layer[]): string =>
  layers
    .map((layer, index) => layerText(layer, layers[index - 1], layers[index + 1]))
    .filter((text) => text !== undefined)
    .join(', ');

export interface HeaderRow {
  /** `outer`, `inner`, `middle` (or `middle 1`, `middle 2`, ...) for headers of packets, `tunnel` for what joins them. */
  readonly layer: string;
  readonly field: string;
  readonly value: string;
}

/** Splits the layers into packets: each begins behind a tunnel header, or with an IP header directly in another. */
const packetIndexes = (layers: readonly Layer[]): number[] => {
  let packet = 0;
  let hasIp = false;
  return layers.map((layer, index) => {
    const before = layers[index - 1]?.protocol;
    const isIp = layer.protocol === 'ipv4' || layer.protocol === 'ipv6';
    const tunnelled = (before === 'gtpu' || before === 'vxlan') && layer.protocol !== 'data';
    if (tunnelled || (isIp && hasIp)) {
      packet += 1;
      hasIp = false;
    }
    hasIp ||= isIp;
    return packet;
  });
};

const packetName = (packet: number, last: number): string => {
  if (packet === 0) return 'outer';
  if (packet === last) return 'inner';
  return last === 2 ? 'middle' : `middle ${packet}`;
};

type Cell = readonly [field: string, value: string | number];

const portCells = ({ protocol, sourcePort, destinationPort }: Tcp | Udp | Sctp): Cell[] => [
  [`${protocol.toUpperCase()} source port`, sourcePort],
  [`${protocol.toUpperCase()} destination port`, destinationPort],
];

const cells = (layer: Layer): readonly Cell[] => {
  switch (layer.protocol) {
    case 'ethernet':
      return [
        ['MAC source', layer.source],
        ['MAC destination', layer.destination],
      ];
    case 'vlan':
      return [['VLAN', layer.id]];
    case 'arp':
      return [
        ['ARP sender', `${layer.senderIp} ${layer.senderMac}`],
        ['ARP target', `${layer.targetIp} ${layer.targetMac}`],
      ];
    case 'ipv4':
    case 'ipv6':
      return [
        ['IP source', layer.source],
        ['IP destination', layer.destination],
        layer.protocol === 'ipv4' ? ['TTL', layer.ttl] : ['Hop limit', layer.hopLimit],
      ];
    case 'udp':
    case 'tcp':
    case 'sctp':
      return portCells(layer);
    case 'icmp':
    case 'icmpv6':
      return [['ICMP', icmpText(layer)]];
    case 'gtpu':
      return [['GTP-U TEID', layer.teid]];
    case 'vxlan':
      return [['VXLAN VNI', layer.vni]];
    case 'data':
      return [];
  }
};

/** The headers that matter for the way of a packet, in the order of the frame, as rows of a table. */
export const headerTable = (layers: readonly Layer[]): HeaderRow[] => {
  const packets = packetIndexes(layers);
  const last = packets.at(-1) ?? 0;
  return layers.flatMap((layer, index) => {
    const tunnel = layer.protocol === 'gtpu' || layer.protocol === 'vxlan';
    const name = tunnel ? 'tunnel' : packetName(packets[index] ?? 0, last);
    return cells(layer).map(([field, value]): HeaderRow => ({ layer: name, field, value: `${value}` }));
  });
};
