/**
 * Links become veth pairs. An impaired link is shaped by netem at both ends where the kernel has it; elsewhere it runs
 * through a cable: a namespace of its own with a program that delays, drops and paces frames between two veth pairs.
 */
import { type StagedOperation, at } from '../fragment/fragment.ts';
import type { Endpoint, Impairment, Topology } from '../topology/topology.ts';
import type { VethEnd } from '../fragment/operation.ts';
import type { Capabilities } from './plan.ts';

/** Name of a cable's namespace; no node of a file can have it, for it begins with an underscore. */
export const cableName = (link: number): string => `_cable${link}`;
/** Interfaces of a cable towards the first and the second end of its link. */
export const cablePorts = ['a', 'b'] as const;
export const cableConfigPath = '/etc/cable.json';
/** Where the cable writes its counters, in its own namespace. */
export const cableStatusPath = '/run/cable/status.json';

/** What lab/cable/main.ts reads. Times in milliseconds, rate in bit/s, loss in 0..1. */
export const cableConfig = (impairment: Impairment): string =>
  `${JSON.stringify({
    interfaces: cablePorts,
    impairment: {
      rate: impairment.rate ?? 0,
      delay: impairment.delay ?? 0,
      jitter: impairment.jitter ?? 0,
      loss: impairment.loss ?? 0,
    },
    status: cableStatusPath,
    ready: '/run/cable/ready',
  })}\n`;

const macOf = (macs: ReadonlyMap<string, string>, end: Endpoint): VethEnd => ({
  node: end.node,
  name: end.interface,
  mac: macs.get(`${end.node}:${end.interface}`) ?? '',
});

/** A cable's own ports never speak, but every interface needs an address: 02:ca:.. is used for nothing else. */
const cableMac = (link: number, port: number): string =>
  ['02', 'ca', port, (link >> 16) & 255, (link >> 8) & 255, link & 255]
    .map((part) => (typeof part === 'string' ? part : part.toString(16).padStart(2, '0')))
    .join(':');

/** All operations of all links. */
export const linkOperations = (topology: Topology, capabilities: Capabilities): StagedOperation[] => {
  const macs = new Map(
    topology.nodes.flatMap((node) => node.interfaces.map((port) => [`${node.name}:${port.name}`, port.mac] as const)),
  );
  return topology.links.flatMap((link, index): StagedOperation[] => {
    const [left, right] = [macOf(macs, link.ends[0]), macOf(macs, link.ends[1])];
    const veth = (first: VethEnd, second: VethEnd): StagedOperation[] =>
      at('links', { op: 'veth', node: first.node, ends: [first, second], mtu: link.mtu });
    if (link.impairment === undefined) return veth(left, right);
    if (capabilities.netem) {
      const { impairment } = link;
      const [first, second] = link.ends;
      return [
        ...veth(left, right),
        ...at('tunnels', {
          op: 'impairment',
          node: first.node,
          interface: first.interface,
          peer: second,
          ...impairment,
        }),
        ...at('tunnels', {
          op: 'impairment',
          node: second.node,
          interface: second.interface,
          peer: first,
          ...impairment,
        }),
      ];
    }
    const node = cableName(index);
    const [a, b] = cablePorts.map((name, port) => ({ node, name, mac: cableMac(index, port) }));
    if (a === undefined || b === undefined) return [];
    return [
      ...at('namespaces', { op: 'namespace', node }),
      ...veth(left, a),
      ...veth(b, right),
      ...at('sysctls', { op: 'sysctl', node, key: 'net.ipv6.conf.all.disable_ipv6', value: '1' }),
      ...at(
        'addresses',
        { op: 'interface', node, name: a.name, offload: false },
        { op: 'interface', node, name: b.name, offload: false },
      ),
      ...at('files', {
        op: 'file',
        node,
        path: cableConfigPath,
        content: cableConfig(link.impairment),
        mode: 0o644,
        reload: 'cable',
      }),
      ...at('processes', {
        op: 'process',
        node,
        name: 'cable',
        argv: ['@node', '@lab/cable/main.ts', cableConfigPath],
        ready: '/run/cable/ready',
      }),
    ];
  });
};
