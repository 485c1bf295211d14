/** From octets to packets as values (RFC 9260, section 3). Never throws: what breaks the format is left out and marked. */
import { u16, u32, u8 } from '../../packet/octets.ts';
import {
  type Chunk,
  CHUNK_HEADER_LENGTH,
  chunkTypes,
  COMMON_HEADER_LENGTH,
  DATA_HEADER_LENGTH,
  flag,
  INIT_LENGTH,
  type Packet,
  padded,
  SACK_LENGTH,
} from './chunk.ts';
import { packetChecksum } from './crc32c.ts';
import { readTlvs } from './tlv.ts';

const readSack = (octets: Uint8Array, at: number, length: number): Chunk | undefined => {
  const [gapCount, duplicateCount] = [u16(octets, at + 12), u16(octets, at + 14)];
  if (length < SACK_LENGTH + 4 * (gapCount + duplicateCount)) return undefined;
  const duplicatesAt = at + SACK_LENGTH + 4 * gapCount;
  const gap = (index: number): [number, number] => {
    const from = at + SACK_LENGTH + 4 * index;
    return [u16(octets, from), u16(octets, from + 2)];
  };
  return {
    type: 'sack',
    cumulative: u32(octets, at + 4),
    window: u32(octets, at + 8),
    gaps: Array.from({ length: gapCount }, (_, index) => gap(index)),
    duplicates: Array.from({ length: duplicateCount }, (_, index) => u32(octets, duplicatesAt + 4 * index)),
  };
};

const readInit = (type: 'init' | 'initAck', octets: Uint8Array, at: number, length: number): Chunk | undefined => {
  const parameters = readTlvs(octets, at + INIT_LENGTH, at + length);
  if (parameters === undefined) return undefined;
  return {
    type,
    tag: u32(octets, at + 4),
    window: u32(octets, at + 8),
    outboundStreams: u16(octets, at + 12),
    inboundStreams: u16(octets, at + 14),
    initialTsn: u32(octets, at + 16),
    parameters,
  };
};

const minimum: ReadonlyMap<number, number> = new Map([
  [chunkTypes.data, DATA_HEADER_LENGTH],
  [chunkTypes.init, INIT_LENGTH],
  [chunkTypes.initAck, INIT_LENGTH],
  [chunkTypes.sack, SACK_LENGTH],
  [chunkTypes.shutdown, 8],
]);

/** The chunk at `at`, whose `length` octets are all there; undefined when its content is too short for its type. */
const readChunk = (octets: Uint8Array, at: number, length: number): Chunk | undefined => {
  const code = u8(octets, at);
  const flags = u8(octets, at + 1);
  const body = octets.subarray(at + CHUNK_HEADER_LENGTH, at + length);
  if (length < (minimum.get(code) ?? CHUNK_HEADER_LENGTH)) return undefined;
  switch (code) {
    case chunkTypes.data:
      return {
        type: 'data',
        unordered: (flags & flag.unordered) !== 0,
        first: (flags & flag.first) !== 0,
        last: (flags & flag.last) !== 0,
        immediate: (flags & flag.immediate) !== 0,
        tsn: u32(octets, at + 4),
        stream: u16(octets, at + 8),
        sequence: u16(octets, at + 10),
        ppid: u32(octets, at + 12),
        payload: octets.subarray(at + DATA_HEADER_LENGTH, at + length),
      };
    case chunkTypes.init:
      return readInit('init', octets, at, length);
    case chunkTypes.initAck:
      return readInit('initAck', octets, at, length);
    case chunkTypes.sack:
      return readSack(octets, at, length);
    case chunkTypes.heartbeat:
      return { type: 'heartbeat', information: body };
    case chunkTypes.heartbeatAck:
      return { type: 'heartbeatAck', information: body };
    case chunkTypes.abort: {
      // An ABORT ends the association even when its causes cannot be read.
      const causes = readTlvs(body, 0, body.length) ?? [];
      return { type: 'abort', reflected: (flags & flag.reflected) !== 0, causes };
    }
    case chunkTypes.error: {
      const causes = readTlvs(body, 0, body.length);
      return causes === undefined ? undefined : { type: 'error', causes };
    }
    case chunkTypes.shutdown:
      return { type: 'shutdown', cumulative: u32(octets, at + 4) };
    case chunkTypes.shutdownAck:
      return { type: 'shutdownAck' };
    case chunkTypes.cookieEcho:
      return { type: 'cookieEcho', cookie: body };
    case chunkTypes.cookieAck:
      return { type: 'cookieAck' };
    case chunkTypes.shutdownComplete:
      return { type: 'shutdownComplete', reflected: (flags & flag.reflected) !== 0 };
    default:
      return { type: 'unknown', code, octets: octets.subarray(at, at + length) };
  }
};

/**
 * Reads a packet; payloads are views of `octets`.
 *
 * @returns the reason when it is no packet at all: too short, or its checksum is wrong (RFC 9260, 6.8).
 */
export const decodePacket = (octets: Uint8Array): Packet | 'short' | 'checksum' => {
  if (octets.length < COMMON_HEADER_LENGTH + CHUNK_HEADER_LENGTH) return 'short';
  const checksum = new DataView(octets.buffer, octets.byteOffset, octets.length).getUint32(8, true);
  if (checksum !== packetChecksum(octets)) return 'checksum';
  const chunks: Chunk[] = [];
  let malformed = false;
  let at = COMMON_HEADER_LENGTH;
  while (at < octets.length) {
    const length = u16(octets, at + 2);
    // A partial chunk is dropped (6.10), and where the next one begins nobody knows.
    malformed ||= length < CHUNK_HEADER_LENGTH || at + length > octets.length;
    if (length < CHUNK_HEADER_LENGTH || at + length > octets.length) break;
    const chunk = readChunk(octets, at, length);
    if (chunk === undefined) malformed = true;
    else chunks.push(chunk);
    at += padded(length);
  }
  const [sourcePort, destinationPort] = [u16(octets, 0), u16(octets, 2)];
  return { sourcePort, destinationPort, tag: u32(octets, 4), chunks, malformed };
};
