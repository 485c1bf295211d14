/** From packets as values to octets (RFC 9260, section 3). */
import { put16, put32 } from '../../packet/octets.ts';
import {
  type Chunk,
  CHUNK_HEADER_LENGTH,
  chunkTypes,
  COMMON_HEADER_LENGTH,
  DATA_HEADER_LENGTH,
  flag,
  INIT_LENGTH,
  padded,
  SACK_LENGTH,
} from './chunk.ts';
import { packetChecksum } from './crc32c.ts';
import { type Tlv, tlvLength, writeTlvs } from './tlv.ts';

const parameterized = (chunk: Chunk): readonly Tlv[] | undefined => {
  if (chunk.type === 'init' || chunk.type === 'initAck') return chunk.parameters;
  return chunk.type === 'abort' || chunk.type === 'error' ? chunk.causes : undefined;
};

/** Octets of a chunk without its padding. */
export const chunkLength = (chunk: Chunk): number => {
  switch (chunk.type) {
    case 'data':
      return DATA_HEADER_LENGTH + chunk.payload.length;
    case 'init':
    case 'initAck':
      return INIT_LENGTH + tlvLength(chunk.parameters);
    case 'sack':
      return SACK_LENGTH + 4 * (chunk.gaps.length + chunk.duplicates.length);
    case 'heartbeat':
    case 'heartbeatAck':
      return CHUNK_HEADER_LENGTH + chunk.information.length;
    case 'abort':
    case 'error':
      return CHUNK_HEADER_LENGTH + tlvLength(chunk.causes);
    case 'shutdown':
      return 8;
    case 'cookieEcho':
      return CHUNK_HEADER_LENGTH + chunk.cookie.length;
    case 'unknown':
      return chunk.octets.length;
    default:
      return CHUNK_HEADER_LENGTH;
  }
};

const flagsOf = (chunk: Chunk): number => {
  if (chunk.type === 'data')
    return (
      (chunk.immediate ? flag.immediate : 0) |
      (chunk.unordered ? flag.unordered : 0) |
      (chunk.first ? flag.first : 0) |
      (chunk.last ? flag.last : 0)
    );
  return (chunk.type === 'abort' || chunk.type === 'shutdownComplete') && chunk.reflected ? flag.reflected : 0;
};

/** Writes a chunk at `at`; returns where the next one begins. The octets there are zero before. */
const writeChunk = (into: Uint8Array, at: number, chunk: Chunk): number => {
  const length = chunkLength(chunk);
  const end = at + padded(length);
  if (chunk.type === 'unknown') {
    into.set(chunk.octets, at);
    return end;
  }
  into[at] = chunkTypes[chunk.type];
  into[at + 1] = flagsOf(chunk);
  put16(into, at + 2, length);
  const body = at + CHUNK_HEADER_LENGTH;
  if (chunk.type === 'data') {
    put32(into, body, chunk.tsn);
    put16(into, body + 4, chunk.stream);
    put16(into, body + 6, chunk.sequence);
    put32(into, body + 8, chunk.ppid);
    into.set(chunk.payload, body + 12);
  } else if (chunk.type === 'sack') {
    put32(into, body, chunk.cumulative);
    put32(into, body + 4, chunk.window);
    put16(into, body + 8, chunk.gaps.length);
    put16(into, body + 10, chunk.duplicates.length);
    let next = body + 12;
    for (const [first, last] of chunk.gaps) {
      put16(into, next, first);
      put16(into, next + 2, last);
      next += 4;
    }
    for (const [index, tsn] of chunk.duplicates.entries()) put32(into, next + 4 * index, tsn);
  } else if (chunk.type === 'init' || chunk.type === 'initAck') {
    put32(into, body, chunk.tag);
    put32(into, body + 4, chunk.window);
    put16(into, body + 8, chunk.outboundStreams);
    put16(into, body + 10, chunk.inboundStreams);
    put32(into, body + 12, chunk.initialTsn);
  } else if (chunk.type === 'heartbeat' || chunk.type === 'heartbeatAck') into.set(chunk.information, body);
  else if (chunk.type === 'cookieEcho') into.set(chunk.cookie, body);
  else if (chunk.type === 'shutdown') put32(into, body, chunk.cumulative);
  const list = parameterized(chunk);
  if (list !== undefined) writeTlvs(into, at + length - tlvLength(list), list);
  return end;
};

/** A packet as it goes onto the wire, checksum included. The checksum stands least significant octet first. */
export const encodePacket = (
  sourcePort: number,
  destinationPort: number,
  tag: number,
  chunks: readonly Chunk[],
): Uint8Array => {
  const length = chunks.reduce((sum, chunk) => sum + padded(chunkLength(chunk)), COMMON_HEADER_LENGTH);
  const octets = new Uint8Array(length);
  put16(octets, 0, sourcePort);
  put16(octets, 2, destinationPort);
  put32(octets, 4, tag);
  let at = COMMON_HEADER_LENGTH;
  for (const chunk of chunks) at = writeChunk(octets, at, chunk);
  new DataView(octets.buffer).setUint32(8, packetChecksum(octets), true);
  return octets;
};
