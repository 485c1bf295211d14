/**
 * The metadata address of a cloud: what a machine that knows nothing asks for its name, its addresses and its user data.
 * Where a network has it is said by the file; here is who it is for, and by which numbers the hypervisors know them.
 */
import type { Interface, Network, Node, Topology } from '../../topology/topology.ts';
import { addressesIn } from './lookup.ts';

/** Where machines ask: a link-local address (RFC 3927) that every cloud uses for this, and its port. */
export const metadataAddress = '169.254.169.254';
export const metadataTcpPort = 80;

/** The network of an interface, where machines of it may ask. */
export const metadataNetwork = (topology: Topology, own: Interface): Network | undefined =>
  topology.networks.find(({ name, metadata }) => name === own.network && metadata !== undefined);

/** The machine's interface that asks: the first in such a network with an IPv4 address. */
export const askingInterface = (topology: Topology, node: Node): Interface | undefined =>
  node.interfaces.find(
    (own) =>
      own.role === 'routed' && addressesIn(own.addresses, 4).length > 0 && metadataNetwork(topology, own) !== undefined,
  );
