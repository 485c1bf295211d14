/** Translation without state: what it becomes, what cannot be, and what stands for its addresses in BGP. */
import t from 'tap';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import { render } from '../../../src/plan/render.ts';
import { loadText } from '../../../src/topology/load.ts';
import { TopologyError } from '../../../src/topology/problem.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const load = (text: string): Topology => loadText(text, 'lab.yml', { kinds, features });

const lab = (nat: string, more = ''): string => `
name: lab
networks:
  web: {tenant: shop, prefix4: 172.16.0.0/24}
  data: {tenant: shop, prefix4: 172.16.1.0/24}
tenants: {shop: {router: {exit: gate}}}
nodes:
  one: {kind: router, asn: 65001, bgp: {}}
  two: {kind: router, asn: 65002, bgp: {}}
  gate:
    kind: gateway
    asn: 65003
    loopback: [203.0.113.100/32]
    bgp: {networks: [203.0.113.10/32, 203.0.113.11/32, 203.0.113.64/28, 203.0.113.100/32]}
    nat: ${nat}${more}
  hv: {kind: hypervisor}
  web: {kind: host}
  base: {kind: host}
links:
  - [gate, one]
  - [gate, two]
  - {endpoints: [gate, hv], network: web}
  - {endpoints: [{node: web, addresses: [172.16.0.10/24]}, hv], network: web}
  - {endpoints: [{node: base, addresses: [172.16.1.10/24]}, hv], network: data}
`;

const rules = `{
      stateless: [{address: 203.0.113.10, to: 172.16.0.10, out: [one, two]}, {address: 203.0.113.11, to: 172.16.1.10, out: [one, two]}],
      snat: [{from: 172.16.0.0/16, out: [one, two], to: 203.0.113.100}]}`;

const problems = (text: string): string[] => {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.problems.map(({ message }) => message);
  }
};

void t.test('one operation for all translations of a gateway, and a rewrite for each', (t) => {
  const { operations, rewrites } = contributionOf(load(lab(rules)), 'gate');
  const [stateless] = operations.flatMap(({ operation }) => (operation.op === 'stateless-nat' ? [operation] : []));
  t.strictSame(stateless?.pairs, [
    { address: '203.0.113.10', to: '172.16.0.10', out: ['to-one', 'to-two'] },
    { address: '203.0.113.11', to: '172.16.1.10', out: ['to-one', 'to-two'] },
  ]);
  t.equal(rewrites.filter(({ rewrite }) => rewrite === 'stateless-nat').length, 2);
  const nat = operations.flatMap(({ operation }) => (operation.op === 'firewall' ? operation.rules : []));
  t.strictSame(
    nat.filter((line) => line.startsWith('-A')),
    ['one', 'two'].map((name) => `-A POSTROUTING -s 172.16.0.0/16 -o to-${name} -j SNAT --to-source 203.0.113.100`),
    'a rule of each interface for the others',
  );
  t.end();
});

void t.test('what is printed can be pasted', (t) => {
  const { operations } = contributionOf(load(lab(rules)), 'gate');
  const stateless = operations.find(({ operation }) => operation.op === 'stateless-nat')?.operation;
  if (stateless === undefined) throw new Error('no such operation');
  const [comment = '', printed = '', ...more] = render(stateless, 'lab');
  t.match(comment, /^# in gate, by netlink/u);
  t.strictSame(more, [], 'nothing of IPv6');
  t.strictSame(printed.split('\n').slice(0, 6), [
    "ip netns exec lab-gate nft -f - <<'END'",
    'table ip stateless-nat {',
    ' chain prerouting {',
    '  type filter hook prerouting priority -310;',
    '  ip saddr 172.16.0.10 notrack',
    '  ip daddr 203.0.113.10 counter notrack meta mark set 0x31746f31 ip daddr set 172.16.0.10',
  ]);
  t.ok(printed.includes('  oifname "to-two" ip saddr 172.16.0.10 counter ip saddr set 203.0.113.10\n'), printed);
  t.end();
});

void t.test(
  'a translated address is announced while there is a way to its machine, others while the gateway is there',
  (t) => {
    const { operations } = contributionOf(load(lab(rules)), 'gate');
    const [content = ''] = operations.flatMap(({ operation }) =>
      operation.op === 'file' && operation.path === '/etc/frr/staticd.conf' ? [operation.content] : [],
    );
    t.strictSame(content.trim().split('\n').slice(1), [
      'ip route 203.0.113.10/32 172.16.0.10',
      // Through the router of the tenant: the machine is in another network than the gateway.
      'ip route 203.0.113.11/32 172.16.0.1',
      'ip route 203.0.113.64/28 blackhole',
    ]);
    t.end();
  },
);

void t.test('what cannot be', (t) => {
  t.strictSame(problems(lab('{stateless: [{address: 203.0.113.10, to: "2001:db8::1", out: one}]}')), [
    '203.0.113.10 cannot become 2001:db8::1: NAT keeps the IP version',
  ]);
  t.strictSame(problems(lab('{stateless: [{address: 203.0.113.10, to: 172.16.0.10, out: [one, three]}]}')), [
    'gate has no interface three, and no link to a node of that name',
  ]);
  const pair = (address: string, to: string): string => `{address: ${address}, to: ${to}, out: one}`;
  t.strictSame(
    problems(lab(`{stateless: [${pair('203.0.113.10', '172.16.0.10')}, ${pair('203.0.113.10', '172.16.0.11')}]}`)),
    ['203.0.113.10 is already in nat.stateless[0]'],
  );
  t.strictSame(
    problems(lab(`{stateless: [${pair('203.0.113.10', '172.16.0.10')}, ${pair('203.0.113.11', '172.16.0.10')}]}`)),
    ['172.16.0.10 is already in nat.stateless[0]'],
  );
  const firewall = '\n    firewall: {outside: one, allow: [{protocol: tcp, ports: 80}]}';
  t.match(problems(lab(`{stateless: [${pair('203.0.113.10', '172.16.0.10')}]}`, firewall)), [
    /^the firewall of gate tracks connections/u,
  ]);
  t.strictSame(problems(lab('{}')), ['nat needs at least one rule below snat, dnat, floating or stateless']);
  t.end();
});
