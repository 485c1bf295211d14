import t from 'tap';
import { addressesOfCommands, macOfCommand } from '../../../../src/topology/containerlab/commands.ts';
import { substitute } from '../../../../src/topology/containerlab/environment.ts';
import { repositoryOf, roleOf } from '../../../../src/topology/containerlab/images.ts';
import { labNameOf, nodeNames } from '../../../../src/topology/containerlab/names.ts';
import { words } from '../../../../src/topology/containerlab/words.ts';

void t.test('a command line is cut into words as a POSIX shell cuts it, and nothing more', (t) => {
  for (const [line, expected] of [
    ['ip link set eth1 up', ['ip', 'link', 'set', 'eth1', 'up']],
    ['  a \t b  ', ['a', 'b']],
    ['', []],
    [`sh -c "echo 'x  y' > /etc/z"`, ['sh', '-c', "echo 'x  y' > /etc/z"]],
    [`a 'b "c"' "d \\"e\\"" f\\ g`, ['a', 'b "c"', 'd "e"', 'f g']],
    [`vtysh -c 'conf t' -c ''`, ['vtysh', '-c', 'conf t', '-c', '']],
    ['echo $HOME * | cat # a comment', ['echo', '$HOME', '*', '|', 'cat']],
    ['echo a#b', ['echo', 'a#b']],
  ] as const)
    t.same(words(line), expected, line);
  t.equal(words(`sh -c 'echo`), undefined, 'a quote that is not closed');
  t.equal(words('sh -c "echo'), undefined);
  t.end();
});

void t.test('variables stand for the environment, with a text for those that are not set', (t) => {
  const environment = { NAME: 'lab', EMPTY: '' };
  for (const [text, expected] of [
    ['name: $NAME', 'name: lab'],
    ['name: ${NAME}-1', 'name: lab-1'],
    ['${NOT:=one}${NOT:-two}${NOT-three}', 'onetwothree'],
    ['P4s$w0rd $1 ${NOT}', 'P4s$w0rd $1 ${NOT}'],
    ['${EMPTY:-text}', 'text'],
    ['[$EMPTY]', '[]'],
    ['for i in $(seq 3); do echo $1; done', 'for i in $(seq 3); do echo $1; done'],
    ['${NAME:-a b:c}', 'lab'],
  ] as const)
    t.equal(substitute(text, environment), expected, text);
  t.end();
});

void t.test('an image is FRR, a plain Linux, or neither', (t) => {
  for (const image of [
    'quay.io/frrouting/frr:10.5.1',
    'frrouting/frr',
    'docker.io/frrouting/frr:v8.4.0@sha256:00',
    'localhost:5000/me/my-frr:1',
    'frr',
  ])
    t.equal(roleOf(image), 'router', image);
  for (const image of [
    'alpine:latest',
    'wbitt/network-multitool:3.22.2',
    'ghcr.io/hellt/network-multitool',
    'ubuntu',
    'nicolaka/netshoot:v0.13',
    'registry:5000/library/debian',
  ])
    t.equal(roleOf(image), 'host', image);
  for (const image of ['ghcr.io/nokia/srlinux', 'ceos:4.32', 'nginx', 'vrnetlab/vr-sros', 'afrri/thing', ''])
    t.equal(roleOf(image), undefined, image);
  t.equal(repositoryOf('Registry:5000/A/Frr:1@sha256:2'), 'frr');
  t.end();
});

void t.test('names become ours, and two never become one', (t) => {
  t.same(
    [...nodeNames(['PC1', 'pc1', 'leaf_1', '1st', 'a--b', 'ok', '__'])].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['1st', 'n-1st'],
      ['PC1', 'pc1-2'],
      ['__', 'n'],
      ['a--b', 'a-b'],
      ['leaf_1', 'leaf-1'],
      ['ok', 'ok'],
      ['pc1', 'pc1'],
    ],
  );
  const long = nodeNames(['x'.repeat(60), `${'x'.repeat(60)}y`]);
  t.equal(new Set(long.values()).size, 2);
  for (const name of long.values()) t.ok(name.length <= 32, name);
  t.equal(labNameOf('My.Lab_2'), 'my-lab-2');
  t.end();
});

void t.test('addresses of the first commands are known, up to one that may take something away', (t) => {
  const commands = [
    'ip link set eth1 up',
    'ip addr add 10.0.0.1/24 dev eth1',
    'ip -6 a add 2001:db8::1/64 dev eth1',
    'ip addr add 10.0.0.9 peer 10.0.0.8 dev eth1',
    'ip route add default via 10.0.0.2',
    'ip address flush dev eth1',
    'ip addr add 10.0.1.1/24 dev eth1',
  ].map((line) => words(line) ?? []);
  t.same(addressesOfCommands(commands), [
    { interface: 'eth1', address: '10.0.0.1/24', index: 1 },
    { interface: 'eth1', address: '2001:db8::1/64', index: 2 },
  ]);
  t.same(macOfCommand(['ip', 'link', 'set', 'dev', 'eth1', 'address', 'AA:00:00:00:00:01']), [
    'eth1',
    'aa:00:00:00:00:01',
  ]);
  t.equal(macOfCommand(['ip', 'link', 'set', 'eth1', 'mtu', '1400']), undefined);
  t.end();
});
