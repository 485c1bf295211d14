/** Addresses as the octets that stand in packets. */
import { addressOctets, parseAddress } from './ip.ts';

/** The 4 or 16 octets of an address in network byte order. Throws a TypeError when the text is not an address. */
export const ipOctets = (text: string): Buffer => {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`not an IP address: ${text}`);
  return Buffer.from(addressOctets(address));
};

/** The 6 octets of `02:00:00:00:01:00`. */
export const macOctets = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex');

/** The address that octets of a packet spell, as `02:00:00:00:01:00`. */
export const macText = (octets: Uint8Array): string =>
  Buffer.from(octets)
    .toString('hex')
    .replace(/(..)(?=.)/gu, '$1:');
