/**
 * Protocol configuration options (3GPP TS 24.008, 10.5.6.3): how a phone gets what DHCP would tell it. The phone asks for
 * the addresses of DNS servers, in two ways at once, as phones do: with an option of 3GPP, and with a configuration
 * request of IPCP (RFC 1332, RFC 1877), the language of dial-up modems that the element was made for.
 */
import { concatenate, u16 } from '../../packet/octets.ts';
import { bigEndian } from '../octets.ts';
import type { Value } from './field.ts';
import { ipv4Octets } from './session.ts';

/** A protocol's packet, or an option of 3GPP. */
export interface ConfigurationOption {
  /** 16 bits: a PPP protocol number, or one of the identifiers below 0x8000 that 3GPP gave. */
  readonly id: number;
  readonly content: Uint8Array;
}

export type ProtocolConfiguration = readonly ConfigurationOption[];

export const optionId = {
  ipcp: 0x8021,
  pap: 0xc023,
  chap: 0xc223,
  /** From a network these two are answers, with 16 and 4 octets of address. */
  dnsServerIpv6: 0x0003,
  dnsServerIpv4: 0x000d,
  addressThroughNas: 0x000a,
  ipv4LinkMtu: 0x0010,
} as const;

/** Extension bit, and configuration protocol 0: PPP for use with IP. */
const HEAD = 0x80;

export const protocolConfiguration: Value<ProtocolConfiguration> = {
  decode: (content) => {
    if (((content[0] ?? 0) & 0x87) !== HEAD) return undefined;
    const options: ConfigurationOption[] = [];
    for (let at = 1; at < content.length;) {
      const end = at + 3 + (content[at + 2] ?? 0);
      if (at + 3 > content.length || end > content.length) return undefined;
      options.push({ id: u16(content, at), content: content.subarray(at + 3, end) });
      at = end;
    }
    return options;
  },
  encode: (options) =>
    concatenate(
      Uint8Array.of(HEAD),
      ...options.flatMap(({ id, content }) => [bigEndian(id, 2), bigEndian(content.length, 1), content]),
    ),
};

/** Codes of IPCP packets (RFC 1661, 5), and its options for DNS servers (RFC 1877, 1.1 and 1.3). */
const ipcp = { request: 1, acknowledge: 2, nak: 3 } as const;
const ipcpOption = { primaryDns: 129, secondaryDns: 131 } as const;
const IPCP_HEADER = 4;
/** Type, length, address. */
const IPCP_OPTION = 6;

const ipcpPacket = (code: number, identifier: number, options: readonly (readonly [number, string])[]): Uint8Array =>
  concatenate(
    Uint8Array.of(code, identifier),
    bigEndian(IPCP_HEADER + options.length * IPCP_OPTION, 2),
    ...options.flatMap(([type, address]) => [Uint8Array.of(type, IPCP_OPTION), ipv4Octets(address)]),
  );

const UNSPECIFIED = '0.0.0.0';

/** What a phone asks for: DNS servers, and its address in this very message. */
export const requestedConfiguration = (): ProtocolConfiguration => [
  {
    id: optionId.ipcp,
    content: ipcpPacket(ipcp.request, 0, [
      [ipcpOption.primaryDns, UNSPECIFIED],
      [ipcpOption.secondaryDns, UNSPECIFIED],
    ]),
  },
  { id: optionId.dnsServerIpv4, content: new Uint8Array() },
  { id: optionId.addressThroughNas, content: new Uint8Array() },
];

/**
 * What a network answers: the DNS servers, in each form in which the phone asked for them.
 *
 * @param dnsServers IPv4 addresses; IPCP has room for two
 * @param mtu octets of the largest packet, told when the phone asked
 */
export const configurationFor = (
  request: ProtocolConfiguration,
  { dnsServers, mtu }: { readonly dnsServers: readonly string[]; readonly mtu?: number | undefined },
): ProtocolConfiguration =>
  request.flatMap(({ id, content }): ConfigurationOption[] => {
    if (id === optionId.dnsServerIpv4) return dnsServers.map((address) => ({ id, content: ipv4Octets(address) }));
    if (id === optionId.ipv4LinkMtu) return mtu === undefined ? [] : [{ id, content: bigEndian(mtu, 2) }];
    if (id !== optionId.ipcp || content[0] !== ipcp.request || dnsServers.length === 0) return [];
    const [primary = UNSPECIFIED, secondary] = dnsServers;
    const options: [number, string][] = [[ipcpOption.primaryDns, primary]];
    if (secondary !== undefined) options.push([ipcpOption.secondaryDns, secondary]);
    // The phone proposed 0.0.0.0: "no, but this" is the answer that tells it an address.
    return [{ id, content: ipcpPacket(ipcp.nak, content[1] ?? 0, options) }];
  });

const ipcpServers = (packet: Uint8Array): string[] => {
  if (packet[0] !== ipcp.nak && packet[0] !== ipcp.acknowledge) return [];
  const servers: string[] = [];
  const end = Math.min(packet.length, u16(packet, 2));
  for (let at = IPCP_HEADER; at + 2 <= end;) {
    const [type, length = 0] = packet.subarray(at);
    const isDns = type === ipcpOption.primaryDns || type === ipcpOption.secondaryDns;
    if (isDns && length === IPCP_OPTION && at + length <= end)
      servers.push(packet.subarray(at + 2, at + length).join('.'));
    // An option is at least its own head; less than that would stand still.
    at += Math.max(2, length);
  }
  return servers;
};

/** The IPv4 addresses of DNS servers in a network's answer, each once, in its order. */
export const dnsServersIn = (answer: ProtocolConfiguration): readonly string[] => {
  const servers = answer.flatMap(({ id, content }) => {
    if (id === optionId.ipcp) return ipcpServers(content);
    return id === optionId.dnsServerIpv4 && content.length === 4 ? [content.join('.')] : [];
  });
  return [...new Set(servers)].filter((address) => address !== UNSPECIFIED);
};

/** The link MTU in a network's answer. */
export const mtuIn = (answer: ProtocolConfiguration): number | undefined => {
  const option = answer.find(({ id, content }) => id === optionId.ipv4LinkMtu && content.length === 2);
  return option === undefined ? undefined : u16(option.content, 0);
};
