/** Origin validation: what is valid by which payload, what follows for routes and routers, and what is wrong with a file. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { roasOf, validityOf } from '../../../src/features/bgp/origin.ts';
import { bestRoutes } from '../../../src/features/bgp/reach.ts';
import { bgpOf } from '../../../src/features/bgp/systems.ts';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import { loadText } from '../../../src/topology/load.ts';
import { TopologyError } from '../../../src/topology/problem.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const load = (text: string): Topology => loadText(text, 'lab.yml', { kinds, features });
const lesson = readFileSync(new URL('../../../topologies/rpki.yml', import.meta.url), 'utf8');

const config = (topology: Topology, node: string): string => {
  for (const { operation } of contributionOf(topology, node).operations)
    if (operation.op === 'file' && operation.path === '/etc/frr/bgpd.conf') return operation.content;
  throw new Error(`no bgpd on ${node}`);
};

/** The path to a prefix, as its holder's best route has it; every origin is that of a system in the file. */
const path = (topology: Topology, holder: number, prefix: string): string => {
  const origins = topology.nodes.flatMap((node) =>
    bgpOf(node)?.networks.includes(prefix) === true ? (node.asn ?? []) : [],
  );
  const judge = (asn: number, origin: number) => validityOf(roasOf(asn, topology) ?? [], prefix, origin);
  const best = bestRoutes(origins, topology.nodes, topology, prefix.includes(':') ? 6 : 4, { judge });
  return best?.get(holder)?.path.join(' ') ?? 'none';
};

const problems = (text: string): string[] => {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.problems.map(({ position, message }) => `${position?.line ?? 0}: ${message}`);
  }
};

void t.test('valid, invalid, not found (RFC 6811, 2)', (t) => {
  const roas = [
    { prefix: '192.0.2.0/24', 'max-length': 26, asn: 64496 },
    { prefix: '192.0.2.0/25', asn: 64497 },
    { prefix: '198.51.100.0/24', asn: 0 },
    { prefix: '2001:db8::/32', 'max-length': 48, asn: 64496 },
  ];
  for (const [prefix, origin, validity] of [
    ['192.0.2.0/24', 64496, 'valid'],
    ['192.0.2.64/26', 64496, 'valid'],
    ['192.0.2.0/27', 64496, 'invalid'],
    ['192.0.2.0/24', 64497, 'invalid'],
    ['192.0.2.0/25', 64497, 'valid'],
    ['192.0.2.128/25', 64497, 'invalid'],
    ['192.0.0.0/16', 64498, 'not found'],
    ['203.0.113.0/24', 64496, 'not found'],
    ['198.51.100.0/24', 0, 'invalid'],
    ['198.51.100.0/24', 64496, 'invalid'],
    ['2001:db8:1::/48', 64496, 'valid'],
    ['2001:db8:1:2::/64', 64496, 'invalid'],
    ['2001:db9::/32', 64496, 'not found'],
  ] as const)
    t.equal(validityOf(roas, prefix, origin), validity, `${prefix} of ${origin}`);
  t.end();
});

void t.test('the lesson: the macaque is believed by those who do not ask', (t) => {
  const topology = load(lesson);
  t.equal(path(topology, 65002, '198.18.41.0/24'), '65666');
  t.equal(path(topology, 65001, '198.18.41.0/24'), 'none');
  t.equal(path(topology, 65010, '198.18.41.0/24'), 'none');
  t.equal(path(topology, 65001, '2001:db8:c::/48'), '65010 65040');
  t.equal(path(topology, 65002, '2001:db8:c::/48'), '65666');
  const nobody = load(lesson.replaceAll(/^ +- \{prefix: .*\n/gmu, '').replace('roas:\n', 'roas: []\n'));
  t.equal(path(nobody, 65001, '198.18.41.0/24'), '65666', 'without anything in writing everybody believes it');
  const wary = load(lesson.replaceAll('caches: [buddha]', 'caches: [buddha], invalid: avoid'));
  t.equal(path(wary, 65001, '2001:db8:c::/48'), '65010 65040', 'the same prefix: the valid one is preferred');
  t.equal(path(wary, 65001, '198.18.41.0/24'), '65666', 'a longer prefix has nobody to lose to');
  t.end();
});

void t.test('what bgpd is told', (t) => {
  const topology = load(lesson);
  const a = config(topology, 'a');
  t.match(a, /^rpki\n rpki retry_interval 1\n rpki cache \S+ 323 preference 1\nexit$/mu);
  t.match(a, /^route-map from-65666 deny 10\n match rpki invalid\nroute-map from-65666 permit 20$/mu);
  t.match(a, /soft-reconfiguration inbound/u);
  t.notMatch(config(topology, 'b'), /rpki/u);
  t.ok(
    contributionOf(topology, 'a').operations.some(
      ({ operation }) => operation.op === 'process' && operation.argv.join(' ').endsWith(' -M rpki'),
    ),
  );
  const wary = config(load(lesson.replaceAll('caches: [buddha]', 'caches: [buddha], invalid: avoid')), 'a');
  t.match(wary, /^route-map from-65666 permit 10\n match rpki invalid\n set local-preference 10$/mu);
  const calm = config(load(lesson.replaceAll('caches: [buddha]', 'caches: [buddha], invalid: accept')), 'a');
  t.match(calm, /rpki cache/u);
  t.notMatch(calm, /match rpki/u);
  t.end();
});

void t.test('a change of what is in writing changes no daemon: a file that is read again, and a command', (t) => {
  const operations = (text: string) => {
    const topology = load(text);
    return topology.nodes
      .flatMap((node) => contributionOf(topology, node.name).operations)
      .toSorted((one, other) => one.stage.localeCompare(other.stage));
  };
  const before = new Set(operations(lesson).map((one) => JSON.stringify(one)));
  const after = operations(lesson.replace('198.18.40.0/23, asn', '198.18.40.0/23, max-length: 24, asn'));
  t.match(
    after.filter((one) => !before.has(JSON.stringify(one))),
    [
      { stage: 'commands', operation: { op: 'command', node: 'a', follows: 'bgpd' } },
      { stage: 'commands', operation: { op: 'command', node: 't', follows: 'bgpd' } },
      { stage: 'files', operation: { op: 'file', node: 'buddha', reload: 'rtr' } },
    ],
  );
  t.end();
});

void t.test('with relations, and at a route server', (t) => {
  const text = `
name: x
nodes:
  cache: {kind: host, rtr: {roas: [{prefix: 198.51.100.0/24, asn: 65002}]}}
  one: {kind: router, asn: 65001, bgp: {rpki: {caches: [cache]}}}
  two: {kind: router, asn: 65002, bgp: {networks: [198.51.100.0/24]}}
  three: {kind: router, asn: 65003, bgp: {networks: [198.51.100.0/24]}}
  inside: {kind: router, asn: 65001, bgp: {}}
links:
  - [one, {node: two, relation: customer}]
  - [one, {node: three, relation: peer}]
  - [one, inside]
  - [one, cache]
`;
  const topology = load(text.replace('node: two, relation: customer', 'node: two, relation: provider'));
  t.match(config(topology, 'one'), /^route-map from-65003 deny \d+\n match rpki invalid$/mu);
  t.equal(path(topology, 65001, '198.51.100.0/24'), '65002', 'though 65003 announces it too');
  t.notMatch(config(topology, 'inside'), /rpki cache/u, 'a router that hears no other system validates nothing');
  t.end();
});

void t.test('what is wrong with a file, by line', (t) => {
  const text = `name: x
nodes:
  cache:
    kind: host
    rtr:
      roas:
        - {prefix: 192.0.2.1/24, asn: 1}
        - {prefix: 192.0.2.0/24, max-length: 23, asn: 1}
        - {prefix: 192.0.2.0/24, max-length: 33, asn: 1}
        - {prefix: 198.51.100.0/24, asn: 1}
        - {prefix: 198.51.100.0/24, max-length: 24, asn: 1}
  host: {kind: host}
  lonely: {kind: host, rtr: {}}
  r1: {kind: router, asn: 65001, bgp: {rpki: {caches: [cahce, host, lonely, cache]}}}
  r2: {kind: router, asn: 65001, bgp: {rpki: {caches: [cache], invalid: avoid}}}
links:
  - [r1, cache]
  - [r1, r2]
  - [r1, host]
`;
  t.same(problems(text), [
    '7: 192.0.2.1/24 has host bits',
    '8: max-length 23 of 192.0.2.0/24',
    '9: max-length 33 of 192.0.2.0/24',
    '11: the same as roas[3]: 198.51.100.0/24 for AS 1',
    '14: r1 and r2 are both in AS 65001, and do different things with what is invalid',
    '14: there is no node cahce',
    '14: host is no RPKI cache',
    '14: lonely has no address',
    '15: r2 and r1 are both in AS 65001, and do different things with what is invalid',
  ]);
  t.end();
});
