/**
 * Numbers in network byte order. Reading past the end gives zeros instead of an exception, so that no input, however
 * hostile, can make the dissector throw; what a frame really holds is decided by length checks before each header.
 */

export const u8 = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

export const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

export const u24 = (bytes: Uint8Array, at: number): number => (u16(bytes, at) << 8) | (bytes[at + 2] ?? 0);

/** Unsigned, 0 to 2^32 - 1. */
export const u32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;

export const put16 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = (value >>> 8) & 255;
  bytes[at + 1] = value & 255;
};

export const put24 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = (value >>> 16) & 255;
  put16(bytes, at + 1, value);
};

export const put32 = (bytes: Uint8Array, at: number, value: number): void => {
  put16(bytes, at, value >>> 16);
  put16(bytes, at + 2, value);
};

/** Joins a few octet strings in order. */
export const concatenate = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
