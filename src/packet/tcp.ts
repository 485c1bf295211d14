/** TCP (RFC 9293, 3.1). Options are found on demand: most frames need none of them. */
import type { Tcp } from './layer.ts';
import { u16, u32, u8 } from './octets.ts';
import { missing, type Decode } from './reading.ts';

/** Octets of a header without options. */
const MINIMUM = 20;

/** Option kinds (RFC 9293, 3.2; RFC 7323). */
export const tcpOption = { end: 0, nop: 1, mss: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8 } as const;

export const tcp: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, MINIMUM);
  if (lack !== undefined) return lack;
  const length = (u8(bytes, at + 12) >> 4) * 4;
  if (length < MINIMUM || at + length > reading.wireEnd) return 'malformed';
  // Without a length from IP (a segment longer than 16 bits can say) the captured octets are all that is known.
  const wireEnd = reading.wireEnd === Infinity ? reading.end : reading.wireEnd;
  reading.layers.push({
    protocol: 'tcp',
    offset: at,
    length,
    sourcePort: u16(bytes, at),
    destinationPort: u16(bytes, at + 2),
    sequence: u32(bytes, at + 4),
    acknowledgement: u32(bytes, at + 8),
    flags: u8(bytes, at + 13),
    window: u16(bytes, at + 14),
    checksum: u16(bytes, at + 16),
    urgent: u16(bytes, at + 18),
    payloadLength: Math.max(0, wireEnd - at - length),
  });
  const cut = missing(reading, length);
  reading.at = Math.min(at + length, reading.end);
  return cut ?? 'payload';
};

/** One TCP option: its kind, where it begins in the frame, and its octets, kind and length included. */
export interface TcpOption {
  readonly kind: number;
  readonly offset: number;
  readonly length: number;
}

/** The options of a TCP layer without padding, in their order; it ends early where the capture or a bad length ends it. */
export const tcpOptions = (bytes: Uint8Array, layer: Tcp): TcpOption[] => {
  const options: TcpOption[] = [];
  const end = Math.min(layer.offset + layer.length, bytes.length);
  let at = layer.offset + MINIMUM;
  while (at < end) {
    const kind = u8(bytes, at);
    if (kind === tcpOption.end) break;
    const length = kind === tcpOption.nop ? 1 : u8(bytes, at + 1);
    if (kind !== tcpOption.nop) {
      if (length < 2 || at + length > end) break;
      options.push({ kind, offset: at, length });
    }
    at += length;
  }
  return options;
};

/** The maximum segment size that a SYN announces (RFC 9293, 3.7.1); undefined without the option. */
export const maximumSegmentSize = (bytes: Uint8Array, layer: Tcp): number | undefined => {
  const found = tcpOptions(bytes, layer).find(({ kind, length }) => kind === tcpOption.mss && length === 4);
  return found === undefined ? undefined : u16(bytes, found.offset + 2);
};
