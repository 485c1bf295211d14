/** Numbers and text as the octets of signalling messages: what every protocol of the packet core writes. */

/**
 * `value` in `length` octets, the most significant first.
 *
 * @throws {RangeError} when it is no whole number of that size: a mistake of the caller, never of a peer
 */
export const bigEndian = (value: number, length: number): Uint8Array => {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * length))
    throw new RangeError(`${value} is not a whole number of ${length} octets`);
  const octets = new Uint8Array(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at -= 1) {
    octets[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return octets;
};

/** The number that octets spell; exact up to six of them. */
export const readBigEndian = (octets: Uint8Array): number => octets.reduce((value, octet) => value * 256 + octet, 0);

/** Joins any number of octet strings in order; a message may have more elements than a call may have arguments. */
export const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** Octets in lower-case hexadecimal, for messages to people. */
export const hexText = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
