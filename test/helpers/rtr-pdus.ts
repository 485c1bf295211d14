/** One of each PDU of the RPKI-to-router protocol, with the octets that the figures of RFC 8210, 5, give it. */
import { parsePrefix, type Prefix } from '../../src/address/ip.ts';
import type { Pdu, RtrVersion } from '../../src/signalling/rtr/index.ts';

export const prefixOf = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`${text} is no prefix`);
  return prefix;
};

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);

/** Spaces stand between the fields of the figures. */
export const rtrPdus: readonly { readonly version: RtrVersion; readonly pdu: Pdu; readonly octets: string }[] = [
  { version: 1, pdu: { pdu: 'serial-notify', session: 0x1234, serial: 7 }, octets: '01 00 1234 0000000c 00000007' },
  { version: 0, pdu: { pdu: 'serial-notify', session: 0x1234, serial: 7 }, octets: '00 00 1234 0000000c 00000007' },
  {
    version: 1,
    pdu: { pdu: 'serial-query', session: 0xffff, serial: 0xffff_ffff },
    octets: '01 01 ffff 0000000c ffffffff',
  },
  { version: 1, pdu: { pdu: 'reset-query' }, octets: '01 02 0000 00000008' },
  { version: 0, pdu: { pdu: 'reset-query' }, octets: '00 02 0000 00000008' },
  { version: 1, pdu: { pdu: 'cache-response', session: 0x1234 }, octets: '01 03 1234 00000008' },
  {
    version: 1,
    pdu: { pdu: 'prefix', announce: true, prefix: prefixOf('192.0.2.0/24'), maxLength: 25, asn: 64496 },
    octets: '01 04 0000 00000014 01 18 19 00 c0000200 0000fbf0',
  },
  {
    version: 0,
    pdu: { pdu: 'prefix', announce: false, prefix: prefixOf('0.0.0.0/0'), maxLength: 32, asn: 0 },
    octets: '00 04 0000 00000014 00 00 20 00 00000000 00000000',
  },
  {
    version: 1,
    pdu: { pdu: 'prefix', announce: true, prefix: prefixOf('2001:db8::/32'), maxLength: 48, asn: 4_200_000_000 },
    octets: '01 06 0000 00000020 01 20 30 00 20010db8000000000000000000000000 fa56ea00',
  },
  {
    version: 1,
    pdu: { pdu: 'end-of-data', session: 0x1234, serial: 7, intervals: { refresh: 3600, retry: 600, expire: 7200 } },
    octets: '01 07 1234 00000018 00000007 00000e10 00000258 00001c20',
  },
  { version: 0, pdu: { pdu: 'end-of-data', session: 0x1234, serial: 7 }, octets: '00 07 1234 0000000c 00000007' },
  { version: 1, pdu: { pdu: 'cache-reset' }, octets: '01 08 0000 00000008' },
  {
    version: 1,
    pdu: { pdu: 'router-key', announce: true, identifier: counting(20), asn: 64496, key: Uint8Array.of(0x30, 0) },
    octets: '01 09 01 00 00000022 000102030405060708090a0b0c0d0e0f10111213 0000fbf0 3000',
  },
  {
    version: 1,
    pdu: { pdu: 'error-report', code: 3, about: Uint8Array.of(1, 8, 0, 0, 0, 0, 0, 8), text: 'why?' },
    octets: '01 0a 0003 0000001c 00000008 0108000000000008 00000004 7768793f',
  },
  {
    version: 0,
    pdu: { pdu: 'error-report', code: 2, about: new Uint8Array(), text: '' },
    octets: '00 0a 0002 00000010 00000000 00000000',
  },
];

export const octetsOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
