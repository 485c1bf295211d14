/** What can be wrong with a phone and its cells: who hears whom, what is there twice, and packets that the tunnels have no room for. */
import type { NodeProblem } from '../../../fragment/definition.ts';
import type { Topology } from '../../../topology/topology.ts';
import { meet, s1uOf } from '../addresses.ts';
import { enodebId, simOf } from '../identity.ts';
import { all, type FunctionNode, mmeOf, pgwOf, sgwOf } from '../nodes.ts';
import { cellsOf, deafTo, radioAddress, radioInterfaces } from '../radio.ts';
import { apart, partner, problem } from './shared.ts';

/** What a tunnel adds to a packet: IPv4 20, UDP 8, GTP-U 8 octets (TS 29.281, 5.1, without optional fields). */
export const overhead = 36;

/** Room that the tunnels of a phone's cells leave for its packets, and where it is narrowest. */
const narrowest = (topology: Topology, phone: FunctionNode<'ue'>): { mtu: number; where: string } | undefined => {
  const links = cellsOf(topology, phone).flatMap(({ enodeb }) => {
    const mme = mmeOf(topology, enodeb);
    const [sgw, pgw] = mme === undefined ? [] : [sgwOf(topology, mme), pgwOf(topology, mme)];
    const s1u = s1uOf(topology, enodeb);
    const s5 = sgw === undefined || pgw === undefined ? undefined : meet(topology, sgw.node, pgw.node);
    return [
      ...(s1u === undefined
        ? []
        : [{ mtu: Math.min(s1u.own.mtu, s1u.other.mtu), where: `${enodeb.node.name}’s S1-U` }]),
      ...(s5 === undefined ? [] : [{ mtu: Math.min(s5.own.mtu, s5.other.mtu), where: `${sgw?.node.name ?? ''}’s S5` }]),
    ];
  });
  return links.toSorted((one, other) => one.mtu - other.mtu)[0];
};

export const ofPhone = (topology: Topology, phone: FunctionNode<'ue'>): NodeProblem[] => {
  const { node } = phone;
  const radios = radioInterfaces(topology, node, 'enodeb');
  const [radio] = radios;
  if (radio === undefined)
    return [
      problem(
        [],
        `${node.name} reaches no eNodeB`,
        'link it to a node with epc: {role: enodeb}, or to a switch that has one',
      ),
    ];
  const { imsi } = simOf(topology, phone);
  const twin = all(topology, 'ue').find((other) => simOf(topology, other).imsi === imsi);
  const least = narrowest(topology, phone);
  return [
    ...(radios.length > 1
      ? [problem([], `${node.name} has ${radios.length} radio links`, 'put its eNodeBs on one switch')]
      : []),
    ...(radioAddress(radio) === undefined
      ? [
          problem(
            [],
            `${node.name} has no IPv4 address on its radio link`,
            'leave addresses out: the link gets link-local ones',
          ),
        ]
      : []),
    ...deafTo(topology, phone).map((name) =>
      problem(
        ['cells', phone.settings.cells?.indexOf(name) ?? 0],
        `${node.name} does not hear ${name}`,
        'name eNodeBs on its radio link',
      ),
    ),
    ...(twin !== undefined && twin.node.name !== node.name
      ? [problem(['imsi'], `${twin.node.name} has the IMSI ${imsi} too`, 'leave it out, or give each phone its own')]
      : []),
    ...(least !== undefined && radio.mtu + overhead > least.mtu
      ? [
          problem(
            [],
            `${node.name} sends packets of ${radio.mtu} octets, too large for a GTP-U tunnel over MTU ${least.mtu} at ${least.where}`,
            `give that link mtu: ${radio.mtu + overhead}, or the radio link mtu: ${least.mtu - overhead}`,
          ),
        ]
      : []),
  ];
};

export const ofEnodeb = (topology: Topology, station: FunctionNode<'enodeb'>): NodeProblem[] => {
  const { node, settings } = station;
  const radios = radioInterfaces(topology, node, 'ue');
  const id = enodebId(topology, station);
  const twin = all(topology, 'enodeb').find((other) => enodebId(topology, other) === id);
  const mme = mmeOf(topology, station);
  const sgw = mme === undefined ? undefined : sgwOf(topology, mme);
  return [
    ...(radios.length === 0
      ? [
          problem(
            [],
            `no phone is on a link of ${node.name}`,
            'link a node with epc: {role: ue} to it, or a switch that has one',
          ),
        ]
      : []),
    ...(radios.length > 1
      ? [problem([], `the phones of ${node.name} are on ${radios.length} links`, 'put them on one switch')]
      : []),
    ...radios
      .filter((own) => radioAddress(own) === undefined)
      .map(() =>
        problem(
          [],
          `${node.name} has no IPv4 address on its radio link`,
          'leave addresses out: the link gets link-local ones',
        ),
      ),
    ...(twin !== undefined && twin.node.name !== node.name
      ? [problem(['id'], `${twin.node.name} has the eNodeB identity ${id} too`, 'give each its own')]
      : []),
    ...partner(topology, node, 'mme', settings.mme),
    ...(sgw === undefined ? [] : apart(topology, node, sgw.node)),
  ];
};
