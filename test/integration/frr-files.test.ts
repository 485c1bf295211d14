/** FRR's own files are taken word for word, every daemon of it runs, and what FRR refuses is told with its line. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { projectDirectory } from '../../src/engine/paths.ts';
import { kernelHas } from '../../src/kernel/capabilities.ts';
import { frrDaemons } from '../../src/features/frr/daemons.ts';
import { gone, labFrom, untilItWorks } from '../helpers/elsewhere.ts';
import { eventOf, testLab, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

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
  if (kernelHas('vrf')) return t.pass('this kernel has VRFs');
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
