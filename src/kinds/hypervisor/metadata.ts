/** What a hypervisor has for the metadata address: a port of br-int with the service behind it, which is lab/metadata. */
import { publicAddressesOf } from '../../features/shared/tenants.ts';
import { at } from '../../fragment/fragment.ts';
import type { Probe, Rewrite, StagedOperation } from '../../fragment/fragment.ts';
import { addressesIn, networkText, nodeNamed } from '../../features/shared/lookup.ts';
import { metadataAddress, metadataTcpPort } from '../../features/shared/metadata.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { integration } from './bridges.ts';
import { type Asker, askersOf, metadataInterface, metadataMac, metadataService } from './flows/metadata.ts';
import { metadataPort } from './flows/tables.ts';
import type { TenantPort } from './overlay.ts';

const configPath = '/etc/xiyou/metadata.json';
const readyPath = '/run/metadata/ready';
/** Seconds until the service answers. */
const within = 30;

/** The port of the service, as commands of the switch's one transaction. */
export const metadataCommands = (local: readonly TenantPort[]): string[][] =>
  askersOf(local).length === 0
    ? []
    : [
        ['--may-exist', 'add-port', integration, metadataInterface],
        [
          'set',
          'interface',
          metadataInterface,
          'type=internal',
          `ofport_request=${metadataPort}`,
          `mac="${metadataMac}"`,
        ],
      ];

const interfaceFacts = (topology: Topology, tenant: string | undefined, own: Interface) => ({
  mac: own.mac,
  ipv4: addressesIn(own.addresses, 4),
  ipv6: addressesIn(own.addresses, 6),
  subnet4: own.addresses.filter((cidr) => !cidr.includes(':')).map(networkText)[0],
  public4: addressesIn(own.addresses, 4).flatMap((address) => publicAddressesOf(topology, tenant, address)),
  groups: own.groups ?? [],
});

/** What the service is told of one asker: what it stands for, and what is known of the machine. */
const machineFacts = (topology: Topology, { port, address, stand }: Asker) => {
  const { tenant } = port.network;
  const own = topology.networks.filter((network) => network.tenant === tenant).map(({ name }) => name);
  const machine = nodeNamed(topology, port.node);
  const interfaces = machine?.interfaces.filter(({ network }) => network !== undefined && own.includes(network)) ?? [];
  return {
    stand,
    node: port.node,
    hostname: machine?.hostname ?? port.node,
    mac: port.mac,
    address,
    tokens: port.network.metadata?.tokens ?? 'optional',
    interfaces: interfaces.map((one) => interfaceFacts(topology, tenant, one)),
    userData: machine?.settings['userData'],
  };
};

export const metadataOperations = (node: Node, local: readonly TenantPort[], topology: Topology): StagedOperation[] => {
  const askers = askersOf(local);
  if (askers.length === 0) return [];
  const config = {
    lab: topology.name,
    address: metadataService,
    port: metadataTcpPort,
    ready: readyPath,
    machines: askers.map((asker) => machineFacts(topology, asker)),
  };
  return [
    ...at('files', {
      op: 'file',
      node: node.name,
      path: configPath,
      content: `${JSON.stringify(config, undefined, 2)}\n`,
      // User data is for nobody but its machine.
      mode: 0o600,
      reload: 'metadata',
    }),
    ...at(
      'tunnels',
      { op: 'interface', node: node.name, name: metadataInterface, offload: false },
      { op: 'address', node: node.name, interface: metadataInterface, address: `${metadataService}/16` },
    ),
    ...at('processes', {
      op: 'process',
      node: node.name,
      name: 'metadata',
      argv: ['@node', '@lab/metadata/main.ts', configPath],
      ready: readyPath,
    }),
  ];
};

export const metadataProbes = (node: Node, local: readonly TenantPort[]): Probe[] =>
  askersOf(local).length === 0
    ? []
    : [
        {
          node: node.name,
          name: `the metadata service answers on ${metadataInterface}`,
          question: { ask: 'tcp', address: metadataService, port: metadataTcpPort },
          within,
        },
      ];

export const metadataRewrites = (node: Node, local: readonly TenantPort[]): Rewrite[] =>
  askersOf(local).map(({ port, address, stand }) => ({
    rewrite: 'metadata',
    node: node.name,
    port: port.name,
    machine: port.node,
    address,
    asked: metadataAddress,
    stand,
    service: metadataService,
  }));
