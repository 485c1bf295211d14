/** Two gateways and a balancer between them are no way from one rack to another: hosts pass nothing on, gateways only inwards. */
import t from 'tap';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import { loadText } from '../../../src/topology/load.ts';
import { bestRoutes } from '../../../src/features/bgp/reach.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const lab = loadText(
  `
name: lab
nodes:
  core: {kind: router, asn: 65001, bgp: {}}
  rack1: {kind: router, asn: 65011, bgp: {networks: [10.20.1.0/24]}}
  rack2: {kind: router, asn: 65012, bgp: {networks: [10.20.2.0/24]}}
  gw1: {kind: gateway, asn: 65021, bgp: {networks: [198.51.100.1/32]}, routes: [{to: 198.51.100.1/32, blackhole: true}]}
  gw2: {kind: gateway, asn: 65022, bgp: {}}
  vm1: {kind: host, asn: 65031, bgp: {networks: [203.0.113.10/32]}, loopback: [203.0.113.10/32]}
  vm2: {kind: host, asn: 65032, bgp: {}}
  lan: {kind: switch}
links:
  - [core, rack1]
  - [core, rack2]
  - [rack1, gw1]
  - [rack2, gw2]
  - {endpoints: [gw1, lan], prefix4: 172.16.0.0/24}
  - [gw2, lan]
  - [vm1, lan]
  - [vm2, lan]
`,
  'lab.yml',
  { kinds, features },
);

const bgpdOf = (node: string): string[] =>
  contributionOf(lab, node).operations.flatMap(({ operation }) =>
    operation.op === 'file' && operation.path === '/etc/frr/bgpd.conf' ? operation.content.split('\n') : [],
  );
const limited = (node: string): string[] => bgpdOf(node).filter((line) => /filter-list|access-list edge/u.test(line));
const addressOf = (node: string, peer: string): string =>
  lab.nodes
    .find(({ name }) => name === node)
    ?.interfaces.find((own) => own.peer.node === peer)
    ?.addresses[0]?.split('/')[0] ?? '';

void t.test('a host tells only what begins in it, whoever asks', (t) => {
  const lines = limited('vm1');
  t.equal(lines[0], 'bgp as-path access-list edge seq 5 permit ^$');
  t.equal(lines.filter((line) => line.includes('access-list')).length, 1);
  for (const other of ['gw1', 'gw2', 'vm2'])
    t.ok(lines.includes(`  neighbor ${addressOf(other, 'lan')} filter-list edge out`), other);
  t.end();
});

void t.test('a gateway tells the fabric that and what begins in hosts, and hosts everything', (t) => {
  t.same(
    limited('gw1').filter((line) => line.includes('access-list')),
    [
      'bgp as-path access-list edge seq 5 permit ^$',
      'bgp as-path access-list edge seq 10 permit ^65031(_65031)*$',
      'bgp as-path access-list edge seq 15 permit ^65032(_65032)*$',
    ],
  );
  const lines = limited('gw1');
  t.ok(lines.includes(`  neighbor ${addressOf('rack1', 'gw1')} filter-list edge out`));
  t.notOk(lines.some((line) => line.includes(addressOf('vm1', 'lan'))));
  t.same(limited('rack1'), []);
  t.end();
});

void t.test('and that is what up waits for', (t) => {
  const paths = (origin: number): Record<string, string> =>
    Object.fromEntries(
      [
        ...(bestRoutes(
          [origin],
          lab.nodes.filter((node) => 'bgp' in node.features),
          lab,
        ) ?? []),
      ].map(([asn, { path }]) => [asn, path.join(' ')]),
    );
  t.equal(paths(65_012)['65011'], '65001 65012', 'from rack to rack through the core');
  t.equal(
    paths(65_012)['65021'],
    '65011 65001 65012',
    'and a gateway too, though a machine beside it knows a shorter way',
  );
  t.equal(paths(65_012)['65031'], '65022 65012');
  t.equal(paths(65_031)['65001'], '65011 65021 65031', 'a host is known to all');
  t.end();
});
