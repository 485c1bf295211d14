/**
 * The packet's format at a gate: every header that has addresses, from the outside, with the owner of each. This is
 * the table that a book about networks prints where a packet changes its clothes.
 */
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
  const owner = ground.macOwner(value);
  return owner === undefined ? { value } : { value, owner: `${owner.node}:${owner.interface}` };
};

const address = (ground: Ground, value: string): FormatEnd => {
  const owners = [...new Set(ground.owners(value).map(({ node }) => node))];
  return owners.length === 0 ? { value } : { value, owner: owners.join(', ') };
};

const packetRows = (ground: Ground, place: string, { ethernet, ip }: Packet): FormatRow[] => [
  ...(ethernet === undefined
    ? []
    : [{ name: `${place}MAC`, source: mac(ground, ethernet.source), destination: mac(ground, ethernet.destination) }]),
  { name: `${place}IP`, source: address(ground, ip.source), destination: address(ground, ip.destination) },
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
    ...packetRows(ground, tunnels.length > 0 ? 'inner ' : '', inner),
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
