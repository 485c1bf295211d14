/** A stack's forwarding: computed flows and groups, failover, split horizon, and that nothing is flooded. */
import t from 'tap';
import { registry } from '../../../../src/engine/load.ts';
import { forwardingOf } from '../../../../src/kinds/stack/flows.ts';
import { gatewayMac, serversOf, stackMac } from '../../../../src/kinds/stack/members.ts';
import { loadText } from '../../../../src/topology/load.ts';
import type { Node, Topology } from '../../../../src/topology/topology.ts';

const rack = (links: string): Topology =>
  loadText(
    `name: rack
nodes:
  a1: {kind: stack, stack: rack1, gateway: [10.20.1.1/24, "2001:db8:1::1/64"]}
  a2: {kind: stack, stack: rack1, gateway: [10.20.1.1/24, "2001:db8:1::1/64"]}
  hv: {kind: hypervisor}
  desk: {kind: host}
links:
${links}
`,
    'rack.yml',
    registry,
  );
const pair = rack(`  - [a1, a2]
  - [{node: hv, bond: bond0}, a1]
  - [{node: hv, bond: bond0, addresses: [10.20.1.11/24, "2001:db8:1::11/64"]}, a2]
  - [{node: desk, addresses: [10.20.1.21/24]}, a1]`);

const node = (topology: Topology, name: string): Node => {
  const found = topology.nodes.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const forwarding = (name: string, topology = pair) => forwardingOf(node(topology, name), topology);
/** The actions of the flow with exactly this match. */
const actions = (flows: readonly string[], match: string): string | undefined =>
  flows.flatMap((flow) => {
    const [, before = '', after] = /^table=(.*?),actions=(.*)$/u.exec(flow) ?? [];
    return before.replace(/,priority=\d+/u, '') === match ? [after] : [];
  })[0];

void t.test('a server with a port at each member has a group: its own port first, then the partner', (t) => {
  const hv = '02:00:00:00:03:01';
  t.same(serversOf('rack1', pair)[0]?.mac, hv, 'the MAC is that of the link that the address stands at');
  for (const name of ['a1', 'a2']) {
    const { flows, groups } = forwarding(name);
    t.same(groups, [
      'group_id=1,type=ff,bucket=watch_port:1,actions=output:1,bucket=watch_port:1000,actions=output:1000',
    ]);
    t.equal(actions(flows, `30,dl_dst=${hv}`), 'group:1');
    t.equal(actions(flows, `0,in_port=1000,dl_dst=${hv}`), 'output:1', 'what the partner sends turns back nowhere');
  }
  t.end();
});

void t.test('a server with one port is reached by the member that has it', (t) => {
  const desk = '02:00:00:00:04:00';
  t.equal(actions(forwarding('a1').flows, `30,dl_dst=${desk}`), 'output:2');
  t.equal(actions(forwarding('a2').flows, `30,dl_dst=${desk}`), 'output:1000');
  t.equal(actions(forwarding('a2').flows, `0,in_port=1000,dl_dst=${desk}`), undefined);
  t.end();
});

void t.test('both members have one gateway, and it is answered for where it is asked', (t) => {
  const mac = stackMac('rack1', pair);
  t.equal(mac, '0a:00:00:00:00:01');
  t.equal(gatewayMac(pair, '2001:db8:1::1'), mac);
  for (const name of ['a1', 'a2']) {
    const { flows } = forwarding(name);
    t.equal(actions(flows, `30,dl_dst=${mac}`), 'LOCAL');
    t.match(actions(flows, '10,arp,arp_op=1,arp_tpa=10.20.1.1'), `set_field:${mac}->arp_sha`);
    t.match(actions(flows, '10,icmp6,icmp_type=135,icmp_code=0,nd_target=2001:db8:1::1'), 'resubmit(,11)');
    t.equal(actions(flows, `10,arp,arp_tpa=10.20.1.1,dl_src=${mac}`), 'drop', 'its own questions are for nobody');
  }
  t.end();
});

void t.test('nothing is flooded, and nobody speaks with another MAC than his own', (t) => {
  const { flows } = forwarding('a1');
  t.notMatch(flows.join('\n'), /FLOOD|ALL|NORMAL|CONTROLLER/iu);
  const entered = flows.filter((flow) => /^table=0,.*in_port=[12],/u.test(flow));
  t.equal(entered.length, 2);
  for (const flow of entered) t.match(flow, 'dl_src=02:00:00:00:');
  t.equal(actions(flows, '30'), undefined, 'what is for a stranger is dropped');
  t.end();
});

void t.test('a member alone has neither groups nor a peer link', (t) => {
  const alone = loadText(
    `name: alone
nodes: {a1: {kind: stack, stack: rack1, gateway: 10.20.1.1/24}, desk: {kind: host}, top: {kind: router}}
links: [[desk, a1], [a1, top]]
`,
    'alone.yml',
    registry,
  );
  const { flows, groups } = forwarding('a1', alone);
  t.same(groups, []);
  t.notMatch(flows.join('\n'), '1000');
  t.equal(actions(flows, '30,dl_dst=02:00:00:00:02:00'), 'output:1');
  t.same(
    node(alone, 'a1').interfaces.map(({ role }) => role),
    ['access', 'routed'],
  );
  t.end();
});
