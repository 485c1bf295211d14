/** Who may ask the metadata address, by which flows, and what stands for them at the service. */
import t from 'tap';
import { registry } from '../../../../src/engine/load.ts';
import { securityDrops } from '../../../../src/journey/security.ts';
import { askersOf, metadataFlows } from '../../../../src/kinds/hypervisor/flows/metadata.ts';
import { tenantPorts } from '../../../../src/kinds/hypervisor/overlay.ts';
import { loadText } from '../../../../src/topology/load.ts';
import type { Topology } from '../../../../src/topology/topology.ts';
import { contributionOf } from '../../../helpers/topology-fixture.ts';

const lab = (machines: readonly string[], network = 'hall: {tenant: red, prefix4: 10.0.0.0/16}'): Topology =>
  loadText(
    `name: one
networks: {${network}, yard: {tenant: red, prefix4: 10.1.0.0/16, metadata: false}}
tenants: {red: {metadata: {tokens: required}}}
nodes: {hv: {kind: hypervisor}, ghost: {kind: host}, ${machines.map((name) => `${name}: {kind: host}`).join(', ')}}
links:
  - {endpoints: [{node: ghost, addresses: [10.1.0.9/16]}, hv], network: yard}
${machines.map((name, index) => `  - {endpoints: [{node: ${name}, addresses: [10.0.1.${index + 1}/16]}, hv], network: hall}`).join('\n')}
`,
    'one.yml',
    registry,
  );
const portsOf = (topology: Topology) => {
  const hv = topology.nodes.find(({ name }) => name === 'hv');
  return hv === undefined ? [] : tenantPorts(hv, topology);
};
const standsOf = (topology: Topology): Map<string, string> =>
  new Map(askersOf(portsOf(topology)).map(({ port, stand }) => [port.node, stand]));

const many = Array.from({ length: 200 }, (_, index) => `vm${index}`);

void t.test('each has an address of its own at the service, which no other network uses', (t) => {
  const stands = [...standsOf(lab(many)).values()];
  t.equal(new Set(stands).size, 200);
  for (const stand of stands) {
    const [, , third = '', fourth = ''] = stand.split('.');
    t.ok(Number(third) >= 1 && Number(third) <= 254 && Number(third) !== 169 && Number(fourth) <= 255, stand);
  }
  t.end();
});

void t.test('who stays keeps it when others go, whatever their numbers become', (t) => {
  const all = standsOf(lab(['a', 'b', 'c', 'd']));
  const less = standsOf(lab(['x', 'b', 'd']));
  // Their addresses count by their places in the file here; b has the same one in both.
  t.equal(less.get('b'), all.get('b'));
  t.not(less.get('d'), all.get('d'), 'another address is another asker');
  t.end();
});

void t.test('networks that have none have no flow, and a hypervisor without any has no service', (t) => {
  const topology = lab(['a']);
  const flows = metadataFlows(portsOf(topology));
  t.equal(flows.length, 5);
  t.notOk(flows.some((flow) => flow.includes('10.1.0.9')));
  t.match(contributionOf(topology, 'hv').rewrites, [{ rewrite: 'metadata', machine: 'a', address: '10.0.1.1' }]);
  const without = lab(['a'], 'hall: {tenant: red, prefix4: 10.0.0.0/16, metadata: false}');
  t.same(metadataFlows(portsOf(without)), []);
  t.notOk(contributionOf(without, 'hv').operations.some(({ operation }) => operation.op === 'process'));
  t.end();
});

void t.test('only what comes from the machine itself gets there: port, MAC address, IP address, TCP, port 80', (t) => {
  const [question = ''] = metadataFlows(portsOf(lab(['a'])));
  t.match(
    question,
    /^table=0,priority=97,in_port=2,dl_src=02:00:00:00:03:00,tcp,nw_src=10\.0\.1\.1,nw_dst=169\.254\.169\.254,tp_dst=80,actions=/u,
  );
  t.same(
    securityDrops(
      lab(['a']),
      'hv',
      ' cookie=0x0, duration=1s, table=0, n_packets=3, n_bytes=222, priority=96,ip,in_port=2,nw_dst=169.254.169.254 actions=drop\n',
    ),
    [
      {
        by: 'firewall',
        rule: "the metadata address takes TCP to port 80, from a's own address: -i to-a -d 169.254.169.254 -j DROP",
        packets: 3,
      },
    ],
  );
  t.end();
});
