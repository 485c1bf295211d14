/**
 * A host that asks for its address (RFC 2131): busybox's client for each such interface, in the foreground, and the
 * program that it calls with what the lease says. The lease is noted in a file, so that one can see without asking the
 * kernel what was given, and by whom.
 */
import { at } from '../../fragment/fragment.ts';
import type { Probe, StagedOperation } from '../../fragment/fragment.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { automaticGateway, hostGateways } from '../shared/gateways.ts';
import { askingInterface, metadataAddress } from '../shared/metadata.ts';
import { cidr4, serversOn } from './segments.ts';

/** Seconds until a host has its address; the client asks every second. */
const leaseLimit = 30;

const hookPath = (own: Interface): string => `/etc/xiyou/dhcp/${own.name}`;

/** Where a host notes its lease: `{"address": "10.0.1.11/24", "router": "10.0.1.1", "server": "10.0.1.2", "seconds": 3600}`. */
export const leasePath = (own: Interface): string => `/run/dhcp/${own.name}.json`;

/** The interfaces of a node that ask for their addresses. */
export const clientInterfaces = (node: Node): Interface[] => node.interfaces.filter((own) => own.dhcp === true);

/** What a lease decides beside the address; of several leases one does. */
interface Duties {
  /** Whether the machine asks the metadata address by this interface. */
  readonly metadata: boolean;
  readonly routed: boolean;
  readonly names: boolean;
}

const resolver = [
  '  if [ -n "${dns:-}" ]; then',
  '    {',
  '      [ -z "${domain:-}" ] || echo "search $domain"',
  '      for server in $dns; do echo "nameserver $server"; done',
  '    } > /etc/resolv.conf.new',
  '    mv -f /etc/resolv.conf.new /etc/resolv.conf',
  '  fi',
];

/**
 * What busybox calls with an event as argument and the lease in the environment (its networking/udhcp/README). The
 * resolver's file is put in its place as a whole, for it may be a link to somewhere that the node does not have.
 */
const hook = (own: Interface, { metadata, routed, names }: Duties): string =>
  [
    '#!/bin/sh',
    // The address is no part of the work, but who is known by another one has to ask anew: this text is then another.
    `# What the lease of ${own.name} says, done; called by udhcpc. The lab knows this machine by ${String(cidr4(own))}.`,
    'set -eu',
    'case "$1" in',
    'deconfig)',
    `  rm -f ${leasePath(own)}`,
    '  ip -4 address flush dev "$interface"',
    '  ;;',
    'bound | renew)',
    '  ip address replace "$ip/$mask" dev "$interface"',
    ...(routed
      ? ['  [ -z "${router:-}" ] || ip -4 route replace default via "${router%% *}" dev "$interface"']
      : ['  # The default route of this machine is not on this interface.']),
    ...(metadata ? [`  ip -4 route replace ${metadataAddress}/32 dev "$interface"`] : []),
    ...(names ? resolver : ['  # It asks the name server of another lease.']),
    '  mkdir -p /run/dhcp',
    '  printf \'{"address": "%s/%s", "router": "%s", "server": "%s", "seconds": %s}\\n\' \\',
    `    "$ip" "$mask" "\${router:-}" "$serverid" "$lease" > ${leasePath(own)}.new`,
    `  mv -f ${leasePath(own)}.new ${leasePath(own)}`,
    '  ;;',
    'leasefail | nak)',
    '  echo "$1: ${message:-no server answered}" >&2',
    '  ;;',
    'esac',
    '',
  ].join('\n');

const operationsOf = (node: Node, own: Interface, duties: Duties): StagedOperation[] => [
  ...at('files', { op: 'file', node: node.name, path: hookPath(own), content: hook(own, duties), mode: 0o755 }),
  // After the servers, which are processes: the first question is answered.
  ...at('commands', {
    op: 'process',
    node: node.name,
    name: `dhcp-${own.name}`,
    // Asks three times, a second apart, and begins again a second later, for ever.
    argv: ['udhcpc', '-f', '-i', own.name, '-s', hookPath(own), '-t', '3', '-T', '1', '-A', '1'],
    // It does not see that a link comes back, and the kernel has dropped the default route with it: it asks again.
    rejoined: 'SIGUSR1',
    interfaces: [own.name],
  }),
];

/**
 * The clients of a node. The default route is that of the lease where `gateway: auto` would have taken it from there; names
 * are asked for where that lease says, else where the first one does.
 */
export const clientOperations = (topology: Topology, node: Node, gateway: string): StagedOperation[] => {
  const routed = gateway === 'auto' ? automaticGateway(topology, node, hostGateways, 4)?.own : undefined;
  const clients = clientInterfaces(node);
  const asking = askingInterface(topology, node);
  const named = routed?.dhcp === true ? routed : clients[0];
  return clients.flatMap((own) =>
    operationsOf(node, own, {
      metadata: own === asking,
      routed: own === routed,
      names: own === named,
    }),
  );
};

/** A lease can be waited for where there is a server: one that is stopped is not in the topology that is asked about. */
export const clientProbes = (topology: Topology, node: Node): Probe[] =>
  clientInterfaces(node)
    .filter((own) => serversOn(topology, own.segment).length > 0)
    .map((own) => ({
      node: node.name,
      name: `DHCP: ${own.name} has its lease`,
      question: { ask: 'file', path: leasePath(own), json: { address: cidr4(own) } },
      within: leaseLimit,
    }));
