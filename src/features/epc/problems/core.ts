/** What can be wrong with the functions of the core: nobody leads to one, two say different things, addresses that are not enough. */
import { parsePrefix, sizeOf } from '../../../address/ip.ts';
import type { NodeProblem } from '../../../fragment/definition.ts';
import type { Topology } from '../../../topology/topology.ts';
import { isInside, nodeNamed } from '../../shared/lookup.ts';
import { enodebsOfSgw, mmesOfSgw, pgwsOfOcs, s5Of, sgwsOfPgw } from '../addresses.ts';
import { gatewayOf, phonesOfHss } from '../config.ts';
import { simOf } from '../identity.ts';
import { all, as, choose, clients, type FunctionNode, hssOf, mmeOf, pgwOf } from '../nodes.ts';
import { homeOf } from '../radio.ts';
import { apart, partner, problem, severalAddresses, unused } from './shared.ts';

export const ofMme = (topology: Topology, { node, settings }: FunctionNode<'mme'>): NodeProblem[] => {
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

export const ofHss = (topology: Topology, { node, settings }: FunctionNode<'hss'>): NodeProblem[] => {
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

export const ofSgw = (topology: Topology, { node }: FunctionNode<'sgw'>): NodeProblem[] => {
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

export const ofPgw = (topology: Topology, pgw: FunctionNode<'pgw'>): NodeProblem[] => {
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

export const ofOcs = (topology: Topology, { node }: FunctionNode<'ocs'>): NodeProblem[] => {
  const pgws = pgwsOfOcs(topology, node);
  return [...unused(node, 'pgw', pgws), ...severalAddresses(topology, node, 'pgw', pgws)];
};
