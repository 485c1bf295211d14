/** BGP: who speaks with whom, by which addresses, and which networks need an anchor. */
import t from 'tap';
import { anchors } from '../../../src/features/bgp/anchors.ts';
import { sessionsOf } from '../../../src/features/bgp/sessions.ts';
import type { Node, Topology } from '../../../src/topology/topology.ts';
import { fixture, problemsOf } from '../../helpers/topology-fixture.ts';
import type { NodeFixture } from '../../helpers/topology-fixture.ts';

const router = (number: number, asn: number, features: Readonly<Record<string, unknown>>): NodeFixture => ({
  kind: 'router',
  asn,
  loopback: [`10.255.0.${number}/32`],
  features,
});

const nodeOf = (topology: Topology, name: string): Node => {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
};

const peers = (topology: Topology, name: string): string[] =>
  sessionsOf(nodeOf(topology, name), topology).map(
    (session) =>
      `${session.internal ? 'iBGP' : 'eBGP'} ${session.peer?.name ?? '?'} ${session.address} from ${session.source ?? 'interface'}`,
  );

void t.test('inside an AS with OSPF sessions join loopbacks, also of routers that are not neighbours', (t) => {
  const both = { ospf: {}, bgp: {} };
  const topology = fixture(
    { r1: router(1, 65001, both), r2: router(2, 65001, { ospf: {} }), r3: router(3, 65001, both) },
    [
      ['r1:a 10.0.0.1/30', 'r2:a 10.0.0.2/30'],
      ['r2:b 10.0.1.1/30', 'r3:b 10.0.1.2/30'],
    ],
  );
  t.same(peers(topology, 'r1'), ['iBGP r3 10.255.0.3 from 10.255.0.1']);
  t.same(peers(topology, 'r2'), []);
  t.end();
});

void t.test('without OSPF an iBGP session uses the shared segment; with neither it is a problem', (t) => {
  const topology = fixture(
    { r1: router(1, 65001, { bgp: {} }), r2: router(2, 65001, { bgp: {} }), r3: router(3, 65001, { bgp: {} }) },
    [
      ['r1:a 10.0.0.1/30', 'r2:a 10.0.0.2/30'],
      ['r2:b 10.0.1.1/30', 'r3:b 10.0.1.2/30'],
    ],
  );
  t.same(peers(topology, 'r2'), ['iBGP r1 10.0.0.1 from interface', 'iBGP r3 10.0.1.2 from interface']);
  t.same(problemsOf(topology, 'r1'), ['bgp: r1 and r3 are both in AS 65001, but nothing carries their iBGP session']);
  t.end();
});

void t.test('two routers of two ASes have one session on each segment they share', (t) => {
  const topology = fixture({ r1: router(1, 65001, { bgp: {} }), r2: router(2, 65002, { bgp: {} }) }, [
    ['r1:a 10.0.0.1/30', 'r2:a 10.0.0.2/30'],
    ['r1:b 10.0.1.1/30', 'r2:b 10.0.1.2/30'],
  ]);
  t.same(peers(topology, 'r1'), ['eBGP r2 10.0.0.2 from interface', 'eBGP r2 10.0.1.2 from interface']);
  t.end();
});

void t.test('neighbors: none makes no session by itself, and a session that one side asks for exists on both', (t) => {
  const links = [['r1:a 10.0.0.1/30', 'r2:a 10.0.0.2/30'] as const];
  const silent = fixture(
    { r1: router(1, 65001, { bgp: { neighbors: 'none' } }), r2: router(2, 65002, { bgp: {} }) },
    links,
  );
  t.same([peers(silent, 'r1'), peers(silent, 'r2')], [[], []]);
  const asked = fixture(
    {
      r1: router(1, 65001, { bgp: { neighbors: 'none', peers: [{ node: 'r2' }] } }),
      r2: router(2, 65002, { bgp: { neighbors: 'none' } }),
    },
    links,
  );
  t.same(
    [peers(asked, 'r1'), peers(asked, 'r2')],
    [['eBGP r2 10.0.0.2 from interface'], ['eBGP r1 10.0.0.1 from interface']],
  );
  t.end();
});

void t.test('an eBGP peer that is no neighbour is reached from loopback to loopback over many hops', (t) => {
  const topology = fixture(
    { r1: router(1, 65001, { bgp: { peers: [{ node: 'r3', multihop: 5 }] } }), r3: router(3, 65003, { bgp: {} }) },
    [],
  );
  t.match(sessionsOf(nodeOf(topology, 'r1'), topology), [
    { address: '10.255.0.3', source: '10.255.0.1', multihop: 5, internal: false },
  ]);
  t.match(sessionsOf(nodeOf(topology, 'r3'), topology), [{ address: '10.255.0.1', source: '10.255.0.3', multihop: 5 }]);
  t.end();
});

void t.test('an anchor is made only where nothing else brings the route', (t) => {
  const networks = ['10.0.0.0/24', '10.9.0.0/16', '10.20.0.0/24', '10.30.0.0/24', '10.30.0.0/24'];
  const inside = (ospf: Readonly<Record<string, unknown>>): string[] => {
    const topology = fixture(
      {
        r1: router(1, 65001, { ...ospf, bgp: { networks }, routes: [{ to: '10.9.0.0/16', via: '10.0.0.9' }] }),
        r2: router(2, 65001, { ...ospf }),
        h: { kind: 'host' },
      },
      [
        ['r1:a 10.0.0.1/24', 'r2:a 10.0.0.2/24'],
        ['r2:h 10.20.0.1/24', 'h:eth0 10.20.0.2/24'],
      ],
    );
    return anchors(nodeOf(topology, 'r1'), topology);
  };
  t.same(inside({ ospf: {} }), ['10.30.0.0/24'], 'OSPF brings 10.20.0.0/24 from r2');
  t.same(inside({}), ['10.20.0.0/24', '10.30.0.0/24']);
  t.end();
});

void t.test('BGP without an AS number and peers that are no BGP routers are problems', (t) => {
  const topology = fixture(
    {
      r1: { kind: 'router', features: { bgp: { peers: [{ node: 'r2' }, { node: 'r9' }] } } },
      r2: router(2, 65002, {}),
    },
    [],
  );
  t.same(problemsOf(topology, 'r1'), [
    'bgp: r1 speaks BGP but is in no autonomous system',
    'bgp.peers.0.node: r2 does not speak BGP or is in no autonomous system',
    'bgp.peers.1.node: there is no node r9',
  ]);
  t.end();
});
