/**
 * SCTP's common header (RFC 9260, 3.1), on IP or in UDP (RFC 6951). Its chunks are the business of signalling/sctp: a packet's way is
 * explained without them.
 */
import { u16, u32 } from './octets.ts';
import { missing, type Decode } from './reading.ts';

const HEADER = 12;

export const sctp: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  reading.layers.push({
    protocol: 'sctp',
    offset: at,
    length: HEADER,
    sourcePort: u16(bytes, at),
    destinationPort: u16(bytes, at + 2),
    tag: u32(bytes, at + 4),
    checksum: u32(bytes, at + 8),
  });
  reading.at = at + HEADER;
  return 'payload';
};
