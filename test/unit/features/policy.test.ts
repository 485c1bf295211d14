/** Routing policy: who learns what by which path, what a wish changes, and what counts as reserved in a lab. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { bestRoutes } from '../../../src/features/bgp/reach.ts';
import { bogonNumbers, bogonPrefixes, reservedNumbers } from '../../../src/features/bgp/reserved.ts';
import { sessionsOf } from '../../../src/features/bgp/sessions.ts';
import { bgpOf, customerCone, registeredPrefixes, systemsOf } from '../../../src/features/bgp/systems.ts';
import { relationBetween, valleyIn } from '../../../src/features/bgp/valley.ts';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import { loadText } from '../../../src/topology/load.ts';
import { TopologyError } from '../../../src/topology/problem.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { agreements } from '../../helpers/fixtures.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const load = (text: string): Topology => loadText(text, 'lab.yml', { kinds, features });
const lesson = readFileSync(new URL('../../../topologies/policy.yml', import.meta.url), 'utf8');

const routers = (topology: Topology) => topology.nodes.filter((node) => bgpOf(node) !== undefined);
const path = (topology: Topology, holder: number, origin: number): string =>
  bestRoutes([origin], routers(topology), topology)?.get(holder)?.path.join(' ') ?? 'none';

const config = (topology: Topology, node: string, daemon = 'bgpd'): string => {
  for (const { operation } of contributionOf(topology, node).operations)
    if (operation.op === 'file' && operation.path === `/etc/frr/${daemon}.conf`) return operation.content;
  throw new Error(`no ${daemon} on ${node}`);
};

const problems = (text: string): string[] => {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.problems.map((problem) => `${problem.position?.line ?? 0}: ${problem.message}`);
  }
};

void t.test('the lesson: the kingdom is on the shortest path, and the wish goes round it', (t) => {
  const topology = load(lesson);
  t.equal(path(topology, 65001, 65040), '65010 65020 65040');
  t.equal(path(topology, 65002, 65040), '65666 65040');
  t.equal(path(topology, 65040, 65001), '65020 65010 65001', 'the kingdom is not told of Tang A');
  t.equal(path(topology, 65666, 65001), '65020 65010 65001');
  t.equal(path(topology, 65001, 65666), '65666', 'its own prefixes have no other way');
  const careless = load(lesson.replace(/^ +policy:\n +avoid:.*\n +communities:.*\n/mu, ''));
  t.equal(path(careless, 65001, 65040), '65666 65040');
  t.equal(path(careless, 65040, 65001), '65666 65001');
  t.end();
});

void t.test('no path of the lesson has a valley, and the cloud is in the middle of none', (t) => {
  const topology = load(lesson);
  for (const origin of systemsOf(topology).keys()) {
    for (const [holder, route] of bestRoutes([origin], routers(topology), topology) ?? []) {
      t.equal(valleyIn(holder, route.path, relationBetween(topology)), undefined, `${holder}: ${route.path.join(' ')}`);
      t.notOk(route.path.slice(0, -1).includes(65040));
    }
  }
  t.end();
});

void t.test('refused, made longer, and not passed on', (t) => {
  const topology = agreements();
  // 65667 is nowhere; 65666 is avoided, 65010 prepended and told not to export.
  t.equal(path(topology, 65010, 65001), '65001 65001 65001', 'prepended twice');
  t.equal(path(topology, 65040, 65001), '65020 65001');
  const alone = load(`
name: lab
nodes:
  a: {kind: router, asn: 1001, bgp: {policy: {no-export: [1002]}}}
  b: {kind: router, asn: 1002, bgp: {}}
  c: {kind: router, asn: 1003, bgp: {policy: {refuse: [1001]}}}
  d: {kind: router, asn: 1004, bgp: {}}
links:
  - [{node: a, relation: customer}, b]
  - [{node: a, relation: customer}, c]
  - [{node: b, relation: customer}, d]
`);
  t.equal(path(alone, 1002, 1001), '1001');
  t.equal(path(alone, 1003, 1001), 'none');
  t.equal(path(alone, 1004, 1001), 'none');
  t.end();
});

void t.test('without any relation everything is told to everybody; with one, nothing without', (t) => {
  const lab = (relation: string, extra = ''): Topology =>
    load(`
name: lab
nodes:
  a: {kind: router, asn: 1001, bgp: {networks: [10.1.0.0/16]${extra}}}
  b: {kind: router, asn: 1002, bgp: {${extra.replace(/^, /u, '')}}}
  c: {kind: router, asn: 1003, bgp: {}}
links:
  - [a, b]
  - [${relation}, c]
`);
  t.equal(path(lab('b'), 1003, 1001), '1002 1001');
  t.match(config(lab('b'), 'a'), ' no bgp ebgp-requires-policy');
  t.notMatch(config(lab('b'), 'a'), /^route-map/mu);
  const strict = lab('{node: b, relation: customer}');
  t.equal(path(strict, 1002, 1001), 'none');
  t.match(config(strict, 'a'), /^ bgp ebgp-requires-policy$/mu);
  const open = lab('{node: b, relation: customer}', ', ebgp-requires-policy: false');
  t.equal(path(open, 1002, 1001), '1001');
  t.equal(path(open, 1003, 1001), 'none', 'what came in without a relation goes to customers only');
  t.end();
});

void t.test('the own space is refused from outside, but for what customers have of it', (t) => {
  const topology = load(`
name: lab
nodes:
  a: {kind: router, asn: 1001, bgp: {networks: [10.1.0.0/16]}}
  b: {kind: router, asn: 1002, bgp: {networks: [10.1.7.0/24, 10.2.0.0/16]}}
  c: {kind: router, asn: 1003, bgp: {}}
links:
  - [{node: b, relation: customer}, a]
  - [{node: c, relation: peer}, a]
`);
  t.same(
    config(topology, 'a')
      .split('\n')
      .filter((line) => line.startsWith('ip prefix-list own ')),
    ['ip prefix-list own seq 5 deny 10.1.7.0/24', 'ip prefix-list own seq 10 permit 10.1.0.0/16 le 32'],
  );
  t.end();
});

void t.test('a cone is a system and all below it', (t) => {
  const topology = load(lesson);
  t.same(
    customerCone(65020, topology).toSorted((a, b) => a - b),
    [65020, 65040, 65666],
  );
  t.same(registeredPrefixes(65666, topology), [
    '198.18.66.0/24',
    '2001:db8:666::/48',
    '203.0.113.0/24',
    '2001:db8:c::/48',
  ]);
  const foreign = agreements();
  t.equal(registeredPrefixes(64500, foreign), undefined, 'nobody knows what a system outside of the lab may announce');
  t.end();
});

void t.test('reflectors and their clients, and a route server between its members', (t) => {
  const topology = load(lesson);
  const peers = (name: string): string[] => {
    const node = topology.nodes.find((candidate) => candidate.name === name);
    return node === undefined
      ? []
      : sessionsOf(node, topology)
          .filter((session) => session.family === 4)
          .map(
            (session) => `${session.peer?.name ?? ''} ${session.relation ?? (session.client ? 'client' : 'inside')}`,
          );
  };
  t.same(peers('a1'), ['a2 client', 'a3 client']);
  t.same(peers('a3'), ['a1 inside', 'rs route-server'], 'not with a2, b1 and f1');
  t.same(peers('rs'), ['a3 route-server-client', 'b1 route-server-client', 'f1 route-server-client']);
  t.end();
});

void t.test('what a lab announces is public in it; everything else reserved is not', (t) => {
  const topology = load(lesson);
  const prefixes = bogonPrefixes(topology);
  for (const used of ['198.51.100.0/24', '198.18.0.0/15', '2001:db8::/32']) t.notOk(prefixes.includes(used), used);
  for (const unused of ['10.0.0.0/8', '127.0.0.0/8', 'fe80::/10']) t.ok(prefixes.includes(unused), unused);
  const matches = (asn: number, pattern: string): boolean => new RegExp(`^${pattern}$`, 'u').test(String(asn));
  for (const { from, to, pattern } of reservedNumbers) {
    const inside = [from, to, Math.floor((from + to) / 2), Math.min(to, from + 7), Math.max(from, to - 11)];
    for (const asn of inside) t.ok(matches(asn, pattern), `${asn} is reserved`);
    for (const asn of [from - 1, to + 1])
      if (asn >= 0) t.notOk(matches(asn, pattern), `${asn} is not in ${from} to ${to}`);
  }
  t.notOk(
    bogonNumbers(topology).some((pattern) => matches(65001, pattern)),
    'the lab’s own numbers are public',
  );
  t.ok(bogonNumbers(topology).some((pattern) => matches(23456, pattern)));
  t.end();
});

void t.test('wishes and relations that cannot be', (t) => {
  t.same(
    problems(`
name: lab
nodes:
  a: {kind: router, asn: 1001, ospf: {redistribute: [bgp]}, bgp: {policy: {avoid: [1001]}, cluster: 1.1.1.1}}
  b:
    kind: router
    asn: 1002
    bgp:
      peers:
        - {node: a, relation: customer}
links:
  - [{node: a, relation: peer}, b]
`),
    [
      '4: this would put the whole BGP table into OSPF',
      "4: AS 1001 is a's own; no path with it comes in at all",
      '4: only a route reflector has a cluster id',
      '10: AS 1001 is a customer of AS 1002 here, but a peer of it elsewhere in the file',
    ],
  );
  t.same(problems('name: lab\nnodes:\n  a: {kind: router, asn: 1, bgp: {policy: {communities: {2: ["1:70000"]}}}}\n'), [
    '3: expected a community such as 65001:100, a large one such as 65001:4:65666, or no-export',
  ]);
  t.end();
});
