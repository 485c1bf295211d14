/** ARP for IPv4 over Ethernet (RFC 826); other combinations of address families are left undecoded. */
import { ipv4At, macAt } from './address-text.ts';
import { etherTypes } from './numbers.ts';
import { u16, u32 } from './octets.ts';
import { missing, type Decode } from './reading.ts';

const HEADER = 28;
/** Hardware type 1 (Ethernet). */
const ETHERNET = 1;
/** Address lengths: 6 octets of hardware address, 4 of protocol address. */
const LENGTHS = 0x0604;

/** Operations (RFC 826; IANA registry "ARP Parameters"). */
export const arpOperation = { request: 1, reply: 2 } as const;

export const arp: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  if (u32(bytes, at) !== ETHERNET * 0x1_0000 + etherTypes.ipv4 || u16(bytes, at + 4) !== LENGTHS) return 'unknown';
  reading.layers.push({
    protocol: 'arp',
    offset: at,
    length: HEADER,
    operation: u16(bytes, at + 6),
    senderMac: macAt(bytes, at + 8),
    senderIp: ipv4At(bytes, at + 14),
    targetMac: macAt(bytes, at + 18),
    targetIp: ipv4At(bytes, at + 24),
  });
  reading.at = at + HEADER;
  return 'payload';
};
