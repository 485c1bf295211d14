import { globSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { loadTopology, registry } from '../../../src/engine/load.ts';
import type { Operation } from '../../../src/fragment/operation.ts';
import { type Capabilities, planTopology } from '../../../src/plan/plan.ts';
import { render } from '../../../src/plan/render.ts';
import { smallest } from '../../helpers/flagship.ts';
import { golden, text } from '../../helpers/golden.ts';

const kernel: Capabilities = { openvswitch: true, zones: true, netem: true, cubic: true, nftables: true };
const bare: Capabilities = { openvswitch: false, zones: false, netem: false, cubic: true, nftables: true };

const nameOf = (file: string): string =>
  path.basename(file).startsWith('topology.') ? path.basename(path.dirname(file)) : path.basename(file, '.yml');

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

const plans = [...globSync('topologies/*.yml'), ...globSync('topologies/*/topology.{yml,ts}')].sort();
for (const file of plans) {
  void t.test(`the plan of ${nameOf(file)} is as expected`, async (t) => {
    const { topology } = await loadTopology(file, nameOf(file) === 'journey' ? smallest : {});
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

void t.test('a hypervisor that keeps security groups wants zones of the kernel too', async (t) => {
  const { topology } = await loadTopology('tenants');
  const datapaths = (zones: boolean): string[] =>
    [...planTopology(topology, registry, { ...kernel, zones }).stages.values()]
      .flat()
      .flatMap((operation) => (operation.op === 'openvswitch' ? [operation.datapath] : []));
  t.same(datapaths(true), ['system', 'system']);
  t.same(datapaths(false), ['netdev', 'netdev']);
});

void t.test('beside a datapath in the kernel machines keep their offloads', async (t) => {
  const { topology } = await loadTopology('vpc');
  const offload = (capabilities: Capabilities): boolean[] =>
    [...planTopology({ ...topology, offload: true }, registry, capabilities).stages.values()]
      .flat()
      .flatMap((operation) => (operation.op === 'interface' && operation.node === 'red1' ? [operation.offload] : []));
  t.same([offload(kernel), offload(bare)], [[true], [false]]);
});

void t.test('where the kernel has no nf_tables for IP, the older form of iptables makes firewalls', async (t) => {
  const { topology } = await loadTopology('nat');
  const programs = (nftables: boolean): Set<string> =>
    new Set(
      [...planTopology(topology, registry, { ...bare, nftables }).stages.values()]
        .flat()
        .flatMap((operation) =>
          operation.op === 'firewall' ? [/\bip6?tables[\w-]*/u.exec(render(operation, 'lab')[0] ?? '')?.[0] ?? ''] : [],
        ),
    );
  t.same([...programs(true)], ['iptables-restore']);
  t.same([...programs(false)], ['iptables-legacy-restore']);
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
