/**
 * A hypervisor that was given another VNI for a network than the others: what its machines send ends at the far hypervisor,
 * the ledger says why, and on the fabric between them there is nothing to be seen but tunnels. Put right, all is well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openCapture } from '../../src/kernel/capture.ts';
import { TestLab, xiyou } from '../helpers/lab.ts';
import { record, tshark, writeCapture } from '../helpers/pcap.ts';
import { type SwitchDatapath, onDatapath, switchDatapaths } from '../helpers/switch-datapaths.ts';

const text = `
name: wrong-vni
networks:
  hall: {vni: 5001, tenant: temple, prefix4: 10.0.1.0/24}
  library: {vni: 5002, tenant: temple, prefix4: 10.0.2.0/24}
tenants: {temple: {router: {}}}
nodes:
  spine: {kind: router}
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor, vni: {hall: 5999}}
  buddha: {kind: host}
  ananda: {kind: host}
  scripture: {kind: host}
links:
  - {endpoints: [hv1, spine], prefix4: 172.31.1.0/30, mtu: 1600}
  - {endpoints: [hv2, spine], prefix4: 172.31.2.0/30, mtu: 1600}
  - {endpoints: [{node: buddha, addresses: [10.0.1.11/24]}, hv1], network: hall}
  - {endpoints: [{node: ananda, addresses: [10.0.1.12/24]}, hv2], network: hall}
  - {endpoints: [{node: scripture, addresses: [10.0.2.12/24]}, hv2], network: library}
`;

const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-vni-'));
test.after.always('no file is left', () => rmSync(directory, { recursive: true, force: true }));

const suite = (datapath: SwitchDatapath): void => {
  const lab = new TestLab('topologies/wrong-vni.yml', onDatapath(text, datapath));
  test.after.always(`${datapath}: the lab is gone`, () => lab.release());
  const ping = async (from: string, to: string): Promise<string> =>
    (await lab.exec(from, 'ping', '-c', '2', '-i', '0.2', '-W', '2', to)).stdout;
  const trace = async (from: string, to: string): Promise<string> =>
    (await xiyou(['trace', lab.lab, '--from', from, '--', 'ping', '-c', '1', '-W', '1', to])).stdout;

  test.serial(`${datapath}: a network with two VNIs is two networks, and another one is what it was`, async (t) => {
    await lab.up();
    t.regex(await ping('buddha', '10.0.1.12'), / 0 received/u);
    t.regex(await ping('ananda', '10.0.1.11'), / 0 received/u);
    t.regex(await ping('scripture', '10.0.1.12'), / 2 received/u, 'routed on the hypervisor itself');
    t.regex(await ping('buddha', '10.0.2.12'), / 0 received/u, 'the way back is into the hall');
  });

  test.serial(`${datapath}: the ledger says where packets ended, and why`, async (t) => {
    const there = await trace('buddha', '10.0.1.12');
    t.regex(
      there,
      /lost at hv2: 1 packet; VXLAN VNI 5001 is unknown at hv2: no network of it there \(hv1 means hall, which is VNI 5999 there\)/u,
    );
    t.regex(there, /, 0 unexplained\n/u);
    const back = await trace('ananda', '10.0.1.11');
    t.regex(back, /VXLAN VNI 5999/u);
    t.regex(
      back,
      /lost at hv1: 1 packet; VXLAN VNI 5999 is unknown at hv1: no network of it there \(hv2 means hall, which is VNI 5001 there\)/u,
    );
    t.regex(back, /tenant network hall, to hv1, which has it as VNI 5001/u);
  });

  test.serial(`${datapath}: on the fabric there are tunnels, and nothing of what is in them`, async (t) => {
    const capture = openCapture({
      namespaces: [{ node: 'spine', path: `${lab.directory}/netns/spine`, interfaces: ['to-hv1', 'to-hv2'] }],
    });
    t.teardown(() => capture.close());
    const stop = record(capture);
    await ping('buddha', '10.0.1.12');
    await ping('ananda', '10.0.1.11');
    await ping('buddha', '10.0.2.12');
    const file = path.join(directory, `${datapath}.pcapng`);
    writeCapture(file, await stop());
    const plain = (filter: string): Promise<string[]> => tshark(file, filter);
    // The underlay's own: neighbours are asked for, and IPv6 says that it is there.
    t.deepEqual(await plain('!(udp.dstport == 4789) && !arp && !icmpv6'), []);
    t.deepEqual(await plain('arp && !vxlan && !(arp.src.proto_ipv4 == 172.31.0.0/16)'), []);
    const seen = new Set(await tshark(file, 'vxlan && icmp', 'vxlan.vni', 'ip.src', 'ip.dst'));
    t.deepEqual([...seen].toSorted(), [
      '5001 172.31.1.1,10.0.1.11 172.31.2.1,10.0.1.12',
      '5002 172.31.1.1,10.0.1.11 172.31.2.1,10.0.2.12',
      '5999 172.31.2.1,10.0.1.12 172.31.1.1,10.0.1.11',
      '5999 172.31.2.1,10.0.2.12 172.31.1.1,10.0.1.11',
    ]);
  });

  test.serial(`${datapath}: put right, everybody is reached`, async (t) => {
    lab.write(onDatapath(text.replace(', vni: {hall: 5999}', ''), datapath));
    await lab.up();
    t.regex(await ping('buddha', '10.0.1.12'), / 2 received/u);
    t.regex(await ping('buddha', '10.0.2.12'), / 2 received/u);
  });
};

for (const datapath of switchDatapaths) suite(datapath);
