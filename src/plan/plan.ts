/**
 * The plan: what kinds and features contribute for every node, and the links between them, in the fixed order of
 * stages. A pure function of the topology and of what the machine can do; the same topology gives the same plan.
 */
import type { AnyFeature, AnyKind } from '../fragment/definition.ts';
import type { Fragment, Probe, Rewrite, StagedOperation } from '../fragment/fragment.ts';
import { type Operation, type Stage, stages } from '../fragment/operation.ts';
import { filtersPorts } from '../kinds/hypervisor/overlay.ts';
import type { Topology } from '../topology/topology.ts';
import { linkOperations } from './links.ts';

/** What the kernel of this machine can do; `xiyou doctor` prints the same. */
export interface Capabilities {
  /** The openvswitch module: hypervisors can use the kernel's datapath. */
  readonly openvswitch: boolean;
  /** With it, zones of the connection tracker: hypervisors with security groups can use the kernel's datapath too. */
  readonly zones: boolean;
  /** The netem queueing discipline: links are impaired in the kernel; otherwise a userspace cable does it. */
  readonly netem: boolean;
  /**
   * Whether namespaces may use TCP's cubic. Where the machine restricts it, nodes use reno: what matters is not bbr,
   * which without the fq queueing discipline retransmits by the ten thousand through a userspace datapath.
   */
  readonly cubic: boolean;
  /** nf_tables of both families, which iptables writes to; otherwise its older form does it (`iptables-legacy`). */
  readonly nftables: boolean;
}

export interface PlanRegistry {
  readonly kinds: readonly AnyKind[];
  readonly features: readonly AnyFeature[];
}

export interface Plan {
  readonly topology: Topology;
  readonly stages: ReadonlyMap<Stage, readonly Operation[]>;
  readonly probes: readonly Probe[];
  readonly rewrites: readonly Rewrite[];
}

/** Everything one topology needs, stage by stage. */
export const planTopology = (topology: Topology, registry: PlanRegistry, capabilities: Capabilities): Plan => {
  const kindOf = new Map(registry.kinds.map((kind) => [kind.kind, kind]));
  const staged: StagedOperation[] = [...linkOperations(topology, capabilities)];
  const probes: Probe[] = [];
  const rewrites: Rewrite[] = [];
  const take = (fragment: Partial<Fragment>): void => {
    staged.push(...(fragment.operations ?? []));
    probes.push(...(fragment.probes ?? []));
    rewrites.push(...(fragment.rewrites ?? []));
  };
  const decided = { ...topology, nodes: topology.nodes.map((node) => withDatapath(node, topology, capabilities)) };
  for (const node of decided.nodes) {
    const kind = kindOf.get(node.kind);
    if (kind !== undefined) take(kind.contribute(node, node.settings as never, decided));
    for (const feature of registry.features) {
      if (Object.hasOwn(node.features, feature.feature)) {
        take(feature.contribute(node, node.features[feature.feature] as never, decided));
      }
    }
  }
  return {
    topology,
    stages: new Map(
      stages.map((stage) => [
        stage,
        staged
          .filter((item) => item.stage === stage)
          .map((item) => withFrontEnd(withCongestionControl(item.operation, capabilities), capabilities)),
      ]),
    ),
    probes,
    rewrites,
  };
};

/** `datapath: auto` becomes what this machine has for a hypervisor of its kind. */
const withDatapath = (
  node: Topology['nodes'][number],
  topology: Topology,
  { openvswitch, zones }: Capabilities,
): Topology['nodes'][number] => {
  if (node.settings['datapath'] !== 'auto') return node;
  const kernel = openvswitch && (zones || !filtersPorts(node, topology));
  return { ...node, settings: { ...node.settings, datapath: kernel ? 'kernel' : 'userspace' } };
};

const withCongestionControl = (operation: Operation, { cubic }: Capabilities): Operation =>
  operation.op === 'sysctl' &&
  operation.key === 'net.ipv4.tcp_congestion_control' &&
  operation.value === 'cubic' &&
  !cubic
    ? { ...operation, value: 'reno' }
    : operation;

/** Firewalls by the form of iptables that the kernel has tables for. */
const withFrontEnd = (operation: Operation, { nftables }: Capabilities): Operation =>
  operation.op === 'firewall' && !nftables ? { ...operation, legacy: true } : operation;

/** All operations of a plan in order. */
export const operationsOf = (plan: Plan): Operation[] => stages.flatMap((stage) => [...(plan.stages.get(stage) ?? [])]);
