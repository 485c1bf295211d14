/** The dissector against tshark, field by field. */
import { dissect } from '../../src/packet/dissect.ts';
import { isEcho, isIcmpError } from '../../src/packet/icmp.ts';
import type { Frame, Layer } from '../../src/packet/layer.ts';
import { etherTypes } from '../../src/packet/numbers.ts';
import { tsharkFields, type TsharkRow } from './tshark.ts';

/** What one layer contributes to a field of tshark, as text in one notation; undefined when it has no such field. */
type Value = string | number | undefined;
type Extract = (layer: Layer, before: Layer | undefined) => Value;
type LayerOf<Protocol> = Layer & { readonly protocol: Protocol };

const of =
  <Protocol extends Layer['protocol']>(protocol: Protocol, get: (layer: LayerOf<Protocol>) => Value): Extract =>
  (layer) =>
    layer.protocol === protocol ? get(layer as LayerOf<Protocol>) : undefined;

/** tshark has a protocol of its own for service tags (EtherType 0x88a8), the outer ones of two. */
const tagged =
  (etherType: number, get: Extract): Extract =>
  (layer, before) =>
    before !== undefined && 'etherType' in before && before.etherType === etherType ? get(layer, before) : undefined;

/** tshark's field -> our value. Numbers are compared as numbers, whatever base tshark prints them in. */
const fields: Readonly<Record<string, Extract>> = {
  'eth.src': of('ethernet', (layer) => layer.source),
  'eth.dst': of('ethernet', (layer) => layer.destination),
  'eth.type': of('ethernet', (layer) => layer.etherType),
  'vlan.id': tagged(
    etherTypes.vlan,
    of('vlan', (layer) => layer.id),
  ),
  'vlan.priority': tagged(
    etherTypes.vlan,
    of('vlan', (layer) => layer.priority),
  ),
  'vlan.etype': tagged(
    etherTypes.vlan,
    of('vlan', (layer) => layer.etherType),
  ),
  'ieee8021ad.id': tagged(
    etherTypes.serviceVlan,
    of('vlan', (layer) => layer.id),
  ),
  'ieee8021ad.priority': tagged(
    etherTypes.serviceVlan,
    of('vlan', (layer) => layer.priority),
  ),
  'arp.opcode': of('arp', (layer) => layer.operation),
  'arp.src.hw_mac': of('arp', (layer) => layer.senderMac),
  'arp.src.proto_ipv4': of('arp', (layer) => layer.senderIp),
  'arp.dst.hw_mac': of('arp', (layer) => layer.targetMac),
  'arp.dst.proto_ipv4': of('arp', (layer) => layer.targetIp),
  'ip.src': of('ipv4', (layer) => layer.source),
  'ip.dst': of('ipv4', (layer) => layer.destination),
  'ip.ttl': of('ipv4', (layer) => layer.ttl),
  'ip.id': of('ipv4', (layer) => layer.identification),
  'ip.flags.df': of('ipv4', (layer) => Number(layer.dontFragment)),
  'ip.flags.mf': of('ipv4', (layer) => Number(layer.moreFragments)),
  // In the header's units of 8 octets.
  'ip.frag_offset': of('ipv4', (layer) => layer.fragmentOffset / 8),
  'ip.dsfield': of('ipv4', (layer) => layer.tos),
  'ip.len': of('ipv4', (layer) => layer.totalLength),
  'ip.hdr_len': of('ipv4', (layer) => layer.length),
  'ip.proto': of('ipv4', (layer) => layer.next),
  'ip.checksum': of('ipv4', (layer) => layer.checksum),
  'ipv6.src': of('ipv6', (layer) => layer.source),
  'ipv6.dst': of('ipv6', (layer) => layer.destination),
  'ipv6.hlim': of('ipv6', (layer) => layer.hopLimit),
  'ipv6.tclass': of('ipv6', (layer) => layer.trafficClass),
  'ipv6.flow': of('ipv6', (layer) => layer.flowLabel),
  'ipv6.plen': of('ipv6', (layer) => layer.payloadLength),
  // Our 0 stands for "no fragment header"; the frames have no other 0.
  'ipv6.fraghdr.ident': of('ipv6', (layer) => layer.identification || undefined),
  'ipv6.fraghdr.offset': of('ipv6', (layer) => (layer.identification === 0 ? undefined : layer.fragmentOffset / 8)),
  'udp.srcport': of('udp', (layer) => layer.sourcePort),
  'udp.dstport': of('udp', (layer) => layer.destinationPort),
  'udp.length': of('udp', (layer) => layer.totalLength),
  'udp.checksum': of('udp', (layer) => layer.checksum),
  'tcp.srcport': of('tcp', (layer) => layer.sourcePort),
  'tcp.dstport': of('tcp', (layer) => layer.destinationPort),
  'tcp.seq_raw': of('tcp', (layer) => layer.sequence),
  'tcp.ack_raw': of('tcp', (layer) => layer.acknowledgement),
  'tcp.flags': of('tcp', (layer) => layer.flags),
  'tcp.window_size_value': of('tcp', (layer) => layer.window),
  'tcp.checksum': of('tcp', (layer) => layer.checksum),
  'tcp.urgent_pointer': of('tcp', (layer) => layer.urgent),
  'tcp.hdr_len': of('tcp', (layer) => layer.length),
  'tcp.len': of('tcp', (layer) => layer.payloadLength),
  'sctp.srcport': of('sctp', (layer) => layer.sourcePort),
  'sctp.dstport': of('sctp', (layer) => layer.destinationPort),
  'sctp.verification_tag': of('sctp', (layer) => layer.tag),
  'sctp.checksum': of('sctp', (layer) => layer.checksum),
  'icmp.type': of('icmp', (layer) => layer.type),
  'icmp.code': of('icmp', (layer) => layer.code),
  'icmp.checksum': of('icmp', (layer) => layer.checksum),
  'icmp.seq': of('icmp', (layer) => (isEcho(layer) ? layer.sequence : undefined)),
  'icmpv6.type': of('icmpv6', (layer) => layer.type),
  'icmpv6.code': of('icmpv6', (layer) => layer.code),
  'icmpv6.checksum': of('icmpv6', (layer) => layer.checksum),
  'icmpv6.echo.identifier': of('icmpv6', (layer) => (isEcho(layer) ? layer.identifier : undefined)),
  'icmpv6.echo.sequence_number': of('icmpv6', (layer) => (isEcho(layer) ? layer.sequence : undefined)),
  'gtp.message': of('gtpu', (layer) => layer.messageType),
  'gtp.teid': of('gtpu', (layer) => layer.teid),
  'gtp.length': of('gtpu', (layer) => layer.messageLength),
  'gtp.seq_number': of('gtpu', (layer) => layer.sequence),
  'vxlan.vni': of('vxlan', (layer) => layer.vni),
};

/** Numbers in one notation: tshark prints some in hexadecimal. */
const number = (value: string): string => (/^(?:0x[0-9a-f]+|\d+)$/iu.test(value) ? `${Number(value)}` : value);

/**
 * The packet that an ICMP error quotes is dissected by tshark and deliberately not by us: of such a frame, tshark's
 * values beyond ours are those of the quotation.
 */
const quotes = (layers: readonly Layer[]): boolean =>
  layers.some((layer) => (layer.protocol === 'icmp' || layer.protocol === 'icmpv6') && isIcmpError(layer));

const differences = (frame: Frame, row: TsharkRow): string[] => {
  const layers = dissect(frame.bytes, frame.link);
  return Object.entries(fields).flatMap(([field, extract]) => {
    const ours = layers
      .map((layer, index) => extract(layer, layers[index - 1]))
      .filter((value) => value !== undefined)
      .map((value) => number(`${value}`));
    const all = (row[field] ?? []).map(number);
    const theirs = quotes(layers) ? all.slice(0, ours.length) : all;
    return ours.join(' ') === theirs.join(' ') ? [] : [`${field}: ours ${ours.join(' ')}, tshark ${theirs.join(' ')}`];
  });
};

/**
 * Every difference between tshark and the dissector in the frames of a capture file, as text; `frames` are those of the
 * file in its order.
 */
export const compareWithTshark = async (file: string, frames: readonly Frame[]): Promise<string[]> => {
  const rows = await tsharkFields(file, Object.keys(fields));
  if (rows.length !== frames.length) return [`${frames.length} frames, but tshark has ${rows.length}`];
  return frames.flatMap((frame, index) =>
    differences(frame, rows[index] ?? {}).map((text) => `frame ${index + 1}: ${text}`),
  );
};
