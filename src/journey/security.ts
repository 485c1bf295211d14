/** What security groups dropped, by the counters of the flows that end a packet's way (read from `ovs-ofctl dump-flows`). */
import { table } from '../kinds/hypervisor/flows/tables.ts';
import { type TenantPort, tenantPorts } from '../kinds/hypervisor/overlay.ts';
import type { Topology } from '../topology/topology.ts';
import type { DropCounter } from './evidence.ts';

const portsOf = (topology: Topology, node: string): TenantPort[] => {
  const found = topology.nodes.find(({ name }) => name === node);
  return found === undefined ? [] : tenantPorts(found, topology);
};

/** Whether a hypervisor filters any of its ports. */
export const filtersPorts = (topology: Topology, node: string): boolean =>
  portsOf(topology, node).some(({ groups, network }) => groups !== undefined || network.metadata !== undefined);

/** `table=3, n_packets=2, n_bytes=196, priority=1,reg1=0x3 actions=drop`, or only a report to the flow log. */
const dropPattern =
  /table=(\d+), n_packets=(\d+), [^\n]*?priority=1,reg1=(0x[0-9a-f]+) actions=(?:drop|sample\([^)]*\))$/gmu;

/** `table=0, n_packets=2, n_bytes=196, priority=96,ip,in_port=3,nw_dst=169.254.169.254 actions=drop`. */
const metadataPattern =
  /table=0, n_packets=(\d+), [^\n]*?priority=96,ip,in_port=(\d+),nw_dst=169\.254\.169\.254 actions=drop/gu;

/** What ports said to the metadata address that was no question to it. */
const metadataDrops = (ports: readonly TenantPort[], flows: string): DropCounter[] =>
  [...flows.matchAll(metadataPattern)].flatMap(([, packets, number]): DropCounter[] => {
    const port = ports.find((candidate) => candidate.number === Number(number));
    return port === undefined
      ? []
      : [
          {
            by: 'firewall',
            rule: `the metadata address takes TCP to port 80, from ${port.node}'s own address: -i ${port.name} -d 169.254.169.254 -j DROP`,
            packets: Number(packets),
          },
        ];
  });

/** The rule in the words of a firewall, with the condition by which a trace puts packets against it. */
const ruleText = (port: TenantPort, at: number): string | undefined => {
  const groups = port.groups ?? [];
  const who = `${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ') || '(none)'}`;
  if (at === table.own) return `another sender than ${port.node}: -i ${port.name} -j DROP`;
  if (at === table.mayBegin) return `what ${port.node} may begin (${who}): -i ${port.name} -j DROP`;
  if (at !== table.mayReach) return undefined;
  const [address] = [...port.addresses[4], ...port.addresses[6]];
  return `what may reach ${port.node} (${who}):${address === undefined ? '' : ` -d ${address}`} -j DROP`;
};

/** The counters of one hypervisor's filters, those that counted nothing too. */
export const securityDrops = (topology: Topology, node: string, flows: string): DropCounter[] => {
  const ports = portsOf(topology, node);
  const filtered = [...flows.matchAll(dropPattern)].flatMap(([, at, packets, number]): DropCounter[] => {
    const port = ports.find((candidate) => candidate.number === Number(number) && candidate.groups !== undefined);
    const rule = port === undefined ? undefined : ruleText(port, Number(at));
    return rule === undefined ? [] : [{ by: 'firewall', rule, packets: Number(packets) }];
  });
  return [...filtered, ...metadataDrops(ports, flows)];
};
