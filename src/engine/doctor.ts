/** What Xiyou needs of a machine, what it has, and what follows from what it lacks. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import { type Ability, congestionControls, kernelHas } from '../kernel/capabilities.ts';
import { hasFrrModule, hasProgram } from './possible.ts';

export interface Finding {
  readonly name: string;
  /** ok: there. fallback: not there, and something else does the job. missing: labs that need it cannot come up. */
  readonly state: 'ok' | 'fallback' | 'missing';
  readonly found: string;
  readonly hint?: string;
}

const program = (name: string, packageName: string, purpose: string): Finding =>
  hasProgram(name)
    ? { name, state: 'ok', found: purpose }
    : { name, state: 'missing', found: purpose, hint: `apt-get install ${packageName}` };

/** Newest kernel version that is too old: TPACKET_V3 with virtio headers and pidfd setns came with 5.8. */
const oldestKernel = [5, 8] as const;

const kernel = (): Finding => {
  const [major = 0, minor = 0] = os.release().split('.').map(Number);
  const good = major > oldestKernel[0] || (major === oldestKernel[0] && minor >= oldestKernel[1]);
  return {
    name: 'kernel',
    state: good ? 'ok' : 'missing',
    found: os.release(),
    ...(good ? {} : { hint: `Linux ${oldestKernel.join('.')} or newer (setns by pidfd)` }),
  };
};

/** What a kernel may lack: who needs it, and what Xiyou does without it. */
interface Optional {
  readonly name: string;
  readonly ability: Ability;
  readonly with: string;
  /** What does the job instead, or what is refused. */
  readonly without: string;
  /** How to get it; nothing where Xiyou has no use for it. */
  readonly hint: () => string;
  /** The answer needs root. */
  readonly root?: false;
}

const load = (module: string) => (): string => `modprobe ${module}`;

const optional: readonly Optional[] = [
  {
    name: 'conntrack zones',
    ability: 'zones',
    with: "security groups in Open vSwitch's datapath in the kernel",
    without: 'hypervisors with security groups use the datapath in user space',
    hint: () => 'a kernel with CONFIG_NF_CONNTRACK_ZONES',
  },
  {
    name: 'link impairment',
    ability: 'netem',
    with: 'netem',
    without: 'userspace cable',
    hint: () => "modprobe sch_netem, for the kernel's",
  },
  {
    name: 'NAT and firewalls',
    ability: 'nftables',
    with: 'nf_tables, by iptables',
    without: "ip_tables, by iptables-legacy; there a plain iptables sees nothing of a node's rules",
    hint: () => 'a kernel with CONFIG_NF_TABLES_IPV4 and _IPV6',
  },
  {
    name: 'NAT without state',
    ability: 'stateless-nat',
    with: 'nf_tables, by netlink',
    without: 'nat.stateless is refused',
    hint: () => 'a kernel with CONFIG_NF_TABLES_IPV4, _IPV6 and CONFIG_NFT_CT',
  },
  {
    name: 'TCP congestion control',
    ability: 'cubic',
    with: 'cubic',
    without: 'reno',
    hint: () => `namespaces may use: ${congestionControls()}`,
    root: false,
  },
  {
    name: 'programs at interfaces',
    ability: 'bpf',
    with: 'bpf and clsact',
    without: 'threads carry the packets of phones',
    hint: () => 'a kernel with CONFIG_BPF_SYSCALL; modprobe sch_ingress',
  },
  {
    name: 'VRF',
    ability: 'vrf',
    with: "VRFs of FRR's files",
    without: "FRR's files that ask for VRFs are refused, or such lines told",
    hint: load('vrf'),
  },
  {
    name: 'MPLS',
    ability: 'mpls',
    with: "labels of FRR's files",
    without: "FRR's files that ask for MPLS are refused, or such lines told",
    hint: load('mpls_router'),
    root: false,
  },
  {
    name: 'VXLAN',
    ability: 'vxlan',
    with: "for tunnels of Open vSwitch's datapath in the kernel",
    without: 'Open vSwitch in user space speaks it',
    hint: load('vxlan'),
  },
  {
    name: 'VLAN interfaces',
    ability: 'vlan',
    with: "for what a file's own commands make",
    without: "a file's own commands that make one fail",
    hint: load('8021q'),
  },
  {
    name: 'GTP-U',
    ability: 'gtp',
    with: 'not used: lab/gtp speaks it',
    without: 'lab/gtp speaks it',
    hint: () => "nothing: the kernel's would not be used",
  },
];

const optionalFinding = (one: Optional, root: boolean): Finding => {
  if (kernelHas(one.ability)) return { name: one.name, state: 'ok', found: one.with };
  const hint = root || one.root === false ? one.hint() : 'only root can ask the kernel';
  return { name: one.name, state: 'fallback', found: one.without, hint };
};

/** Everything Xiyou looks for, with its state here. */
export const examine = (): Finding[] => {
  const root = process.getuid?.() === 0;
  const feature = (name: string, there: boolean, found: string, hint: string): Finding =>
    there ? { name, state: 'ok', found } : { name, state: 'missing', found: 'no', hint };
  // Without /dev/net/tun not even the one in user space comes up.
  const datapaths = [
    ...(kernelHas('openvswitch') ? ['kernel'] : []),
    ...(kernelHas('tun') ? ['userspace (netdev)'] : []),
  ];
  return [
    {
      name: 'root',
      state: root ? 'ok' : 'missing',
      found: root ? 'yes' : 'no',
      ...(root ? {} : { hint: 'labs need root; validate, plan and graph do not' }),
    },
    {
      name: 'node',
      state: Number(process.versions.node.split('.')[0]) >= 24 ? 'ok' : 'missing',
      found: process.version,
      ...(Number(process.versions.node.split('.')[0]) >= 24 ? {} : { hint: 'npm run setup brings Node 24' }),
    },
    kernel(),
    {
      name: 'memory',
      state: 'ok',
      found: `${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, ${os.availableParallelism()} processors`,
    },
    feature('overlayfs', kernelHas('overlay'), "files of nodes lie over the machine's", 'modprobe overlay'),
    feature('/dev/net/tun', kernelHas('tun'), 'packet gateways, Open vSwitch in userspace', 'modprobe tun'),
    feature('network namespaces', existsSync('/proc/self/ns/net'), 'nodes', 'a kernel with CONFIG_NET_NS'),
    {
      name: 'Open vSwitch datapath',
      state: kernelHas('openvswitch') ? 'ok' : kernelHas('tun') ? 'fallback' : 'missing',
      found: datapaths.length > 0 ? datapaths.join(', ') : 'none',
      ...(kernelHas('openvswitch')
        ? {}
        : { hint: root ? "modprobe openvswitch, for the kernel's" : 'only root can ask the kernel for it' }),
    },
    ...optional.map((one) => optionalFinding(one, root)),
    kernelHas('sctp')
      ? { name: 'SCTP', state: 'missing', found: "the kernel's, which would abort lab/epc's", hint: 'modprobe -r sctp' }
      : { name: 'SCTP', state: 'ok', found: "lab/epc's own; the kernel's is not loaded" },
    hasProgram('clang')
      ? { name: 'LTE user plane', state: 'ok', found: 'programs in the kernel (bpf), compiled by clang' }
      : {
          name: 'LTE user plane',
          state: 'fallback',
          found: 'threads',
          hint: 'apt-get install clang, for programs in the kernel',
        },
    program('/usr/bin/catatonit', 'catatonit', 'init process of nodes'),
    program('/usr/lib/frr/zebra', 'frr', 'routers'),
    program('vtysh', 'frr', 'shell of routers'),
    hasFrrModule('bgpd_rpki')
      ? { name: 'bgpd_rpki', state: 'ok', found: 'RPKI in routers' }
      : { name: 'bgpd_rpki', state: 'missing', found: 'RPKI in routers', hint: 'apt-get install frr-rpki-rtrlib' },
    program('ovs-vswitchd', 'openvswitch-switch', 'hypervisors'),
    program('haproxy', 'haproxy', 'balancers'),
    program('dnsmasq', 'dnsmasq-base', 'DHCP servers'),
    program('udhcpc', 'udhcpc', 'hosts that ask for their address'),
    program('iptables-restore', 'iptables', 'NAT'),
    program('openssl', 'openssl', "the lab's certificate authority"),
    program('curl', 'curl', 'requests'),
    program('tcpdump', 'tcpdump', 'captures by hand'),
    program('tshark', 'tshark', 'captures in words'),
    program('dot', 'graphviz', 'pictures (xiyou graph)'),
  ];
};
