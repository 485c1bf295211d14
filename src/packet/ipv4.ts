/** IPv4 (RFC 791, 3.1). Options are counted in `length` and not decoded. */
import { ipv4At } from './address-text.ts';
import { u16, u8 } from './octets.ts';
import { follow, limit, missing, type Decode } from './reading.ts';

/** Octets of a header without options. */
const MINIMUM = 20;
/** The field counts units of eight octets. */
const FRAGMENT_UNIT = 8;

export const ipv4: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, MINIMUM);
  if (lack !== undefined) return lack;
  const first = u8(bytes, at);
  const length = (first & 15) * 4;
  const totalLength = u16(bytes, at + 2);
  // A total length of 0 stands in a segment that the "hardware" is to cut and that is too long for 16 bits.
  if (first >> 4 !== 4 || length < MINIMUM || (totalLength !== 0 && totalLength < length)) return 'malformed';
  const fragment = u16(bytes, at + 6);
  const fragmentOffset = (fragment & 0x1fff) * FRAGMENT_UNIT;
  const next = u8(bytes, at + 9);
  reading.layers.push({
    protocol: 'ipv4',
    offset: at,
    length,
    source: ipv4At(bytes, at + 12),
    destination: ipv4At(bytes, at + 16),
    ttl: u8(bytes, at + 8),
    identification: u16(bytes, at + 4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset,
    tos: u8(bytes, at + 1),
    totalLength,
    next,
    checksum: u16(bytes, at + 10),
  });
  if (totalLength !== 0) limit(reading, at + totalLength);
  const cut = missing(reading, length);
  reading.at = Math.min(at + length, reading.end);
  if (cut !== undefined) return cut;
  return fragmentOffset === 0 ? follow(reading, 'ipProtocol', next) : 'fragment';
};
