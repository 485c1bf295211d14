import t from 'tap';
import { loadTopology, registry } from '../../../src/engine/load.ts';
import type { Operation } from '../../../src/fragment/operation.ts';
import { type Observation, changes, missing, restarts } from '../../../src/plan/difference.ts';
import { operationsOf, planTopology } from '../../../src/plan/plan.ts';
import type { Impairment, Topology } from '../../../src/topology/topology.ts';

const bare = { openvswitch: false, zones: false, netem: false, cubic: true, nftables: true };
const planned = (topology: Topology): Operation[] => operationsOf(planTopology(topology, registry, bare));
const load = async (name: string): Promise<Topology> => (await loadTopology(name)).topology;
const impaired = (topology: Topology, index: number, impairment: Impairment): Topology => ({
  ...topology,
  links: topology.links.map((link, at) => (at === index ? { ...link, impairment } : link)),
});

void t.test('the same plan changes nothing', async (t) => {
  const operations = planned(await load('journey'));
  t.same(changes(operations, operations), { removed: [], remade: [], relinked: [] });
});

void t.test('a node that left the file is removed, and its neighbours are made anew', async (t) => {
  const topology = await load('switch');
  const without: Topology = {
    ...topology,
    nodes: topology.nodes.filter((node) => node.name !== 'h3'),
    links: topology.links.slice(0, 2),
  };
  const found = changes(planned(topology), planned(without));
  t.same(found.removed, ['h3']);
});

void t.test('a router whose file changes is made anew, with the reason', async (t) => {
  const topology = await load('ospf');
  const changed: Topology = { ...topology, timers: 'standard' };
  const found = changes(planned(topology), planned(changed));
  t.same(
    found.remade.map((change) => change.node),
    ['r1', 'r2', 'r3'],
  );
  t.match(found.remade[0]?.reason, /ospfd\.conf of r1/u);
});

void t.test('putting a link through a cable makes the link anew and no node', async (t) => {
  const topology = await load('ospf');
  const found = changes(planned(topology), planned(impaired(topology, 1, { delay: 10 })));
  t.same(found.removed, []);
  t.same(found.remade, []);
  t.equal(found.relinked.length, 1);
});

void t.test(
  'a command that follows a process is run again when it reads otherwise; any other makes the node anew',
  (t) => {
    const command = (word: string, follows?: string): Operation => ({
      op: 'command',
      node: 'r1',
      argv: [word],
      follows,
    });
    const one = command('one', 'bgpd');
    const two = command('two', 'bgpd');
    t.same(changes([one], [two]), { removed: [], remade: [], relinked: [] });
    t.same(missing([two], () => 'absent').apply, [two]);
    t.same(
      changes([one], [command('two', 'zebra')]).remade.map(({ node }) => node),
      ['r1'],
      'a command of another process does not take its place',
    );
    t.same(
      changes([command('one')], [command('two')]).remade.map(({ node }) => node),
      ['r1'],
    );
    t.end();
  },
);

void t.test('another impairment of a link that has a cable makes nothing anew', async (t) => {
  const topology = await load('slow-link');
  const before = planned(topology);
  const after = planned(impaired(topology, 1, { delay: 5 }));
  t.same(changes(before, after), { removed: [], remade: [], relinked: [] });
  const done = new Set(before.map((operation) => JSON.stringify(operation)));
  const { apply } = missing(after, (operation) => (done.has(JSON.stringify(operation)) ? 'present' : 'absent'));
  t.same(
    apply.map((operation) => operation.op),
    ['file'],
    'only the cable reads its file again',
  );
});

void t.test('what differs is set again where it is set as a whole, and made anew elsewhere', async (t) => {
  const operations = planned(await load('nat'));
  const differs =
    (op: Operation['op']): ((operation: Operation) => Observation) =>
    (operation) =>
      operation.op === op ? { differs: 'for the test' } : 'present';
  t.same(missing(operations, differs('firewall')).remade, []);
  t.equal(missing(operations, differs('firewall')).apply.length, 1);
  t.ok(missing(operations, differs('file')).remade.length > 0);
  t.equal(missing(operations, differs('veth')).relinked.length, 5);
  t.same(missing(operations, differs('veth')).remade, []);
});

void t.test('daemons that build on one that is started anew start anew too', async (t) => {
  const operations = planned(await load('journey'));
  const zebra = operations.filter(
    (operation) => operation.op === 'process' && operation.node === 'a1' && operation.name === 'zebra',
  );
  t.same(
    restarts(operations, new Set(zebra)).map(({ operation }) => `${operation.node} ${operation.name}`),
    ['a1 ospfd', 'a1 ospf6d', 'a1 bgpd', 'a1 bfdd'],
  );
  const bgpd = operations.filter(
    (operation) => operation.op === 'process' && operation.node === 'a1' && operation.name === 'bgpd',
  );
  t.same(restarts(operations, new Set(bgpd)), [], 'nothing waits for bgpd');
  const process = (name: string, more: object = {}): Operation => ({
    op: 'process',
    node: 'a1',
    name,
    argv: [name],
    ...more,
  });
  const apart = process('haproxy', { ready: '/run/haproxy.sock', independent: true });
  const after = process('after');
  t.same(restarts([...operations, apart, after], new Set([apart])), [], 'nothing builds on what is independent');
  t.ok(
    restarts([...operations, apart, after], new Set(zebra)).some(({ operation }) => operation === after),
    'what follows in the list builds on zebra',
  );
  t.notOk(
    restarts([...operations, apart, after], new Set(zebra)).some(({ operation }) => operation === apart),
    'and it builds on nothing',
  );
});

void t.test('a daemon that holds an interface starts anew with it', async (t) => {
  const operations = planned(await load('journey'));
  const radio = operations.filter(
    (operation) => operation.op === 'veth' && operation.ends.some((end) => end.name === 'radio'),
  );
  t.same(
    restarts(operations, new Set(radio)).map(({ operation }) => `${operation.node} ${operation.name}`),
    ['enb epc', 'phone epc'],
  );
});
