/** Labs from elsewhere: a containerlab file runs as it is, FRR's files are taken word for word, and what FRR refuses is told. */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { projectDirectory } from '../../src/engine/paths.ts';
import { loadTopology } from '../../src/engine/load.ts';
import { hasLinkKind } from '../../src/kernel/capabilities.ts';
import { frrDaemons } from '../../src/features/frr/daemons.ts';
import { corpus } from '../helpers/interop.ts';
import { type TestLab, eventOf, testLab, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

/** A directory of files as a lab under a name of the test's own. */
const labFrom = (t: ExecutionContext, directory: string, file: string): TestLab => {
  const lab = testLab(t, `${file.split('.')[0] ?? ''}.yml`, readFileSync(path.join(directory, file), 'utf8'));
  cpSync(directory, path.dirname(lab.file), { recursive: true });
  lab.write(readFileSync(path.join(directory, file), 'utf8'));
  return lab;
};

/** Runs a command in a node until it ends with 0, or for so many seconds. */
const untilItWorks = async (lab: TestLab, seconds: number, node: string, ...argv: string[]): Promise<string> =>
  poll(
    `${node}: ${argv.join(' ')}`,
    async () => {
      const { exitCode, stdout } = await lab.exec(node, ...argv);
      return exitCode === 0 && stdout;
    },
    seconds,
  );

const gone = async (t: ExecutionContext, lab: TestLab): Promise<void> => {
  const down = await lab.down();
  t.is(down.exitCode, 0, down.stderr);
  t.deepEqual(await lab.left(), []);
};

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

const router = (frr: string): string =>
  [
    'name: x',
    'nodes:',
    `  r1: {kind: router, frr: ${frr}}`,
    '  h1: {kind: host}',
    'links:',
    '  - [r1:eth0, h1]',
    '',
  ].join('\n');

test('a line that FRR does not take is an error with its file and number', async (t) => {
  const lab = testLab(t, 'refused.yml', router('{config: frr.conf}'));
  const directory = path.dirname(lab.file);
  const write = (name: string, ...lines: string[]): void =>
    writeFileSync(path.join(directory, name), `${lines.join('\n')}\n`);
  write('frr.conf', 'hostname r1', '!', 'router bgp 65001', ' bgp wibble', ' neighbor 10.0.0.9 activate', 'exit');
  await lab.before;

  const early = await xiyou(['up', lab.file]);
  t.is(early.exitCode, 2);
  t.regex(early.stderr, /error\[file-invalid\].*\n.*frr\.conf:4: FRR does not take "bgp wibble"/u);
  t.deepEqual(await lab.left(), [], 'nothing was touched');

  write('frr.conf', 'hostname r1', '!', 'router bgp 65001', '!', ' neighbor 10.0.0.9 activate', 'exit');
  const late = await xiyou(['up', lab.file]);
  t.is(late.exitCode, 2, late.stderr);
  t.regex(late.stderr, /error\[configuration-refused\]/u);
  t.regex(late.stderr, /frr\.conf:5: neighbor 10\.0\.0\.9 activate +\(bgpd of r1: /u);
  t.is((await xiyou(['up', lab.file])).exitCode, 2, 'it stays refused');

  write('bgpd.conf', 'router bgp 65001', ' neighbor 10.0.0.9 activate');
  write('zebra.conf', 'hostname r1', 'router ospf', 'ip route 192.0.2.0/24 blackhole');
  lab.write(router('{zebra: zebra.conf, bgpd: bgpd.conf}'));
  const valid = await xiyou(['validate', lab.file]);
  t.is(valid.exitCode, 2);
  t.regex(valid.stderr, /bgpd\.conf:2: neighbor[^]*zebra\.conf:2: router ospf/u, 'validate finds them without a lab');
  const each = await xiyou(['up', lab.file]);
  t.is(each.exitCode, 2);
  t.regex(each.stderr, /bgpd\.conf:2: neighbor[^]*zebra\.conf:2: router ospf/u, 'all daemons at once');

  lab.write(router('{zebra: zebra.conf, bgpd: bgpd.conf, refused: note}'));
  const told = await xiyou(['up', lab.file]);
  t.is(told.exitCode, 0, told.stderr);
  t.regex(told.stderr, /FRR does not take .*bgpd\.conf:2: neighbor/u);
  t.regex((await lab.exec('r1', 'ip', 'route')).stdout, /blackhole 192\.0\.2\.0\/24/u, 'its static route is staticd’s');
  await gone(t, lab);
});

test('lines for which the kernel has no VRFs are an error with their places, or are told', async (t) => {
  if (hasLinkKind('vrf')) return t.pass('this kernel has VRFs');
  const lab = testLab(t, 'vrf.yml', router('{config: frr.conf}'));
  writeFileSync(
    path.join(path.dirname(lab.file), 'frr.conf'),
    'vrf RED\n vni 7\nexit-vrf\nrouter bgp 1 vrf RED\nexit\n',
  );
  await lab.before;
  const refused = await xiyou(['up', lab.file]);
  t.is(refused.exitCode, 3);
  t.regex(
    refused.stderr,
    /error\[not-possible-here\].*VRFs[^]*frr\.conf:1: vrf RED +\(r1\)[^]*frr\.conf:4: router bgp 1 vrf RED/u,
  );
  t.deepEqual(await lab.left(), [], 'nothing was touched');
  lab.write(router('{config: frr.conf, refused: note}'));
  const told = await xiyou(['up', lab.file]);
  t.is(told.exitCode, 0, told.stderr);
  t.regex(told.stderr, /this kernel has no VRFs, .*frr\.conf:1: vrf RED/u);
  return gone(t, lab);
});

test('IS-IS, RIP, RIPng and OSPFv3 run from files', async (t) => {
  const lab = testLab(
    t,
    'daemons.yml',
    [
      'name: x',
      'nodes:',
      ...['a', 'b'].map((name) => `  ${name}: {kind: router, loopback: [], frr: {config: ${name}.conf}}`),
      'links:',
      '  - [{node: a, interface: eth0, addresses: []}, {node: b, interface: eth0, addresses: []}]',
      '',
    ].join('\n'),
  );
  const conf = (n: number): string =>
    [
      'interface lo',
      ` ip address 10.9.${n}.1/32`,
      ` ipv6 address 2001:db8:9:${n}::1/128`,
      ' ip router isis X',
      ' isis passive',
      'interface eth0',
      ` ip address 10.0.0.${n}/24`,
      ` ipv6 address 2001:db8::${n}/64`,
      ' ip router isis X',
      ' isis network point-to-point',
      ' isis hello-interval 1',
      ' ipv6 ospf6 area 0',
      ' ipv6 ospf6 network point-to-point',
      ' ipv6 ospf6 hello-interval 1',
      ' ipv6 ospf6 dead-interval 4',
      'router isis X',
      ` net 49.0001.0000.0000.000${n}.00`,
      ' lsp-gen-interval 1',
      'router rip',
      ' network eth0',
      ` redistribute static`,
      ' timers basic 5 30 20',
      'router ripng',
      ' network eth0',
      ' redistribute static',
      ' timers basic 5 30 20',
      'router ospf6',
      ` ospf6 router-id 10.9.${n}.1`,
      ' redistribute static',
      `ip route 192.0.${n}.0/24 blackhole`,
      `ipv6 route 2001:db8:a${n}::/48 blackhole`,
      '',
    ].join('\n');
  for (const [index, name] of ['a', 'b'].entries())
    writeFileSync(path.join(path.dirname(lab.file), `${name}.conf`), conf(index + 1));
  await lab.up();
  const daemons = [...(await lab.daemons()).keys()].filter((name) => name.startsWith('a '));
  t.deepEqual(daemons.sort(), ['a isisd', 'a ospf6d', 'a ripd', 'a ripngd', 'a staticd', 'a zebra']);
  const seen = (family: string, pattern: RegExp) =>
    poll(String(pattern), async () => pattern.test((await lab.exec('a', 'ip', family, 'route')).stdout), 40);
  await seen('-4', /10\.9\.2\.1 .*proto isis/u);
  await seen('-4', /192\.0\.2\.0\/24 .*proto rip/u);
  await seen('-6', /2001:db8:a2::\/48 .*proto (?:ospf|ripng)/u);
  t.regex((await lab.exec('a', 'vtysh', '-c', 'show ipv6 ripng')).stdout, /2001:db8:a2::\/48/u);
  await gone(t, lab);
});

test('every daemon of Debian’s FRR runs, with what it is given', async (t) => {
  const lab = testLab(t, 'all.yml', router('{daemons: daemons, config: frr.conf}'));
  const directory = path.dirname(lab.file);
  writeFileSync(
    path.join(directory, 'daemons'),
    frrDaemons.map((name) => `${name}=yes\n${name}_options="-A 127.0.0.1"\n`).join(''),
  );
  // Each has lines that it only takes when it knows its interfaces, or that no other daemon takes.
  const lines = [
    ...['interface eth0', ' ip address 192.0.2.1/24', ' ip igmp', ' ip igmp join 239.1.1.1', ' ip router openfabric F'],
    ...[' babel wired', ' vrrp 3', 'exit', 'router openfabric F', ' net 49.0001.0000.0000.0001.00', 'exit'],
    ...['router babel', ' network eth0', 'exit', 'pbr-map P seq 10', ' match dst-ip 198.51.100.0/24', 'exit'],
  ];
  writeFileSync(path.join(directory, 'frr.conf'), `${lines.join('\n')}\n`);
  await lab.up();
  const running = [...(await lab.daemons())].flatMap(([name, pid]) =>
    name.startsWith('r1 ') && pid > 0 ? [name.slice(3)] : [],
  );
  t.deepEqual(running.sort(), [...frrDaemons].sort());
  const configured = (await lab.exec('r1', 'vtysh', '-c', 'show running-config')).stdout;
  for (const line of [
    ' ip igmp join 239.1.1.1',
    ' ip router openfabric F',
    ' vrrp 3',
    'pbr-map P seq 10',
    ' babel wired',
  ])
    t.true(configured.split('\n').includes(line), line);
  t.regex((await lab.exec('r1', 'vtysh', '-c', 'show ip igmp join')).stdout, /eth0 .*239\.1\.1\.1/u);
  await gone(t, lab);
});

test('BGP on links without addresses, and EVPN over VXLAN, run from files', async (t) => {
  const lab = labFrom(t, path.join(projectDirectory, 'test/fixtures/evpn'), 'evpn.yml');
  await lab.up();
  await untilItWorks(lab, 30, 'h1', 'ping', '-c', '1', '-W', '1', '192.168.7.2');
  const { stdout } = await lab.exec('l1', 'bridge', 'fdb', 'show', 'dev', 'vx100');
  t.regex(stdout, /dst 10\.255\.0\.2 self extern_learn/u, 'what BGP said, not what the tunnel learnt');
  t.regex((await lab.exec('spine', 'ip', 'route')).stdout, /10\.255\.0\.1 .*via inet6 fe80::.* proto bgp/u);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0);
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
