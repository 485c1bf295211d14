import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import t from 'tap';
import { splitConfiguration } from '../../../src/engine/frr-split.ts';
import { include } from '../../../src/engine/include.ts';
import { hasProgram } from '../../../src/engine/possible.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-include-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const write = (name: string, content: string | Uint8Array): void => {
  mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
  writeFileSync(path.join(directory, name), content);
};

void t.test('files come with their contents and permissions, directories with all that is in them', async (t) => {
  write('one.sh', 'echo\n');
  chmodSync(path.join(directory, 'one.sh'), 0o750);
  write('site/a.txt', 'a');
  write('site/deep/b.txt', 'b');
  const files = [
    { path: '/etc/one', from: 'one.sh' },
    { path: '/srv/site/', from: 'site', owner: 'frr:frr', mode: '0600' },
    { path: '/etc/own', content: 'own' },
  ];
  const { value, problems } = await include({ nodes: { a: { kind: 'host', files } } }, directory);
  t.same(problems, []);
  t.same((value as { nodes: { a: { files: unknown } } }).nodes.a.files, [
    { path: '/etc/one', content: 'echo\n', mode: '0750' },
    { path: '/srv/site/a.txt', content: 'a', mode: '0600', owner: 'frr:frr' },
    { path: '/srv/site/deep/b.txt', content: 'b', mode: '0600', owner: 'frr:frr' },
    { path: '/etc/own', content: 'own' },
  ]);
});

void t.test('what cannot be read is a problem at its place', async (t) => {
  write('binary', Uint8Array.of(0xff, 0xfe, 0));
  const files = [
    { path: '/etc/a', from: 'nothing' },
    { path: '/etc/b', from: 'binary' },
  ];
  const frr = { zebra: 'gone.conf', directory: 'one.sh', config: 'site' };
  const { problems } = await include({ nodes: { a: { files }, r: { frr } } }, directory);
  t.same(
    problems.map((problem) => problem.path),
    [
      ['nodes', 'a', 'files', 0, 'from'],
      ['nodes', 'a', 'files', 1, 'from'],
      ['nodes', 'r', 'frr', 'directory'],
      ['nodes', 'r', 'frr', 'zebra'],
      ['nodes', 'r', 'frr', 'config'],
    ],
  );
  t.match(problems[1]?.message, /is not UTF-8 text/u);
});

void t.test('a topology that names no files stays the value it is', async (t) => {
  const value = { name: 'x', nodes: { a: { kind: 'host' } } };
  t.same(await include(value, directory), { value, problems: [], notes: [] });
});

void t.test('static routes of zebra.conf go to staticd, log files to nobody; lines keep their numbers', async (t) => {
  write(
    'zebra.conf',
    'hostname r\nlog file /tmp/x\nip route 192.0.2.0/24 blackhole\nvrf red\n ipv6 route ::/0 eth0\nexit-vrf\n',
  );
  const { value, notes } = await include({ nodes: { r: { frr: { zebra: 'zebra.conf' } } } }, directory);
  const { frr } = (value as { nodes: { r: { frr: Record<string, { text: string }[]> } } }).nodes.r;
  t.equal(frr['zebra']?.[0]?.text, 'hostname r\n!\n!\nvrf red\n!\nexit-vrf\n');
  t.equal(
    frr['staticd']?.[0]?.text,
    '!\n!\nip route 192.0.2.0/24 blackhole\nvrf red\n ipv6 route ::/0 eth0\nexit-vrf\n',
  );
  t.match(notes, [/"log file" is left out \(.*zebra\.conf:2\)/u]);
  write('staticd.conf', 'ip route 192.0.2.0/24 blackhole\n');
  const both = await include({ nodes: { r: { frr: { directory: '.' } } } }, directory);
  const own = (both.value as { nodes: { r: { frr: Record<string, { text: string }[]> } } }).nodes.r.frr;
  t.match(own['zebra']?.[0]?.text, /^ip route/mu, 'with a file for staticd, FRR says what it thinks of the line');
});

const skip = hasProgram('vtysh') ? false : 'vtysh is not here';
const integrated = [
  'hostname r1',
  'interface eth1',
  ' ip address 10.0.0.1/24',
  ' ip ospf area 0',
  'exit',
  'router ospf',
  ' wibble',
  'router bgp 65001\r',
  ' neighbor 10.0.0.2 remote-as 65002',
  ' address-family ipv4 unicast',
  '  redistribute connected',
  ' exit-address-family',
  'exit',
  'ip route 192.0.2.0/24 blackhole',
  'nonsense',
  'line vty',
].join('\n');

void t.test('an integrated file is split among the daemons as FRR splits it', { skip }, async (t) => {
  const { daemons, refused } = await splitConfiguration(integrated);
  const lines = (name: string): string[] =>
    (daemons.get(name) ?? [])
      .filter(({ text }) => text !== 'end' && text !== 'configure')
      .map(({ line, text }) => `${line}:${text}`);
  t.same(lines('zebra'), ['2:interface eth1', '3: ip address 10.0.0.1/24', '5:exit', '16:line vty']);
  t.same(lines('ospfd'), ['2:interface eth1', '4: ip ospf area 0', '5:exit', '6:router ospf', '16:line vty']);
  t.same(lines('bgpd').slice(2), [
    '8:router bgp 65001',
    '9: neighbor 10.0.0.2 remote-as 65002',
    '10: address-family ipv4 unicast',
    '11:  redistribute connected',
    '12: exit-address-family',
    '13:exit',
    '16:line vty',
  ]);
  t.same(lines('staticd'), ['14:ip route 192.0.2.0/24 blackhole', '16:line vty']);
  t.same(
    refused.map(({ line }) => line),
    [7, 15],
  );
});

void t.test('a line that no daemon knows is a problem, or a note where that is asked for', { skip }, async (t) => {
  write('frr.conf', integrated);
  const strict = await include({ nodes: { r: { frr: { config: 'frr.conf' } } } }, directory);
  t.match(
    strict.problems.map(({ message }) => message),
    [/frr\.conf:7: FRR does not take "wibble"/u, /frr\.conf:15: FRR does not take "nonsense"/u],
  );
  const lax = await include({ nodes: { r: { frr: { config: 'frr.conf', refused: 'note' } } } }, directory);
  t.same(lax.problems, []);
  t.match(lax.notes, [/frr\.conf:7/u, /frr\.conf:15/u]);
});
