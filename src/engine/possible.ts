/** What a topology asks of the machine, held against what the machine can do, before anything is touched. */
import { accessSync, constants, globSync } from 'node:fs';
import path from 'node:path';
import { runsFrr } from '../features/frr/routing.ts';
import { kernelHas } from '../kernel/capabilities.ts';
import { as } from '../features/epc/nodes.ts';
import { kernelNeeds } from '../features/frr/kernel-needs.ts';
import { bgpOf } from '../features/bgp/systems.ts';
import { XiyouError } from '../errors.ts';
import { type Written, requireInsisted } from './insist.ts';
import { speaksRstp } from '../kinds/switch/common.ts';
import type { Node, Topology } from '../topology/topology.ts';

/** Whether a program is on the PATH or at its absolute path. */
export const hasProgram = (name: string): boolean =>
  (path.isAbsolute(name)
    ? [name]
    : (process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(':').map((directory) => path.join(directory, name))
  ).some((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Whether FRR has a loadable module: a file below the library directory of the machine's architecture. */
export const hasFrrModule = (name: string): boolean => globSync(`/usr/lib/*/frr/modules/${name}.so`).length > 0;

/** Whether a node has an Open vSwitch. */
const hasSwitch = (node: Node): boolean => ['hypervisor', 'stack'].includes(node.kind) || speaksRstp(node);

/** Programs that a kind or a feature starts, and the Debian packages that bring them. */
const programs: readonly {
  readonly when: (topology: Topology) => boolean;
  readonly program: string;
  readonly package: string;
}[] = [
  {
    when: (topology) => topology.nodes.some(runsFrr),
    program: '/usr/lib/frr/zebra',
    package: 'frr',
  },
  {
    when: (topology) => topology.nodes.some(hasSwitch),
    program: 'ovs-vswitchd',
    package: 'openvswitch-switch',
  },
  {
    when: (topology) => topology.nodes.some((node) => Object.hasOwn(node.features, 'haproxy')),
    program: 'haproxy',
    package: 'haproxy',
  },
  {
    when: (topology) => topology.nodes.some((node) => Object.hasOwn(node.features, 'nat')),
    program: 'iptables-restore',
    package: 'iptables',
  },
  {
    when: (topology) => topology.nodes.some((node) => Object.hasOwn(node.features, 'dhcp')),
    program: 'dnsmasq',
    package: 'dnsmasq-base',
  },
  {
    when: (topology) => topology.nodes.some((node) => node.interfaces.some((own) => own.dhcp === true)),
    program: 'udhcpc',
    package: 'udhcpc',
  },
  {
    when: (topology) => topology.nodes.some((node) => Object.hasOwn(node.features, 'https')),
    program: 'openssl',
    package: 'openssl',
  },
];

const kernelWords = {
  vrf: ['VRFs', 'modprobe vrf'],
  mpls: ['MPLS', 'modprobe mpls_router'],
} as const;

const isRoot = (): boolean => process.getuid?.() === 0;

/** Lines of FRR's files that this kernel makes nothing of: an error, or notes where the node's files say so. */
const requireKernel = (topology: Topology, where: string, note: (text: string) => void): void => {
  // Only root can try what the kernel can do.
  const lines = isRoot() ? kernelNeeds(topology) : [];
  for (const need of ['vrf', 'mpls'] as const) {
    const own = lines.filter((line) => line.need === need);
    if (own.length === 0 || kernelHas(need)) continue;
    const [name, load] = kernelWords[need];
    const told = own.map(({ file, line, text, node }) => `${file}:${line}: ${text}  (${node})`);
    if (own.every(({ noted }) => noted)) {
      for (const one of told) note(`this kernel has no ${name}, and FRR does nothing with ${one}`);
      continue;
    }
    throw new XiyouError('not-possible-here', `FRR's files ask for ${name}, and this kernel has none`, {
      where,
      details: told,
      hint: `${load}; or leave these lines out, or tell them only, with refused: note`,
    });
  }
};

/** Throws when this machine cannot carry the topology; says what is missing, where it is written, and what to do. */
export const requirePossible = (
  topology: Topology,
  where: string,
  note: (text: string) => void = () => undefined,
  written?: Written,
): void => {
  const missing = programs.filter((entry) => entry.when(topology) && !hasProgram(entry.program));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((entry) => entry.package))].join(' ');
    throw new XiyouError('machine-lacks', `this machine lacks ${missing.map((entry) => entry.program).join(', ')}`, {
      where,
      hint: `apt-get install ${packages} (or run the set-up: npm run setup)`,
    });
  }
  const validating = topology.nodes.some((node) => bgpOf(node)?.rpki !== undefined);
  if (validating && !hasFrrModule('bgpd_rpki'))
    throw new XiyouError('machine-lacks', "this machine lacks FRR's module for RPKI", {
      where,
      hint: 'apt-get install frr-rpki-rtrlib (or run the set-up: npm run setup)',
    });
  requireKernel(topology, where, note);
  requireInsisted(topology, where, written);
  const needsTun = topology.nodes.some((node) => hasSwitch(node) || Object.hasOwn(node.features, 'epc'));
  if (needsTun && !kernelHas('tun'))
    throw new XiyouError('machine-lacks', 'this machine has no /dev/net/tun', { where, hint: 'modprobe tun' });
  const speaking = topology.nodes.find((node) => as(node, 'mme') !== undefined || as(node, 'enodeb') !== undefined);
  if (speaking !== undefined && kernelHas('sctp'))
    throw new XiyouError(
      'not-possible-here',
      `${speaking.name} speaks SCTP by itself, and this kernel's own is loaded and would abort that`,
      { where, hint: 'modprobe -r sctp' },
    );
  const impaired = topology.links.some((link) => link.impairment !== undefined);
  if (impaired && !kernelHas('netem') && !kernelHas('overlay')) {
    throw new XiyouError(
      'not-possible-here',
      'this kernel has neither netem nor overlayfs, so links cannot be impaired',
      { where, hint: 'modprobe sch_netem, or modprobe overlay' },
    );
  }
};
