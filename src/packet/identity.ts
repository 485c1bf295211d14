/**
 * The identity of a packet: what stays the same on its whole way, through routers (TTL, MAC), NAT (addresses, ports,
 * checksums), MSS clamping and tunnels (only the innermost packet counts). Copies of one packet at different capture
 * points have the same key; different packets practically never do, because the kernel numbers IPv4 packets and TCP
 * numbers octets. What can be identical, such as resets without options, has to be told apart by place and order.
 *
 * Only a prefix of the payload counts, with its length, since a snap length cuts further inside behind every tunnel
 * header; the same bound holds for protocols whose headers are not known here.
 */
import { hash64 } from './hash.ts';
import { isEcho, isIcmpError } from './icmp.ts';
import type { Icmp, Ipv4, Ipv6, Layer, Tcp, Udp } from './layer.ts';
import { ipProtocols } from './numbers.ts';
import { u16, u32, u8 } from './octets.ts';
import { tcpOption } from './tcp.ts';

/** Payload octets that count. Any snap length has to keep these behind the deepest stack of tunnel headers. */
export const payloadPrefix = 64;

export interface Identity {
  /** 16 hexadecimal digits. */
  readonly key: string;
  /** Index of the innermost IP layer. */
  readonly innermost: number;
}

/** The words that make the key; one buffer for all packets, since nothing here is kept between two calls. */
const words = new Int32Array(128);
let count = 0;

const add = (word: number): void => {
  words[count] = word;
  count += 1;
};

/** Adds octets `from` to `to`, as far as they were captured, padded with zeros to whole words. */
const addOctets = (bytes: Uint8Array, from: number, to: number): void => {
  const end = Math.min(to, bytes.length);
  let at = from;
  for (; at + 4 <= end; at += 4) add(u32(bytes, at));
  if (at < end) add(u32(bytes, at) & (-1 << (8 * (4 - (end - at)))));
};

/** Adds the length of a payload and its first octets. */
const addPayload = (bytes: Uint8Array, from: number, wireEnd: number): void => {
  add(wireEnd - from);
  addOctets(bytes, from, Math.min(wireEnd, from + payloadPrefix));
};

/** Sequence numbers, data offset, flags, window, urgent pointer, and all options but MSS and padding. */
const addTcp = (bytes: Uint8Array, layer: Tcp): void => {
  const at = layer.offset;
  add(layer.sequence);
  add(layer.acknowledgement);
  add((u16(bytes, at + 12) << 16) | layer.window);
  add(layer.urgent);
  const end = Math.min(at + layer.length, bytes.length);
  for (let option = at + 20; option < end;) {
    const kind = u8(bytes, option);
    if (kind === tcpOption.end) break;
    const length = kind === tcpOption.nop ? 1 : u8(bytes, option + 1);
    if (length === 0) break;
    if (kind !== tcpOption.nop && kind !== tcpOption.mss) addOctets(bytes, option, Math.min(option + length, end));
    option += length;
  }
};

/**
 * The packet that an ICMP error quotes was translated by the NAT along with the error (RFC 5508, section 4), so of the
 * quotation, too, only what no NAT changes counts: identification and protocol, and the four octets behind the ports,
 * which are TCP's sequence number or UDP's length and checksum; of the latter only the length.
 */
const addQuotation = (bytes: Uint8Array, at: number): void => {
  const version = u8(bytes, at) >> 4;
  const protocol = version === 4 ? u8(bytes, at + 9) : u8(bytes, at + 6);
  add(version === 4 ? u32(bytes, at + 4) : u32(bytes, at) & 0xf_ffff);
  add(protocol);
  const transport = at + (version === 4 ? (u8(bytes, at) & 15) * 4 : 40);
  if (protocol === ipProtocols.tcp) add(u32(bytes, transport + 4));
  else if (protocol === ipProtocols.udp) add(u16(bytes, transport + 4));
  else if (protocol === ipProtocols.icmp || protocol === ipProtocols.icmpv6) add(u16(bytes, transport + 6));
};

/** Type, code, and from octet 6: the identifier before it and the checksum are rewritten by NAT. */
const addIcmp = (bytes: Uint8Array, layer: Icmp, wireEnd: number): void => {
  add((layer.type << 24) | (layer.code << 16) | layer.sequence);
  if (isIcmpError(layer)) addQuotation(bytes, layer.offset + layer.length);
  else addPayload(bytes, layer.offset + layer.length, wireEnd);
};

const isIp = (layer: Layer | undefined): layer is Ipv4 | Ipv6 =>
  layer?.protocol === 'ipv4' || layer?.protocol === 'ipv6';

const ports = (layer: Layer | undefined): layer is Tcp | Udp => layer?.protocol === 'tcp' || layer?.protocol === 'udp';

const addTransport = (bytes: Uint8Array, ip: Ipv4 | Ipv6, transport: Layer | undefined, wireEnd: number): void => {
  if (transport?.protocol === 'icmp' || transport?.protocol === 'icmpv6') return addIcmp(bytes, transport, wireEnd);
  if (transport?.protocol === 'tcp') addTcp(bytes, transport);
  if (transport?.protocol === 'udp') add(transport.totalLength);
  // Without a transport header that was understood, all behind the IP header is payload.
  const last = ports(transport) ? transport : ip;
  return addPayload(bytes, last.offset + last.length, wireEnd);
};

/** Where the IP header says that the packet ends; the frame's end when it says nothing (see ipv4.ts and ipv6.ts). */
const wireEndOf = (ip: Ipv4 | Ipv6, frameEnd: number): number => {
  if (ip.protocol === 'ipv4') return ip.totalLength === 0 ? frameEnd : ip.offset + ip.totalLength;
  return ip.payloadLength === 0 && ip.length > 40 ? frameEnd : ip.offset + 40 + ip.payloadLength;
};

/**
 * The identity of the packet in a frame; undefined when the frame holds no IP packet, such as ARP.
 *
 * @param layers what `dissect` found in the same bytes
 */
export const identity = (bytes: Uint8Array, layers: readonly Layer[]): Identity | undefined => {
  let innermost = layers.length - 1;
  while (innermost >= 0 && !isIp(layers[innermost])) innermost -= 1;
  const ip = layers[innermost];
  if (!isIp(ip)) return undefined;
  count = 0;
  add(ip.protocol === 'ipv4' ? ip.identification : ip.flowLabel | 0x6000_0000);
  add((ip.fragmentOffset << 8) | ip.next);
  if (ip.protocol === 'ipv6') add(ip.identification);
  addTransport(bytes, ip, layers[innermost + 1], wireEndOf(ip, bytes.length));
  return { key: hash64(words, count), innermost };
};

/**
 * The 5-tuple of the IP layer at index `at` as text: `tcp 10.45.0.2:35230 > 192.0.2.10:443`; with brackets around IPv6
 * addresses; an echo with its identifier, which is what NAT uses as a port (`icmp 10.0.0.1 > 10.0.0.2 id 7`); and
 * `ip-89 ...` for other protocols and later fragments. Undefined when there is no IP layer at `at`.
 */
export const flow = (layers: readonly Layer[], at: number): string | undefined => {
  const ip = layers[at];
  if (!isIp(ip)) return undefined;
  const transport = layers[at + 1];
  if (ports(transport) || transport?.protocol === 'sctp') {
    const [open, close] = ip.protocol === 'ipv6' ? ['[', ']'] : ['', ''];
    const end = (address: string, port: number): string => `${open}${address}${close}:${port}`;
    return `${transport.protocol} ${end(ip.source, transport.sourcePort)} > ${end(ip.destination, transport.destinationPort)}`;
  }
  const pair = `${ip.source} > ${ip.destination}`;
  if (transport?.protocol !== 'icmp' && transport?.protocol !== 'icmpv6') return `ip-${ip.next} ${pair}`;
  return `${transport.protocol} ${pair}${isEcho(transport) ? ` id ${transport.identifier}` : ''}`;
};
