/** A gateway that is a way out and speaks BGP with the world promises those who watch it no more than the world keeps. */
import t from 'tap';
import { wayOutStatusPath } from '../../../src/features/bfd/way-out.ts';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import { loadText } from '../../../src/topology/load.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

/** Two ways out, each with a fabric router; `gw1` is what the test says. */
const lab = (gw1: string, fabric = 'bgp: {networks: [0.0.0.0/0]}, asn: 65001') =>
  loadText(
    `
name: lab
networks: {web: {tenant: shop, prefix4: 172.16.0.0/24}}
tenants: {shop: {router: {exit: [gw1, gw2]}}}
nodes:
  leaf: {kind: router, ${fabric}}
  gw1: {kind: gateway, ${gw1}}
  gw2: {kind: gateway, asn: 65012, bgp: {}, bfd: {}}
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor}
  server: {kind: host}
links:
  - [leaf, gw1]
  - [leaf, gw2]
  - [gw1, gw2]
  - {endpoints: [hv1, hv2], prefix4: 172.31.0.0/30, mtu: 1600}
  - {endpoints: [gw1, hv1], network: web}
  - {endpoints: [gw2, hv2], network: web}
  - {endpoints: [server, hv2], network: web}
`,
    'lab.yml',
    { kinds, features },
  );

const speaking = 'asn: 65011, bgp: {}, bfd: {interval: 150, multiplier: 5}';

const partsOf = (topology: ReturnType<typeof lab>, node = 'gw1') => {
  const { operations, probes } = contributionOf(topology, node);
  const file = (path: string): string | undefined =>
    operations.flatMap(({ operation }) =>
      operation.op === 'file' && operation.path === path ? [operation.content] : [],
    )[0];
  const config = file('/etc/xiyou/way-out.json');
  return {
    bfdd: file('/etc/frr/bfdd.conf')?.split('\n').slice(1, -1),
    config:
      config === undefined ? undefined : (JSON.parse(config) as { neighbours: { address: string; tells: boolean }[] }),
    processes: operations.flatMap(({ operation }) =>
      operation.op === 'process' && operation.name === 'way-out' ? [operation] : [],
    ),
    probes: probes.filter(({ question }) => question.ask === 'file' && question.path === wayOutStatusPath),
  };
};

void t.test('the sessions with those who watch begin shut, and a program opens them', (t) => {
  const { bfdd, config, processes, probes } = partsOf(lab(speaking));
  const timers = ['  receive-interval 150', '  transmit-interval 150', '  detect-multiplier 5'];
  t.same(bfdd, [
    ...['bfd', ' profile lab', ...timers, ' profile way-out', ...timers, '  shutdown'],
    ...[' peer 169.254.64.2 interface to-hv1', '  profile way-out'],
  ]);
  t.same(config?.neighbours, [{ address: '10.64.0.1', name: 'leaf', tells: true }]);
  t.match(processes, [{ argv: ['@node', '@lab/way-out/main.ts', '/etc/xiyou/way-out.json'], independent: true }]);
  t.match(probes, [{ question: { json: { stands: true, sessions: 'open' } } }]);
  t.end();
});

void t.test('only IP versions count in which somebody tells a way', (t) => {
  const addresses = (fabric: string) => partsOf(lab(speaking, fabric)).config?.neighbours.map(({ address }) => address);
  t.same(addresses('bgp: {networks: [0.0.0.0/0]}, asn: 65001'), ['10.64.0.1']);
  t.same(addresses('bgp: {networks: [0.0.0.0/0, "::/0"]}, asn: 65001'), ['10.64.0.1', 'fd00:1::1']);
  t.same(addresses('bgp: {}, asn: 65001'), ['10.64.0.1', 'fd00:1::1'], 'who knows what it will tell');
  t.end();
});

void t.test('neither the other gateway nor a machine in the tenant’s network is the world', (t) => {
  const none = partsOf(lab(speaking, 'bfd: {}, ospf: {}'));
  t.same([none.config, none.processes, none.probes], [undefined, [], []]);
  t.notOk(none.bfdd?.includes('  shutdown'));
  t.ok(none.bfdd?.includes('  profile lab'), 'bfdd answers them always');
  t.end();
});

void t.test('where the default route is configured, a neighbour that stands is enough', (t) => {
  const routes = 'routes: [{to: 0.0.0.0/0, via: 10.64.0.1}]';
  t.same(
    partsOf(lab(`${speaking}, ${routes}`)).config?.neighbours.map(({ tells }) => tells),
    [false],
  );
  t.same(
    partsOf(lab(`${speaking}, gateway: 10.64.0.1`)).config?.neighbours.map(({ tells }) => tells),
    [false],
  );
  const blackhole = 'routes: [{to: 0.0.0.0/0, blackhole: true}]';
  t.same(
    partsOf(lab(`${speaking}, ${blackhole}`)).config?.neighbours.map(({ tells }) => tells),
    [true],
  );
  t.end();
});

void t.test('a gateway that nobody watches needs none of this, nor does one without BGP', (t) => {
  const one = loadText(
    'name: lab\nnodes: {a: {kind: router, asn: 1, bgp: {}, bfd: {}}, b: {kind: gateway, asn: 2, bgp: {}, bfd: {}}}\nlinks: [[a, b]]\n',
    'lab.yml',
    { kinds, features },
  );
  t.same(partsOf(one, 'b').processes, []);
  t.same(partsOf(lab('bfd: {}'), 'gw1').processes, []);
  t.end();
});
