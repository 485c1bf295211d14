/**
 * Addresses that a balancer has only while it can serve them. The program lab/announce watches HAProxy and puts them on the
 * loopback or takes them away; what the kernel has then, bgpd announces (`bgp network import-check`). So a balancer that
 * cannot serve gets no packets, and a router shares them out among those that can.
 */
import type { NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Probe, StagedOperation } from '../../fragment/fragment.ts';
import type { Operation } from '../../fragment/operation.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { families, familyOf } from '../shared/lookup.ts';
import { announcedAddresses, announcedPrefixes, frontendsOn } from './cluster.ts';
import { backendName, runtimeSocket, serverStatePath } from './config.ts';
import type { HaproxySettings } from './settings.ts';

const configPath = '/etc/xiyou/announce.json';
const readyPath = '/run/announce/ready';
/** What the program has seen last and which addresses the node has by it. */
export const announceStatusPath = '/run/announce/status.json';

/** Milliseconds between two questions to HAProxy. That it has died is known at once, by its closed socket. */
const interval = 200;

/**
 * Seconds that an address lasts without the program, which lengthens it every second: much longer than a busy machine lets
 * a program wait, and short enough when the program has died.
 */
const lifetime = 10;

/** Seconds until the addresses are there; servers may start after the balancer. */
const within = 60;

/** A socket may listen on an address that the node does not have at the moment (ip-sysctl). */
export const nonlocal = (node: Node, { announce, frontends }: HaproxySettings): Operation[] => {
  const bound = announce.filter((address) => frontends.some((frontend) => frontend.address === address));
  return families
    .filter((family) => bound.some((address) => familyOf(address) === family))
    .map((family) => ({ op: 'sysctl', node: node.name, key: `net.ipv${family}.ip_nonlocal_bind`, value: '1' }));
};

export const announceProblems = (node: Node, settings: HaproxySettings, topology: Topology): NodeProblem[] => {
  const cidrs = [...node.loopback, ...node.interfaces.flatMap((own) => own.addresses)];
  return settings.announce.flatMap((address, index): NodeProblem[] => {
    const path = ['announce', index];
    if (settings.announce.indexOf(address) < index) return [{ path, message: `${address} is announced twice` }];
    if (cidrs.some((cidr) => cidr.split('/')[0] === address))
      return [
        {
          path,
          message: `${node.name} has ${address} for good; it cannot be an address that comes and goes`,
          hint: 'leave it out here, or at the interface or loopback',
        },
      ];
    const owner = topology.nodes.find(
      (other) =>
        !announcedAddresses(other).includes(address) &&
        [...other.loopback, ...other.interfaces.flatMap((own) => own.addresses)].some(
          (cidr) => cidr.split('/')[0] === address,
        ) &&
        other.interfaces.every(({ network }) => network === undefined),
    );
    if (owner !== undefined) return [{ path, message: `${address} is an address of ${owner.name}` }];
    return frontendsOn(address, settings).length === 0
      ? [
          {
            path,
            message: `no frontend listens on ${address}`,
            hint: 'leave the address of a frontend out, and it listens on all',
          },
        ]
      : [];
  });
};

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

export const announceOperations = (node: Node, settings: HaproxySettings): StagedOperation[] =>
  settings.announce.length === 0
    ? []
    : [
        ...at('files', {
          op: 'file',
          node: node.name,
          path: configPath,
          content: json({
            socket: runtimeSocket,
            state: serverStatePath,
            ready: readyPath,
            status: announceStatusPath,
            interval,
            lifetime,
            addresses: settings.announce.map((address) => ({
              address,
              backends: frontendsOn(address, settings).map(backendName),
            })),
          }),
          mode: 0o644,
          reload: 'announce',
        }),
        ...at('processes', {
          op: 'process',
          node: node.name,
          name: 'announce',
          argv: ['@node', '@lab/announce/main.ts', configPath],
          ready: readyPath,
          independent: true,
        }),
      ];

/** The addresses are there, and bgpd has them where it runs. */
export const announceProbes = (node: Node, settings: HaproxySettings): Probe[] =>
  settings.announce.length === 0
    ? []
    : [
        {
          node: node.name,
          name: `HAProxy: it serves, and the node has ${settings.announce.join(' and ')}`,
          question: {
            ask: 'file',
            path: announceStatusPath,
            json: { addresses: settings.announce.map((address) => ({ address, held: true })) },
          },
          within,
        },
        ...('bgp' in node.features
          ? announcedPrefixes(node).map((prefix): Probe => ({
              node: node.name,
              name: `BGP: ${prefix} is announced`,
              question: {
                ask: 'vty',
                daemon: 'bgpd',
                command: `show bgp ipv${familyOf(prefix)} unicast ${prefix} json`,
                json: { paths: [{ valid: true, sourced: true }] },
              },
              within,
            }))
          : []),
      ];
