/**
 * A frame as people see it: the tunnels around the packet, from the outside, and the packet. Each tunnel has the link
 * header it travels with, its outer IP header and the number that says whose it is (TEID, VNI).
 */
import type { Ethernet, Gtpu, Ipv4, Ipv6, Layer, Udp, Vxlan } from '../packet/layer.ts';
import { isIp, isTransport } from './sighting.ts';
import type { Sighting, Transport } from './sighting.ts';

export interface Packet {
  /** Undefined where IP travels without a link header: at a TUN device and inside GTP-U. */
  readonly ethernet: Ethernet | undefined;
  readonly ip: Ipv4 | Ipv6;
}

export interface Tunnel extends Packet {
  readonly udp: Udp;
  readonly header: Gtpu | Vxlan;
}

export interface Stack {
  readonly tunnels: readonly Tunnel[];
  readonly inner: Packet & { readonly transport: Transport | undefined };
}

/** The stack of a sighting; undefined without IP. IP inside IP without more counts as one outer packet of no tunnel. */
export const stackOf = ({ layers, innermost }: Sighting): Stack | undefined => {
  const tunnels: Tunnel[] = [];
  let ethernet: Ethernet | undefined;
  let ip: Ipv4 | Ipv6 | undefined;
  let udp: Udp | undefined;
  for (const layer of layers.slice(0, innermost)) {
    if (layer.protocol === 'ethernet') ethernet = layer;
    else if (isIp(layer)) ip = layer;
    else if (layer.protocol === 'udp') udp = layer;
    else if ((layer.protocol === 'gtpu' || layer.protocol === 'vxlan') && ip !== undefined && udp !== undefined) {
      tunnels.push({ ethernet, ip, udp, header: layer });
      ethernet = undefined;
    }
  }
  const inner = layers[innermost];
  if (!isIp(inner)) return undefined;
  const transport = layers[innermost + 1];
  return { tunnels, inner: { ethernet, ip: inner, transport: isTransport(transport) ? transport : undefined } };
};

/** The link header and IP header that the network outside acts on. */
export const outermost = ({ tunnels, inner }: Stack): Packet => tunnels[0] ?? inner;

export const hex = (value: number): string => `0x${value.toString(16)}`;

/** `GTP-U TEID 0x1001`, `VXLAN VNI 5001`. */
export const tunnelName = (header: Gtpu | Vxlan): string =>
  header.protocol === 'gtpu' ? `GTP-U TEID ${hex(header.teid)}` : `VXLAN VNI ${header.vni}`;

/** The name of what makes two tunnels the same one. */
export const tunnelIdentity = ({ header, ip }: Tunnel): string =>
  `${tunnelName(header)} ${ip.source} ${ip.destination}`;

export const ttlOf = (ip: Ipv4 | Ipv6): number => (ip.protocol === 'ipv4' ? ip.ttl : ip.hopLimit);

const flagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;

/** The names of the TCP flags that are set, SYN before ACK as people say it. */
export const flagText = (flags: number): string => flagNames.filter((_, bit) => (flags & (1 << bit)) !== 0).join(' ');

const layerText = (layer: Layer): string | undefined => {
  switch (layer.protocol) {
    case 'ethernet':
      return `Ethernet ${layer.source} > ${layer.destination}`;
    case 'vlan':
      return `VLAN ${layer.id}`;
    case 'arp':
      return `ARP ${layer.senderIp} > ${layer.targetIp}`;
    case 'ipv4':
      return `IP ${layer.source} > ${layer.destination} ttl ${layer.ttl}`;
    case 'ipv6':
      return `IPv6 ${layer.source} > ${layer.destination} hop limit ${layer.hopLimit}`;
    case 'udp':
      return `UDP ${layer.sourcePort} > ${layer.destinationPort}`;
    case 'tcp':
      return `TCP ${layer.sourcePort} > ${layer.destinationPort} ${flagText(layer.flags)}`;
    case 'sctp':
      return `SCTP ${layer.sourcePort} > ${layer.destinationPort}`;
    case 'icmp':
    case 'icmpv6':
      return `${layer.protocol === 'icmp' ? 'ICMP' : 'ICMPv6'} type ${layer.type} code ${layer.code}`;
    case 'gtpu':
    case 'vxlan':
      return tunnelName(layer);
    case 'data':
      return undefined;
  }
};

/** The layers of a frame in one line, outermost first. */
export const layersText = (layers: readonly Layer[]): string =>
  layers.flatMap((layer) => layerText(layer) ?? []).join(' | ');
