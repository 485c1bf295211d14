import t from 'tap';
import { kernelNeeds } from '../../../src/features/frr/kernel-needs.ts';
import { registry } from '../../../src/engine/load.ts';
import { loadValue } from '../../../src/topology/load.ts';

void t.test('lines that only a kernel with VRFs or MPLS does something with are found, with their places', (t) => {
  let count = 0;
  const text = (...lines: string[]): object => ({ text: `${lines.join('\n')}\n`, file: `${(count += 1)}.conf` });
  const topology = loadValue(
    {
      name: 'needs',
      nodes: {
        r: {
          kind: 'router',
          frr: {
            zebra: text('vrf RED', ' vni 7', 'exit-vrf', 'vrf default', 'interface eth1 vrf RED', 'interface vrf1'),
            bgpd: text('router bgp 1 vrf RED', 'router bgp 1', ' neighbor 10.0.0.1 remote-as 2', ' import vrf default'),
            staticd: text('ip route 10.0.0.0/8 10.1.1.1 label 16', 'ip route 10.2.0.0/16 10.1.1.1 nexthop-vrf RED'),
            ldpd: text('mpls ldp', ' router-id 1.1.1.1'),
            isisd: text('router isis A', ' segment-routing on', ' no segment-routing on'),
          },
        },
        quiet: { kind: 'router', frr: { refused: 'note', bgpd: text('router bgp 1 vrf BLUE') } },
      },
      links: [['r', 'quiet']],
    },
    'needs.yml',
    registry,
  );
  t.same(
    kernelNeeds(topology).map(({ need, node, text: line, noted }) => `${need} ${node} ${line}${noted ? ' noted' : ''}`),
    [
      'vrf r vrf RED',
      'vrf r interface eth1 vrf RED',
      'mpls r ip route 10.0.0.0/8 10.1.1.1 label 16',
      'vrf r ip route 10.2.0.0/16 10.1.1.1 nexthop-vrf RED',
      'vrf r router bgp 1 vrf RED',
      'mpls r segment-routing on',
      'mpls r mpls ldp',
      'vrf quiet router bgp 1 vrf BLUE noted',
    ],
  );
  t.end();
});
