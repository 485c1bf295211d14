/**
 * Addresses as text, and back. A lab has few addresses and many frames, so each text is made once and then found in a
 * table: that is several times cheaper than building it again, and equal addresses are one string.
 */
import { addressFromOctets, addressOctets, formatAddress, parseAddress } from '../address/ip.ts';
import { isMac } from '../address/mac.ts';
import { u16, u32, u8 } from './octets.ts';

/** Entries after which a table starts anew, so that a scan of random addresses cannot fill the memory. */
const TABLE_LIMIT = 16_384;

const remember = <Key>(table: Map<Key, string>, key: Key, text: string): string => {
  if (table.size >= TABLE_LIMIT) table.clear();
  table.set(key, text);
  return text;
};

const macs = new Map<number, string>();
const ipv4s = new Map<number, string>();
const ipv6s = new Map<string, string>();

/** The MAC address in six octets, in lower case with colons. */
export const macAt = (bytes: Uint8Array, at: number): string => {
  const key = u16(bytes, at) * 0x1_0000_0000 + u32(bytes, at + 2);
  return (
    macs.get(key) ??
    remember(
      macs,
      key,
      key
        .toString(16)
        .padStart(12, '0')
        .replaceAll(/..(?!$)/gu, (pair) => `${pair}:`),
    )
  );
};

/** The IPv4 address in four octets, dotted. */
export const ipv4At = (bytes: Uint8Array, at: number): string => {
  const key = u32(bytes, at);
  return (
    ipv4s.get(key) ??
    remember(ipv4s, key, `${u8(bytes, at)}.${u8(bytes, at + 1)}.${u8(bytes, at + 2)}.${u8(bytes, at + 3)}`)
  );
};

/** The IPv6 address in sixteen octets, as RFC 5952 writes it. */
export const ipv6At = (bytes: Uint8Array, at: number): string => {
  // The eight groups as eight UTF-16 code units: a key that costs one small string.
  const key = String.fromCharCode(
    u16(bytes, at),
    u16(bytes, at + 2),
    u16(bytes, at + 4),
    u16(bytes, at + 6),
    u16(bytes, at + 8),
    u16(bytes, at + 10),
    u16(bytes, at + 12),
    u16(bytes, at + 14),
  );
  return ipv6s.get(key) ?? remember(ipv6s, key, formatAddress(addressFromOctets(bytes.subarray(at, at + 16))));
};

/** The six octets of `02:00:00:00:01:00`. Throws a RangeError when the text is no MAC address. */
export const macOctets = (text: string): Uint8Array => {
  if (!isMac(text)) throw new RangeError(`not a MAC address: ${text}`);
  return Uint8Array.from(text.split(':'), (pair) => Number.parseInt(pair, 16));
};

/** The 4 or 16 octets of an IP address. Throws a RangeError when the text is no address of that family. */
export const ipOctets = (text: string, family: 4 | 6): Uint8Array => {
  const address = parseAddress(text);
  if (address?.family !== family) throw new RangeError(`not an IPv${family} address: ${text}`);
  return addressOctets(address);
};
