/** The numbers by which one header says which protocol follows. */

/** IEEE 802 EtherTypes (IANA registry "IEEE 802 Numbers"). */
export const etherTypes = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, serviceVlan: 0x88a8 } as const;

/** IP protocol numbers (IANA registry "Assigned Internet Protocol Numbers"). */
export const ipProtocols = {
  hopByHop: 0,
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  authentication: 51,
  icmpv6: 58,
  none: 59,
  destinationOptions: 60,
  sctp: 132,
} as const;

/** UDP ports: RFC 7348 section 5 for VXLAN, 3GPP TS 29.281 section 4.4.2.3 for GTP-U, RFC 6951 section 4 for SCTP. */
export const udpPorts = { gtpu: 2152, vxlan: 4789, sctp: 9899 } as const;

/** Link types of capture files: Ethernet and bare IP (draft-ietf-opsawg-pcaplinktype). */
export const linkTypes = { ethernet: 1, ip: 101 } as const;

/** GTP-U message types (3GPP TS 29.281, table 6.1-1). */
export const gtpuMessages = {
  echoRequest: 1,
  echoResponse: 2,
  errorIndication: 26,
  supportedExtensionHeaders: 31,
  endMarker: 254,
  /** A G-PDU: it carries a T-PDU, that is one packet of the subscriber. */
  tPdu: 255,
} as const;
