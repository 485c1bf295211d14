/** dnsmasq's files: what it is told once, and what it reads again on SIGHUP (dnsmasq(8), NOTES). */
import { formatAddress, networkOf, parsePrefix } from '../../address/ip.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { gatewayOn, hostGateways } from '../shared/gateways.ts';
import { membersOf, withoutLength } from '../shared/lookup.ts';
import { address4, cidr4, servedInterfaces, servesOn } from './segments.ts';
import type { DhcpSettings } from './settings.ts';

export const configPath = '/etc/xiyou/dhcp/dnsmasq.conf';
export const machinesPath = '/etc/xiyou/dhcp/machines';
export const namesPath = '/etc/xiyou/dhcp/names';
/** dnsmasq's own; the leases that it gave are in it. */
export const runDirectory = '/run/dnsmasq/';
export const readyPath = `${runDirectory}pid`;
/** The user that Debian's dnsmasq-base makes. */
export const owner = 'dnsmasq:nogroup';

/** The domain of the machines' names: the tenant's where the first served network has one. */
const domainOf = (topology: Topology, node: Node, { domain }: DhcpSettings): string => {
  const networks = servedInterfaces(node).map((own) => own.network);
  const tenant = topology.networks.find(({ name }) => networks.includes(name))?.tenant;
  return domain ?? tenant ?? topology.name;
};

/** A prefix length as a mask: 24 -> 255.255.255.0. */
const maskOf = (length: number): string =>
  [0, 8, 16, 24]
    .map((before) => Math.min(8, Math.max(0, length - before)))
    .map((bits) => String(256 - 2 ** (8 - bits)))
    .join('.');

/** One segment: only machines of the file are given addresses there, their own. */
const rangeLines = (topology: Topology, own: Interface, { lease }: DhcpSettings): string[] => {
  const prefix = parsePrefix(cidr4(own) ?? '');
  if (prefix === undefined) return [];
  const tag = `tag:${own.name}`;
  // Without an address dnsmasq would name itself (dnsmasq(8), --dhcp-option); nothing after the option means: none.
  const router = gatewayOn(topology, own, hostGateways, 4);
  return [
    `interface=${own.name}`,
    `dhcp-range=set:${own.name},${formatAddress(networkOf(prefix))},static,${maskOf(prefix.length)},${lease}`,
    `dhcp-option=${tag},option:router${router === undefined ? '' : `,${router}`}`,
    `dhcp-option=${tag},option:dns-server,${String(address4(own))}`,
  ];
};

/** The whole configuration. It asks no other server and no file of the machine's: it knows its network's names alone. */
export const configLines = (topology: Topology, node: Node, settings: DhcpSettings): string[] => {
  const domain = domainOf(topology, node, settings);
  return [
    'keep-in-foreground',
    'log-facility=-',
    'log-dhcp',
    `user=${owner.split(':', 1)[0] ?? ''}`,
    `pid-file=${readyPath}`,
    'bind-interfaces',
    'domain-needed',
    'no-resolv',
    'no-hosts',
    `addn-hosts=${namesPath}`,
    'expand-hosts',
    `domain=${domain}`,
    `local=/${domain}/`,
    // It is the only server, so a machine that asks for the address it had is answered though the lease is forgotten.
    'dhcp-authoritative',
    // Nobody else can have an address that the file gives to one machine.
    'no-ping',
    `dhcp-leasefile=${runDirectory}leases`,
    `dhcp-hostsfile=${machinesPath}`,
    ...servedInterfaces(node).flatMap((own) => rangeLines(topology, own, settings)),
  ];
};

/** `MAC,ADDRESS,NAME` of every machine of the served segments, whether it asks today or not. */
export const machineLines = (topology: Topology, node: Node): string[] =>
  servedInterfaces(node).flatMap((served) =>
    membersOf(topology, served.segment).flatMap((port) => {
      const address = address4(port.interface);
      return address === undefined || servesOn(port.node, port.interface)
        ? []
        : [[port.interface.mac, address, port.node.name].join(',')];
    }),
  );

/** Addresses and names as in /etc/hosts. */
export const nameLines = (topology: Topology, node: Node): string[] =>
  servedInterfaces(node).flatMap((served) =>
    membersOf(topology, served.segment).flatMap((port) =>
      port.interface.addresses.map((cidr) => `${withoutLength(cidr)}\t${port.node.name}`),
    ),
  );
