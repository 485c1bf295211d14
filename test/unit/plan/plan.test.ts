import { globSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { loadTopology, registry } from '../../../src/engine/load.ts';
import type { Operation } from '../../../src/fragment/operation.ts';
import { type Capabilities, planTopology } from '../../../src/plan/plan.ts';
import { render } from '../../../src/plan/render.ts';
import { golden, text } from '../../helpers/golden.ts';

const kernel: Capabilities = { openvswitch: true, zones: true, netem: true, cubic: true, nftables: true };
const bare: Capabilities = { openvswitch: false, zones: false, netem: false, cubic: true, nftables: true };

const nameOf = (file: string): string =>
  path.basename(file) === 'topology.yml' ? path.basename(path.dirname(file)) : path.basename(file, '.yml');

/** A plan as `xiyou plan` prints it, with the probes behind it. */
const planText = (
  stages: ReadonlyMap<string, readonly Operation[]>,
  lab: string,
  probes: readonly { node: string; name: string }[],
): string =>
  [
    ...[...stages].flatMap(([stage, operations]) =>
      operations.length === 0 ? [] : [`# ${stage}`, ...operations.flatMap((operation) => render(operation, lab)), ''],
    ),
    '# probes',
    ...probes.map((probe) => `# ${probe.node}: ${probe.name}`),
  ].join('\n');

for (const file of [...globSync('topologies/*.yml'), ...globSync('topologies/*/topology.yml')].sort()) {
  void t.test(`the plan of ${nameOf(file)} is as expected`, async (t) => {
    const { topology } = await loadTopology(file);
    const plan = planTopology(topology, registry, bare);
    const told = planText(plan.stages, topology.name, plan.probes);
    t.equal(text(told), golden(`plans/${nameOf(file)}.txt`, told));
  });
}

void t.test('a machine with netem shapes a link at both ends, and needs no cable', async (t) => {
  const { topology } = await loadTopology('slow-link');
  const operations = [...planTopology(topology, registry, kernel).stages.values()].flat();
  t.equal(operations.filter((operation) => operation.op === 'impairment').length, 2);
  t.notOk(operations.some((operation) => operation.node.startsWith('_cable')));
});

void t.test('a machine without netem runs the same link through a cable', async (t) => {
  const { topology } = await loadTopology('slow-link');
  const operations = [...planTopology(topology, registry, bare).stages.values()].flat();
  t.equal(operations.filter((operation) => operation.op === 'impairment').length, 0);
  t.equal(operations.filter((operation) => operation.op === 'veth').length, topology.links.length + 1);
});

void t.test('hypervisors use the datapath that the machine has', async (t) => {
  const { topology } = await loadTopology('vpc');
  const datapaths = (capabilities: Capabilities): Set<string> =>
    new Set(
      [...planTopology(topology, registry, capabilities).stages.values()]
        .flat()
        .flatMap((operation) => (operation.op === 'openvswitch' ? [operation.datapath] : [])),
    );
  t.same([...datapaths(kernel)], ['system']);
  t.same([...datapaths(bare)], ['netdev']);
});

void t.test('where namespaces may not use cubic, nodes use reno', async (t) => {
  const { topology } = await loadTopology('two-hosts');
  const values = (cubic: boolean): Set<string> =>
    new Set(
      [...planTopology(topology, registry, { ...bare, cubic }).stages.values()]
        .flat()
        .flatMap((operation) =>
          operation.op === 'sysctl' && operation.key.endsWith('tcp_congestion_control') ? [operation.value] : [],
        ),
    );
  t.same([...values(true)], ['cubic']);
  t.same([...values(false)], ['reno']);
});
