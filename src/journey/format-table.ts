/**
 * The packet's format at a gate: every header that has addresses, from the outside, with the owner of each. This is
 * the table that a book about networks prints where a packet changes its clothes.
 */
import type { Endpoint } from '../topology/topology.ts';
import { routerNetwork } from './cause/tenant.ts';
import type { Ground } from './ground.ts';
import type { Sighting } from './sighting.ts';
import { stackOf, tunnelName } from './stack.ts';
import type { Packet, Stack } from './stack.ts';

export interface FormatEnd {
  readonly value: string;
  /** `node` or `node:interface`; undefined when nobody in the lab owns it. */
  readonly owner?: string | undefined;
}

/** One header: its two ends, or, for a tunnel header, its number. */
export type FormatRow =
  | { readonly name: string; readonly source: FormatEnd; readonly destination: FormatEnd }
  | { readonly name: string; readonly value: string };

export type FormatTable = readonly FormatRow[];

const mac = (ground: Ground, value: string): FormatEnd => {
  if (value === 'ff:ff:ff:ff:ff:ff') return { value, owner: 'everyone' };
  const network = routerNetwork(ground, value);
  if (network !== undefined) return { value, owner: `router of ${network.tenant ?? network.name}` };
  const owner = ground.macOwner(value);
  return owner === undefined ? { value } : { value, owner: `${owner.node}:${owner.interface}` };
};

/** Tenants may have the same addresses: inside a network of one of them, its own machines are meant. */
const address = (ground: Ground, value: string, tenant: string | undefined): FormatEnd => {
  const all = ground.owners(value);
  const own = tenant === undefined ? [] : all.filter((end) => tenantAt(ground, end) === tenant);
  const owners = [...new Set((own.length > 0 ? own : all).map(({ node }) => node))];
  return owners.length === 0 ? { value } : { value, owner: owners.join(', ') };
};

/** Whose network an interface is in: the tenant, or the network's own name where it has none. */
const tenantAt = (ground: Ground, { node, interface: name }: Endpoint): string | undefined => {
  const network = ground.interface(node, name)?.network;
  return network === undefined ? undefined : tenantOf(ground, network);
};

const tenantOf = (ground: Ground, network: string): string =>
  ground.topology.networks.find(({ name }) => name === network)?.tenant ?? network;

/** Whose network the innermost packet of a frame is in. */
const insideTenant = (ground: Ground, { frame }: Sighting, { tunnels }: Stack): string | undefined => {
  const header = tunnels.at(-1)?.header;
  if (header === undefined) return tenantAt(ground, { node: frame.node, interface: frame.interface });
  const network =
    header.protocol === 'vxlan' ? ground.topology.networks.find(({ vni }) => vni === header.vni)?.name : undefined;
  return network === undefined ? undefined : tenantOf(ground, network);
};

const packetRows = (ground: Ground, place: string, { ethernet, ip }: Packet, tenant?: string): FormatRow[] => [
  ...(ethernet === undefined
    ? []
    : [{ name: `${place}MAC`, source: mac(ground, ethernet.source), destination: mac(ground, ethernet.destination) }]),
  {
    name: `${place}IP`,
    source: address(ground, ip.source, tenant),
    destination: address(ground, ip.destination, tenant),
  },
];

/** The table of one frame; empty without IP. */
export const formatTableOf = (ground: Ground, sighting: Sighting): FormatTable => {
  const stack = stackOf(sighting);
  if (stack === undefined) return [];
  const { tunnels, inner } = stack;
  const port = inner.transport !== undefined && 'sourcePort' in inner.transport ? inner.transport : undefined;
  return [
    ...tunnels.flatMap((tunnel) => [
      ...packetRows(ground, 'outer ', tunnel),
      { name: 'tunnel', value: tunnelName(tunnel.header) },
    ]),
    ...packetRows(ground, tunnels.length > 0 ? 'inner ' : '', inner, insideTenant(ground, sighting, stack)),
    ...(port === undefined
      ? []
      : [
          {
            name: port.protocol.toUpperCase(),
            source: { value: String(port.sourcePort) },
            destination: { value: String(port.destinationPort) },
          },
        ]),
  ];
};

/** What a packet's clothes are: the tunnels with their numbers, and the addresses of the packet. Equal: no new table. */
const clothes = ({ tunnels, inner }: Stack): string =>
  [...tunnels.map(({ header }) => tunnelName(header)), inner.ip.source, inner.ip.destination].join(' ');

/** Whether a packet's format changed between two sightings, beyond what every router does. */
export const reformatted = (before: Sighting, after: Sighting): boolean => {
  const [one, two] = [stackOf(before), stackOf(after)];
  return one === undefined || two === undefined || clothes(one) !== clothes(two);
};
