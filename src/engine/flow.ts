/** Asks the switches of hypervisors which flows a packet of a virtual machine would meet, from its port to its end. */
import { routerMacOf } from '../address/mac.ts';
import { XiyouError } from '../errors.ts';
import { isInside } from '../features/shared/lookup.ts';
import { metadataAddress } from '../features/shared/metadata.ts';
import { type FlowTrace, type FlowWay, readFlowTrace } from '../journey/why/flow.ts';
import { tunnelPort } from '../kinds/hypervisor/flows/tables.ts';
import { type TenantPort, tenantPorts, vtepOf } from '../kinds/hypervisor/overlay.ts';
import { runIn } from '../kernel/process.ts';
import type { Lab } from './lab.ts';
import { findNode } from './state.ts';
import { addressOf } from './why.ts';

export interface FlowQuestion {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port?: number | undefined;
}

/** More hypervisors than this a packet never crosses: the sender's and the receiver's, and the way out's twice. */
const longestWay = 4;
/** The kernel's first TTL (RFC 1340), and a source port that no rule of a lab speaks of. */
const TTL = 64;
const SOURCE_PORT = 40_000;

/** `tcp/80`, `udp/53`, `icmp`. */
export const parseFlowQuestion = (text: string): FlowQuestion => {
  const [, protocol, port] = /^(tcp|udp)\/(\d{1,5})$/u.exec(text) ?? [];
  const found = Number(port);
  if (text === 'icmp') return { protocol: 'icmp' };
  if (protocol !== undefined && found >= 1 && found <= 65_535)
    return { protocol: protocol === 'tcp' ? 'tcp' : 'udp', port: found };
  throw new XiyouError('command-line', `"${text}" is no packet`, { hint: 'say tcp/80, udp/53 or icmp' });
};

interface Packet {
  readonly inPort: number;
  readonly vni?: number | undefined;
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
}

const flowOf = (packet: Packet, from: string, to: string, { protocol, port }: FlowQuestion): string =>
  [
    `in_port=${packet.inPort}`,
    ...(packet.vni === undefined ? [] : [`tun_id=${packet.vni}`]),
    protocol,
    `dl_src=${packet.source}`,
    `dl_dst=${packet.destination}`,
    `nw_src=${from}`,
    `nw_dst=${to}`,
    `nw_ttl=${packet.ttl}`,
    ...(protocol === 'icmp'
      ? ['icmp_type=8', 'icmp_code=0']
      : [`${protocol}_src=${SOURCE_PORT}`, `${protocol}_dst=${port}`]),
  ].join(',');

const trace = async (lab: Lab, node: string, flow: string): Promise<FlowTrace> => {
  // Two filters can be on one hypervisor, the sender's and the receiver's; the packet is new to both.
  const states = ['--ct-next', 'trk,new', '--ct-next', 'trk,new'];
  const { stdout } = await runIn(lab.place(node), ['ovs-appctl', 'ofproto/trace', 'br-int', flow, ...states]);
  return readFlowTrace(stdout);
};

/** The machine's port on a hypervisor. */
const portOf = (lab: Lab, node: string): { hypervisor: string; port: TenantPort } => {
  const { topology } = lab.state;
  for (const candidate of topology.nodes.filter(({ kind }) => kind === 'hypervisor')) {
    const port = tenantPorts(candidate, topology).find((own) => own.node === node);
    if (port !== undefined) return { hypervisor: candidate.name, port };
  }
  throw new XiyouError('command-line', `${node} is no virtual machine: it has no port on a hypervisor`, {
    hint: '--flow is about nodes in tenant networks; xiyou why without it tells of routes',
  });
};

/** Who the machine's frame is for: the machine with the address in its own network, else the router of the tenant. */
const nextMac = (lab: Lab, port: TenantPort, address: string): string => {
  const { topology } = lab.state;
  const { network } = port;
  const local = topology.nodes
    .filter(({ kind }) => kind !== 'hypervisor')
    .flatMap(({ interfaces }) => interfaces)
    .find((own) => own.network === network.name && own.addresses.some((cidr) => cidr.split('/')[0] === address));
  if (local !== undefined) return local.mac;
  if (address === metadataAddress && network.metadata !== undefined) return routerMacOf(network.vni);
  const own = network.router?.find((cidr) => !cidr.includes(':'));
  const outside = own !== undefined && (!isInside(own, address) || own.split('/')[0] === address);
  if (outside) return routerMacOf(network.vni);
  throw new XiyouError('command-line', `nobody in network ${network.name} has the address ${address}`, {
    hint: own === undefined ? 'the network has no router, so only its own machines are reached' : undefined,
  });
};

/**
 * The flows that a packet of `node` to `given` meets.
 *
 * @param given an IPv4 address, or a node, whose first address is meant
 * @throws XiyouError `command-line` where the node is no virtual machine, or nobody can have the address
 */
export const explainFlow = async (lab: Lab, node: string, given: string, question: FlowQuestion): Promise<FlowWay> => {
  const { topology } = lab.state;
  const { hypervisor, port } = portOf(lab, findNode(lab.state, node).name);
  const address = addressOf(lab, given);
  const [from] = port.addresses[4];
  if (from === undefined || address.includes(':'))
    throw new XiyouError('command-line', '--flow asks about IPv4', { hint: 'give an IPv4 address' });
  const traces: { node: string; trace: FlowTrace }[] = [];
  let at: string | undefined = hypervisor;
  let packet: Packet = { inPort: port.number, source: port.mac, destination: nextMac(lab, port, address), ttl: TTL };
  while (at !== undefined && traces.length < longestWay) {
    const found: FlowTrace = await trace(lab, at, flowOf(packet, from, address, question));
    traces.push({ node: at, trace: found });
    const { end } = found;
    if (end.end !== 'tunnel') break;
    at = topology.nodes.find((other) => other.kind === 'hypervisor' && vtepOf(other) === end.vtep)?.name;
    packet = {
      inPort: tunnelPort,
      vni: end.vni,
      source: found.source ?? packet.source,
      destination: found.destination ?? packet.destination,
      ttl: found.ttl ?? packet.ttl,
    };
  }
  const words = question.port === undefined ? question.protocol : `${question.protocol} to port ${question.port}`;
  return { from: `${node} (${from})`, address, packet: words, traces };
};
