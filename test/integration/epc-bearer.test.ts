/**
 * A whole LTE network: two phones on two base stations attach and reach a server through their bearers, others are told
 * why they are refused.
 */
import path from 'node:path';
import test from 'ava';
import { openCapture } from '../../src/kernel/capture.ts';
import { bothEnds, remarksOn, traceroute } from '../helpers/clean-capture.ts';
import { dataPaths, withoutBpf } from '../helpers/data-paths.ts';
import { makeEpcNetwork } from '../helpers/epc-network.ts';
import { hopsOf } from '../helpers/hops.ts';
import { poll } from '../helpers/netns.ts';
import { record, tshark, writeCapture } from '../helpers/pcap.ts';

if (withoutBpf !== undefined) test.skip(`the data path bpf: ${withoutBpf}`, () => undefined);

for (const kind of dataPaths) {
  test.serial(`phones attach through the whole core, and packets go through their bearers (${kind})`, async (t) => {
    const lab = await makeEpcNetwork(t, { phones: [1, 2, 3, 4, 5], dataPath: kind });
    const { ue } = lab;
    const capture = openCapture({ namespaces: ['enb1', 'mme', 'sgw'].map((node) => ({ node, path: lab.path(node) })) });
    t.teardown(() => capture.close());
    const stop = record(capture);
    for (const phone of [1, 2]) {
      const { stdout, stderr, exitCode } = await ue(phone, 'on');
      t.is(stderr, '');
      t.is(exitCode, 0);
      t.log(stdout);
      t.regex(await lab.run(`phone${phone}`, 'ping', '-c', '3', '-i', '0.1', '203.0.113.2'), / 0% packet loss/u);
    }
    t.deepEqual(await hopsOf(lab, 'phone1', '203.0.113.2'), ['10.45.0.1', '203.0.113.2']);

    t.regex((await ue(3, 'on')).stderr, /MAC failure|authentication rejected/u);
    t.regex((await ue(4, 'on')).stderr, /attach rejected, EMM cause/u);
    t.regex((await ue(5, 'on')).stderr, /attach rejected, EMM cause 11: PLMN not allowed/u);

    // Three packets each way for two phones, the second at the other base station: the programs took them all.
    for (const [node, packets] of [
      ['enb1', 6],
      ['enb2', 6],
      ['sgw', 12],
      ['pgw', 12],
    ] as const) {
      const { dataPath } = lab.status(node);
      if (kind === 'threads') t.deepEqual(dataPath, { kind, reason: 'configured' }, node);
      else {
        t.is(dataPath?.kind, kind, node);
        await poll(
          `the programs of ${node} have carried the pings`,
          () => (lab.status(node).dataPath?.carried ?? 0) >= packets,
        );
      }
    }

    t.is((await ue(1, 'detach')).exitCode, 0);
    t.is((await ue(2, 'off')).exitCode, 0);
    const again = await ue(1, 'on');
    t.is(again.stderr, '');
    t.regex(await lab.run('phone1', 'ping', '-c', '2', '-i', '0.1', '203.0.113.2'), / 0% packet loss/u);

    const file = path.join(lab.directory, 'bearer.pcapng');
    writeCapture(file, await stop());
    t.deepEqual(await remarksOn(file, [bothEnds, traceroute]), []);
    // On the radio: Authentication failure and reject, Attach reject (TS 24.301, 9.8), with their causes.
    const refusals = 'gsmtap && nas_eps.nas_msg_emm_type in {0x5c, 0x54, 0x44}';
    t.deepEqual(await tshark(file, refusals, 'nas_eps.nas_msg_emm_type', 'nas_eps.emm.cause'), [
      '0x5c 20',
      '0x54 ',
      '0x44 8',
      '0x44 11',
    ]);
  });
}
