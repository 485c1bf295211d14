import t from 'tap';
import { registry } from '../../../src/engine/load.ts';
import { loadText } from '../../../src/topology/load.ts';
import type { Topology } from '../../../src/topology/topology.ts';

const load = (text: string): Topology => loadText(text, 'test.yml', registry);

const lab = (tenant: string, network = ''): Topology =>
  load(`name: one
networks: {inside: {tenant: red, prefix4: 10.0.1.0/24${network}}, beside: {tenant: red, prefix4: 10.0.2.0/24}}
tenants: {red: ${tenant}}
nodes: {hv: {kind: hypervisor}, a: {kind: host}, b: {kind: gateway}, c: {kind: host}}
links:
  - {endpoints: [{node: a, groups: [web]}, hv], network: inside}
  - {endpoints: [b, hv], network: inside}
  - {endpoints: [c, hv], network: beside}
`);
const addressOf = (topology: Topology, node: string): string | undefined =>
  topology.nodes.find(({ name }) => name === node)?.interfaces[0]?.addresses[0];

void t.test('the router of a tenant has the first address of each network, and machines the others', (t) => {
  const topology = lab('{router: {exit: b}, groups: {web: {}}}');
  t.same(
    topology.networks.map(({ name, router }) => [name, router?.[0]]),
    [
      ['inside', '10.0.1.1/24'],
      ['beside', '10.0.2.1/24'],
    ],
  );
  t.same([addressOf(topology, 'a'), addressOf(topology, 'c')], ['10.0.1.2/24', '10.0.2.2/24']);
  t.same(topology.tenants[0]?.exits, [{ node: 'b', interface: 'to-hv' }]);
  t.end();
});

void t.test('a gateway that the file names is the router, and the first address is free', (t) => {
  const topology = lab('{router: {}, groups: {web: {}}}', ', gateway: 10.0.1.254');
  t.equal(topology.networks[0]?.router?.[0], '10.0.1.254/24');
  t.equal(addressOf(topology, 'a'), '10.0.1.1/24');
  t.end();
});

void t.test('without a router networks have none, and addresses begin at the first', (t) => {
  const topology = lab('{groups: {web: {}}}');
  t.equal(topology.networks[0]?.router, undefined);
  t.equal(addressOf(topology, 'a'), '10.0.1.1/24');
  t.equal(topology.tenants[0]?.routed, false);
  t.end();
});

void t.test('rules in their short forms, and what a group says nothing of', (t) => {
  const rules = '{in: [{protocol: tcp, ports: [80, 8000-8099], from: [web, 10.9.0.0/16]}]}';
  const [group] = lab(`{groups: {web: ${rules}}}`).tenants[0]?.groups ?? [];
  t.same(group?.in, [
    {
      protocol: 'tcp',
      ports: [
        [80, 80],
        [8000, 8099],
      ],
      peers: { prefixes: ['10.9.0.0/16'], groups: ['web'] },
    },
  ]);
  t.same(group?.out, [{ protocol: 'any', ports: [], peers: 'any' }], 'a machine may begin everything');
  t.same(lab('{groups: {web: {out: []}}}').tenants[0]?.groups[0]?.out, [], 'or nothing');
  t.end();
});

void t.test('a hypervisor may have other VNIs than the others, even changed for each other', (t) => {
  const given = (vni: string): Topology =>
    load(`name: one
networks: {inside: {tenant: red, vni: 5001}, beside: {tenant: red, vni: 5002}}
tenants: {red: {router: {}}}
nodes: {hv: {kind: hypervisor, vni: ${vni}}, a: {kind: host}, c: {kind: host}}
links: [{endpoints: [a, hv], network: inside}, {endpoints: [c, hv], network: beside}]
`);
  t.doesNotThrow(() => given('{inside: 5999}'));
  t.doesNotThrow(() => given('{inside: 5002, beside: 5001}'), 'changed for each other');
  t.end();
});
