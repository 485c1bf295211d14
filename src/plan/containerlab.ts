/**
 * A plan as a containerlab lab: one YAML file, and the files that its nodes bind. Hosts and routers become kind linux,
 * with addresses and routes as commands after the start, as containerlab gives none itself; switches become bridges.
 * What only Xiyou can run is said, not left out.
 */
import type { Operation } from '../fragment/operation.ts';
import type { Topology } from '../topology/topology.ts';
import { operationsOf } from './plan.ts';
import type { Plan } from './plan.ts';
import { quote } from './render.ts';

export interface Images {
  readonly router: string;
  readonly host: string;
}

export interface ContainerlabLab {
  /** The value of the YAML file. */
  readonly value: Record<string, unknown>;
  /** Path, relative to the YAML file -> content. */
  readonly files: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
  /** What cannot be exported, in words. */
  readonly problems: readonly string[];
}

const frrDirectory = '/usr/lib/frr/';

/** What Docker gives every container, and what it takes over from the machine. */
const dockers = new Set(['net.ipv4.tcp_congestion_control']);

const line = (argv: readonly string[]): string => argv.map(quote).join(' ');

const routeLine = (route: Extract<Operation, { op: 'route' }>): string =>
  line([
    'ip',
    ...(route.to.includes(':') ? ['-6'] : []),
    ...['route', 'replace', ...(route.blackhole === true ? ['blackhole'] : []), route.to],
    ...(route.via === undefined ? [] : ['via', route.via]),
    ...(route.dev === undefined ? [] : ['dev', route.dev]),
    ...(route.src === undefined ? [] : ['src', route.src]),
    ...(route.onlink === true ? ['onlink'] : []),
    // As the lab itself makes them: ip(8) would say that they came at boot.
    ...['proto', 'static'],
  ]);

/** One node's operations, gathered under the keys of containerlab. */
class NodeExport {
  readonly exec: string[] = [];
  readonly binds: string[] = [];
  readonly sysctls: Record<string, string> = {};
  readonly daemons: string[] = [];
  readonly problems: string[] = [];
  readonly node: string;
  readonly files: Map<string, string>;
  constructor(node: string, files: Map<string, string>) {
    this.node = node;
    this.files = files;
  }

  #cannot(what: string): void {
    this.problems.push(`${this.node}: ${what}`);
  }

  #bind(target: string, content: string): void {
    const file = `${this.node}/${target
      .replace(/^\/etc\/frr\//u, '')
      .replaceAll('/', '_')
      .replace(/^_/u, '')}`;
    this.files.set(file, content);
    this.binds.push(`${file}:${target}`);
  }

  take(operation: Operation): void {
    switch (operation.op) {
      case 'address': {
        const nodad = operation.address.includes(':') ? ['nodad'] : [];
        this.exec.push(line(['ip', 'address', 'add', operation.address, 'dev', operation.interface, ...nodad]));
        return;
      }
      case 'route':
        this.exec.push(routeLine(operation));
        return;
      case 'sysctl':
        if (!dockers.has(operation.key)) this.sysctls[operation.key] = operation.value;
        return;
      case 'command':
        this.exec.push(line(operation.argv));
        return;
      case 'file':
        if (operation.path.startsWith('/run/')) return;
        if (operation.content.startsWith('@pki/')) this.#cannot('a certificate of the lab’s own CA');
        else if (!operation.path.endsWith('/')) this.#bind(operation.path, operation.content);
        return;
      case 'process': {
        const [program = ''] = operation.argv;
        if (program.startsWith(frrDirectory)) this.daemons.push(program.slice(frrDirectory.length));
        else this.#cannot(`the program ${operation.name}, which no image of containerlab has`);
        return;
      }
      case 'firewall':
        this.#cannot(`the firewall table ${operation.table}`);
        return;
      case 'stateless-nat':
        this.#cannot('translation without state');
        return;
      case 'openvswitch':
      case 'flows':
      case 'tun':
        this.#cannot('what only a hypervisor or a gateway of Xiyou has');
        return;
      case 'namespace':
      case 'veth':
      case 'bridge':
      case 'interface':
      case 'impairment':
    }
  }

  /** The node's entry. FRR's `daemons` file says what its image starts. */
  entry(images: Images, router: boolean): Record<string, unknown> {
    if (router) {
      const names = this.daemons.filter((name) => name !== 'zebra' && name !== 'staticd');
      this.#bind('/etc/frr/daemons', [...names.map((name) => `${name}=yes`), 'vtysh_enable=yes', ''].join('\n'));
    }
    return {
      kind: 'linux',
      image: router ? images.router : images.host,
      // No management interface: eth0 is the node's own.
      'network-mode': 'none',
      ...(Object.keys(this.sysctls).length === 0 ? {} : { sysctls: this.sysctls }),
      ...(this.binds.length === 0 ? {} : { binds: this.binds }),
      ...(this.exec.length === 0 ? {} : { exec: this.exec }),
    };
  }
}

const linkOf = (topology: Topology, index: number): Record<string, unknown> => {
  const { ends, mtu } = topology.links[index] ?? { ends: [], mtu: 1500 };
  const endpoints = ends.map((end) => {
    const node = topology.nodes.find((candidate) => candidate.name === end.node);
    const mac = node?.interfaces.find((own) => own.name === end.interface)?.mac;
    return { node: end.node, interface: end.interface, ...(mac === undefined ? {} : { mac }) };
  });
  return { type: 'veth', endpoints, mtu };
};

/** The plan's lab for containerlab. `plan` is made for a kernel that impairs links itself: cables are no nodes. */
export const toContainerlab = (plan: Plan, images: Images): ContainerlabLab => {
  const { topology } = plan;
  const files = new Map<string, string>();
  const operations = Map.groupBy(operationsOf(plan), (operation) => operation.node);
  const problems: string[] = [];
  const notes: string[] = [];
  const nodes = Object.fromEntries(
    topology.nodes.map((node) => {
      if (node.kind === 'switch') {
        if (node.name.length > 15) problems.push(`${node.name}: a bridge’s name has at most 15 characters`);
        return [node.name, { kind: 'bridge' }];
      }
      const made = new NodeExport(node.name, files);
      for (const operation of operations.get(node.name) ?? []) made.take(operation);
      const entry = made.entry(images, made.daemons.length > 0);
      problems.push(...new Set(made.problems));
      return [node.name, entry];
    }),
  );
  const bridges = topology.nodes.filter((node) => node.kind === 'switch').map((node) => node.name);
  if (bridges.length > 0)
    notes.push(
      `containerlab wants its bridges to be there: ${bridges.map((name) => `ip link add ${name} type bridge && ip link set ${name} up`).join('; ')}`,
    );
  if (topology.links.some((link) => link.impairment !== undefined))
    notes.push('containerlab has no impairments in its file: give them with containerlab tools netem set');
  return {
    value: {
      name: topology.name,
      topology: { nodes, links: topology.links.map((_, index) => linkOf(topology, index)) },
    },
    files,
    notes,
    problems,
  };
};
