import t from 'tap';
import { registry } from '../../../src/engine/load.ts';
import { loadText } from '../../../src/topology/load.ts';
import type { Topology } from '../../../src/topology/topology.ts';

const load = (text: string): Topology => loadText(text, 'test.yml', registry);
const port = (topology: Topology, node: string, index = 0) =>
  topology.nodes.find((candidate) => candidate.name === node)?.interfaces[index];

void t.test('the same file gives the same lab, to the last octet', (t) => {
  const text =
    'name: same\nnodes:\n  a: {kind: host}\n  r: {kind: router}\n  b: {kind: host}\nlinks: [[a, r], [r, b]]\n';
  t.same(load(text), load(text));
  t.end();
});

void t.test('every interface of a point-to-point link gets both families', (t) => {
  const topology = load('name: p2p\nnodes:\n  a: {kind: host}\n  b: {kind: host}\nlinks: [[a, b]]\n');
  t.same(port(topology, 'a')?.addresses, ['10.64.0.1/30', 'fd00:1::1/64']);
  t.same(port(topology, 'b')?.addresses, ['10.64.0.2/30', 'fd00:1::2/64']);
  t.equal(port(topology, 'a')?.mac, '02:00:00:00:01:00');
  t.end();
});

void t.test('fixed addresses stand, the others of the segment follow, and pools keep clear of them', (t) => {
  const topology = load(`name: fixed
nodes: {a: {kind: host}, b: {kind: host}, c: {kind: host}, d: {kind: host}}
links:
  - [{node: a, addresses: [10.64.0.1/30]}, b]
  - [c, d]
`);
  t.same(port(topology, 'b')?.addresses, ['10.64.0.2/30', 'fd00:1::1/64']);
  t.same(port(topology, 'c')?.addresses[0], '10.64.0.5/30', 'the pool steps over 10.64.0.0/30');
  t.end();
});

void t.test('switches make one segment of their links, with one prefix', (t) => {
  const topology = load(`name: lan
nodes: {s1: {kind: switch}, s2: {kind: switch}, a: {kind: host}, b: {kind: host}, c: {kind: host}}
links: [[a, s1], [s1, s2], [b, s2], {endpoints: [c, s2], prefix4: 192.168.7.0/24}]
`);
  t.equal(topology.segments.length, 1);
  t.same(
    ['a', 'b', 'c'].map((node) => port(topology, node)?.addresses[0]),
    ['192.168.7.1/24', '192.168.7.2/24', '192.168.7.3/24'],
  );
  t.same(port(topology, 's1')?.addresses, []);
  t.end();
});

void t.test('a tenant network is one segment across hypervisors, apart from the underlay', (t) => {
  const topology = load(`name: vpc
nodes: {h1: {kind: hypervisor}, h2: {kind: hypervisor}, v1: {kind: host}, v2: {kind: host}}
networks: {blue: {prefix4: 172.16.0.0/24}}
links:
  - {endpoints: [h1, h2], mtu: 1600}
  - {endpoints: [v1, h1], network: blue}
  - {endpoints: [v2, h2], network: blue}
`);
  t.same(topology.networks, [{ name: 'blue', vni: 5001 }]);
  t.same(
    ['v1', 'v2'].map((node) => port(topology, node)?.addresses[0]),
    ['172.16.0.1/24', '172.16.0.2/24'],
  );
  t.equal(port(topology, 'h1', 1)?.role, 'tenant');
  t.equal(port(topology, 'h1')?.role, 'underlay');
  t.not(port(topology, 'v1')?.segment, port(topology, 'h1')?.segment);
  t.end();
});

void t.test('interface names stay within 15 characters and never collide', (t) => {
  const far = 'a-router-with-a-very-long-name';
  const topology = load(`name: names
nodes: {r: {kind: router}, ${far}-1: {kind: router}, ${far}-2: {kind: router}}
links: [[r, ${far}-1], [r, ${far}-2], [r, ${far}-2]]
`);
  const names = topology.nodes[0]?.interfaces.map((one) => one.name) ?? [];
  t.equal(new Set(names).size, 3, names.join(' '));
  t.ok(names.every((name) => name.length <= 15));
  t.end();
});

void t.test('a thousand hosts on one switch fit, each with its own address and MAC', (t) => {
  const names = Array.from({ length: 1000 }, (_, index) => `h${index}`);
  const topology = load(
    `name: star\nnodes:\n  s: {kind: switch}\n${names.map((name) => `  ${name}: {kind: host}\n`).join('')}links:\n${names.map((name) => `  - [${name}, s]\n`).join('')}`,
  );
  t.equal(new Set(topology.nodes.flatMap((node) => node.interfaces.flatMap((one) => one.addresses))).size, 2000);
  t.equal(new Set(topology.nodes.flatMap((node) => node.interfaces.map((one) => one.mac))).size, 2000);
  t.end();
});

void t.test('AS numbers are given to BGP speakers that have none, around those that are fixed', (t) => {
  const topology = load(
    'name: asn\nnodes: {a: {kind: router, bgp: {}}, b: {kind: router, bgp: {}, asn: 64512}, c: {kind: router}}\nlinks: [[a, b]]\n',
  );
  t.same(
    topology.nodes.map((node) => node.asn),
    [64_513, 64_512, undefined],
  );
  t.end();
});

void t.test('quantities of a link become numbers', (t) => {
  const topology = load(
    'name: slow\nnodes: {a: {kind: host}, b: {kind: host}}\nlinks: [{endpoints: [a, b], rate: 20mbit, delay: 30ms, jitter: 500us, loss: 1%}]\n',
  );
  t.same(topology.links[0]?.impairment, { rate: 20e6, delay: 30, jitter: 0.5, loss: 0.01 });
  t.end();
});
