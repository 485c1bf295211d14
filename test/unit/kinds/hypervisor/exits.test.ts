/** Several ways out of a tenant's networks: who watches whom, what is spread over them, and what stays where it is. */
import t from 'tap';
import { features } from '../../../../src/features/registry.ts';
import { watchedBy, watchersOf } from '../../../../src/features/shared/exits.ts';
import { tunnelPort } from '../../../../src/kinds/hypervisor/flows/tables.ts';
import { kinds } from '../../../../src/kinds/registry.ts';
import { loadText } from '../../../../src/topology/load.ts';
import { TopologyError } from '../../../../src/topology/problem.ts';
import type { Topology } from '../../../../src/topology/topology.ts';
import { contributionOf } from '../../../helpers/topology-fixture.ts';

const load = (text: string): Topology => loadText(text, 'lab.yml', { kinds, features });

const lab = (exit: string, bfd = 'bfd: {interval: 150, multiplier: 4}'): string => `
name: lab
networks:
  web: {tenant: shop, prefix4: 172.16.0.0/24}
  data: {tenant: shop, prefix4: 172.16.1.0/24}
tenants: {shop: {router: {exit: ${exit}}}}
nodes:
  one: {kind: gateway, ${bfd}}
  two: {kind: gateway, ${bfd}}
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor}
  hv3: {kind: hypervisor}
  floor: {kind: switch}
  front: {kind: host}
  base: {kind: host}
links:
  - {endpoints: [hv1, floor], prefix4: 10.0.0.0/24, mtu: 1600}
  - {endpoints: [hv2, floor], mtu: 1600}
  - {endpoints: [hv3, floor], mtu: 1600}
  - {endpoints: [{node: one, addresses: [172.16.0.2/24]}, hv1], network: web}
  - {endpoints: [{node: two, addresses: [172.16.0.3/24]}, hv2], network: web}
  - {endpoints: [front, hv1], network: web}
  - {endpoints: [base, hv3], network: data}
`;

const problems = (text: string): string[] => {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.problems.map(({ message }) => message);
  }
};

const flowsOf = (topology: Topology, node: string) => {
  for (const { operation } of contributionOf(topology, node).operations) if (operation.op === 'flows') return operation;
  throw new Error(`${node} has no flows`);
};
const inTable = (flows: readonly string[], table: number): string[] =>
  flows.filter((flow) => flow.startsWith(`table=${table},`));

void t.test(
  'hypervisors with machines of the tenant watch each way out; one with nothing but a gateway does not',
  (t) => {
    const topology = load(lab('[one, two]'));
    const [tenant] = topology.tenants;
    if (tenant === undefined) throw new Error('no tenant');
    t.strictSame(
      watchersOf(tenant, topology).map(({ hypervisor, address, mac }) => [hypervisor, address, mac]),
      [
        ['hv1', '169.254.64.1', '0e:00:00:00:00:01'],
        ['hv3', '169.254.64.3', '0e:00:00:00:00:03'],
      ],
    );
    const one = topology.nodes.find(({ name }) => name === 'one');
    t.strictSame(
      one && watchedBy(one, topology).map((watched) => [watched.interface, watched.prefix, watched.watchers.length]),
      [['to-hv1', '169.254.64.0/24', 2]],
    );
    const operations = contributionOf(topology, 'one').operations.map(({ operation }) => operation);
    t.ok(operations.some((own) => own.op === 'route' && own.to === '169.254.64.0/24' && own.dev === 'to-hv1'));
    const [conf = ''] = operations.flatMap((own) =>
      own.op === 'file' && own.path === '/etc/frr/bfdd.conf' ? [own.content] : [],
    );
    t.match(conf, / peer 169\.254\.64\.3 interface to-hv1\n {2}profile lab\n/u);
    t.end();
  },
);

void t.test('a new connection gets a way out that lives, keeps it, and has another one when that dies', (t) => {
  const { flows, groups = [] } = flowsOf(load(lab('[one, two]')), 'hv3');
  const [choice = '', first = '', second = ''] = groups;
  t.match(choice, /^group_id=256,type=select,selection_method=hash,fields\(ip_src,.*tcp_src.*\),bucket=/u);
  t.ok(choice.includes('bucket=bucket_id:1,watch_port:62000,actions=set_field:1->reg3,resubmit(,22)'), choice);
  t.ok(choice.includes('bucket=bucket_id:2,watch_port:62002,actions=set_field:2->reg3,resubmit(,22)'), choice);
  t.equal(
    first,
    'group_id=257,type=ff,bucket=watch_port:62000,actions=set_field:1->reg3,resubmit(,23),bucket=watch_group:256,actions=group:256',
  );
  t.ok(second.startsWith('group_id=258,type=ff,bucket=watch_port:62002,'), second);
  t.equal(groups.length, 3);
  t.strictSame(inTable(flows, 21), [
    'table=21,priority=20,reg2=1,ct_mark=1,actions=group:257',
    'table=21,priority=20,reg2=1,ct_mark=2,actions=group:258',
    'table=21,priority=10,reg2=1,actions=group:256',
  ]);
  t.ok(inTable(flows, 20).includes('table=20,priority=10,reg2=1,ip,actions=ct(table=21,zone=64001)'));
  t.ok(
    inTable(flows, 22).includes(
      'table=22,priority=10,reg2=1,reg3=2,ip,actions=ct(commit,zone=64001,exec(set_field:2->ct_mark)),resubmit(,23)',
    ),
  );
  t.equal(inTable(flows, 23).length, 4, 'two gateways, two IP versions');
  t.end();
});

void t.test('both directions of a connection pass the tracker, and nothing of the tenant’s own does', (t) => {
  const { flows } = flowsOf(load(lab('[one, two]')), 'hv3');
  const back = inTable(flows, 39).filter((flow) => flow.includes('priority=10,reg0=5002,ip,'));
  t.strictSame(back, ['table=39,priority=10,reg0=5002,ip,actions=ct(table=40,zone=64001)']);
  for (const prefix of ['172.16.0.0/24', '172.16.1.0/24'])
    t.ok(
      inTable(flows, 39).includes(`table=39,priority=20,reg0=5002,ip,nw_src=${prefix},actions=resubmit(,40)`),
      prefix,
    );
  t.ok(inTable(flows, 39).includes('table=39,priority=0,actions=resubmit(,40)'));
  const tunnel = inTable(flows, 0).find((flow) => flow.includes(`in_port=${tunnelPort},`));
  t.match(tunnel, /resubmit\(,39\)$/u);
  t.end();
});

void t.test('a drained way out gets nothing new and keeps what it has', (t) => {
  const topology = load(lab('[one, two]'));
  const drained = {
    ...topology,
    tenants: topology.tenants.map((tenant) => ({
      ...tenant,
      exits: tenant.exits.map((exit) => (exit.node === 'one' ? { ...exit, drained: true as const } : exit)),
    })),
  };
  const { flows, groups = [] } = flowsOf(drained, 'hv3');
  t.notOk(groups[0]?.includes('bucket_id:1'));
  t.ok(groups[0]?.includes('bucket_id:2'));
  t.strictSame(flows, flowsOf(topology, 'hv3').flows, 'the same flows');
  t.strictSame(groups.slice(1), flowsOf(topology, 'hv3').groups?.slice(1), 'and groups of connections that have one');
  t.end();
});

void t.test('the sessions are ports of the switch that lead back into it', (t) => {
  const topology = load(lab('[one, two]'));
  const operation = contributionOf(topology, 'hv3').operations.find(({ operation: own }) => own.op === 'openvswitch');
  const commands =
    operation?.operation.op === 'openvswitch' ? operation.operation.commands.map((own) => own.join(' ')) : [];
  const [port = ''] = commands.filter((command) => command.startsWith('set interface _bfd2 '));
  for (const word of [
    'type=patch options:peer=_bfd2x ofport_request=62002',
    'bfd:min_tx=150 bfd:min_rx=150',
    'bfd:bfd_src_ip=169.254.64.3 bfd:bfd_dst_ip=172.16.0.3',
  ])
    t.ok(port.includes(word), `${word} in ${port}`);
  const { flows } = flowsOf(topology, 'hv3');
  t.ok(flows.some((flow) => flow.startsWith('table=0,priority=130,in_port=62003,') && flow.endsWith('resubmit(,30)')));
  t.ok(
    flows.some((flow) =>
      /^table=40,priority=95,reg0=5001,dl_src=.*,dl_dst=0e:00:00:00:00:03,actions=output:62003$/u.test(flow),
    ),
  );
  const gateways = flowsOf(topology, 'hv2').flows;
  t.ok(
    gateways.some((flow) => flow.startsWith('table=10,') && flow.includes('arp_tpa=169.254.64.3,')),
    'where the gateway is, its question is answered',
  );
  t.ok(gateways.some((flow) => flow.startsWith('table=30,priority=90,reg0=5001,dl_dst=0e:00:00:00:00:03,')));
  const own = flowsOf(topology, 'hv1').flows;
  t.notOk(
    own.some((flow) => flow.startsWith('table=30,') && flow.includes('dl_dst=0e:00:00:00:00:01,')),
    'its own session is not behind a tunnel',
  );
  t.equal(
    contributionOf(topology, 'hv3').probes.filter(({ name }) => name.startsWith('BFD: ')).length,
    2,
    'up waits until both live',
  );
  t.end();
});

void t.test('one way out is as it was: no groups, no tracker, no sessions', (t) => {
  const single = load(lab('one', ''));
  const listed = load(lab('[one]', ''));
  for (const node of ['hv1', 'hv2', 'hv3', 'one'])
    t.strictSame(contributionOf(listed, node), contributionOf(single, node), node);
  const { flows, groups } = flowsOf(single, 'hv3');
  t.equal(groups, undefined);
  t.notOk(flows.some((flow) => flow.includes('ct(') || flow.startsWith('table=39,')));
  t.end();
});

void t.test('what cannot be', (t) => {
  t.strictSame(problems(lab('[one, two]', '')), [
    'one is one of several ways out and has no bfd: nobody would notice that it is dead',
    'two is one of several ways out and has no bfd: nobody would notice that it is dead',
  ]);
  t.strictSame(problems(lab('[one, one]')), ['one is a way out of tenant shop already']);
  t.strictSame(problems(lab('[one, floor]')), ['floor is on no network of tenant shop']);
  t.end();
});
