/** What is wrong with those who ask for addresses, and with those who give them. */
import type { NodeProblem } from '../../fragment/definition.ts';
import type { Interface, Node, Topology } from '../../topology/topology.ts';
import type { RoutesSettings } from '../routes/settings.ts';
import { addressesIn, familyOf, isInside } from '../shared/lookup.ts';
import { clientInterfaces } from './client.ts';
import { address4, cidr4, segmentName, servedInterfaces, serversOn } from './segments.ts';

/** Of a node whose addresses others count on: it asks nobody. */
export const noClientProblems = (node: Node): NodeProblem[] =>
  clientInterfaces(node).map((own) => ({
    end: own.name,
    path: ['dhcp'],
    message: `${node.name} is a ${node.kind}: its addresses are in the file`,
    hint: 'only a host asks for its address',
  }));

const interfaceProblems = (topology: Topology, node: Node, own: Interface): NodeProblem[] => {
  const addresses = addressesIn(own.addresses, 4);
  const [address] = addresses;
  const [server] = serversOn(topology, own.segment);
  const network = server === undefined ? undefined : cidr4(server.interface);
  const problem = (message: string, hint: string): NodeProblem => ({ end: own.name, path: ['dhcp'], message, hint });
  if (address === undefined || addresses.length > 1)
    return [
      problem(
        address === undefined
          ? `there is no IPv4 address that ${node.name} could be given`
          : `a lease brings one IPv4 address, and ${node.name} has ${addresses.length} here`,
        'leave addresses out, or name one IPv4 address',
      ),
    ];
  if (server === undefined)
    return [problem(`nobody gives addresses in ${segmentName(own)}`, 'give one of its hosts the key dhcp: {}')];
  if (network !== undefined && !isInside(network, address))
    return [
      problem(
        `${address} is outside ${network}, the network of the server ${server.node.name}`,
        'give both addresses of one prefix',
      ),
    ];
  return [];
};

/** Whether an address is reached by way of an interface that has no address before its lease. */
const behindLease = (node: Node, address: string): boolean =>
  familyOf(address) === 4 &&
  clientInterfaces(node).some((own) => own.addresses.some((cidr) => isInside(cidr, address)));

/** What is wrong with a host that asks for addresses. */
export const clientProblems = (topology: Topology, node: Node, gateway: string): NodeProblem[] => {
  const routes = (node.features['routes'] as RoutesSettings | undefined) ?? [];
  return [
    ...clientInterfaces(node).flatMap((own) => interfaceProblems(topology, node, own)),
    ...(gateway !== 'auto' && gateway !== 'none' && behindLease(node, gateway)
      ? [
          {
            path: ['gateway'],
            message: `${node.name} takes its default route from its lease`,
            hint: 'remove gateway, or say gateway: none',
          },
        ]
      : []),
    ...routes.flatMap(({ via }, index): NodeProblem[] =>
      via !== undefined && behindLease(node, via)
        ? [
            {
              path: ['routes', index, 'via'],
              message: `${node.name} has no way to ${via} before it has its lease`,
              hint: 'remove dhcp: true at its end of the link, or the route',
            },
          ]
        : [],
    ),
  ];
};

/** What is wrong with a server. */
export const serverProblems = (topology: Topology, node: Node): NodeProblem[] => {
  const served = servedInterfaces(node);
  if (served.length === 0)
    return [
      {
        path: [],
        message: `${node.name} is on no segment with an IPv4 address of its own`,
        hint: 'give it a link, and an address that it does not ask for',
      },
    ];
  return served.flatMap((own): NodeProblem[] => {
    const [first] = serversOn(topology, own.segment);
    return first === undefined || first.node.name === node.name
      ? []
      : [
          {
            path: [],
            message: `${first.node.name} gives addresses in ${segmentName(own)} already (by ${String(address4(first.interface))})`,
            hint: 'one of them is enough; remove dhcp from the other',
          },
        ];
  });
};
