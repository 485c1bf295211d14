/**
 * Mininet as a contender: the version that Debian packages, in network, mount and pid namespaces of its own, so that
 * whatever it makes ends with its process. Its own clean-up (`mn -c`) kills by pattern and is never used.
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { $ } from 'zx';
import type { Operation } from '../../src/fragment/operation.ts';
import type { Topology } from '../../src/topology/topology.ts';
import type { Workspace } from './workspace.ts';

const packages = ['mininet', 'bridge-utils'] as const;
const isInstalled = async (): Promise<boolean> => {
  const { stdout } = await $({ nothrow: true, quiet: true })`dpkg-query -W -f ${'${db:Status-Status}\n'} ${packages}`;
  return stdout.split('\n').filter((line) => line === 'installed').length === packages.length;
};

/** Installs Debian's packages when they are missing. Services must not start; a policy that is there is kept. */
export const installMininet = async (): Promise<void> => {
  if (await isInstalled()) return;
  process.stderr.write(`bench: installing ${packages.join(', ')}\n`);
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const apt = $({ quiet: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    await apt`apt-get -q update`;
    await apt`apt-get -q -y --no-install-recommends install ${packages}`;
  } finally {
    if (ours) rmSync(policy);
  }
};

/** What mininet.py reads: the IPv4 half of the lab, for its hosts have no IPv6 of their own. */
export const mininetGraph = (topology: Topology, operations: readonly Operation[]): unknown => {
  const kinds = new Map(topology.nodes.map((node) => [node.name, node.kind]));
  const routes = Map.groupBy(
    operations.filter((operation) => operation.op === 'route'),
    (operation) => operation.node,
  );
  const ports = new Map(
    topology.nodes.flatMap((node) => node.interfaces.map((port) => [`${node.name}:${port.name}`, port] as const)),
  );
  return {
    switches: topology.nodes.filter((node) => node.kind === 'switch').map((node) => node.name),
    hosts: topology.nodes
      .filter((node) => node.kind !== 'switch')
      .map((node) => ({
        name: node.name,
        forward: kinds.get(node.name) === 'gateway',
        routes: (routes.get(node.name) ?? [])
          .filter((route) => !route.to.includes(':'))
          .map(({ to, via }) => ({ to, via })),
      })),
    links: topology.links.map((link) =>
      link.ends.map((end) => ({
        node: end.node,
        ip: ports.get(`${end.node}:${end.interface}`)?.addresses.find((address) => !address.includes(':')) ?? null,
      })),
    ),
  };
};

/** One run: seconds from the start of the command until the network runs, and from the order to stop until it has ended. */
export const runMininet = (work: Workspace, graph: string): Promise<{ readonly up: number; readonly down: number }> =>
  new Promise((resolve, reject) => {
    if (work.signal.aborted) return reject(work.signal.reason as Error);
    const apart = ['-n', '-m', '-p', '-f', '--mount-proc', '--kill-child'];
    let began = performance.now();
    const child = spawn('unshare', [...apart, 'python3', path.join(import.meta.dirname, 'mininet.py'), graph], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [up, stderr] = [0, ''];
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    // The process is init of its pid namespace: with it ends everything that Mininet started.
    const end = (): void => void child.kill('SIGKILL');
    work.signal.addEventListener('abort', end, { once: true });
    const seconds = (): number => (performance.now() - began) / 1000;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line !== 'up') return;
      up = seconds();
      began = performance.now();
      child.stdin.end('stop\n');
    });
    child.once('error', reject).once('close', (code) => {
      work.signal.removeEventListener('abort', end);
      if (work.signal.aborted) reject(work.signal.reason as Error);
      else if (code === 0 && up > 0) resolve({ up, down: seconds() });
      else
        reject(
          new Error(`mininet.py: exit ${code ?? 'by signal'}\n${stderr.trimEnd().split('\n').slice(-12).join('\n')}`),
        );
    });
  });
