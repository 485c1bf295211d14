/** The radio links of a lab: Ethernets that phones and eNodeBs share, with link-local addresses. */
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import { addressesIn, neighboursOn, nodeNamed } from '../shared/lookup.ts';
import { all, as, type FunctionNode, mmeOf } from './nodes.ts';

/** The interfaces of a node on whose segment there is a node of the other side of the radio. */
export const radioInterfaces = (topology: Topology, node: Node, other: 'ue' | 'enodeb'): Interface[] =>
  node.interfaces.filter((own) => neighboursOn(topology, node, own).some((port) => as(port.node, other) !== undefined));

/** The own address on a radio link. */
export const radioAddress = (own: Interface): string | undefined => addressesIn(own.addresses, 4)[0];

/** A cell that a phone hears, with the address by which it asks for it. */
export interface Cell {
  readonly enodeb: FunctionNode<'enodeb'>;
  readonly address: string;
}

/** The cells of a phone, the best first: those it names, else all on its radio link in the order of the file. */
export const cellsOf = (topology: Topology, { node, settings }: FunctionNode<'ue'>): Cell[] => {
  const [radio] = radioInterfaces(topology, node, 'enodeb');
  if (radio === undefined) return [];
  const heard = neighboursOn(topology, node, radio).flatMap((port): Cell[] => {
    const enodeb = as(port.node, 'enodeb');
    const address = radioAddress(port.interface);
    return enodeb === undefined || address === undefined ? [] : [{ enodeb, address }];
  });
  return settings.cells === undefined
    ? heard
    : settings.cells.flatMap((name) => heard.find((cell) => cell.enodeb.node.name === name) ?? []);
};

/** The MME that a phone meets first. */
export const homeOf = (topology: Topology, phone: FunctionNode<'ue'>): FunctionNode<'mme'> | undefined => {
  const [best] = cellsOf(topology, phone);
  return best === undefined ? undefined : mmeOf(topology, best.enodeb);
};

/** The phones whose best cell leads to this MME. */
export const phonesOf = (topology: Topology, mme: Node): readonly FunctionNode<'ue'>[] =>
  all(topology, 'ue').filter((phone) => homeOf(topology, phone)?.node.name === mme.name);

/** The names that `cells` gives and that the phone cannot hear. */
export const deafTo = (topology: Topology, { node, settings }: FunctionNode<'ue'>): string[] => {
  const [radio] = radioInterfaces(topology, node, 'enodeb');
  const heard = radio === undefined ? [] : neighboursOn(topology, node, radio).map((port) => port.node.name);
  return (settings.cells ?? []).filter(
    (name) => !heard.includes(name) || as(nodeNamed(topology, name), 'enodeb') === undefined,
  );
};
