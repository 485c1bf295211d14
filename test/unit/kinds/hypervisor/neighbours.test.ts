import t from 'tap';
import { loadTopology, registry } from '../../../../src/engine/load.ts';
import type { Operation } from '../../../../src/fragment/operation.ts';
import { planTopology } from '../../../../src/plan/plan.ts';

const { topology } = await loadTopology('tenants');

const operationsOn = (openvswitch: boolean): Operation[] =>
  [
    ...planTopology(topology, registry, {
      openvswitch,
      zones: true,
      netem: true,
      cubic: true,
      nftables: true,
    }).stages.values(),
  ].flat();

const flowsOf = (operations: readonly Operation[], node: string): readonly string[] =>
  operations.flatMap((operation) => (operation.op === 'flows' && operation.node === node ? operation.flows : []));

void t.test("no flow for the kernel's datapath sets what only the one in user space can", (t) => {
  const setsExtensions = (flow: string): boolean => /nd_options_type|nd_reserved/u.test(flow);
  t.ok(flowsOf(operationsOn(false), 'hv1').some(setsExtensions), 'in user space flows answer');
  for (const node of ['hv1', 'hv2']) t.notOk(flowsOf(operationsOn(true), node).some(setsExtensions), node);
  t.end();
});

void t.test("the kernel answers for a tenant's router, at a port of its own in each network with machines", (t) => {
  const operations = operationsOn(true);
  const commands = operations.flatMap((operation) =>
    operation.op === 'openvswitch' && operation.node === 'hv2'
      ? operation.commands.map((words) => words.join(' '))
      : [],
  );
  const ports = commands.flatMap((command) => /^--may-exist add-port br-int (_nd\d+)$/u.exec(command)?.[1] ?? []);
  // hv2 has machines of both true networks and of the false hall, not of the false library.
  t.same(ports.toSorted(), ['_nd5001', '_nd5002', '_nd6001']);
  t.ok(commands.some((command) => /_nd5001 type=internal mac="06:00:00:00:13:89" ofport_request=\d+/u.test(command)));
  const addresses = operations.flatMap((operation) =>
    operation.op === 'address' && operation.node === 'hv2' && operation.interface.startsWith('_nd')
      ? [`${operation.interface} ${operation.address}`]
      : [],
  );
  t.same(addresses.toSorted(), ['_nd5001 2001:db8:1::1/128', '_nd5002 2001:db8:2::1/128', '_nd6001 2001:db8:1::1/128']);
  t.end();
});
