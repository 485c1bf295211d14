/** A sighting: one frame at one capture point, dissected, with the identity of the packet inside. */
import { isUnicastMac } from '../address/mac.ts';
import { dissect } from '../packet/dissect.ts';
import { identity } from '../packet/identity.ts';
import type { Ethernet, Frame, Icmp, Ipv4, Ipv6, Layer, Tcp, Udp } from '../packet/layer.ts';
import type { Tuple } from './evidence.ts';

export interface Sighting {
  /** Position among all sightings of the trace, in order of time, from 0. */
  readonly number: number;
  /** Nanoseconds since the first frame of the trace. */
  readonly at: number;
  readonly frame: Frame;
  readonly layers: readonly Layer[];
  /** Identity of the innermost packet; undefined when there is no IP in the frame. */
  readonly key: string | undefined;
  /** Index of the innermost IP layer; -1 when there is none. */
  readonly innermost: number;
}

/** Frames in any order -> sightings in order of time. A frame that leaves and one that comes in at the same instant: the one that leaves is first. */
export const sightingsOf = (frames: readonly Frame[]): Sighting[] => {
  let first = frames[0]?.time ?? 0n;
  for (const { time } of frames) if (time < first) first = time;
  const timed = frames.map((frame) => ({ frame, at: Number(frame.time - first) }));
  const rank = (frame: Frame): number => (frame.direction === 'out' ? 0 : 1);
  timed.sort((a, b) => a.at - b.at || rank(a.frame) - rank(b.frame));
  return timed.map(({ frame, at }, number) => {
    const layers = dissect(frame.bytes, frame.link);
    const found = identity(frame.bytes, layers);
    return { number, at, frame, layers, key: found?.key, innermost: found?.innermost ?? -1 };
  });
};

export const isIp = (layer: Layer | undefined): layer is Ipv4 | Ipv6 =>
  layer?.protocol === 'ipv4' || layer?.protocol === 'ipv6';

/** The innermost IP header. */
export const ipOf = (sighting: Sighting): Ipv4 | Ipv6 | undefined => {
  const layer = sighting.layers[sighting.innermost];
  return isIp(layer) ? layer : undefined;
};

export type Transport = Tcp | Udp | Icmp;

export const isTransport = (layer: Layer | undefined): layer is Transport =>
  layer?.protocol === 'tcp' || layer?.protocol === 'udp' || layer?.protocol === 'icmp' || layer?.protocol === 'icmpv6';

/** The transport header of the innermost packet; later fragments have none. */
export const transportOf = (sighting: Sighting): Transport | undefined => {
  const layer = sighting.layers[sighting.innermost + 1];
  return sighting.innermost >= 0 && isTransport(layer) ? layer : undefined;
};

/** The Ethernet header of the frame itself; undefined at a TUN device. */
export const ethernetOf = (sighting: Sighting): Ethernet | undefined => {
  const layer = sighting.layers[0];
  return layer?.protocol === 'ethernet' ? layer : undefined;
};

/** Whether a MAC names a group of stations (IEEE 802, 8.2). */
export const isGroupMac = (mac: string): boolean => !isUnicastMac(mac);

/** The tuple of an IP header and what follows it. The two ports of ICMP are the identifier. */
export const tupleOf = (ip: Ipv4 | Ipv6, transport: Layer | undefined): Tuple => {
  const { source, destination } = ip;
  if (transport?.protocol === 'tcp' || transport?.protocol === 'udp')
    return { source, destination, sourcePort: transport.sourcePort, destinationPort: transport.destinationPort };
  if (transport?.protocol === 'icmp' || transport?.protocol === 'icmpv6')
    return { source, destination, sourcePort: transport.identifier, destinationPort: transport.identifier };
  return { source, destination };
};

/** Octets of the innermost packet behind its transport header, as far as they were captured. */
export const payloadOf = (sighting: Sighting): Uint8Array => {
  const [ip, transport] = [ipOf(sighting), transportOf(sighting)];
  if (ip === undefined || transport === undefined) return new Uint8Array();
  const end = ip.protocol === 'ipv4' ? ip.offset + ip.totalLength : ip.offset + 40 + ip.payloadLength;
  return sighting.frame.bytes.subarray(transport.offset + transport.length, end);
};

/** Octets of payload on the wire, also where the capture cut them off. */
export const payloadLengthOf = (sighting: Sighting): number => {
  const transport = transportOf(sighting);
  if (transport?.protocol === 'tcp') return transport.payloadLength;
  return transport?.protocol === 'udp' ? transport.totalLength - 8 : 0;
};
