/**
 * What this machine's kernel can do. The one place that knows: whoever chooses by it asks here. Each question is put to the
 * kernel once in a process, when somebody first wants to know, and starts no program (try.ts). What Xiyou has no use for and that
 * leaves something behind when its module is loaded, such as bonding with its bond0, is not asked for.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Capabilities } from '../plan/plan.ts';
import {
  NFPROTO,
  hasGenericFamily,
  hasLinkKind,
  hasPrograms,
  hasQueueingDiscipline,
  hasZones,
  hasTables,
  inNewNamespace,
} from './try.ts';
import { takesStatelessNat } from './stateless-nat.ts';

/** struct tc_netem_qopt: latency, limit (packets), loss, gap, duplicate, jitter. */
const netemOptions = Buffer.from(new Uint32Array([0, 1000, 0, 0, 0, 0]).buffer);

/** Congestion controls that namespaces may use, as the kernel lists them. */
export const congestionControls = (): string =>
  readFileSync('/proc/sys/net/ipv4/tcp_allowed_congestion_control', 'utf8').trim();

/** What everybody may ask. */
const open = {
  /** Namespaces may use TCP's cubic. */
  cubic: () => congestionControls().split(/\s+/u).includes('cubic'),
  /** Listed by the kernel, which may need its module first. */
  overlay: () => /\boverlay$/mu.test(readFileSync('/proc/filesystems', 'utf8')),
  tun: () => existsSync('/dev/net/tun'),
  /** Its sysctls are there when the kernel has it, or its module is loaded (Documentation/networking/mpls-sysctl.rst). */
  mpls: () => existsSync('/proc/sys/net/mpls'),
  /**
   * SCTP as it is loaded now. Not tried: the module answers for all of the machine, and would abort the associations of
   * lab/epc, which speaks SCTP itself.
   */
  sctp: () => /^SCTP(?:v6)? /mu.test(readFileSync('/proc/net/protocols', 'utf8')),
} as const;

/** What only root can try. */
const roots = {
  /** Open vSwitch's datapath. */
  openvswitch: () => hasGenericFamily('ovs_datapath'),
  /** Zones of the connection tracker, which keep the security groups of ports apart in Open vSwitch's datapath. */
  zones: hasZones,
  /** Impairment of links. */
  netem: () => hasQueueingDiscipline('netem', netemOptions),
  /** The tables that iptables writes to. */
  nftables: () => hasTables(NFPROTO.IPV4) && hasTables(NFPROTO.IPV6),
  /** Changes of addresses by nftables, out of sight of connection tracking. */
  'stateless-nat': () => inNewNamespace(takesStatelessNat),
  /** Programs at the doors of interfaces. */
  bpf: hasPrograms,
  /** GTP-U tunnels. */
  gtp: () => hasGenericFamily('gtp'),
  vrf: () => hasLinkKind('vrf'),
  vxlan: () => hasLinkKind('vxlan'),
  vlan: () => hasLinkKind('vlan'),
} as const;

export type Ability = keyof typeof open | keyof typeof roots;

const isRoot = (): boolean => process.getuid?.() === 0;
const known = new Map<Ability, boolean>();

/** Whether the kernel can do it. Without root, what only root can try counts as absent. */
export const kernelHas = (ability: Ability): boolean => {
  let answer = known.get(ability);
  if (answer === undefined) {
    answer =
      ability in open ? open[ability as keyof typeof open]() : isRoot() && roots[ability as keyof typeof roots]();
    known.set(ability, answer);
  }
  return answer;
};

/** What the plan depends on. */
export const capabilities = (): Capabilities => ({
  openvswitch: kernelHas('openvswitch'),
  // Of use only there: a machine that never needs them need not load the connection tracker.
  zones: kernelHas('openvswitch') && kernelHas('zones'),
  netem: kernelHas('netem'),
  cubic: kernelHas('cubic'),
  // Nearly every kernel has them: whoever may not ask plans with them.
  nftables: !isRoot() || kernelHas('nftables'),
});
