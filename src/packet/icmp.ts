/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443). The packet that an error quotes is not dissected: it is not a packet on this
 * wire, and must never be taken for the innermost one.
 */
import type { Icmp } from './layer.ts';
import { u16, u8 } from './octets.ts';
import { missing, type Decode, type Reading } from './reading.ts';

const HEADER = 8;

/** Echo types: RFC 792, and RFC 4443 sections 4.1 and 4.2. */
export const echoType = {
  icmp: { request: 8, reply: 0 },
  icmpv6: { request: 128, reply: 129 },
} as const;

/** Types of ICMP messages that quote the packet they complain about (RFC 792). */
const icmpErrors: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** The largest type of an ICMPv6 error message (RFC 4443, 2.1). */
const LAST_ICMPV6_ERROR = 127;

export const isEcho = ({ protocol, type }: Icmp): boolean =>
  type === echoType[protocol].request || type === echoType[protocol].reply;

/** Whether the message quotes the beginning of another packet, behind its 8 octets of header. */
export const isIcmpError = ({ protocol, type }: Icmp): boolean =>
  protocol === 'icmp' ? icmpErrors.has(type) : type <= LAST_ICMPV6_ERROR;

const read = (reading: Reading, protocol: 'icmp' | 'icmpv6'): ReturnType<Decode> => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  reading.layers.push({
    protocol,
    offset: at,
    length: HEADER,
    type: u8(bytes, at),
    code: u8(bytes, at + 1),
    checksum: u16(bytes, at + 2),
    identifier: u16(bytes, at + 4),
    sequence: u16(bytes, at + 6),
  });
  reading.at = at + HEADER;
  return 'payload';
};

export const icmp: Decode = (reading) => read(reading, 'icmp');
export const icmpv6: Decode = (reading) => read(reading, 'icmpv6');
