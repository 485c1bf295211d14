/**
 * IPv6 and its extension headers (RFC 8200). The extension headers belong to the IPv6 layer: its `length` counts them
 * and its `next` is the protocol behind the last one. ESP hides what follows and ends the chain.
 */
import { ipv6At } from './address-text.ts';
import { ipProtocols } from './numbers.ts';
import { u16, u32, u8 } from './octets.ts';
import { follow, limit, missing, type Decode } from './reading.ts';

const HEADER = 40;
const FRAGMENT_HEADER = 8;

/**
 * Octets of an extension header of type `next`, 0 when the number is not one of an extension header. The second octet
 * counts units of 8 octets beyond the first (RFC 8200, 4.3), in the authentication header units of 4 beyond the first
 * two (RFC 4302, 2.2).
 */
const extensionLength = (next: number, count: number): number => {
  switch (next) {
    case ipProtocols.hopByHop:
    case ipProtocols.routing:
    case ipProtocols.destinationOptions:
      return (count + 1) * 8;
    case ipProtocols.fragment:
      return FRAGMENT_HEADER;
    case ipProtocols.authentication:
      return (count + 2) * 4;
    default:
      return 0;
  }
};

export const ipv6: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  const word = u32(bytes, at);
  if (word >>> 28 !== 6) return 'malformed';
  const payloadLength = u16(bytes, at + 4);
  let next = u8(bytes, at + 6);
  // 0 with a hop-by-hop header: the length is in its jumbo payload option (RFC 2675); the frame's end must do.
  if (payloadLength !== 0 || next !== ipProtocols.hopByHop) limit(reading, at + HEADER + payloadLength);
  reading.at = at + HEADER;
  let [identification, fragmentOffset, moreFragments] = [0, 0, false];
  let stop: ReturnType<typeof missing>;
  for (;;) {
    const length = extensionLength(next, u8(bytes, reading.at + 1));
    // Behind a fragment header with an offset stand octets from the middle of a packet, not headers.
    if (length === 0 || fragmentOffset !== 0) break;
    // The second octet, which tells the length, has to be there first.
    stop = missing(reading, 2) ?? missing(reading, length);
    if (stop !== undefined) break;
    if (next === ipProtocols.fragment) {
      const field = u16(bytes, reading.at + 2);
      identification = u32(bytes, reading.at + 4);
      // The offset counts units of 8 octets in the upper 13 bits (RFC 8200, 4.5).
      fragmentOffset = field & 0xfff8;
      moreFragments = (field & 1) !== 0;
    }
    next = u8(bytes, reading.at);
    reading.at += length;
  }
  reading.layers.push({
    protocol: 'ipv6',
    offset: at,
    length: reading.at - at,
    source: ipv6At(bytes, at + 8),
    destination: ipv6At(bytes, at + 24),
    hopLimit: u8(bytes, at + 7),
    trafficClass: (word >>> 20) & 255,
    flowLabel: word & 0xf_ffff,
    payloadLength,
    next,
    identification,
    fragmentOffset,
    moreFragments,
  });
  if (stop !== undefined) return stop;
  if (next === ipProtocols.none) return 'payload';
  return fragmentOffset === 0 ? follow(reading, 'ipProtocol', next) : 'fragment';
};
