/** The Clos fabric: AS numbers as RFC 7938 gives them out, sessions on the links alone, and what `up` waits for. */
import t from 'tap';
import { loadTopology } from '../../../src/engine/load.ts';
import { sessionsOf } from '../../../src/features/bgp/sessions.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import clos from '../../../topologies/generated/clos.ts';
import type { GeneratedFile } from '../../../topologies/generated/parameters.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const load = async (parameters: Record<string, string>): Promise<Topology> =>
  (await loadTopology('generated/clos', parameters)).topology;
const called = (topology: Topology, start: string) => topology.nodes.filter(({ name }) => name.startsWith(start));

/** Prefixes that `up` waits for in the kernel of a router. */
const awaited = (topology: Topology, node: string): string[] =>
  contributionOf(topology, node)
    .probes.flatMap(({ question }) => (question.ask === 'routes' ? question.to : []))
    .filter((prefix) => prefix.startsWith('10.') && !prefix.endsWith('/32'))
    .toSorted();

void t.test('with BGP the spines share a number, and speak with the leaves on their links only', async (t) => {
  const topology = await load({ spines: '3', leaves: '4', hosts: '2' });
  t.equal(topology.nodes.length, 3 + 4 + 8);
  t.equal(topology.links.length, 12 + 8);
  t.equal(new Set(called(topology, 'spine').map(({ asn }) => asn)).size, 1);
  t.equal(new Set([...called(topology, 'leaf'), ...called(topology, 'spine')].map(({ asn }) => asn)).size, 5);
  for (const spine of called(topology, 'spine')) {
    const sessions = sessionsOf(spine, topology);
    t.equal(sessions.length, 8, 'one for each leaf and IP version');
    t.ok(sessions.every(({ direct, internal }) => direct && !internal));
  }
  for (const leaf of called(topology, 'leaf')) t.equal(sessionsOf(leaf, topology).length, 6);
});

void t.test('up waits until every leaf’s prefix is at every other router', async (t) => {
  const topology = await load({});
  t.same(awaited(topology, 'leaf2'), ['10.1.0.0/24', '10.3.0.0/24', '10.4.0.0/24']);
  t.same(awaited(topology, 'spine2'), ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24']);
});

void t.test('of a fabric with a hole nothing is promised that may not come', async (t) => {
  const file: GeneratedFile = clos({});
  const spine2 = { ...file.nodes['spine2'], bgp: { neighbors: 'none', peers: [{ node: 'leaf1' }, { node: 'leaf2' }] } };
  const { loadText } = await import('../../../src/topology/load.ts');
  const { registry } = await import('../../../src/engine/load.ts');
  const text = JSON.stringify({
    ...file,
    nodes: { ...file.nodes, spine2 },
    links: file.links.filter(
      (link) => !(Array.isArray(link) && link[0] === 'spine2' && link[1] !== 'leaf1' && link[1] !== 'leaf2'),
    ),
  });
  const topology = loadText(text, 'hole.json', registry);
  t.same(awaited(topology, 'spine2'), [], 'spine2 hears of leaf3 from nobody');
  t.same(awaited(topology, 'leaf1'), []);
});

void t.test('with OSPF it is one area, and nobody speaks BGP', async (t) => {
  const topology = await load({ routing: 'ospf' });
  for (const node of [...called(topology, 'spine'), ...called(topology, 'leaf')])
    t.same(Object.keys(node.features), ['ospf']);
});

void t.test('what cannot be is refused', (t) => {
  t.throws(() => clos({ routing: 'rip' }), { code: 'command-line', message: /-p routing=rip/u });
  t.throws(() => clos({ leaves: '49' }), { code: 'command-line', message: /-p leaves=49/u });
  t.end();
});
