/**
 * The packets that carry signalling, each once for every time that it was sent. The same packet is captured at both ends
 * of every cable and in every switch on its way; a repetition by its sender can look exactly the same. What tells the
 * two apart is the place: one packet passes an interface in one direction once, so a packet that was seen n times at
 * one point was sent n times, whatever the other points saw.
 *
 * What a subscriber sends is in GTP-U tunnels, and nothing in there is signalling of the network.
 */
import { dissect } from '../packet/dissect.ts';
import type { Frame, Gtpu, Ipv4, Ipv6, Layer, Tcp, Udp } from '../packet/layer.ts';
import { gtpuMessages, ipProtocols, udpPorts } from '../packet/numbers.ts';
import { DIAMETER_PORT } from '../signalling/diameter/message.ts';
import { GSMTAP_PORT } from '../signalling/gsmtap.ts';
import { GTPV2_PORT } from '../signalling/gtpv2/message.ts';

/** What is inside: the radio link's GSMTAP, SCTP, GTPv2-C, Diameter over TCP, or a GTP-U message without a user's packet. */
export type Carrier = 'gsmtap' | 'sctp' | 'gtp-c' | 'tcp' | 'gtp-u';

/** Where a packet was seen. */
export interface Place {
  readonly node: string;
  readonly interface: string;
  readonly direction: 'in' | 'out';
}

export interface SignallingPacket {
  readonly carrier: Carrier;
  /** Nanoseconds since the epoch, where it was seen first. */
  readonly time: bigint;
  readonly source: string;
  readonly destination: string;
  /** Of UDP or TCP; 0 for SCTP on IP. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of TCP. */
  readonly sequence: number;
  /** Of GTP-U. */
  readonly gtpu: { readonly type: number; readonly teid: number } | undefined;
  readonly payload: Uint8Array;
  /** Why the payload is not whole. */
  readonly problem: string | undefined;
  /** All places, in order of time. */
  readonly places: readonly Place[];
}

interface Found {
  readonly packet: Omit<SignallingPacket, 'time' | 'places'>;
  /** The same for every copy of the packet. */
  readonly key: string;
}

const isIp = (layer: Layer | undefined): layer is Ipv4 | Ipv6 =>
  layer?.protocol === 'ipv4' || layer?.protocol === 'ipv6';

const gtpcLike: Readonly<Record<number, Carrier>> = {
  [GSMTAP_PORT]: 'gsmtap',
  [GTPV2_PORT]: 'gtp-c',
  [udpPorts.sctp]: 'sctp',
  [udpPorts.gtpu]: 'gtp-u',
};

const carrierOf = (ip: Ipv4 | Ipv6, transport: Layer | undefined): Carrier | undefined => {
  if (ip.next === ipProtocols.sctp) return 'sctp';
  if (transport?.protocol === 'udp') return gtpcLike[transport.destinationPort] ?? gtpcLike[transport.sourcePort];
  if (transport?.protocol !== 'tcp') return undefined;
  return transport.destinationPort === DIAMETER_PORT || transport.sourcePort === DIAMETER_PORT ? 'tcp' : undefined;
};

const endOf = (ip: Ipv4 | Ipv6, transport: Tcp | Udp | undefined): number => {
  if (transport?.protocol === 'udp' && transport.totalLength > 0) return transport.offset + transport.totalLength;
  if (transport?.protocol === 'tcp') return transport.offset + transport.length + transport.payloadLength;
  return ip.protocol === 'ipv4' ? ip.offset + ip.totalLength : ip.offset + 40 + ip.payloadLength;
};

const read = (bytes: Uint8Array, layers: readonly Layer[]): Found | undefined => {
  const tunnel = layers.findIndex(({ protocol }) => protocol === 'gtpu');
  const header = layers[tunnel] as Gtpu | undefined;
  if (header?.messageType === gtpuMessages.tPdu) return undefined;
  const at = layers.findLastIndex((layer, index) => isIp(layer) && (tunnel < 0 || index < tunnel));
  const ip = layers[at];
  if (!isIp(ip)) return undefined;
  const next = layers[at + 1];
  const transport = next?.protocol === 'udp' || next?.protocol === 'tcp' ? next : undefined;
  const carrier = carrierOf(ip, next);
  if (carrier === undefined) return undefined;
  const from = header ?? transport ?? ip;
  const [start, end] = [from.offset + from.length, endOf(ip, transport)];
  const payload = bytes.subarray(start, end);
  if (carrier === 'tcp' && end <= start) return undefined;
  const fragment = ip.moreFragments || ip.fragmentOffset > 0;
  const whole = payload.length === end - start;
  const identification = ip.identification;
  // Latin-1 text is octets that a Map can compare.
  const content = Buffer.from(bytes.subarray((transport ?? ip).offset + (transport ? 0 : ip.length), end)).toString(
    'latin1',
  );
  return {
    key: `${ip.source} ${ip.destination} ${identification} ${ip.fragmentOffset} ${content}`,
    packet: {
      carrier,
      source: ip.source,
      destination: ip.destination,
      sourcePort: transport?.sourcePort ?? 0,
      destinationPort: transport?.destinationPort ?? 0,
      sequence: transport?.protocol === 'tcp' ? transport.sequence : 0,
      gtpu: header && { type: header.messageType, teid: header.teid },
      payload,
      problem: fragment ? 'an IP fragment' : whole ? undefined : 'cut off by the capture',
    },
  };
};

interface Group {
  readonly found: Found;
  /** Times at each point, in order. */
  readonly points: Map<string, { readonly place: Place; readonly times: bigint[] }>;
}

/** One packet of a group for each time that it was sent: as often as the point saw it that saw it most often. */
const sendings = ({ found: { packet }, points }: Group): readonly SignallingPacket[] => {
  const seen = [...points.values()];
  const count = Math.max(...seen.map(({ times }) => times.length));
  return Array.from({ length: count }, (_, index) => {
    // Where some were lost, nobody knows which: the first ones are taken to be those that arrived.
    const here = seen
      .flatMap(({ place, times }) => (times[index] === undefined ? [] : [{ place, time: times[index] }]))
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    return { ...packet, time: here[0]?.time ?? 0n, places: here.map(({ place }) => place) };
  });
};

/** Reads a frame anew. */
const dissected = ({ bytes, link }: Frame): readonly Layer[] => dissect(bytes, link);

/**
 * The signalling in frames of any number of capture points, in order of time.
 *
 * @param layersOf what is in a frame, where somebody has dissected it already
 */
export const signallingPackets = (
  frames: readonly Frame[],
  layersOf: (frame: Frame) => readonly Layer[] = dissected,
): readonly SignallingPacket[] => {
  const groups = new Map<string, Group>();
  const ordered = [...frames].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  for (const frame of ordered) {
    const { bytes, node, interface: name, direction, time } = frame;
    const found = read(bytes, layersOf(frame));
    if (found === undefined) continue;
    const group = groups.get(found.key) ?? { found, points: new Map() };
    groups.set(found.key, group);
    const point = `${node}:${name} ${direction}`;
    const known = group.points.get(point);
    if (known === undefined) group.points.set(point, { place: { node, interface: name, direction }, times: [time] });
    else known.times.push(time);
  }
  return [...groups.values()].flatMap(sendings).sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
};
