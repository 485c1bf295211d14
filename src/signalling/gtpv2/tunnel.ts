/** Elements with IP addresses: tunnel endpoints and the addresses of phones (3GPP TS 29.274, 8.9, 8.14 and 8.22). */
import { addressFromOctets, formatAddress } from '../../address/ip.ts';
import { ipOctets } from '../../address/octets.ts';
import { bigEndian } from '../octets.ts';
import { type Cursor, define, nonsense } from './element.ts';

/** Who uses a tunnel endpoint for what (table 8.22-1). */
export const tunnelInterface = {
  'S1-U eNodeB GTP-U': 0,
  'S1-U SGW GTP-U': 1,
  'S12 RNC GTP-U': 2,
  'S12 SGW GTP-U': 3,
  'S5/S8 SGW GTP-U': 4,
  'S5/S8 PGW GTP-U': 5,
  'S5/S8 SGW GTP-C': 6,
  'S5/S8 PGW GTP-C': 7,
  'S5/S8 SGW PMIPv6': 8,
  'S5/S8 PGW PMIPv6': 9,
  'S11 MME GTP-C': 10,
  'S11/S4 SGW GTP-C': 11,
  'S10 MME GTP-C': 12,
  'S3 MME GTP-C': 13,
  'S3 SGSN GTP-C': 14,
  'S4 SGSN GTP-U': 15,
  'S4 SGW GTP-U': 16,
  'S4 SGSN GTP-C': 17,
  'S16 SGSN GTP-C': 18,
  'eNodeB/gNodeB GTP-U for DL data forwarding': 19,
  'eNodeB GTP-U for UL data forwarding': 20,
  'RNC GTP-U for data forwarding': 21,
  'SGSN GTP-U for data forwarding': 22,
  'SGW GTP-U for data forwarding': 23,
  'Sm MBMS GW GTP-C': 24,
  'Sn MBMS GW GTP-C': 25,
  'Sm MME GTP-C': 26,
  'Sn SGSN GTP-C': 27,
  'SGW GTP-U for UL data forwarding': 28,
  'Sn SGSN GTP-U': 29,
  'S2b ePDG GTP-C': 30,
  'S2b-U ePDG GTP-U': 31,
  'S2b PGW GTP-C': 32,
  'S2b-U PGW GTP-U': 33,
  'S2a TWAN GTP-U': 34,
  'S2a TWAN GTP-C': 35,
  'S2a PGW GTP-C': 36,
  'S2a PGW GTP-U': 37,
  'S11 MME GTP-U': 38,
  'S11 SGW GTP-U': 39,
  'N26 AMF GTP-C': 40,
} as const;

/** A fully qualified tunnel endpoint identifier: where to send, and the TEID to put into the header. */
export interface Fteid {
  /** One of `tunnelInterface`. */
  readonly interface: number;
  readonly teid: number;
  readonly ipv4?: string;
  readonly ipv6?: string;
}

const readAddress = (cursor: Cursor, length: 4 | 16): string => formatAddress(addressFromOctets(cursor.take(length)));

/** Throws a RangeError when the text is no address of that length. */
const writeAddress = (text: string, length: 4 | 16): Uint8Array => {
  const octets = ipOctets(text);
  if (octets.length !== length) throw new RangeError(`${text} has not ${length} octets`);
  return octets;
};

export const fteid = define<Fteid>(
  87,
  (cursor) => {
    const flags = cursor.number(1);
    const teid = cursor.number(4);
    if ((flags & 0xc0) === 0) return nonsense('a tunnel endpoint without an address');
    return {
      interface: flags & 0x3f,
      teid,
      ...((flags & 0x80) === 0 ? {} : { ipv4: readAddress(cursor, 4) }),
      ...((flags & 0x40) === 0 ? {} : { ipv6: readAddress(cursor, 16) }),
    };
  },
  ({ interface: use, teid, ipv4, ipv6 }) => {
    if (ipv4 === undefined && ipv6 === undefined) throw new RangeError('a tunnel endpoint needs an address');
    return [
      Uint8Array.of((ipv4 === undefined ? 0 : 0x80) | (ipv6 === undefined ? 0 : 0x40) | (use & 0x3f)),
      bigEndian(teid, 4),
      ...(ipv4 === undefined ? [] : [writeAddress(ipv4, 4)]),
      ...(ipv6 === undefined ? [] : [writeAddress(ipv6, 16)]),
    ];
  },
);

/** The addresses of a phone: 0.0.0.0 in a request that leaves the choice to the PGW. */
export interface PdnAddress {
  readonly ipv4?: string;
  /** A prefix and the interface identifier behind it; the length is 64 in LTE. */
  readonly ipv6?: { readonly address: string; readonly prefixLength: number };
}

/** PDN Address Allocation (8.14): type 1 IPv4, 2 IPv6, 3 both, others (non-IP) none. */
export const pdnAddress = define<PdnAddress>(
  79,
  (cursor) => {
    const type = cursor.number(1) & 7;
    const readIpv6 = (): NonNullable<PdnAddress['ipv6']> => {
      const prefixLength = cursor.number(1);
      return { prefixLength, address: readAddress(cursor, 16) };
    };
    const ipv6 = type === 2 || type === 3 ? { ipv6: readIpv6() } : {};
    return { ...ipv6, ...(type === 1 || type === 3 ? { ipv4: readAddress(cursor, 4) } : {}) };
  },
  ({ ipv4, ipv6 }) => [
    // Type 4 is non-IP: no address at all.
    Uint8Array.of((ipv4 === undefined ? 0 : 1) | (ipv6 === undefined ? 0 : 2) || 4),
    ...(ipv6 === undefined ? [] : [bigEndian(ipv6.prefixLength, 1), writeAddress(ipv6.address, 16)]),
    ...(ipv4 === undefined ? [] : [writeAddress(ipv4, 4)]),
  ],
);

/** One address of either family (8.9). */
export const ipAddress = define<string>(
  74,
  (cursor) => {
    const { left } = cursor;
    return left === 4 || left === 16 ? readAddress(cursor, left) : nonsense(`an address of ${left} octets`);
  },
  (text) => [ipOctets(text)],
);
