/** Stacks and bonds in the resolved topology: one segment, one address for the bond, the gateway at both members. */
import t from 'tap';
import { registry } from '../../../src/engine/load.ts';
import { loadText } from '../../../src/topology/load.ts';

const topology = loadText(
  `name: rack
nodes:
  a1: {kind: stack, stack: rack1, gateway: 10.20.1.1/24}
  a2: {kind: stack, stack: rack1, gateway: 10.20.1.1/24}
  hv: {kind: hypervisor}
  desk: {kind: host}
  top: {kind: router}
links:
  - [a1, a2]
  - [{node: hv, bond: bond0}, a1]
  - [{node: hv, bond: bond0}, a2]
  - [desk, a2]
  - [a1, top]
`,
  'rack.yml',
  registry,
);
const interfaces = (name: string) => topology.nodes.find((node) => node.name === name)?.interfaces ?? [];

void t.test('ports say what they are for', (t) => {
  t.same(
    interfaces('a1').map(({ name, role }) => `${name} ${role}`),
    ['to-a2 peer', 'to-hv access', 'to-top routed'],
  );
  t.same(
    interfaces('hv').map(({ bond, role }) => `${bond ?? ''} ${role}`),
    ['bond0 underlay', 'bond0 underlay'],
  );
  t.end();
});

void t.test('the servers of both members are one segment, with the gateway at each and one address for a bond', (t) => {
  const ends = [...interfaces('hv'), ...interfaces('desk'), ...interfaces('a1').slice(1, 2)];
  t.equal(new Set(ends.map(({ segment }) => segment)).size, 1);
  const of = (name: string): (string | undefined)[] => interfaces(name).map(({ addresses }) => addresses[0]);
  t.same(of('hv'), ['10.20.1.2/24', undefined]);
  t.same(of('desk'), ['10.20.1.3/24']);
  t.equal(of('a1')[1], '10.20.1.1/24');
  t.equal(of('a2')[1], '10.20.1.1/24');
  t.end();
});

void t.test('the peer link has addresses of its own, and the uplink too', (t) => {
  const [peer, , up] = interfaces('a1');
  t.equal(peer?.addresses[0], '10.64.0.1/30');
  t.match(up?.addresses[0], /^10\.64\.0\.\d+\/30$/u);
  t.not(peer?.segment, up?.segment);
  t.end();
});
