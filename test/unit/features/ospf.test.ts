/** OSPF: which interfaces are active, what type their network is, and what is asked when it should be up. */
import t from 'tap';
import { ospfOf } from '../../../src/features/ospf/areas.ts';
import { ospfInterfaces } from '../../../src/features/ospf/interfaces.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { sharedSegment, twoSystems } from '../../helpers/fixtures.ts';
import { contributionOf, fixture, problemsOf } from '../../helpers/topology-fixture.ts';

const interfaces = (topology: Topology, name: string, family: 4 | 6 = 4): string[] => {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  const settings = node === undefined ? undefined : ospfOf(node);
  if (node === undefined || settings === undefined) throw new Error(`no OSPF on ${name}`);
  return ospfInterfaces(node, settings, topology, family).map((own) =>
    `${own.interface.name}: ${own.neighbours.map((router) => router.name).join(' ') || 'passive'} ${own.network ?? ''}`.trim(),
  );
};

void t.test('hosts, other systems and routers without OSPF leave an interface passive', (t) => {
  t.same(interfaces(twoSystems(), 'r2'), ['to-r1: r1 point-to-point', 'to-r3: passive point-to-point']);
  t.end();
});

void t.test('a segment of more than two machines stays a broadcast network', (t) => {
  t.same(interfaces(sharedSegment(), 'r2'), ['to-s1: r1 r3']);
  t.end();
});

void t.test('passive counts on both sides, excluded interfaces are gone', (t) => {
  const links = [['r1:a 10.0.0.1/30', 'r2:a 10.0.0.2/30'] as const];
  const router = (settings: Readonly<Record<string, unknown>>) => ({ kind: 'router', features: { ospf: settings } });
  const passive = fixture({ r1: router({ passive: ['r2'] }), r2: router({}) }, links);
  t.same(
    [interfaces(passive, 'r1'), interfaces(passive, 'r2')],
    [['a: passive point-to-point'], ['a: passive point-to-point']],
  );
  t.same(interfaces(fixture({ r1: router({ exclude: ['a'] }), r2: router({}) }, links), 'r1'), []);
  t.end();
});

void t.test('a family runs only on interfaces that have addresses of it', (t) => {
  const topology = fixture(
    { r1: { kind: 'router', features: { ospf: {} } }, r2: { kind: 'router', features: { ospf: {} } } },
    [
      ['r1:a 10.0.0.1/30', 'r2:a 10.0.0.2/30'],
      ['r1:b 2001:db8::1/64', 'r2:b 2001:db8::2/64'],
    ],
  );
  t.same(
    [interfaces(topology, 'r1', 4), interfaces(topology, 'r1', 6)],
    [['a: r2 point-to-point'], ['b: r2 point-to-point']],
  );
  t.end();
});

void t.test('the standard timers leave every line of the fast profile out', (t) => {
  const files = contributionOf(twoSystems('standard'), 'r1').operations.flatMap(({ operation }) =>
    operation.op === 'file' ? [operation.content] : [],
  );
  t.notMatch(files.join('\n'), /timers|interval 1$|coalesce|point-to-point|delay-timer|advertisement/mu);
  t.end();
});

void t.test(
  'hellos: the interface says, else the router, else the profile; parts of a second are of OSPFv2 alone',
  (t) => {
    const links = [['r1:a 10.0.0.1/30 2001:db8::1/64', 'r2:a 10.0.0.2/30 2001:db8::2/64'] as const];
    const hellos = (settings: Readonly<Record<string, unknown>>): string[] =>
      contributionOf(
        fixture(
          { r1: { kind: 'router', features: { ospf: settings } }, r2: { kind: 'router', features: { ospf: {} } } },
          links,
        ),
        'r1',
      ).operations.flatMap(({ operation }) =>
        operation.op === 'file' ? (operation.content.match(/(?<=ospf6? )(?:hello|dead)-interval .*/gu) ?? []) : [],
      );
    t.same(hellos({}), ['hello-interval 1', 'dead-interval 4', 'hello-interval 1', 'dead-interval 4']);
    t.same(hellos({ hello: 2 }), ['hello-interval 2', 'dead-interval 8', 'hello-interval 2', 'dead-interval 8']);
    t.same(hellos({ hello: 0.2 }), ['dead-interval minimal hello-multiplier 5', 'hello-interval 1', 'dead-interval 2']);
    t.same(hellos({ hello: 0.2, interfaces: { a: { hello: 3, dead: 5 } } }).slice(0, 2), [
      'hello-interval 3',
      'dead-interval 5',
    ]);
    const both = fixture(
      {
        r1: { kind: 'router', features: { ospf: { hello: 0.1, interfaces: { a: { dead: 3 } } } } },
        r2: { kind: 'router' },
      },
      links,
    );
    t.same(problemsOf(both, 'r1'), [
      'ospf.interfaces.a.dead: with less than a second between hellos the dead interval is 1 s',
    ]);
    t.end();
  },
);

void t.test('names of interfaces that do not exist are problems', (t) => {
  const topology = fixture(
    {
      r1: {
        kind: 'router',
        features: { ospf: { interfaces: { eth7: { cost: 1 } }, passive: ['r9'], exclude: ['a'] } },
      },
      r2: { kind: 'router' },
    },
    [['r1:a 10.0.0.1/30', 'r2:a 10.0.0.2/30']],
  );
  t.same(problemsOf(topology, 'r1'), [
    'ospf.interfaces.eth7: r1 has no interface eth7, and no link to a node of that name',
    'ospf.passive.0: r1 has no interface r9, and no link to a node of that name',
  ]);
  t.end();
});
