/**
 * Neighbour resolution on the radio. LTE has none: a phone's packets need no MAC address. The lab's radio link is an
 * Ethernet, so the phone asks for its gateway's MAC (ARP, RFC 826; neighbour discovery, RFC 4861), and the base
 * station answers with its own, as a proxy (RFC 1027; RFC 4861, 7.2.8).
 */
import { checksum, pseudoHeader6 } from './checksum.ts';

export const ETHERNET_HEADER_LENGTH = 14;
export const etherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

/** Octets of an ARP packet for Ethernet and IPv4. */
const ARP_LENGTH = 28;
/** Hardware type Ethernet, protocol type IPv4, 6 and 4 octets. */
const arpPreamble = Buffer.from('000108000604', 'hex');
const ARP_REQUEST = 1;
const ARP_REPLY = 2;

const IPV6_HEADER_LENGTH = 40;
const ICMPV6 = 58;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** Octets of a solicitation without options. */
const SOLICITATION_LENGTH = 24;
/** Flags of an advertisement (RFC 4861, 4.4): the sender is a router, and this answers a solicitation. */
const ROUTER_SOLICITED = 0xc0;
/** Option: target link-layer address, one unit of eight octets. */
const targetLinkLayerOption = Buffer.from([2, 1]);
/** RFC 4861, 7.1: neighbour discovery is valid only with this hop limit, which no forwarded packet can have. */
const ND_HOP_LIMIT = 255;

const ethernet = (destination: Uint8Array, source: Uint8Array, type: number): Buffer =>
  Buffer.concat([destination, source, Buffer.from([type >> 8, type & 255])]);

/**
 * The reply to an ARP request for the gateway, as an Ethernet frame; undefined when the frame is something else.
 *
 * @param frame an Ethernet frame @param gateway 4 octets @param mac 6 octets, the address to answer with
 */
export const arpReply = (frame: Buffer, gateway: Uint8Array, mac: Uint8Array): Buffer | undefined => {
  if (frame.length < ETHERNET_HEADER_LENGTH + ARP_LENGTH) return undefined;
  const request = frame.subarray(ETHERNET_HEADER_LENGTH, ETHERNET_HEADER_LENGTH + ARP_LENGTH);
  if (!arpPreamble.equals(request.subarray(0, 6)) || request.readUInt16BE(6) !== ARP_REQUEST) return undefined;
  if (!request.subarray(24, 28).equals(gateway)) return undefined;
  const asker = request.subarray(8, 14);
  const askerIp = request.subarray(14, 18);
  // A phone that probes whether an address is free (RFC 5227) asks from 0.0.0.0; the gateway's is not.
  return Buffer.concat([
    ethernet(asker, mac, etherType.arp),
    arpPreamble,
    Buffer.from([0, ARP_REPLY]),
    mac,
    gateway,
    asker,
    askerIp,
  ]);
};

/**
 * The advertisement for a neighbour solicitation for the gateway, as an Ethernet frame; undefined when the frame is
 * something else. Probes from the unspecified address are not answered: the gateway's address is nobody else's.
 *
 * @param frame an Ethernet frame @param gateway 16 octets @param mac 6 octets, the address to answer with
 */
export const neighbourAdvertisement = (frame: Buffer, gateway: Uint8Array, mac: Uint8Array): Buffer | undefined => {
  if (frame.length < ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + SOLICITATION_LENGTH) return undefined;
  const packet = frame.subarray(ETHERNET_HEADER_LENGTH);
  const icmp = packet.subarray(IPV6_HEADER_LENGTH);
  if (packet[6] !== ICMPV6 || packet[7] !== ND_HOP_LIMIT || icmp[0] !== NEIGHBOUR_SOLICITATION) return undefined;
  const asker = packet.subarray(8, 24);
  if (!icmp.subarray(8, 24).equals(gateway) || asker.every((octet) => octet === 0)) return undefined;

  const advertisement = Buffer.concat([
    Buffer.from([NEIGHBOUR_ADVERTISEMENT, 0, 0, 0, ROUTER_SOLICITED, 0, 0, 0]),
    gateway,
    targetLinkLayerOption,
    mac,
  ]);
  const pseudo = pseudoHeader6(gateway, asker, advertisement.length, ICMPV6);
  advertisement.writeUInt16BE(checksum(pseudo, advertisement), 2);
  const header = Buffer.from([0x60, 0, 0, 0, 0, advertisement.length, ICMPV6, ND_HOP_LIMIT]);
  return Buffer.concat([ethernet(frame.subarray(6, 12), mac, etherType.ipv6), header, gateway, asker, advertisement]);
};
