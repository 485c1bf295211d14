/**
 * The path of a packet through the flow tables of a hypervisor, in words: what `ovs-appctl ofproto/trace` prints, read by
 * what the tables are for. Pure: the engine brings the text.
 */
import { metadataAddress, metadataTcpPort } from '../../features/shared/metadata.ts';
import { routerMacOf } from '../../address/mac.ts';
import { metadataPort, table, tunnelPort } from '../../kinds/hypervisor/flows/tables.ts';
import { type TenantPort, tenantPorts, vtepOf } from '../../kinds/hypervisor/overlay.ts';
import type { Topology } from '../../topology/topology.ts';

/** One flow that the packet met. */
export interface FlowStep {
  readonly table: number;
  /** As Open vSwitch prints it, with the priority; undefined where no flow matched, which drops the packet. */
  readonly match: string | undefined;
  readonly actions: readonly string[];
}

/** Where the packet left br-int: to a machine's port, or into a tunnel. */
export type FlowEnd =
  | { readonly end: 'port'; readonly port: number }
  | { readonly end: 'tunnel'; readonly vtep: string; readonly vni: number }
  /** The switch answered it itself. */
  | { readonly end: 'answered' }
  | { readonly end: 'dropped'; readonly table: number };

export interface FlowTrace {
  readonly steps: readonly FlowStep[];
  readonly end: FlowEnd;
  /** Ethernet addresses and TTL as they are at the end, where flows changed them. */
  readonly source?: string | undefined;
  readonly destination?: string | undefined;
  readonly ttl?: number | undefined;
}

/** A step inside the bucket of a group is further in. */
const stepPattern = /^ *(\d+)\. (.*)$/u;
/** Lines that tell of an action's effect or report to the flow log, and the `drop` that ends every pipeline which goes on after the tracker. */
const remark = /^ {4,}(?:->|thaw$|Resuming|drop$|sample\()/u;

/** The part of the text about br-int: what follows is the physical bridge's. */
const bridgeParts = (text: string): string =>
  text
    .split(/^ *bridge\("/mu)
    .filter((part) => part.startsWith('br-int'))
    .join('\n');

const stepsOf = (text: string): FlowStep[] => {
  const steps: { table: number; match: string | undefined; actions: string[] }[] = [];
  for (const line of bridgeParts(text).split('\n')) {
    const [, number, rest = ''] = stepPattern.exec(line) ?? [];
    if (number !== undefined)
      steps.push({ table: Number(number), match: /^no match/iu.test(rest) ? undefined : rest, actions: [] });
    else if (line.startsWith('    ') && !remark.test(line)) steps.at(-1)?.actions.push(line.trim());
  }
  return steps;
};

const last = (steps: readonly FlowStep[], pattern: RegExp): string | undefined =>
  steps
    .flatMap(({ actions }) => actions)
    .flatMap((action) => pattern.exec(action)?.[1] ?? [])
    .at(-1);

const endOf = (steps: readonly FlowStep[]): FlowEnd => {
  const final = steps.at(-1);
  const output = last(final === undefined ? [] : [final], /^output:(\d+)$/u);
  if (final?.actions.includes('IN_PORT') === true || final?.actions.includes('in_port') === true)
    return { end: 'answered' };
  if (output === undefined) return { end: 'dropped', table: final?.table ?? 0 };
  if (Number(output) !== tunnelPort) return { end: 'port', port: Number(output) };
  return {
    end: 'tunnel',
    vtep: last(steps, /^set_field:(\S+)->tun_dst$/u) ?? '',
    vni: Number(last(steps, /^set_field:(\S+)->tun_id$/u)),
  };
};

/** Reads the answer of `ovs-appctl ofproto/trace br-int FLOW`. */
export const readFlowTrace = (text: string): FlowTrace => {
  const steps = stepsOf(text);
  const ttl = /^Final flow: .*\bnw_ttl=(\d+)/gmu;
  return {
    steps,
    end: endOf(steps),
    source: last(steps, /^set_field:(\S+)->eth_src$/u),
    destination: last(steps, /^set_field:(\S+)->eth_dst$/u),
    ttl: [...text.matchAll(ttl)].map(([, value]) => Number(value)).at(-1),
  };
};

/** What a step needs to know to be said in words. */
export interface FlowPlace {
  readonly topology: Topology;
  readonly node: string;
}

const portsOf = ({ topology, node }: FlowPlace): TenantPort[] => {
  const found = topology.nodes.find(({ name }) => name === node);
  return found === undefined ? [] : tenantPorts(found, topology);
};

const networkName = ({ topology }: FlowPlace, vni: number): string =>
  topology.networks.find((network) => network.vni === vni)?.name ?? `VNI ${vni}`;

const number = (text: string | undefined): number => (text === undefined ? Number.NaN : Number(text));
const field = (step: FlowStep, pattern: RegExp): string | undefined => pattern.exec(step.match ?? '')?.[1];
const action = (step: FlowStep, pattern: RegExp): string | undefined => last([step], pattern);

const classified = (place: FlowPlace, step: FlowStep): string => {
  const from = number(field(step, /in_port=(\d+)/u));
  if (from === tunnelPort) return 'out of a tunnel: from here on only delivery';
  const port = portsOf(place).find((candidate) => candidate.number === from);
  if (port !== undefined && field(step, /nw_dst=([0-9.]+)/u) === metadataAddress)
    return step.actions.includes(`output:${metadataPort}`)
      ? `a question of ${port.node} to the metadata address: to the service on this hypervisor`
      : `the metadata address takes TCP to port ${metadataTcpPort}, from ${port.node}'s own address`;
  if (port === undefined) return 'from nobody: the sender is not the machine at this port';
  return `from ${port.node}, in network ${port.network.name} (VNI ${port.network.vni})${port.groups === undefined ? ', not filtered' : ''}`;
};

/** What a group's flow says: a new connection by one of its rules, or one that stands. */
const decided = (place: FlowPlace, step: FlowStep, verb: 'may begin this' | 'may be reached by this'): string => {
  const port = portsOf(place).find((candidate) => candidate.number === number(field(step, /reg1=(0x[0-9a-f]+)/u)));
  const groups = port?.groups ?? [];
  const who = `${port?.node ?? 'the machine'} (${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ') || '(none)'})`;
  if (step.actions.length === 0 || step.actions.includes('drop')) return `no rule says that ${who} ${verb}`;
  if (/ct_state=\S*\+est/u.test(step.match ?? '')) return 'part of a connection that stands';
  const rule = field(step, /ct_state=[^,]+,(.*?),? priority/u)?.replace(/,?reg1=0x[0-9a-f]+/u, '');
  return `${who} ${verb}: ${rule === undefined || rule === '' ? 'anything' : rule}`;
};

const routed = (place: FlowPlace, step: FlowStep): string => {
  const vni = number(action(step, /^set_field:(0x[0-9a-f]+)->reg0$/u));
  if (step.actions.some((one) => one.startsWith('ct(')))
    return "out of the tenant's networks, by one of several ways: the connection is looked up";
  if (Number.isNaN(vni))
    return step.actions.some((one) => one.toUpperCase() === 'IN_PORT')
      ? 'the router answers it itself'
      : 'the router has no machine with this address in that network';
  const exit = field(step, /nw_dst=([^,\s]+)/u) === undefined ? ', the way out' : '';
  return `routed into network ${networkName(place, vni)}${exit}: one hop less, from the router's MAC ${routerMacOf(vni)}`;
};

/** The way out that a step is about: of the router's tenant, the one with this number. */
const exitName = ({ topology }: FlowPlace, step: FlowStep, of: RegExp): string => {
  const tenant = topology.tenants[number(field(step, /reg2=(0x[0-9a-f]+)/u)) - 1];
  return tenant?.exits[number(field(step, of)) - 1]?.node ?? 'nobody';
};

const leaves = (place: FlowPlace, step: FlowStep): string =>
  field(step, /ct_mark=(0x[0-9a-f]+)/u) === undefined
    ? 'a connection that has no way out yet: one of those that live, by a hash of addresses and ports'
    : `a connection that goes out by ${exitName(place, step, /ct_mark=(0x[0-9a-f]+)/u)}: there while it lives`;

const located = (place: FlowPlace, step: FlowStep): string => {
  const vtep = action(step, /^set_field:(\S+)->tun_dst$/u);
  if (vtep === undefined) return 'not behind another VTEP: on this hypervisor, or nowhere';
  const far = place.topology.nodes.find((node) => node.kind === 'hypervisor' && vtepOf(node) === vtep)?.name;
  const vni = number(action(step, /^set_field:(\S+)->tun_id$/u));
  return `behind VTEP ${vtep}${far === undefined ? '' : ` (${far})`}: into VXLAN with VNI ${vni}`;
};

const delivered = (place: FlowPlace, step: FlowStep): string => {
  const at = number(action(step, /^set_field:(0x[0-9a-f]+)->reg1$/u) ?? action(step, /^output:(\d+)$/u));
  const port = portsOf(place).find((candidate) => candidate.number === at);
  if (step.match === undefined || port === undefined) return 'no machine of this network has that MAC here';
  return `for ${port.node}, port ${port.name}${port.groups === undefined ? ', not filtered' : ''}`;
};

/** One step in words. */
export const stepWords = (place: FlowPlace, step: FlowStep): string => {
  switch (step.table) {
    case table.classify:
      return classified(place, step);
    case table.own:
      return step.match === undefined || step.actions.includes('drop') || step.actions.length === 0
        ? "another sender than the machine's own addresses"
        : "the machine's own address";
    case table.sent:
    case table.received:
      return `asks the connection tracker, zone ${action(step, /zone=(\d+)/u) ?? '?'}`;
    case table.mayBegin:
      return decided(place, step, 'may begin this');
    case table.mayReach:
      return decided(place, step, 'may be reached by this');
    case table.answer:
      return action(step, /^set_field:(\S+)->reg2$/u) === undefined
        ? 'nothing that the switch answers or routes'
        : 'for the router of the tenant, by its MAC';
    case table.route:
      return routed(place, step);
    case table.leave:
      return leaves(place, step);
    case table.remember:
      return `by ${exitName(place, step, /reg3=(0x[0-9a-f]+)/u)}, and that is remembered`;
    case table.depart:
      return `to ${exitName(place, step, /reg3=(0x[0-9a-f]+)/u)}: ${routed(place, step)}`;
    case table.returning:
      return step.actions.some((one) => one.startsWith('ct('))
        ? 'from outside: the connection tracker sees this direction too'
        : 'not from outside';
    case table.locate:
      return located(place, step);
    case table.deliver:
      return delivered(place, step);
    default:
      return step.match ?? 'no flow';
  }
};

/** What is asked: the way through the switches of all hypervisors that a packet meets, to its end. */
export interface FlowWay {
  readonly from: string;
  readonly address: string;
  /** As a person says it: `tcp to port 80`, `icmp`. */
  readonly packet: string;
  readonly traces: readonly { readonly node: string; readonly trace: FlowTrace }[];
}

const endWords = (place: FlowPlace, { end }: FlowTrace): string | undefined => {
  switch (end.end) {
    case 'port':
      if (end.port === metadataPort) return `answered by the metadata service of ${place.node}`;
      return `delivered to ${portsOf(place).find(({ number: own }) => own === end.port)?.node ?? `port ${end.port}`}`;
    case 'answered':
      return `answered by ${place.node} itself`;
    case 'dropped':
      return `ends in table ${end.table} of ${place.node}`;
    case 'tunnel':
      return undefined;
  }
};

/** All lines. */
export const flowText = (topology: Topology, way: FlowWay): string => {
  const lines = way.traces.flatMap(({ node, trace }) => {
    const place = { topology, node };
    const title = topology.nodes.find(({ name }) => name === node)?.title;
    const end = endWords(place, trace);
    return [
      title === undefined ? node : `${title} (${node})`,
      ...trace.steps.flatMap((step) => [
        `  ${String(step.table).padStart(2)}  ${stepWords(place, step)}`,
        `        ${step.match ?? 'no flow matches'}`,
      ]),
      ...(end === undefined ? [] : [`  ${end}`]),
    ];
  });
  return [`${way.from} to ${way.address}, ${way.packet}`, ...lines, ''].join('\n');
};
