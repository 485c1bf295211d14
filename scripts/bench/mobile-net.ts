/**
 * The network that user plane is measured in: phone - eNodeB - SGW - PGW - server, each a namespace, joined by veth pairs as a
 * lab makes them (offload off, core links 36 octets wider). Who carries packets is switched while all of it stands.
 *
 *     phone 10.45.0.2 == enb 10.1.0.1 -- 10.1.0.2 sgw 10.2.0.1 -- 10.2.0.2 pgw 203.0.113.1 -- server 203.0.113.2
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../src/kernel/wait.ts';
import { timed } from './timed.ts';
import type { Workspace } from './workspace.ts';

/** Plain kernel routing over the same links; the two data paths of lab/gtp. */
export const carriers = ['routing', 'threads', 'bpf'] as const;
export type Carrier = (typeof carriers)[number];

const nodes = ['phone', 'enb', 'sgw', 'pgw', 'server'] as const;
type Node = (typeof nodes)[number];
export const address = { phone: '10.45.0.2', server: '203.0.113.2' } as const;

const main = path.resolve(import.meta.dirname, '../../lab/gtp/main.ts');
const macs = { phone: '02:00:00:00:01:00', radio: '02:00:00:00:02:00' } as const;
/** Milliseconds that a daemon may take to start. */
const START_LIMIT = 20_000;

const configs = {
  enb: {
    role: 'enodeb',
    local: '10.1.0.1',
    radios: [
      {
        interface: 'radio',
        mac: macs.phone,
        gateway: '10.45.0.1',
        session: { address: address.phone, core: { teidIn: 0x2001, teidOut: 0x1001, peer: '10.1.0.2' } },
      },
    ],
  },
  sgw: {
    role: 'sgw',
    access: '10.1.0.2',
    core: '10.2.0.1',
    sessions: [
      {
        access: { teidIn: 0x1001, teidOut: 0x2001, peer: '10.1.0.1' },
        core: { teidIn: 0x4001, teidOut: 0x3001, peer: '10.2.0.2' },
      },
    ],
  },
  pgw: {
    role: 'pgw',
    local: '10.2.0.2',
    tun: 'gtp0',
    sessions: [{ address: address.phone, access: { teidIn: 0x3001, teidOut: 0x4001, peer: '10.2.0.1' } }],
  },
} as const;

/** Routes of plain routing, which the tunnels do without: node, destination, next hop. */
const routes = [
  ['enb', 'default', '10.1.0.2'],
  ['sgw', '10.45.0.0/24', '10.1.0.1'],
  ['sgw', 'default', '10.2.0.2'],
  ['pgw', `${address.phone}/32`, '10.2.0.1'],
] as const;

export class MobileNet {
  readonly #work: Workspace;
  #daemons: ChildProcess[] = [];

  constructor(work: Workspace) {
    this.#work = work;
  }

  name(node: Node): string {
    return `bench-mobile-${process.pid}-${node}`;
  }

  /** A command inside a node, as words. */
  inside(node: Node, ...words: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.name(node), ...words];
  }

  /** Makes namespaces, links, addresses and routes. All is gone when the workspace closes. */
  async build(): Promise<void> {
    for (const node of nodes) {
      await timed(['ip', 'netns', 'add', this.name(node)]);
      this.#work.willUndo(() => timed(['ip', 'netns', 'del', this.name(node)]));
      // No announcements of IPv6 beside the load.
      await this.#sysctl(node, 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
      await this.#ip(node, 'link', 'set', 'lo', 'up');
    }
    this.#work.willUndo(() => this.#stop());
    await this.#link(['phone', 'eth0'], ['enb', 'radio'], 1500, [macs.phone, macs.radio]);
    await this.#link(['enb', 's1u'], ['sgw', 's1u'], 1536);
    await this.#link(['sgw', 's5u'], ['pgw', 's5u'], 1536);
    await this.#link(['pgw', 'sgi'], ['server', 'eth0'], 1500);
    await this.#ip('pgw', 'tuntap', 'add', 'dev', 'gtp0', 'mode', 'tun');
    await this.#ip('pgw', 'link', 'set', 'gtp0', 'up');
    for (const [node, device, prefix] of [
      ['phone', 'eth0', `${address.phone}/24`],
      ['enb', 's1u', '10.1.0.1/24'],
      ['sgw', 's1u', '10.1.0.2/24'],
      ['sgw', 's5u', '10.2.0.1/24'],
      ['pgw', 's5u', '10.2.0.2/24'],
      ['pgw', 'gtp0', '10.45.0.1/24'],
      ['pgw', 'sgi', '203.0.113.1/24'],
      ['server', 'eth0', `${address.server}/24`],
    ] as const)
      await this.#ip(node, 'addr', 'add', prefix, 'dev', device);
    await this.#ip('phone', 'route', 'add', 'default', 'via', '10.45.0.1');
    // The same first hop for all carriers, the base station, whoever answers ARP there.
    await this.#ip('phone', 'neigh', 'add', '10.45.0.1', 'lladdr', macs.radio, 'dev', 'eth0');
    await this.#ip('enb', 'route', 'add', `${address.phone}/32`, 'dev', 'radio');
    await this.#ip('server', 'route', 'add', '10.45.0.0/24', 'via', '203.0.113.1');
    await this.#sysctl('pgw', 'net.ipv4.ip_forward=1');
  }

  /** From now on this one carries the packets. @throws Error when a data path does not start */
  async carry(carrier: Carrier): Promise<void> {
    await this.#stop();
    const verb = carrier === 'routing' ? 'replace' : 'del';
    for (const [node, to, via] of routes)
      await timed(['ip', '-n', this.name(node), 'route', verb, to, 'via', via], { anyExit: true });
    // A base station that routed too would send every packet twice.
    for (const node of ['enb', 'sgw'] as const)
      await this.#sysctl(node, `net.ipv4.ip_forward=${carrier === 'routing' ? 1 : 0}`);
    if (carrier !== 'routing')
      await Promise.all((['enb', 'sgw', 'pgw'] as const).map((node) => this.#start(node, carrier)));
    await timed(this.inside('phone', 'ping', '-q', '-c', '2', '-i', '0.2', '-w', '5', address.server));
  }

  async #start(node: 'enb' | 'sgw' | 'pgw', dataPath: 'threads' | 'bpf'): Promise<void> {
    const [file, ready] = [this.#work.file(`${node}.json`), this.#work.file(`${node}.ready`)];
    rmSync(ready, { force: true });
    writeFileSync(file, JSON.stringify({ ...configs[node], dataPath, ready }));
    const [command = '', ...words] = this.inside(node, process.execPath, main, file);
    const daemon = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    this.#daemons.push(daemon);
    await until(() => existsSync(ready) || daemon.exitCode !== null, START_LIMIT);
    if (!existsSync(ready)) throw new Error(`${node} did not start: ${complaint.trim() || 'no words of it'}`);
  }

  /** Ends the daemons, which take their programs out of the kernel. */
  async #stop(): Promise<void> {
    await Promise.all(
      this.#daemons.splice(0).map(
        (daemon) =>
          new Promise<void>((resolve) => {
            if (daemon.exitCode !== null || daemon.signalCode !== null) return resolve();
            daemon.once('exit', () => resolve());
            daemon.kill('SIGTERM');
          }),
      ),
    );
  }

  #ip(node: Node, ...words: readonly string[]): Promise<unknown> {
    return timed(['ip', '-n', this.name(node), ...words]);
  }
  #sysctl(node: Node, ...settings: readonly string[]): Promise<unknown> {
    return timed(this.inside(node, 'sysctl', '-q', '-w', ...settings));
  }

  async #link(
    a: readonly [Node, string],
    b: readonly [Node, string],
    mtu: number,
    [macA, macB]: readonly [string?, string?] = [],
  ): Promise<void> {
    const end = ([node, device]: readonly [Node, string], mac: string | undefined): string[] => {
      const own = ['name', device, 'netns', this.name(node), 'mtu', String(mtu)];
      return mac === undefined ? own : [...own, 'address', mac];
    };
    await timed(['ip', 'link', 'add', ...end(a, macA), 'type', 'veth', 'peer', ...end(b, macB)]);
    for (const [node, device] of [a, b]) {
      await timed(this.inside(node, 'ethtool', '-K', device, 'tx', 'off'));
      await this.#ip(node, 'link', 'set', device, 'up');
    }
  }
}
