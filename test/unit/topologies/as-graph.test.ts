/** The generated Internet: relations as grown, and the best routes that the engine foresees are those of Gao and Rexford. */
import t from 'tap';
import { loadTopology } from '../../../src/engine/load.ts';
import { bestRoutes } from '../../../src/features/bgp/reach.ts';
import { bgpOf, systemsOf } from '../../../src/features/bgp/systems.ts';
import { valleyIn, relationBetween } from '../../../src/features/bgp/valley.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { agreementsOf, numberOf } from '../../../topologies/generated/as-graph.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';
import { expectedRoutes } from '../../../scripts/bench/gao-rexford.ts';

const parametersOf = (seed: number): Record<string, string> => ({
  n: '40',
  routers: '3',
  seed: String(seed),
  families: '4',
});
const load = async (parameters: Record<string, string>): Promise<Topology> =>
  (await loadTopology('generated/as-graph', parameters)).topology;

void t.test('links say the relations that were grown', async (t) => {
  const [topology, agreements] = [await load(parametersOf(1)), agreementsOf(parametersOf(1))];
  const systems = systemsOf(topology);
  t.equal(systems.size, 40);
  for (const { one, other, relation } of agreements) {
    const seen = systems.get(numberOf(other))?.relations.get(numberOf(one));
    t.equal(seen, relation, `AS ${numberOf(one)} is a ${relation} of AS ${numberOf(other)}`);
  }
  t.equal(
    [...systems.values()].reduce((sum, system) => sum + system.relations.size, 0),
    2 * agreements.length,
    'and no others',
  );
});

void t.test('each system has one prefix, one reflector, and borders elsewhere', async (t) => {
  const topology = await load(parametersOf(1));
  for (const [asn, { routers, prefixes }] of systemsOf(topology)) {
    t.equal(prefixes.length, 1, `AS ${asn}`);
    t.equal(routers.filter((router) => bgpOf(router)?.reflector === true).length, 1);
    const outside = (router: (typeof routers)[number]): boolean =>
      router.interfaces.some(
        ({ peer }) => topology.nodes.find(({ name }) => name === peer.node)?.asn !== asn && !peer.node.startsWith('h'),
      );
    t.notOk(outside(routers[0] as (typeof routers)[number]), 'the reflector is no border');
    t.ok(routers.slice(1).some(outside));
  }
});

void t.test('what the engine foresees is what Gao and Rexford say, for every system and every prefix', async (t) => {
  for (const seed of [1, 2, 3]) {
    const [topology, agreements] = [await load(parametersOf(seed)), agreementsOf(parametersOf(seed))];
    const kinds = new Set<string>();
    for (let origin = 0; origin < 40; origin += 1) {
      const foreseen = bestRoutes([numberOf(origin)], topology.nodes, topology);
      const wanted = [...expectedRoutes(40, agreements, origin)].map(([system, { kind, length }]) => {
        kinds.add(kind);
        return `${numberOf(system)} ${kind} ${length}`;
      });
      const found = [...(foreseen ?? [])].map(([asn, { from, path }]) => `${asn} ${from} ${path.length}`);
      t.strictSame(found.toSorted(), wanted.toSorted(), `seed ${seed}, to AS ${numberOf(origin)}`);
      t.notOk([...(foreseen ?? [])].some(([asn, { path }]) => valleyIn(asn, path, relationBetween(topology))));
    }
    t.same([...kinds].toSorted(), ['customer', 'own', 'peer', 'provider'], 'every kind of route is there');
  }
});

void t.test('routers that speak BGP over IPv4 alone have filters for IPv4 alone', async (t) => {
  const linesOf = async (parameters: Record<string, string>): Promise<string[]> => {
    const topology = await load(parameters);
    return topology.nodes.flatMap(({ name }) =>
      contributionOf(topology, name).operations.flatMap(({ operation }) =>
        operation.op === 'file' && operation.path === '/etc/frr/bgpd.conf' ? operation.content.split('\n') : [],
      ),
    );
  };
  const four = (line: string): boolean => /^ip prefix-list|match ip address/u.test(line);
  const six = (line: string): boolean => /^ipv6 prefix-list|match ipv6 address/u.test(line);
  const [one, both] = [await linesOf(parametersOf(1)), await linesOf({ n: '40', routers: '3', seed: '1' })];
  t.notOk(one.some(six));
  t.equal(one.filter(four).length, both.filter(four).length, 'the others are the same');
  t.ok(both.some(six));
});
