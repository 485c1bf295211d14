/**
 * The files that kinds and features write are taken, line by line, by the programs they are for: FRR, HAProxy,
 * iptables and Open vSwitch. A program that ignores what it does not know would leave a lab subtly wrong.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { serverStatePath } from '../../src/features/haproxy/config.ts';
import { authorityPath } from '../../src/features/shared/authority.ts';
import type { FileOperation, FirewallOperation, FlowsOperation, Operation } from '../../src/fragment/operation.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { agreements, cloud, sharedSegment, shop, translated, twoSystems } from '../helpers/fixtures.ts';
import { makeNamespaces } from '../helpers/netns.ts';
import { contributionOf } from '../helpers/topology-fixture.ts';

const operationsOf = (topology: Topology): Operation[] =>
  topology.nodes.flatMap((node) => contributionOf(topology, node.name).operations.map(({ operation }) => operation));

const filesOf = (topology: Topology, matches: (path: string) => boolean): FileOperation[] =>
  operationsOf(topology).filter((operation) => operation.op === 'file' && matches(operation.path)) as FileOperation[];

/** Writes texts to files of a directory that is gone after the test, and returns their paths. */
const written = async (t: ExecutionContext, ...texts: readonly string[]): Promise<string[]> => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'accepts-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const paths = texts.map((_, index) => path.join(directory, String(index)));
  await Promise.all(texts.map((text, index) => writeFile(paths[index] ?? '', text)));
  return paths;
};

/** What FRR's shell, which knows the commands of all daemons, says against a configuration file. */
const rejected = async (file: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await execa('vtysh', ['--dryrun', '--inputfile', file], { reject: false });
  return exitCode === 0 ? '' : `${stdout}${stderr}` || `exit code ${String(exitCode)}`;
};

test('FRR takes every line of every daemon of every router', async (t) => {
  const files = [twoSystems(), twoSystems('standard'), sharedSegment(), translated(), agreements()].flatMap(
    (topology) => filesOf(topology, (path) => path.startsWith('/etc/frr/') && !path.endsWith('/vtysh.conf')),
  );
  t.is(new Set(files.map((file) => file.path)).size, 8, 'each daemon has a file');
  const paths = await written(t, ...files.map((file) => file.content));
  for (const [index, file] of files.entries())
    t.is(await rejected(paths[index] ?? ''), '', `${file.node} ${file.path}`);
});

test('FRR would say so if it did not', async (t) => {
  const [file = ''] = await written(t, 'router ospf\n timers throttle everything 0\n');
  t.regex(await rejected(file), /timers throttle everything/u);
});

test('HAProxy takes its configuration without a warning', async (t) => {
  const [config] = filesOf(shop(), (path) => path.endsWith('/haproxy.cfg'));
  // A first start has nothing to remember: the version of the form, and no server (management guide, 9.3, show servers state).
  const [authority = '', file = '', state = ''] = await written(t, '', '', '1\n');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
  await execa('openssl', ['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=test', '-out', authority]);
  await writeFile(
    file,
    (config?.content ?? '').replaceAll(authorityPath, authority).replaceAll(serverStatePath, state),
  );
  const { stdout, stderr } = await execa('haproxy', ['-c', '-f', file]);
  t.is(stderr, '');
  t.is(stdout, 'Configuration file is valid');
});

test('iptables takes the tables and prints them back as they were written', async (t) => {
  const tables = [translated(), cloud()].flatMap((topology) =>
    operationsOf(topology).filter((operation): operation is FirewallOperation => operation.op === 'firewall'),
  );
  t.deepEqual(
    tables.map(({ node, table, family }) => `${node} ${table} ${family}`),
    ['gw nat 4', 'gw nat 6', 'hv1 filter 4', 'hv2 filter 4', 'hv3 filter 4'],
  );
  for (const { node, table, family, rules } of tables) {
    const namespaces = await makeNamespaces(t, [node], { ipv6: true });
    const program = family === 4 ? 'iptables' : 'ip6tables';
    const [file = ''] = await written(t, [`*${table}`, ...rules, 'COMMIT', ''].join('\n'));
    await namespaces.run(node, `${program}-restore`, file);
    const saved = await namespaces.run(node, `${program}-save`, '-t', table);
    t.deepEqual(
      saved
        .split('\n')
        .filter((line) => /^[-:]/u.test(line))
        .map((line) => line.replace(/\[\d+:\d+\]$/u, '[0:0]')),
      [...rules],
    );
  }
});

test('Open vSwitch takes every flow', async (t) => {
  const operations = operationsOf(cloud()).filter((operation): operation is FlowsOperation => operation.op === 'flows');
  t.is(operations.length, 3);
  for (const { node, flows } of operations) {
    const [file = ''] = await written(t, `${flows.join('\n')}\n`);
    const { stdout } = await execa('ovs-ofctl', ['-O', 'OpenFlow15', 'parse-flows', file]);
    const parsed = stdout.split('\n').filter((line) => line.startsWith('OFPT_FLOW_MOD'));
    t.is(parsed.length, flows.length, node);
    t.is((await readFile(file, 'utf8')).split('\n').length - 1, flows.length);
  }
});
