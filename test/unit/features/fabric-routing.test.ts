/** BGP inside a system of the world: open sessions of a fabric with private numbers, routing on gateways and hosts, aggregates. */
import t from 'tap';
import { isInside } from '../../../src/features/bgp/systems.ts';
import { bogonNumbers, crossesBorders } from '../../../src/features/bgp/reserved.ts';
import { relationBetween, valleyIn } from '../../../src/features/bgp/valley.ts';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import { loadText } from '../../../src/topology/load.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const load = (text: string): Topology => loadText(text, 'lab.yml', { kinds, features });

const world = load(`
name: lab
nodes:
  carrier: {kind: router, asn: 65020, bgp: {networks: [198.51.100.0/24]}}
  customer: {kind: router, asn: 65030, bgp: {networks: [198.18.3.0/24]}}
  border: {kind: router, asn: 65040, bgp: &border {networks: [0.0.0.0/0], aggregate: [203.0.113.0/24], ebgp-requires-policy: false}}
  twin: {kind: router, asn: 65040, bgp: *border}
  spine: {kind: router, asn: 4200000001, bgp: {networks: [10.20.1.0/24], ebgp-requires-policy: false}}
  gw: {kind: gateway, asn: 4200000011, loopback: [203.0.113.100/32], bgp: {networks: [203.0.113.10/32, 203.0.113.100/32], ebgp-requires-policy: false}, bfd: {}}
  vm: {kind: host, bgp: {ebgp-requires-policy: false}, bfd: {}, routes: [{to: 192.0.2.0/24, blackhole: true}]}
links:
  - [{node: border, relation: customer}, carrier]
  - [{node: border, relation: provider}, customer]
  - [border, twin]
  - [border, spine]
  - [twin, spine]
  - [spine, gw]
  - [gw, vm]
`);

/** The IPv4 prefixes that `up` waits for in a node's kernel. */
const awaited = (topology: Topology, node: string): string[] =>
  contributionOf(topology, node).probes.flatMap(({ question }) =>
    question.ask === 'routes' ? question.to.filter((to) => !to.includes(':')) : [],
  );

const daemonsOf = (topology: Topology, node: string): string[] =>
  contributionOf(topology, node).operations.flatMap(({ operation }) =>
    operation.op === 'process' ? [operation.name] : [],
  );

const linesOf = (node: string): string[] =>
  contributionOf(world, node).operations.flatMap(({ operation }) =>
    operation.op === 'file' && operation.path === '/etc/frr/bgpd.conf' ? operation.content.split('\n') : [],
  );

void t.test('the world hears of the whole, those inside of the parts and of a way out', (t) => {
  t.same(awaited(world, 'carrier').toSorted(), ['198.18.3.0/24', '203.0.113.0/24']);
  t.same(awaited(world, 'customer').toSorted(), ['198.51.100.0/24', '203.0.113.0/24']);
  t.same(awaited(world, 'vm').toSorted(), [
    '0.0.0.0/0',
    '10.20.1.0/24',
    '198.18.3.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '203.0.113.10/32',
    '203.0.113.100/32',
  ]);
  // Either border may have heard of the parts from the other, which tells the whole only.
  t.same(awaited(world, 'border').toSorted(), ['10.20.1.0/24', '198.18.3.0/24', '198.51.100.0/24']);
  t.end();
});

void t.test('nobody waits for an aggregate of which nobody announces a part', (t) => {
  const empty = load(`
name: lab
nodes:
  left: {kind: router, asn: 65001, bgp: {aggregate: [203.0.113.0/24, 198.51.100.0/23]}}
  right: {kind: router, asn: 65002, bgp: {networks: [198.51.100.0/24, 192.0.2.0/24], aggregate: [198.51.0.0/16]}}
  far: {kind: router, asn: 65003, bgp: {}}
links: [[left, right], [left, far]]
`);
  t.same(awaited(empty, 'left').toSorted(), ['192.0.2.0/24', '198.51.0.0/16']);
  t.same(awaited(empty, 'far').toSorted(), ['192.0.2.0/24', '198.51.0.0/16'], 'its part comes in as a larger whole');
  t.same(awaited(empty, 'right'), [], 'what is inside its own whole');
  t.end();
});

void t.test('private numbers and prefixes of those inside make nothing public, and stop at the border', (t) => {
  t.same(
    [65020, 65040, 4_200_000_001, 4_200_000_011].map((asn) => isInside(asn, world)),
    [false, false, true, true],
  );
  const matches = (asn: number): boolean =>
    bogonNumbers(world).some((pattern) => new RegExp(`^${pattern}$`, 'u').test(String(asn)));
  t.ok(matches(4_200_000_011), 'the carrier refuses paths with it');
  t.notOk(matches(65040));
  t.same(
    ['203.0.113.0/24', '203.0.113.10/32', '10.20.1.0/24', '0.0.0.0/0'].map((prefix) => crossesBorders(prefix, world)),
    [true, false, false, false],
  );
  t.ok(linesOf('carrier').includes('ip prefix-list bogons seq 10 permit 0.0.0.0/8 le 32'));
  t.ok(linesOf('carrier').some((line) => line.endsWith('permit 10.0.0.0/8 le 32')));
  const own = linesOf('border').filter((line) => line.startsWith('ip prefix-list own '));
  t.same(own, ['ip prefix-list own seq 5 permit 203.0.113.0/24 le 32'], 'a default route is nobody’s own prefix');
  t.end();
});

void t.test('the border announces the whole as its own, and a way out without that mark', (t) => {
  const lines = linesOf('border');
  t.ok(lines.includes('  aggregate-address 203.0.113.0/24 summary-only route-map own-aggregate'));
  t.ok(lines.includes('  network 0.0.0.0/0'), 'without the route-map that would send it upwards');
  for (const neighbour of [65020, 65030]) {
    const map = lines.slice(lines.indexOf(`route-map to-${neighbour} deny 20`));
    t.equal(map[1], ' match as-path bogons', `nothing from inside goes to ${neighbour}`);
  }
  t.notOk(
    linesOf('carrier').some((line) => line.startsWith('route-map to-65040 deny 20')),
    'where nobody is inside',
  );
  t.end();
});

void t.test('a path through those inside is no valley; the rest of it is looked at as before', (t) => {
  const between = relationBetween(world);
  t.equal(valleyIn(4_200_000_011, [4_200_000_001, 65040, 65020], between), undefined);
  t.equal(valleyIn(65020, [65040, 4_200_000_001, 4_200_000_011], between), undefined);
  t.equal(
    valleyIn(4_200_000_011, [4_200_000_001, 65020, 65030], between)?.who,
    65020,
    'it has nothing to do with 65030',
  );
  t.end();
});

void t.test('a gateway and a host that speak BGP have FRR’s daemons, and no route past them', (t) => {
  t.same(daemonsOf(world, 'gw').toSorted(), ['bfdd', 'bgpd', 'staticd', 'zebra']);
  t.same(daemonsOf(world, 'vm').toSorted(), ['bfdd', 'bgpd', 'staticd', 'zebra']);
  const gw = world.nodes.find(({ name }) => name === 'gw');
  const vm = world.nodes.find(({ name }) => name === 'vm');
  t.same(gw?.loopback, ['203.0.113.100/32'], 'what the file says');
  t.equal(gw?.routerId, '203.0.113.100');
  t.same(vm?.loopback, [], 'none that nobody asked for');
  t.match(vm?.routerId, /^10\.255\.0\./u);
  const operations = contributionOf(world, 'vm').operations.map(({ operation }) => operation);
  t.notOk(
    operations.some(({ op }) => op === 'route'),
    'neither a default route past BGP nor static routes past staticd',
  );
  t.ok(
    operations.some((one) => one.op === 'sysctl' && one.key === 'net.ipv4.fib_multipath_hash_policy'),
    'equal ways are chosen by the 5-tuple',
  );
  const plain = load('{name: lab, nodes: {r: {kind: router}, h: {kind: host}}, links: [[r, h]]}');
  const routes = contributionOf(plain, 'h').operations.filter(({ operation }) => operation.op === 'route');
  t.equal(routes.length, 2, 'a host without BGP has its default routes');
  t.same(daemonsOf(plain, 'h'), []);
  t.end();
});
