/** A stack's bridge: what is said of the ports that servers have in bonds. */
import t from 'tap';
import { registry } from '../../../../src/engine/load.ts';
import { bridgeCommands } from '../../../../src/kinds/stack/bridge.ts';
import { loadText } from '../../../../src/topology/load.ts';

/** How often the member a1 looks at its bonded port, in the words of ovs-vsctl. */
const looks = (bfd: string): string | undefined => {
  const topology = loadText(
    `name: rack
nodes:
  a1: {kind: stack, stack: rack1, gateway: 10.20.1.1/24${bfd}}
  a2: {kind: stack, stack: rack1, gateway: 10.20.1.1/24${bfd}}
  hv: {kind: hypervisor}
links:
  - [a1, a2]
  - [{node: hv, bond: bond0}, a1]
  - [{node: hv, bond: bond0, addresses: [10.20.1.11/24]}, a2]
`,
    'rack.yml',
    registry,
  );
  const [member] = topology.nodes;
  if (member === undefined) throw new Error('no a1');
  const command = bridgeCommands(member, 'netdev', topology).find((words) => words.includes('bfd:enable=true'));
  return command?.slice(-2).join(' ');
};

void t.test('a bond is watched as often as its stack watches all else, and at most every 100 ms', (t) => {
  t.equal(looks(', ospf: {}, bfd: {interval: 300}'), 'bfd:min_tx=300 bfd:min_rx=300');
  t.equal(
    looks(', ospf: {}, bfd: {interval: 50}'),
    'bfd:min_tx=100 bfd:min_rx=100',
    'Open vSwitch cannot do it faster',
  );
  t.equal(looks(''), 'bfd:min_tx=100 bfd:min_rx=100');
  t.end();
});
