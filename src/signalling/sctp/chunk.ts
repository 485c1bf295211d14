/**
 * SCTP packets as values (RFC 9260, section 3): a common header and chunks, each with a type, flags and a length. What
 * they look like on the wire is known to encode.ts and decode.ts; nothing of the three knows of associations.
 */
import type { Tlv } from './tlv.ts';

/** Octets of the common header (RFC 9260, 3.1). */
export const COMMON_HEADER_LENGTH = 12;
/** Octets of a DATA chunk before its payload (RFC 9260, 3.3.1). */
export const DATA_HEADER_LENGTH = 16;

export interface DataChunk {
  readonly type: 'data';
  /** Delivered at once, whatever its sequence number: the U bit. */
  readonly unordered: boolean;
  /** First and last fragment of a message: the B and E bits. */
  readonly first: boolean;
  readonly last: boolean;
  /** The sender asks for a SACK without delay: the I bit. */
  readonly immediate: boolean;
  readonly tsn: number;
  readonly stream: number;
  /** Stream sequence number. */
  readonly sequence: number;
  /** Payload protocol identifier. */
  readonly ppid: number;
  readonly payload: Uint8Array;
}

export interface InitChunk {
  readonly type: 'init' | 'initAck';
  /** The verification tag that its sender wants to see. */
  readonly tag: number;
  /** Advertised receiver window, octets. */
  readonly window: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
  readonly parameters: readonly Tlv[];
}

export interface SackChunk {
  readonly type: 'sack';
  readonly cumulative: number;
  readonly window: number;
  /** First and last TSN of each block received beyond, as distances from `cumulative`. */
  readonly gaps: readonly (readonly [first: number, last: number])[];
  readonly duplicates: readonly number[];
}

/** A chunk of a type that this stack does not know; the two high bits of the type say what to do with it. */
export interface UnknownChunk {
  readonly type: 'unknown';
  readonly code: number;
  /** The whole chunk, header included, as an ERROR quotes it. */
  readonly octets: Uint8Array;
}

export type Chunk =
  | DataChunk
  | InitChunk
  | SackChunk
  | UnknownChunk
  | { readonly type: 'heartbeat' | 'heartbeatAck'; readonly information: Uint8Array }
  | { readonly type: 'abort'; readonly reflected: boolean; readonly causes: readonly Tlv[] }
  | { readonly type: 'error'; readonly causes: readonly Tlv[] }
  | { readonly type: 'shutdown'; readonly cumulative: number }
  | { readonly type: 'cookieEcho'; readonly cookie: Uint8Array }
  | { readonly type: 'shutdownAck' | 'cookieAck' }
  /** `reflected` is the T bit: the tag is the receiver's own, sent back by someone who has no association. */
  | { readonly type: 'shutdownComplete'; readonly reflected: boolean };

export interface Packet {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tag: number;
  readonly chunks: readonly Chunk[];
  /** Whether something after, or among, the chunks could not be read. */
  readonly malformed: boolean;
}

/** Chunk types (RFC 9260, 3.2). */
export const chunkTypes = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;

/** Octets of a chunk's header, and of INIT and SACK before their variable parts (RFC 9260, 3.2, 3.3.2, 3.3.4). */
export const CHUNK_HEADER_LENGTH = 4;
export const INIT_LENGTH = 20;
export const SACK_LENGTH = 16;
/** Flags of a DATA chunk, and the T bit of ABORT and SHUTDOWN COMPLETE. */
export const flag = { immediate: 8, unordered: 4, first: 2, last: 1, reflected: 1 } as const;

/** A length with the padding to four octets that follows it. */
export const padded = (length: number): number => (length + 3) & ~3;

/** What the two high bits of an unknown chunk or parameter type ask for (RFC 9260, 3.2 and 3.2.1). */
export const unknownAction = (highBits: number): { readonly skip: boolean; readonly report: boolean } => ({
  skip: (highBits & 2) !== 0,
  report: (highBits & 1) !== 0,
});
