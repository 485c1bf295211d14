/** An ICMP echo request as a phone sends it. */
import { ipOctets } from '../../src/address/octets.ts';

const checksum = (octets: Buffer): number => {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += octets.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

/** `length` octets of data, an even number. */
export const echoPacket = (from: string, to: string, length: number): Buffer => {
  const icmp = Buffer.alloc(8 + length);
  icmp[0] = 8;
  icmp.writeUInt16BE(0x1234, 4);
  icmp.writeUInt16BE(checksum(icmp), 2);
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(ip.length + icmp.length, 2);
  ip[8] = 64;
  ip[9] = 1;
  ip.set(ipOctets(from), 12);
  ip.set(ipOctets(to), 16);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([ip, icmp]);
};
