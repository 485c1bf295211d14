/**
 * Protocol configuration options (3GPP TS 24.008, 10.5.6.3): how a phone learns its DNS servers. They are the phone's
 * and the PGW's; an MME and an SGW pass them on as they are. GTPv2 carries them without the element header (8.13).
 */
import { concatenate } from '../../packet/octets.ts';
import { bigEndian } from '../octets.ts';
import { define } from './element.ts';

/** Identifiers of the options that an LTE phone with IPv4 asks for (table 10.5.154). */
export const pcoOption = {
  ipcp: 0x8021,
  ipAddressViaNas: 0x000a,
  dnsServerIpv6: 0x0003,
  dnsServerIpv4: 0x000d,
  ipv4LinkMtu: 0x0010,
} as const;

export interface PcoOption {
  /** A PPP protocol number, or one of the containers. */
  readonly id: number;
  /** Up to 255 octets. */
  readonly content: Uint8Array;
}

/** Extension bit set, configuration protocol 0: PPP for use with IP. The other values are not used. */
const PPP = 0x80;

export const pco = define<readonly PcoOption[]>(
  78,
  (cursor) => {
    cursor.number(1);
    const options: PcoOption[] = [];
    while (cursor.left > 0) options.push({ id: cursor.number(2), content: cursor.take(cursor.number(1)) });
    return options;
  },
  (options) => [
    Uint8Array.of(PPP),
    ...options.map(({ id, content }) => concatenate(bigEndian(id, 2), bigEndian(content.length, 1), content)),
  ],
);
