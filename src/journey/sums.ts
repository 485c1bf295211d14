/**
 * Are the checksums still right? A checksum is a ones' complement sum, so what it says about the octets behind the
 * headers must be the same before and after a change of the headers (RFC 1624). That can be checked even where the
 * capture cut the payload off.
 */
import { onesSum, pseudoHeaderSum } from '../packet/checksum.ts';
import { ipOctets } from '../packet/address-text.ts';
import type { PacketView } from './fields.ts';

/** The two zeros of ones' complement count as one. */
const normal = (sum: number): number => sum % 0xffff;

/** Whether an IPv4 header agrees with its checksum; IPv6 has none. */
export const headerChecksumRight = ({ bytes, ip }: PacketView): boolean =>
  ip.protocol === 'ipv6' || normal(onesSum(bytes, ip.offset, ip.offset + ip.length)) === 0;

/** Whether a transport checksum is right for the whole packet; undefined where the packet was not captured whole. */
export const checksumRight = ({ bytes, ip, transport }: PacketView): boolean | undefined => {
  const end = ip.protocol === 'ipv4' ? ip.offset + ip.totalLength : ip.offset + 40 + ip.payloadLength;
  if (transport === undefined || end > bytes.length) return undefined;
  const family = ip.protocol === 'ipv4' ? 4 : 6;
  const pseudo = pseudoHeaderSum(
    ipOctets(ip.source, family),
    ipOctets(ip.destination, family),
    ip.next,
    end - transport.offset,
  );
  return normal(onesSum(bytes, transport.offset, end, pseudo)) === 0;
};

/** What the transport checksum says is the sum of everything behind the headers; undefined when there is none. */
const remainder = ({ bytes, ip, transport }: PacketView): number | undefined => {
  if (transport === undefined || transport.offset + transport.length > bytes.length) return undefined;
  if (transport.protocol === 'udp' && transport.checksum === 0) return undefined;
  const family = ip.protocol === 'ipv4' ? 4 : 6;
  const pseudo = pseudoHeaderSum(ipOctets(ip.source, family), ipOctets(ip.destination, family), ip.next, 0);
  // The header with its checksum in place: the sum of all is then the complement of zero.
  const headers = onesSum(bytes, transport.offset, transport.offset + transport.length, pseudo);
  return normal(0xffff - normal(headers));
};

/** Whether the checksum after a change follows from the one before it. Undefined where there is none to compare. */
export const checksumFollows = (before: PacketView, after: PacketView): boolean | undefined => {
  const [one, two] = [remainder(before), remainder(after)];
  return one === undefined || two === undefined ? undefined : one === two;
};
