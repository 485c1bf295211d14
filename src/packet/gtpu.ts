/**
 * GTP-U, version 1 (3GPP TS 29.281, section 5): the tunnel of the mobile core. The eight octets of its header are
 * followed by four more when any of the flags E, S, PN is set, and then by extension headers as long as each names a
 * next one. Only a G-PDU carries a packet; other messages are signalling of the path.
 */
import { gtpuMessages } from './numbers.ts';
import { u16, u32, u8 } from './octets.ts';
import { follow, limit, missing, type Decode } from './reading.ts';

const HEADER = 8;
/** Sequence number (2), N-PDU number (1), type of the next extension header (1). */
const OPTIONAL_FIELDS = 4;
/** Flags of the first octet: protocol type (GTP, not GTP'), and the optional fields (figure 5.1-1). */
const [PROTOCOL_TYPE, EXTENSION, SEQUENCE, OPTIONAL] = [0x10, 0x04, 0x02, 0x07];

export const gtpu: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  const flags = u8(bytes, at);
  // The port may belong to anybody; GTP' and other versions are not ours.
  if (flags >> 5 !== 1 || (flags & PROTOCOL_TYPE) === 0) return 'unknown';
  const messageType = u8(bytes, at + 1);
  const messageLength = u16(bytes, at + 2);
  limit(reading, at + HEADER + messageLength);
  reading.at = at + HEADER;
  let stop: ReturnType<typeof missing>;
  if ((flags & OPTIONAL) !== 0) {
    stop = missing(reading, OPTIONAL_FIELDS);
    let extension = (flags & EXTENSION) === 0 ? 0 : u8(bytes, at + HEADER + 3);
    if (stop === undefined) reading.at += OPTIONAL_FIELDS;
    while (stop === undefined && extension !== 0) {
      // In units of 4 octets; the last octet is the type of the next extension header (section 5.2.1).
      const length = u8(bytes, reading.at) * 4;
      stop = missing(reading, 1) ?? (length === 0 ? 'malformed' : missing(reading, length));
      if (stop !== undefined) break;
      reading.at += length;
      extension = u8(bytes, reading.at - 1);
    }
  }
  reading.layers.push({
    protocol: 'gtpu',
    offset: at,
    length: reading.at - at,
    messageType,
    teid: u32(bytes, at + 4),
    messageLength,
    sequence: (flags & SEQUENCE) === 0 || reading.at === at + HEADER ? undefined : u16(bytes, at + HEADER),
  });
  if (stop !== undefined) return stop;
  if (messageType !== gtpuMessages.tPdu || reading.at >= reading.wireEnd) return 'payload';
  return missing(reading, 1) ?? follow(reading, 'ipVersion', u8(bytes, reading.at) >> 4);
};
