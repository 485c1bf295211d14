import { readFileSync } from 'node:fs';
import t from 'tap';
import { registry } from '../../../src/engine/load.ts';
import { securityDrops } from '../../../src/journey/security.ts';
import { tenantRouters } from '../../../src/journey/reading.ts';
import { loadText } from '../../../src/topology/load.ts';

const file = 'topologies/tenants.yml';
const topology = loadText(readFileSync(file, 'utf8'), file, registry);

// As Open vSwitch 3.1 prints them: `ovs-ofctl -O OpenFlow15 --no-names dump-flows br-int`.
const flows = ` cookie=0x0, duration=9.2s, table=1, n_packets=1, n_bytes=98, priority=1,reg1=0x3 actions=drop
 cookie=0x0, duration=9.2s, table=3, n_packets=2, n_bytes=196, priority=1,reg1=0x3 actions=drop
 cookie=0x0, duration=9.2s, table=3, n_packets=7, n_bytes=600, priority=100,ct_state=+est-inv+trk,reg1=0x3 actions=resubmit(,10)
 cookie=0x0, duration=9.2s, table=42, n_packets=0, n_bytes=0, priority=1,reg1=0x4 actions=drop
 cookie=0x0, duration=9.2s, table=10, n_packets=0, n_bytes=0, priority=90,reg0=0x1389,dl_dst=06:00:00:00:13:89 actions=set_field:0x1->reg2,resubmit(,20)
 cookie=0x0, duration=9.2s, table=20, n_packets=0, n_bytes=0, priority=80,ip,reg2=0x1,nw_dst=10.0.1.0/24 actions=drop
 cookie=0x0, duration=9.2s, table=20, n_packets=4, n_bytes=9, priority=90,ip,reg2=0x1,nw_dst=10.0.2.11 actions=dec_ttl,set_field:06:00:00:00:13:8a->eth_src,set_field:02:00:00:00:07:00->eth_dst,set_field:0x138a->reg0,resubmit(,30)
 cookie=0x0, duration=9.2s, table=20, n_packets=4, n_bytes=9, priority=10,ip,reg2=0x1 actions=dec_ttl,set_field:06:00:00:00:13:89->eth_src,set_field:02:00:00:00:04:01->eth_dst,set_field:0x1389->reg0,resubmit(,30)
`;

void t.test('what security groups dropped, in the words of a firewall', (t) => {
  t.same(securityDrops(topology, 'hv1', flows), [
    { by: 'firewall', rule: 'another sender than archive: -i to-archive -j DROP', packets: 1 },
    { by: 'firewall', rule: 'what archive may begin (group library): -i to-archive -j DROP', packets: 2 },
    { by: 'firewall', rule: 'what may reach novice (groups (none)): -d 10.0.1.12 -j DROP', packets: 0 },
  ]);
  t.same(securityDrops(topology, 'gate', flows), [], 'no hypervisor');
  t.end();
});

void t.test('the router of a tenant, as the flows have it', (t) => {
  t.same(tenantRouters(flows), {
    entries: [{ mac: '06:00:00:00:13:89', router: 1 }],
    hops: [
      { router: 1, destination: '10.0.2.11', source: '06:00:00:00:13:8a', mac: '02:00:00:00:07:00', vni: 5002 },
      { router: 1, destination: undefined, source: '06:00:00:00:13:89', mac: '02:00:00:00:04:01', vni: 5001 },
    ],
  });
  t.end();
});
