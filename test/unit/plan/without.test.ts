import t from 'tap';
import { registry } from '../../../src/engine/load.ts';
import { planTopology } from '../../../src/plan/plan.ts';
import { without } from '../../../src/plan/without.ts';
import { twoSystems } from '../../helpers/fixtures.ts';

const capabilities = { openvswitch: true, zones: true, netem: true, cubic: true, nftables: true };
const topology = twoSystems();
const probesOf = (left: typeof topology): string[] =>
  planTopology(left, registry, capabilities).probes.map((probe) => `${probe.node}: ${probe.name}`);

void t.test('without anything taken away a topology is itself', (t) => {
  t.equal(without(topology, new Set(), new Set()), topology);
  t.end();
});

void t.test('nobody waits for a node that is gone, and what others wait for otherwise stays', (t) => {
  for (const { name } of topology.nodes) {
    const left = without(topology, new Set([name]), new Set());
    t.notOk(left.nodes.some((node) => node.name === name));
    t.notOk(left.segments.some((segment) => segment.members.some((member) => member.node === name)));
    t.equal(left.links.length, topology.links.length, 'links keep their numbers');
    const before = new Set(probesOf(topology));
    const probes = probesOf(left);
    t.notOk(probes.some((probe) => probe.startsWith(`${name}: `)));
    t.ok(probes.length < before.size || before.size === 0 || ![...before].some((text) => text.startsWith(`${name}: `)));
  }
  t.end();
});

void t.test('a link that is cut takes the interfaces at its ends out', (t) => {
  for (const [index, link] of topology.links.entries()) {
    const left = without(topology, new Set(), new Set([index]));
    for (const end of link.ends) {
      const node = left.nodes.find(({ name }) => name === end.node);
      t.ok(node !== undefined, 'the node stays');
      t.notOk(node?.interfaces.some((own) => own.name === end.interface));
      t.notOk(
        left.segments.some(({ members }) =>
          members.some((member) => member.node === end.node && member.interface === end.interface),
        ),
      );
    }
    t.ok(probesOf(left).length <= probesOf(topology).length);
  }
  t.end();
});
