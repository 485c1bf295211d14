/** SCTP packets for tests: one that another stack made, and our own. */
import type { Chunk, DataChunk, Packet } from '../../src/signalling/sctp/chunk.ts';
import { decodePacket } from '../../src/signalling/sctp/decode.ts';
import { encodePacket } from '../../src/signalling/sctp/encode.ts';

/** An INIT of usrsctp 0.9.5: ECN, forward TSN, supported extensions, random, chunk list, HMACs, address types. */
export const usrsctpInit: Uint8Array = Buffer.from(
  'd05813880000000031ca67e90100006212f7c4cd0010000000080008c46eb96b80000004c0000004800800' +
    '09c00fc180820000008002002462fc092a82413282f0b30b326a6de797409c90a92e677b672f802eb60d7f00df' +
    '80040006000100008003000680c10000000c000600050000',
  'hex',
);

/** A packet of one chunk, read; throws when it cannot be. */
export const decoded = (octets: Uint8Array): Packet => {
  const packet = decodePacket(octets);
  if (typeof packet === 'string') throw new Error(`not a packet: ${packet}`);
  return packet;
};

/** Octets with a good checksum from chunks. */
export const packed = (tag: number, ...chunks: readonly Chunk[]): Uint8Array => encodePacket(4000, 5000, tag, chunks);

/** A DATA chunk that is a whole ordered message of stream 0 unless said otherwise. */
export const data = (tsn: number, more: Partial<DataChunk> = {}): DataChunk => ({
  type: 'data',
  unordered: false,
  first: true,
  last: true,
  immediate: false,
  tsn: tsn >>> 0,
  stream: 0,
  sequence: 0,
  ppid: 18,
  payload: Uint8Array.of(1, 2, 3),
  ...more,
});
