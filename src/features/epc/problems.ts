/** What can be wrong with an LTE network, found before anything is started. */
import { parsePrefix, sizeOf } from '../../address/ip.ts';
import type { NodeProblem } from '../../fragment/definition.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { isInside, nodeNamed } from '../shared/lookup.ts';
import { enodebsOfSgw, meet, mmesOfSgw, pgwsOfOcs, s1uOf, s5Of, sgwsOfPgw } from './addresses.ts';
import { gatewayOf, phonesOfHss } from './config.ts';
import { enodebId, simOf } from './identity.ts';
import { all, as, choose, clients, type FunctionNode, hssOf, mmeOf, pgwOf, roleNames, sgwOf } from './nodes.ts';
import { cellsOf, deafTo, homeOf, radioAddress, radioInterfaces } from './radio.ts';
import type { EpcSettings, Role } from './settings.ts';

/** What a tunnel adds to a packet: IPv4 20, UDP 8, GTP-U 8 octets (TS 29.281, 5.1, without optional fields). */
export const overhead = 36;

type Path = readonly (string | number)[];

const problem = (path: Path, message: string, hint: string): NodeProblem => ({ path, message, hint });

/** Two functions that have to talk share a segment. */
const apart = (topology: Topology, from: Node, to: Node, path: Path = []): NodeProblem[] =>
  meet(topology, from, to) === undefined
    ? [problem(path, `${from.name} and ${to.name} share no IPv4 segment`, 'link them, or put both on one switch')]
    : [];

/** The other function of a role: there is one, only one is meant, and it is on a segment of this node. */
const partner = (topology: Topology, node: Node, role: Role, name: string | undefined): NodeProblem[] => {
  const found = choose(topology, role, name);
  const path = name === undefined ? [] : [role];
  return 'problem' in found ? [problem(path, found.problem, found.hint)] : apart(topology, node, found.node, path);
};

/** A function has one address for all that speak the same protocol with it. */
const severalAddresses = (
  topology: Topology,
  node: Node,
  role: Role,
  peers: readonly { readonly node: Node }[],
): NodeProblem[] => {
  const locals = new Set(peers.flatMap((peer) => meet(topology, node, peer.node)?.local ?? []));
  return locals.size > 1
    ? [
        problem(
          [],
          `its ${roleNames[role]}s are on several segments: ${[...locals].join(', ')}`,
          'put them on one switch',
        ),
      ]
    : [];
};

const unused = (node: Node, role: Role, peers: readonly unknown[]): NodeProblem[] =>
  peers.length === 0
    ? [
        problem(
          [],
          `no ${roleNames[role]} leads to ${node.name}`,
          `give a node epc: {role: ${role}}, or leave ${node.name} out`,
        ),
      ]
    : [];

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

const ofPhone = (topology: Topology, phone: FunctionNode<'ue'>): NodeProblem[] => {
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

const ofEnodeb = (topology: Topology, station: FunctionNode<'enodeb'>): NodeProblem[] => {
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

const ofMme = (topology: Topology, { node, settings }: FunctionNode<'mme'>): NodeProblem[] => {
  const enodebs = clients(topology, 'enodeb', mmeOf, node);
  const pgw = choose(topology, 'pgw', settings.pgw);
  return [
    ...unused(node, 'enodeb', enodebs),
    ...severalAddresses(topology, node, 'enodeb', enodebs),
    ...partner(topology, node, 'hss', settings.hss),
    ...partner(topology, node, 'sgw', settings.sgw),
    ...('problem' in pgw ? [problem(settings.pgw === undefined ? [] : ['pgw'], pgw.problem, pgw.hint)] : []),
  ];
};

const ofHss = (topology: Topology, { node, settings }: FunctionNode<'hss'>): NodeProblem[] => {
  const mmes = clients(topology, 'mme', hssOf, node);
  const own = new Map(phonesOfHss(topology, node).map((phone) => [phone.node.name, simOf(topology, phone).imsi]));
  const imsis = settings.subscribers.map((entry) => entry.imsi ?? own.get(entry.phone ?? ''));
  return [
    ...unused(node, 'mme', mmes),
    ...severalAddresses(topology, node, 'mme', mmes),
    ...settings.subscribers.flatMap(({ phone }, index): NodeProblem[] => {
      const path = ['subscribers', index, 'phone'];
      if (phone !== undefined && !own.has(phone)) {
        const is =
          as(nodeNamed(topology, phone), 'ue') === undefined ? 'is no phone' : `is no subscriber of ${node.name}`;
        return [problem(path, `${phone} ${is}`, `one of: ${[...own.keys()].join(', ')}`)];
      }
      const imsi = imsis[index];
      return imsi !== undefined && imsis.indexOf(imsi) < index
        ? [problem(['subscribers', index], `the IMSI ${imsi} is written twice`, 'put both into one entry')]
        : [];
    }),
  ];
};

const ofSgw = (topology: Topology, { node }: FunctionNode<'sgw'>): NodeProblem[] => {
  const mmes = mmesOfSgw(topology, node);
  const enodebs = enodebsOfSgw(topology, node);
  const pgws = all(topology, 'pgw').filter((pgw) =>
    mmes.some((mme) => pgwOf(topology, mme)?.node.name === pgw.node.name),
  );
  const strangers = pgws.flatMap((pgw) => apart(topology, node, pgw.node));
  return [
    ...unused(node, 'mme', mmes),
    ...severalAddresses(topology, node, 'mme', mmes),
    ...severalAddresses(topology, node, 'enodeb', enodebs),
    ...severalAddresses(topology, node, 'pgw', pgws),
    ...strangers,
    ...(pgws.length > 0 && strangers.length === 0 && s5Of(topology, node) === undefined
      ? [
          problem(
            [],
            `${node.name} needs an address for S5 apart from that of S11 and S1-U, and its segment has none left`,
            'give the segment a shorter prefix length, or the PGW a link of its own',
          ),
        ]
      : []),
  ];
};

/** The phones that will ask for an access point of a PGW. */
const customers = (topology: Topology, pgw: FunctionNode<'pgw'>, apn: string): number => {
  const [first] = Object.keys(pgw.settings.pools);
  return all(topology, 'ue').filter((phone) => {
    const home = homeOf(topology, phone);
    const gateway = home === undefined ? undefined : pgwOf(topology, home);
    return gateway?.node.name === pgw.node.name && (phone.settings.apn ?? first) === apn;
  }).length;
};

const ofPgw = (topology: Topology, pgw: FunctionNode<'pgw'>): NodeProblem[] => {
  const { node, settings } = pgw;
  const sgws = sgwsOfPgw(topology, node);
  const gateway = gatewayOf(settings);
  const [first = ''] = Object.values(settings.pools);
  return [
    ...unused(node, 'mme', clients(topology, 'mme', pgwOf, node)),
    ...severalAddresses(topology, node, 'sgw', sgws),
    ...partner(topology, node, 'ocs', settings.ocs),
    ...(isInside(first, gateway)
      ? []
      : [problem(['gateway'], `${gateway} is not in ${first}`, 'take an address of the first pool, or leave it out')]),
    ...Object.entries(settings.pools).flatMap(([apn, cidr]): NodeProblem[] => {
      const prefix = parsePrefix(cidr);
      // The network's name and its broadcast address are nobody's, and the gateway has one.
      const room = prefix === undefined ? 0 : Number(sizeOf(prefix)) - 2 - (isInside(cidr, gateway) ? 1 : 0);
      const phones = customers(topology, pgw, apn);
      return phones > room
        ? [
            problem(
              ['pools', apn],
              `${cidr} has room for ${Math.max(0, room)} of ${phones} phones`,
              'use a shorter prefix length',
            ),
          ]
        : [];
    }),
  ];
};

const ofOcs = (topology: Topology, { node }: FunctionNode<'ocs'>): NodeProblem[] => {
  const pgws = pgwsOfOcs(topology, node);
  return [...unused(node, 'pgw', pgws), ...severalAddresses(topology, node, 'pgw', pgws)];
};

const ofRole: { readonly [R in Role]: (topology: Topology, own: FunctionNode<R>) => NodeProblem[] } = {
  ue: ofPhone,
  enodeb: ofEnodeb,
  mme: ofMme,
  hss: ofHss,
  sgw: ofSgw,
  pgw: ofPgw,
  ocs: ofOcs,
};

/** Only the PGW is a hop of the phones' packets; any other node that forwarded them would do so beside the tunnels. */
const kindProblems = (node: Node, { role }: EpcSettings): NodeProblem[] => {
  if (role === 'pgw')
    return node.kind === 'gateway'
      ? []
      : [problem(['role'], `${node.name} is a ${node.kind}, which does not forward`, 'make it kind: gateway')];
  return node.kind === 'host'
    ? []
    : [
        problem(
          ['role'],
          `${node.name} is a ${node.kind}, which would forward phones’ packets beside the tunnels`,
          'make it kind: host',
        ),
      ];
};

export const problemsOf = (topology: Topology, node: Node, settings: EpcSettings): NodeProblem[] => [
  ...kindProblems(node, settings),
  ...(ofRole[settings.role] as (topology: Topology, own: FunctionNode) => NodeProblem[])(topology, { node, settings }),
];
