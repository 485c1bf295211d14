/**
 * The state cookie (RFC 9260, 5.1.3): all that a listener knows of an INIT, handed to the peer to keep and signed, so
 * that a flood of INITs costs the listener no memory. Its content is nobody's business but the one who made it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { put16, put32, u16, u32 } from '../../../src/packet/octets.ts';

export interface Cookie {
  /** When it was made and how long it is good for, milliseconds of the endpoint's clock. */
  readonly created: number;
  readonly life: number;
  readonly localPort: number;
  readonly remotePort: number;
  /** The tags, and the first TSNs, that the two sides chose. */
  readonly localTag: number;
  readonly remoteTag: number;
  readonly localTsn: number;
  readonly remoteTsn: number;
  /** The window that the peer advertised. */
  readonly window: number;
  /** Streams as negotiated, seen from here. */
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  /** The tags of the association that there was already when the INIT came; 0 for none (5.2.2). */
  readonly localTieTag: number;
  readonly remoteTieTag: number;
}

const BODY_LENGTH = 48;
/** HMAC-SHA-256, RFC 2104 and FIPS 180-4. */
const MAC_LENGTH = 32;

const sign = (secret: Uint8Array, address: string, body: Uint8Array): Buffer =>
  createHmac('sha256', secret).update(address).update('\0').update(body).digest();

/** The cookie's octets, good only from this address and for the holder of this secret. */
export const bakeCookie = (cookie: Cookie, secret: Uint8Array, address: string): Uint8Array => {
  const octets = new Uint8Array(BODY_LENGTH + MAC_LENGTH);
  new DataView(octets.buffer).setFloat64(0, cookie.created);
  put32(octets, 8, cookie.life);
  put16(octets, 12, cookie.localPort);
  put16(octets, 14, cookie.remotePort);
  put32(octets, 16, cookie.localTag);
  put32(octets, 20, cookie.remoteTag);
  put32(octets, 24, cookie.localTsn);
  put32(octets, 28, cookie.remoteTsn);
  put32(octets, 32, cookie.window);
  put16(octets, 36, cookie.outboundStreams);
  put16(octets, 38, cookie.inboundStreams);
  put32(octets, 40, cookie.localTieTag);
  put32(octets, 44, cookie.remoteTieTag);
  octets.set(sign(secret, address, octets.subarray(0, BODY_LENGTH)), BODY_LENGTH);
  return octets;
};

/** The cookie that octets hold; undefined when this endpoint did not make it for this address. */
export const openCookie = (octets: Uint8Array, secret: Uint8Array, address: string): Cookie | undefined => {
  if (octets.length !== BODY_LENGTH + MAC_LENGTH) return undefined;
  const body = octets.subarray(0, BODY_LENGTH);
  if (!timingSafeEqual(sign(secret, address, body), octets.subarray(BODY_LENGTH))) return undefined;
  return {
    created: new DataView(octets.buffer, octets.byteOffset).getFloat64(0),
    life: u32(octets, 8),
    localPort: u16(octets, 12),
    remotePort: u16(octets, 14),
    localTag: u32(octets, 16),
    remoteTag: u32(octets, 20),
    localTsn: u32(octets, 24),
    remoteTsn: u32(octets, 28),
    window: u32(octets, 32),
    outboundStreams: u16(octets, 36),
    inboundStreams: u16(octets, 38),
    localTieTag: u32(octets, 40),
    remoteTieTag: u32(octets, 44),
  };
};
