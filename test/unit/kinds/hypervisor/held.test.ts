/** Addresses on the loopback of a guarded machine: it may speak in their name, and where they are is a matter of routes. */
import t from 'tap';
import { features } from '../../../../src/features/registry.ts';
import { kinds } from '../../../../src/kinds/registry.ts';
import { loadText } from '../../../../src/topology/load.ts';
import { contributionOf } from '../../../helpers/topology-fixture.ts';

const topology = loadText(
  `
name: held
networks: {cloud: {vni: 7001, tenant: sun, prefix4: 172.16.0.0/24, prefix6: "2001:db8:7::/64"}}
tenants:
  sun:
    router: {}
    groups: {lb: {in: [{protocol: tcp, ports: 443}]}, srv: {in: [{protocol: tcp, ports: 443, from: lb}]}}
nodes:
  hv: {kind: hypervisor}
  lb:
    kind: host
    loopback: [192.0.2.7/32]
    haproxy: {announce: [203.0.113.10, "2001:db8:10::10"], frontends: [{name: web, port: 443, backend: [{node: srv, port: 443}]}]}
  srv: {kind: host}
links:
  - {endpoints: [{node: lb, groups: [lb]}, hv], network: cloud}
  - {endpoints: [{node: srv, groups: [srv]}, hv], network: cloud}
`,
  'held.yml',
  { kinds, features },
);
const flows = contributionOf(topology, 'hv').operations.flatMap(({ operation }) =>
  operation.op === 'flows' ? operation.flows : [],
);
const about = (address: string): string[] => flows.filter((flow) => flow.includes(`=${address},`));

void t.test('its own, announced or for good', (t) => {
  for (const address of ['203.0.113.10', '192.0.2.7']) {
    t.ok(
      about(address).some((flow) => flow.startsWith('table=1,priority=80,reg1=1,ip,nw_src=')),
      address,
    );
    t.ok(
      about(address).some((flow) => /^table=1,priority=90,reg1=1,arp,arp_sha=.*,arp_spa=/u.test(flow)),
      `questions in the name of ${address}`,
    );
  }
  t.ok(about('2001:db8:10::10').some((flow) => flow.startsWith('table=1,priority=80,reg1=1,ipv6,ipv6_src=')));
  t.notOk(
    about('203.0.113.10').some((flow) => flow.includes('reg1=2,ip,nw_src')),
    "and not the other machine's",
  );
  t.end();
});

void t.test('a group has the addresses that its members hold', (t) => {
  t.ok(about('203.0.113.10').some((flow) => flow.startsWith('table=42,') && flow.includes('tp_dst=443')));
  t.end();
});

void t.test('nobody answers for them, and the router of the tenant does not know one holder from another', (t) => {
  for (const address of ['203.0.113.10', '192.0.2.7', '2001:db8:10::10'])
    t.same(
      about(address).filter((flow) => /^table=(?:10|11|20),/u.test(flow)),
      [],
    );
  t.end();
});
