/** UDP (RFC 768). What it carries is told by the destination port, or by the source port for answers. */
import { u16 } from './octets.ts';
import { follow, limit, missing, type Decode } from './reading.ts';

const HEADER = 8;

export const udp: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  const sourcePort = u16(bytes, at);
  const destinationPort = u16(bytes, at + 2);
  const totalLength = u16(bytes, at + 4);
  reading.layers.push({
    protocol: 'udp',
    offset: at,
    length: HEADER,
    sourcePort,
    destinationPort,
    totalLength,
    checksum: u16(bytes, at + 6),
  });
  reading.at = at + HEADER;
  // 0 is a jumbogram (RFC 2675, section 4): it ends where the IP packet ends.
  if (totalLength !== 0 && totalLength < HEADER) return 'malformed';
  if (totalLength !== 0) limit(reading, at + totalLength);
  reading.sourcePort = sourcePort;
  return follow(reading, 'udpPort', destinationPort);
};
