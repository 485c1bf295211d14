import { readFileSync } from 'node:fs';
import t from 'tap';
import { registry } from '../../../../src/engine/load.ts';
import { flowText, readFlowTrace } from '../../../../src/journey/why/flow.ts';
import { loadText } from '../../../../src/topology/load.ts';
import { golden } from '../../../helpers/golden.ts';

const file = 'topologies/tenants.yml';
const topology = loadText(readFileSync(file, 'utf8'), file, registry);

// As Open vSwitch 3.1 printed them for this lab, without the lines about megaflows and datapaths.
const sent = String.raw`bridge("br-int")
----------------
 0. in_port=2,dl_src=02:00:00:00:05:00, priority 90
    set_field:0x1389->reg0
    set_field:0x2->reg1
    resubmit(,1)
 1. ip,reg1=0x2,nw_src=10.0.1.11, priority 80
    resubmit(,2)
 2. ip,reg1=0x2, priority 90
    ct(table=3,zone=2)
    drop
     -> A clone of the packet is forked to recirculate. The forked pipeline will be resumed at table 3.
     -> Sets the packet to an untracked state, and clears all the conntrack fields.

Final flow: tcp,reg0=0x1389,reg1=0x2,in_port=2,vlan_tci=0x0000,dl_src=02:00:00:00:05:00,dl_dst=06:00:00:00:13:89,nw_src=10.0.1.11,nw_dst=10.0.2.11,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=40000,tp_dst=80,tcp_flags=0

===============================================================================
recirc(0x9) - resume conntrack with ct_state=new|trk
===============================================================================


bridge("br-int")
----------------
    thaw
        Resuming from table 3
 3. ct_state=+new-inv+trk,ip,reg1=0x2, priority 90
    ct(commit,zone=2)
    drop
     -> Sets the packet to an untracked state, and clears all the conntrack fields.
    resubmit(,10)
10. reg0=0x1389,dl_dst=06:00:00:00:13:89, priority 90
    set_field:0x1->reg2
    resubmit(,20)
20. ip,reg2=0x1,nw_dst=10.0.2.11, priority 90
    dec_ttl
    set_field:06:00:00:00:13:8a->eth_src
    set_field:02:00:00:00:07:00->eth_dst
    set_field:0x138a->reg0
    resubmit(,30)
30. reg0=0x138a,dl_dst=02:00:00:00:07:00, priority 90
    set_field:0x138a->tun_id
    set_field:172.31.0.2->tun_dst
    output:60000
     -> output to native tunnel
     -> tunneling to 172.31.0.2 via br-phy
     -> tunneling from 02:00:00:00:01:00 172.31.0.1 to 02:00:00:00:02:00 172.31.0.2

bridge("br-phy")
----------------
 0. priority 0
    NORMAL
     -> forwarding to learned port

Final flow: recirc_id=0x9,eth,tcp,reg0=0x138a,reg1=0x2,reg2=0x1,tun_src=0.0.0.0,tun_dst=172.31.0.2,tun_ipv6_src=::,tun_ipv6_dst=::,tun_gbp_id=0,tun_gbp_flags=0,tun_tos=0,tun_ttl=0,tun_erspan_ver=0,gtpu_flags=0,gtpu_msgtype=0,tun_flags=0,in_port=2,vlan_tci=0x0000,dl_src=06:00:00:00:13:8a,dl_dst=02:00:00:00:07:00,nw_src=10.0.1.11,nw_dst=10.0.2.11,nw_tos=0,nw_ecn=0,nw_ttl=63,nw_frag=no,tp_src=40000,tp_dst=80,tcp_flags=0
`;

const refused = String.raw`bridge("br-int")
----------------
 0. in_port=60000, priority 100
    move:NXM_NX_TUN_ID[0..31]->NXM_NX_REG0[]
     -> NXM_NX_REG0[] is now 0x138a
    resubmit(,40)
40. reg0=0x138a,dl_dst=02:00:00:00:07:00, priority 90
    set_field:0x2->reg1
    resubmit(,41)
41. ip,reg1=0x2, priority 90
    ct(table=42,zone=2)
    drop
     -> A clone of the packet is forked to recirculate. The forked pipeline will be resumed at table 42.
     -> Sets the packet to an untracked state, and clears all the conntrack fields.

Final flow: tcp,reg0=0x138a,reg1=0x2,tun_id=0x138a,in_port=60000,vlan_tci=0x0000,dl_src=06:00:00:00:13:8a,dl_dst=02:00:00:00:07:00,nw_src=10.0.1.11,nw_dst=10.0.2.11,nw_tos=0,nw_ecn=0,nw_ttl=63,nw_frag=no,tp_src=40000,tp_dst=22,tcp_flags=0

===============================================================================
recirc(0x7) - resume conntrack with ct_state=new|trk
===============================================================================


bridge("br-int")
----------------
    thaw
        Resuming from table 42
42. reg1=0x2, priority 1
    drop

Final flow: unchanged
`;

void t.test('a trace of the switch is read: tables, what they did, and where it ends', (t) => {
  const trace = readFlowTrace(sent);
  t.same(
    trace.steps.map((step) => step.table),
    [0, 1, 2, 3, 10, 20, 30],
  );
  t.same(trace.end, { end: 'tunnel', vtep: '172.31.0.2', vni: 5002 });
  t.same(
    [trace.source, trace.destination, trace.ttl],
    ['06:00:00:00:13:8a', '02:00:00:00:07:00', 63],
    'as the other hypervisor gets it',
  );
  t.same(readFlowTrace(refused).end, { end: 'dropped', table: 42 });
  t.end();
});

void t.test('and told in words', (t) => {
  const traces = [
    { node: 'hv1', trace: readFlowTrace(sent) },
    { node: 'hv2', trace: readFlowTrace(refused) },
  ];
  const text = flowText(topology, {
    from: 'buddha (10.0.1.11)',
    address: '10.0.2.11',
    packet: 'tcp to port 22',
    traces,
  });
  t.equal(text, golden('flow.txt', text));
  t.end();
});

void t.test('what is no trace is a packet that ends at once', (t) => {
  t.same(readFlowTrace(''), {
    steps: [],
    end: { end: 'dropped', table: 0 },
    source: undefined,
    destination: undefined,
    ttl: undefined,
  });
  t.end();
});
