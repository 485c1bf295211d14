/** Labs of containerlab: a file of it runs as it is, and a lab of ours, exported as one, comes up with the same routes. */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { projectDirectory } from '../../src/engine/paths.ts';
import { loadTopology } from '../../src/engine/load.ts';
import { gone, labFrom, untilItWorks } from '../helpers/elsewhere.ts';
import { corpus } from '../helpers/interop.ts';
import { type TestLab, eventOf, testLab, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

test('a containerlab file runs as it is', async (t) => {
  const lab = labFrom(t, path.join(projectDirectory, 'test/fixtures/elsewhere'), 'elsewhere.clab.yml');
  const made = await lab.up();
  const notes = made.flatMap((event) => (event.event === 'note' ? [event.text] : []));
  t.true(notes.some((note) => note.startsWith('mgmt is ignored')));
  t.true(
    notes.some((note) => /client-1: .*ip route del default .*exit code 1/u.test(note)),
    'a command that fails is told, and the lab goes on',
  );

  await untilItWorks(lab, 20, 'client-1', 'ping', '-c', '1', '-W', '1', '192.168.2.9');
  t.is(
    (await lab.exec('client-1', 'cat', '/etc/colour', '/srv/site/hello.txt', '/etc/client_1.txt')).stdout,
    'green is the colour\nhello\nhello\n',
  );
  const program = "require('net').connect(7000, '192.168.2.9').pipe(process.stdout)";
  t.is(await untilItWorks(lab, 10, 'client-1', 'node', '-e', program), 'green', 'cmd runs, with env');
  t.regex((await lab.exec('server', 'ip', 'link', 'show', 'eth1')).stdout, /02:42:00:00:00:09/u);
  t.regex((await lab.exec('r2', 'ip', 'link', 'show', 'eth2')).stdout, /02:42:00:00:00:02/u);

  const routes = async (node: string): Promise<string> => (await lab.exec(node, 'ip', 'route')).stdout;
  t.regex(await routes('r1'), /blackhole 203\.0\.113\.0\/24 proto static/u, 'staticd runs although nobody said so');
  t.regex(await routes('r1'), /192\.168\.2\.0\/24 .*proto bgp/u);
  await poll('the redistributed route', async () => /198\.51\.100\.0\/24 .*proto ospf/u.test(await routes('r1')), 20);

  const second = await lab.up();
  t.is(eventOf(second, 'plan')?.missing, 0, 'nothing to do the second time');
  await gone(t, lab);
});

test('the shapes of people’s labs: nodes that are numbers, directories, scripts at /, variables, stages', async (t) => {
  const lab = labFrom(t, path.join(projectDirectory, 'test/fixtures/shapes'), 'shapes.clab.yml');
  await lab.up();
  await untilItWorks(lab, 40, 'pc-a', 'ping', '-c', '1', '-W', '1', '192.168.72.10');
  const seen = async (node: string, ...argv: string[]): Promise<string> => (await lab.exec(node, ...argv)).stdout;
  t.is(await seen('pc-a', 'cat', '/root/env'), 'node kind green tea\n', 'the nearest of all variables');
  t.is(await seen('n-1', 'cat', '/root/said', '/etc/frr/notes.txt'), 'green tea kind\nmtu checked\n');
  t.is(await seen('n-1', 'hostname'), 'Edge_1\n');
  t.regex(await seen('n-1', 'ip', '-d', 'link', 'show', 'vx7'), /vxlan id 7 /u);
  t.regex(await seen('n-1', 'vtysh', '-c', 'show ip ospf neighbor'), /10\.7\.0\.2 .*Full/u);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0, 'nothing to do the second time');
  await gone(t, lab);
});

test('a lab that starts FRR by its own script and configures it by vtysh runs as it is', async (t) => {
  const node = (name: string, own: string, other: string, asn: number, peer: number): string[] => [
    `    ${name}:`,
    '      kind: linux',
    '      image: frrouting/frr:v7.5.1',
    '      exec:',
    '        - touch /etc/frr/vtysh.conf',
    "        - sed -i -e 's/bgpd=no/bgpd=yes/g' /etc/frr/daemons",
    '        - /usr/lib/frr/frrinit.sh start',
    '        - >-',
    "          vtysh -c 'conf t'",
    "          -c 'interface net0'",
    `          -c 'ip address ${own}/30'`,
    `          -c 'router bgp ${asn}'`,
    "          -c ' no bgp ebgp-requires-policy'",
    `          -c ' neighbor ${other} remote-as ${peer}'`,
    "          -c ' redistribute static'",
    "          -c 'exit'",
    `          -c 'ip route 192.0.${asn}.0/24 blackhole'`,
  ];
  const lab = testLab(
    t,
    'script.yml',
    [
      'name: x',
      'topology:',
      '  nodes:',
      ...node('r1', '10.0.0.1', '10.0.0.2', 1, 2),
      ...node('r2', '10.0.0.2', '10.0.0.1', 2, 1),
      '  links:',
      '    - endpoints: [r1:net0, r2:net0]',
      '',
    ].join('\n'),
  );
  await lab.up();
  await poll(
    'the other route',
    async () => /192\.0\.2\.0\/24 .*proto bgp/u.test((await lab.exec('r1', 'ip', 'route')).stdout),
    40,
  );
  await gone(t, lab);
});

test('export prints what graph prints, and the resolved topology; convert refuses what is ours already', async (t) => {
  const exported = async (form: string): Promise<string> => (await xiyou(['export', 'two-hosts', '--to', form])).stdout;
  for (const form of ['mermaid', 'dot'])
    t.is(await exported(form), (await xiyou(['graph', 'two-hosts', '-f', form])).stdout, form);
  const { nodes } = JSON.parse(await exported('json')) as {
    nodes: { name: string; interfaces: { addresses: string[] }[] }[];
  };
  t.deepEqual(
    nodes.map(({ name, interfaces }) => [name, interfaces.length]),
    [
      ['left', 1],
      ['right', 1],
    ],
  );
  t.true(
    nodes.every(({ interfaces }) => interfaces.every(({ addresses }) => addresses.length === 2)),
    'addresses are decided',
  );
  const refused = await xiyou(['export', 'nat', '--to', 'containerlab']);
  t.is(refused.exitCode, 2);
  t.regex(refused.stderr, /error\[not-exportable\][^]*firewall table nat/u);
  t.is((await xiyou(['export', 'two-hosts'])).exitCode, 2, 'a form must be named');
  const ours = await xiyou(['convert', 'two-hosts']);
  t.is(ours.exitCode, 2);
  t.regex(ours.stderr, /is a topology of Xiyou already/u);
});

/** Destination and protocol of every route of these nodes; link-local ones belong to the kernel. */
const routesOf = async (lab: TestLab, nodes: readonly string[]): Promise<string[]> => {
  const all = await Promise.all(
    nodes.flatMap((node) =>
      ['-4', '-6'].map(async (family) => {
        const { stdout } = await lab.exec(node, 'ip', family, '-j', 'route');
        const routes = JSON.parse(stdout) as { dst: string; protocol: string }[];
        return routes
          .filter(({ dst }) => !dst.startsWith('fe80') && !dst.startsWith('ff00'))
          .map(({ dst, protocol }) => `${node} ${dst} ${protocol}`);
      }),
    ),
  );
  return [...new Set(all.flat())].sort();
};

for (const name of ['bgp', 'ospf', 'rip'])
  test(`${name}, exported as a containerlab file, comes up with the same routes`, async (t) => {
    t.timeout(300_000);
    const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-export-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    const { topology } = await loadTopology(name);
    const nodes = topology.nodes.flatMap((node) => (node.kind === 'switch' ? [] : [node.name]));
    const ours = testLab(t, name);
    await ours.up();
    const exported = await xiyou(['export', name, '--to', 'containerlab', '-o', directory]);
    t.is(exported.exitCode, 0, exported.stderr);
    const theirs = labFrom(t, directory, `${name}.clab.yml`);
    await theirs.up();
    let [wanted, seen]: [string[], string[]] = [[], []];
    await poll(
      'the same routes',
      async () => {
        [wanted, seen] = await Promise.all([routesOf(ours, nodes), routesOf(theirs, nodes)]);
        return wanted.join('\n') === seen.join('\n');
      },
      90,
    ).catch(() => undefined);
    t.deepEqual(seen, wanted);
    t.true(
      wanted.some((route) => /(?:bgp|ospf|rip)$/u.test(route)),
      'routing protocols brought some',
    );
    await gone(t, ours);
    await gone(t, theirs);
  });

const labs = globSync('*/*.clab.{yml,yaml}', { cwd: path.join(corpus, 'containerlab') });
if (labs.length === 0) test(`no labs of containerlab in ${corpus}: nothing more to run`, (t) => t.pass());
else {
  const directory = path.join(corpus, 'containerlab');

  test('frr01 of containerlab: every PC reaches the others, over OSPF with its standard timers', async (t) => {
    const lab = labFrom(t, path.join(directory, 'frr01'), 'frr01.clab.yml');
    await lab.up();
    for (const [from, to] of [
      ['pc1', '192.168.13.2'],
      ['pc1', '192.168.12.2'],
      ['pc2', '192.168.13.2'],
    ] as const)
      await untilItWorks(lab, 100, from, 'ping', '-c', '1', '-W', '1', to);
    await gone(t, lab);
  });

  test('vxlan-ptp: with the commands of its set-up script, the hosts share a segment', async (t) => {
    const base = path.join(directory, 'vxlan-ptp');
    const lab = labFrom(t, base, 'vxlan-ptp.clab.yaml');
    await lab.up();
    const { exec } = JSON.parse(readFileSync(path.join(base, 'setup.json'), 'utf8')) as { exec: [string, string][] };
    for (const [node, written] of exec) {
      const command = written
        .replace(/^brctl addbr (\S+)$/u, 'ip link add $1 type bridge')
        .replace(/^brctl addif (\S+) (\S+)$/u, 'ip link set $2 master $1')
        .replace(/^brctl stp (\S+) off$/u, 'ip link set $1 type bridge stp_state 0');
      const { exitCode, stderr } = await lab.exec(node, ...command.split(' '));
      t.is(exitCode, 0, `${node}: ${command}: ${stderr}`);
    }
    await untilItWorks(lab, 20, 'host4', 'ping', '-c', '1', '-W', '1', '192.168.1.5');
    await gone(t, lab);
  });
}
