/**
 * From octets to layers, outermost first: Ethernet, VLAN, ARP, IPv4 and IPv6, UDP, TCP, ICMP, and through the tunnels
 * GTP-U, VXLAN and IP in IP to the innermost packet. Frames are input from the outside, possibly cut at a snap length:
 * the dissector never throws; where it cannot go on it ends with a `data` layer that says why.
 */
import type { DataReason, Frame, Layer } from './layer.ts';
import { linkTypes } from './numbers.ts';
import { u8 } from './octets.ts';
import type { Reading } from './reading.ts';
import { decoderOf } from './registry.ts';

/** More layers than any network stacks: what a frame nests beyond that is there to exhaust the reader. */
const LAYER_LIMIT = 48;

const finish = ({ layers, at, end }: Reading, reason: DataReason): Layer[] => {
  const length = Math.max(0, end - at);
  if (length > 0 || reason !== 'payload') layers.push({ protocol: 'data', offset: at, length, reason });
  return layers;
};

/**
 * The layers of a frame.
 *
 * @param bytes the captured octets, the whole frame or its beginning
 * @param link whether they begin with an Ethernet header or with an IP header (a TUN interface)
 */
export const dissect = (bytes: Uint8Array, link: Frame['link']): Layer[] => {
  const reading: Reading = {
    bytes,
    layers: [],
    at: 0,
    end: bytes.length,
    wireEnd: Infinity,
    space: link === 'ethernet' ? 'link' : 'ipVersion',
    selector: link === 'ethernet' ? linkTypes.ethernet : u8(bytes, 0) >> 4,
    sourcePort: 0,
  };
  for (let depth = 0; depth < LAYER_LIMIT; depth += 1) {
    const decode = decoderOf(reading);
    if (decode === undefined) return finish(reading, reading.space === 'udpPort' ? 'payload' : 'unknown');
    const reason = decode(reading);
    if (reason !== undefined) return finish(reading, reason);
  }
  return finish(reading, 'unknown');
};
