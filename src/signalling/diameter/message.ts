/**
 * Diameter messages as octets (RFC 6733, 3):
 *
 *     version 1 (8 bits)    length of the whole (24)    R | P | E | T | reserved (8)    command (24)
 *     application (32)    hop-by-hop identifier (32)    end-to-end identifier (32)    AVPs
 */
import { concatenate, u24, u32 } from '../../packet/octets.ts';
import { bigEndian } from '../octets.ts';
import { type Avp, decodeAvps, encodeAvps } from './avp.ts';
import { DiameterError } from './error.ts';
import { results } from './result.ts';

/** The registered port of Diameter, over TCP and SCTP (RFC 6733, 11.4). */
export const DIAMETER_PORT = 3868;

/** The payload protocol of Diameter in SCTP without DTLS (RFC 6733, 11.4). */
export const DIAMETER_PPID = 46;

export interface DiameterHeader {
  /** Requests and answers have the same command. */
  readonly request: boolean;
  /** Agents may pass it on. */
  readonly proxiable: boolean;
  /** The answer of a node that could not even try: a protocol error. */
  readonly error: boolean;
  /** A request that was perhaps sent before, over a connection that broke. */
  readonly retransmitted: boolean;
  readonly command: number;
  readonly application: number;
  /** Pairs request and answer on one connection. */
  readonly hopByHop: number;
  /** Pairs them from end to end, and tells duplicates. */
  readonly endToEnd: number;
}

export interface DiameterMessage extends DiameterHeader {
  readonly avps: readonly Avp[];
}

const VERSION = 1;
export const HEADER_LENGTH = 20;
const flag = { request: 0x80, proxiable: 0x40, error: 0x20, retransmitted: 0x10 } as const;

/** Throws a RangeError when a number or the whole does not fit its field. */
export const encodeMessage = (message: DiameterMessage): Uint8Array => {
  const avps = encodeAvps(message.avps);
  const flags =
    (message.request ? flag.request : 0) |
    (message.proxiable ? flag.proxiable : 0) |
    (message.error ? flag.error : 0) |
    (message.retransmitted ? flag.retransmitted : 0);
  return concatenate(
    Uint8Array.of(VERSION),
    bigEndian(HEADER_LENGTH + avps.length, 3),
    Uint8Array.of(flags),
    bigEndian(message.command, 3),
    bigEndian(message.application, 4),
    bigEndian(message.hopByHop, 4),
    bigEndian(message.endToEnd, 4),
    avps,
  );
};

/**
 * Reads one whole message. The AVPs share its memory.
 *
 * @throws {DiameterError} with `received` when something inside is wrong; without it when version or length are, and
 *   nothing in a stream can be understood after that
 */
export const decodeMessage = (octets: Uint8Array): DiameterMessage => {
  if (octets.length < HEADER_LENGTH || octets.length % 4 !== 0 || u24(octets, 1) !== octets.length)
    throw new DiameterError(
      results.DIAMETER_INVALID_MESSAGE_LENGTH,
      `length ${u24(octets, 1)} in ${octets.length} octets`,
    );
  if (octets[0] !== VERSION) throw new DiameterError(results.DIAMETER_UNSUPPORTED_VERSION, `version ${octets[0] ?? 0}`);
  const flags = octets[4] ?? 0;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const header: DiameterHeader = {
    request: has(flag.request),
    proxiable: has(flag.proxiable),
    error: has(flag.error),
    retransmitted: has(flag.retransmitted),
    command: u24(octets, 5),
    application: u32(octets, 8),
    hopByHop: u32(octets, 12),
    endToEnd: u32(octets, 16),
  };
  const avps: Avp[] = [];
  const received = { ...header, avps };
  if (header.request && header.error)
    throw new DiameterError(results.DIAMETER_INVALID_HDR_BITS, 'a request with the E bit', { received });
  try {
    decodeAvps(octets.subarray(HEADER_LENGTH), avps);
    return received;
  } catch (error) {
    throw error instanceof DiameterError ? error.at({ received }) : error;
  }
};
