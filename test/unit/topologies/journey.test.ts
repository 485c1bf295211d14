/** The flagship's cloud: its size follows from the parameters, its regions do not get into each other's way, and what cannot be is refused. */
import t from 'tap';
import { loadTopology } from '../../../src/engine/load.ts';
import { isInside } from '../../../src/features/bgp/systems.ts';
import type { Node, Topology } from '../../../src/topology/topology.ts';
import { smallest } from '../../helpers/flagship.ts';

const load = async (parameters: Readonly<Record<string, string>> = {}): Promise<Topology> =>
  (await loadTopology('journey', parameters)).topology;
const called = (topology: Topology, pattern: RegExp): string[] =>
  topology.nodes.flatMap(({ name }) => (pattern.test(name) ? [name] : []));
const asnOf = (topology: Topology, name: string): number | undefined =>
  topology.nodes.find((node) => node.name === name)?.asn;

void t.test('left alone it has four regions, the main one with each layer in pairs', async (t) => {
  const topology = await load();
  t.equal(topology.nodes.length, 77);
  t.same(called(topology, /^border/u), ['border', 'border2', 'border-east', 'border-south', 'border-north']);
  t.same(called(topology, /^(?:core|agg|acc)\d/u), [
    ...['core1', 'core2', 'agg1', 'agg2', 'agg3', 'agg4', 'acc1', 'acc2', 'acc3', 'acc4'],
  ]);
  t.same(called(topology, /^host-\w$/u), ['host-g', 'host-h', 'host-a', 'host-b', 'host-c', 'host-d']);
  t.same(called(topology, /-east$/u), [
    ...['border-east', 'core-east', 'acc-east', 'host-east', 'gateway-east', 'balancer-east', 'controller-east'],
  ]);
});

void t.test('with one of everything, and with as much as it takes', async (t) => {
  const small = await load(smallest);
  t.same(called(small, /^(?:core|agg|acc|gateway|balancer|controller|host-)/u), [
    ...['core1', 'agg1', 'acc1', 'host-g', 'host-a', 'host-b', 'gateway', 'balancer', 'controller'],
  ]);
  const large = await load({ regions: '1', zones: '4', racks: '4', computes: '10', tenants: '4' });
  t.equal(called(large, /^acc/u).length, 32);
  t.equal(called(large, /^agg/u).length, 8);
  t.equal(large.networks.length, 4);
  t.equal(new Set(large.networks.map(({ vni }) => vni)).size, 4);
});

void t.test(
  'routers beside each other share a number that nobody else has, and the world knows none of them',
  async (t) => {
    const topology = await load();
    const system = ({ name }: Node): string =>
      name.replace(/^(core|agg|acc)(\d+)$/u, (_, layer: string, number: string) =>
        layer === 'core' ? layer : `${layer} of ${Math.ceil(Number(number) / 2)}`,
      );
    const inner = topology.nodes.filter(({ asn = 0 }) => asn >= 4_200_000_000);
    const numbers = Map.groupBy(inner, ({ asn }) => asn);
    for (const [asn, nodes] of numbers) {
      t.equal(new Set(nodes.map(system)).size, 1, `AS ${String(asn)}: ${nodes.map(({ name }) => name).join(' ')}`);
      t.ok(isInside(asn ?? 0, topology), String(asn));
    }
    t.equal(numbers.size, new Set(inner.map(system)).size);
    for (const border of called(topology, /^border/u)) t.equal(asnOf(topology, border), 65_040);
  },
);

void t.test('no two machines have one address, but for what is meant so', async (t) => {
  const topology = await load({ tenants: '4' });
  const tenants = new Set(['yellow-brow', 'novice', 'lion', 'roc', 'spider', 'centipede']);
  // Members of a stack have the gateway of their rack in common, as they have their number.
  const addresses = topology.nodes
    .filter(({ name, kind }) => !tenants.has(name) && kind !== 'stack')
    .flatMap(({ interfaces }) => interfaces.flatMap((own) => own.addresses));
  t.equal(new Set(addresses).size, addresses.length);
  const shop = topology.nodes.filter(({ name }) => ['balancer', 'controller'].includes(name));
  const own = shop.flatMap(({ interfaces }) => interfaces.flatMap(({ addresses: all }) => all));
  for (const lord of ['yellow-brow', 'lion', 'spider'])
    t.ok(own.includes(topology.nodes.find(({ name }) => name === lord)?.interfaces[0]?.addresses[0] ?? ''), lord);
});

void t.test('everybody who watches by BFD looks as often as the parameter says', async (t) => {
  for (const [parameters, interval] of [
    [smallest, 300],
    [{ ...smallest, bfd: '5000' }, 5000],
  ] as const) {
    const { nodes } = await load(parameters);
    const intervals = nodes.flatMap(({ features }) => ('bfd' in features ? [features['bfd']] : []));
    t.ok(intervals.length > 10);
    for (const settings of intervals) t.match(settings, { interval });
  }
});

void t.test('what cannot be is refused with words', async (t) => {
  await t.rejects(load({ regions: '5' }), { message: /-p regions=5: expected a whole number from 1 to 4/u });
  await t.rejects(load({ zones: 'two' }), { message: /-p zones=two/u });
  await t.rejects(load({ region: '1' }), { message: /-p region=1: journey has no such parameter/u });
});
