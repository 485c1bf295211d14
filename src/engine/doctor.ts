/** What Xiyou needs of a machine, what it has, and what follows from what it lacks. */
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { capabilities, hasFileSystem, hasTun } from '../kernel/capabilities.ts';
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

/** Everything Xiyou looks for, with its state here. */
export const examine = (): Finding[] => {
  const can = capabilities();
  const root = process.getuid?.() === 0;
  const feature = (name: string, there: boolean, found: string, hint: string): Finding =>
    there ? { name, state: 'ok', found } : { name, state: 'missing', found: 'no', hint };
  // Without /dev/net/tun not even the one in user space comes up.
  const datapaths = [...(can.openvswitch ? ['kernel'] : []), ...(hasTun() ? ['userspace (netdev)'] : [])];
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
    feature('overlayfs', hasFileSystem('overlay'), "files of nodes lie over the machine's", 'modprobe overlay'),
    feature('/dev/net/tun', hasTun(), 'packet gateways, Open vSwitch in userspace', 'modprobe tun'),
    feature('network namespaces', existsSync('/proc/self/ns/net'), 'nodes', 'a kernel with CONFIG_NET_NS'),
    {
      name: 'Open vSwitch datapath',
      state: can.openvswitch ? 'ok' : hasTun() ? 'fallback' : 'missing',
      found: datapaths.length > 0 ? datapaths.join(', ') : 'none',
      ...(can.openvswitch
        ? {}
        : { hint: root ? "modprobe openvswitch, for the kernel's" : 'only root can ask the kernel for it' }),
    },
    {
      name: 'link impairment',
      state: can.netem ? 'ok' : 'fallback',
      found: can.netem ? 'netem' : 'userspace cable',
      ...(can.netem
        ? {}
        : { hint: root ? "modprobe sch_netem, for the kernel's" : 'only root can ask the kernel for netem' }),
    },
    {
      name: 'TCP congestion control',
      state: can.cubic ? 'ok' : 'fallback',
      found: can.cubic ? 'cubic' : 'reno',
      ...(can.cubic
        ? {}
        : {
            hint: `namespaces may use: ${readFileSync('/proc/sys/net/ipv4/tcp_allowed_congestion_control', 'utf8').trim()}`,
          }),
    },
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
