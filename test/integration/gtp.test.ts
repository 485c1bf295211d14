/** The LTE user plane over the real kernel (helpers/gtp-core.ts), with each of its data paths. */
import path from 'node:path';
import test from 'ava';
import { echoRequest, writeGpduHeader } from '../../lab/gtp/message.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { severities } from '../helpers/clean-capture.ts';
import { dataPaths, withoutBpf } from '../helpers/data-paths.ts';
import { ask, makeCore, transfer } from '../helpers/gtp-core.ts';
import { hopsOf } from '../helpers/hops.ts';
import { poll } from '../helpers/netns.ts';
import { record, tshark, writeCapture } from '../helpers/pcap.ts';

if (withoutBpf !== undefined) test.skip(`the data path bpf: ${withoutBpf}`, () => undefined);

for (const kind of dataPaths) {
  test.serial(
    `a phone reaches the Internet through two tunnels, and the first router it meets is the PGW (${kind})`,
    async (t) => {
      const net = await makeCore(t, kind);
      const nodes = ['phone', 'enb', 'sgw', 'pgw'];
      const capture = openCapture({ namespaces: nodes.map((node) => ({ node, path: net.path(node) })) });
      t.teardown(() => capture.close());
      const stop = record(capture);
      t.regex(await net.run('phone', 'ping', '-c', '3', '-i', '0.1', '203.0.113.2'), / 0% packet loss/u);
      t.regex(await net.run('phone', 'ping', '-6', '-c', '3', '-i', '0.1', '2001:db8:cb::2'), / 0% packet loss/u);
      await transfer(net, 200_000);
      t.deepEqual(await hopsOf(net, 'phone', '203.0.113.2'), ['10.45.0.1', '203.0.113.2']);

      const frames = await stop();
      const [radio = '', s1u = '', s5u = '', tun = ''] = ['phone:eth0', 'enb:s1u', 'sgw:s5u', 'pgw:gtp0'].map(
        (point) => {
          const file = path.join(net.directory, `${point}.pcapng`);
          writeCapture(
            file,
            frames.filter((frame) => `${frame.node}:${frame.interface}` === point),
          );
          return file;
        },
      );
      const tunnels = async (file: string): Promise<string[]> =>
        [
          ...new Set(
            (await tshark(file, 'gtp.message == 255', 'ip.src', 'ip.dst', 'gtp.teid')).map((line) =>
              line.replaceAll(/,\S+/gu, ''),
            ),
          ),
        ].sort();
      t.deepEqual(await tunnels(s1u), ['10.1.0.1 10.1.0.2 0x00001001', '10.1.0.2 10.1.0.1 0x00002001']);
      t.deepEqual(await tunnels(s5u), ['10.2.0.1 10.2.0.2 0x00003001', '10.2.0.2 10.2.0.1 0x00004001']);
      const bad = ['ip', 'udp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status == 0`).join(' || ');
      const remarked = `_ws.expert.severity >= ${severities.error} || tcp.checksum.status == 0`;
      // The kernel writes 0xffff where a sum comes to 0, as for UDP (CSUM_MANGLED_0, <net/checksum.h>); for TCP Wireshark
      // knows that as an oddity of its own, and both are one number.
      const wrong = `_ws.malformed || ${bad} || ((${remarked}) && !tcp.checksum.ffff)`;
      for (const file of [radio, s1u, s5u, tun]) t.deepEqual(await tshark(file, wrong), [], file);

      const request = ['icmp.type == 8', 'ip.ttl', 'ip.id', 'ip.checksum'] as const;
      const sent = await tshark(radio, ...request);
      t.is(sent.length, 3);
      t.regex(sent[0] ?? '', /^64 /u);
      t.deepEqual(await tshark(tun, ...request), sent);
      t.deepEqual(await tshark(radio, 'icmp.type == 0', 'ip.ttl'), ['63', '63', '63']);
      t.deepEqual(await tshark(tun, 'icmp.type == 0', 'ip.ttl'), ['63', '63', '63']);
    },
  );
}
for (const kind of dataPaths) {
  test.serial(
    `an unknown TEID is answered by an Error Indication, an Echo Request by an Echo Response (${kind})`,
    async (t) => {
      const net = await makeCore(t, kind);
      // The server has no GTP-U daemon, so it can play a peer that lost its memory.
      await net.ipIn('server', 'route', 'add', '10.2.0.0/24', 'via', '203.0.113.1');
      const lost = Buffer.alloc(28);
      writeGpduHeader(lost, 0, 0xdead_beef, 20);
      // Flags with S, type 26, length 16, TEID 0, sequence 0; TEID Data I; GTP-U Peer Address 10.2.0.2.
      t.is(await ask(net, 'server', 2152, '10.2.0.2', lost), '321a0010000000000000000010deadbeef8500040a020002 2152');
      // To the port it came from, with its sequence number, and a Recovery element of 0.
      t.is(await ask(net, 'server', 40_000, '10.2.0.2', echoRequest(0x1234)), '3202000600000000123400000e00 2152');
      const { events } = await poll('the counters are written', () => {
        const status = net.status('pgw');
        return status.events.echoRequests === 1 && status;
      });
      t.deepEqual(events, { ...events, unknownTeid: 1, echoRequests: 1, malformed: 0, sendErrors: 0 });
    },
  );
}

for (const kind of dataPaths) {
  test.serial(`every node counts the packets of each tunnel (${kind})`, async (t) => {
    const net = await makeCore(t, kind);
    await net.run('phone', 'ping', '-c', '10', '-i', '0.01', '-s', '1000', '203.0.113.2');
    for (const node of ['enb', 'sgw', 'pgw']) {
      const status = await poll(`${node} writes its counters`, () => {
        const now = net.status(node);
        return (now.sessions[0]?.down.packets ?? 0) >= 10 && now;
      });
      const [session] = status.sessions;
      t.is(session?.up.packets, 10, node);
      t.is(session?.up.octets, 10 * 1028, node);
      t.deepEqual(session?.down, session?.up, node);
      t.deepEqual(status.dataPath, kind === 'bpf' ? { kind, carried: 20 } : { kind, reason: 'configured' });
    }
  });
}

for (const kind of dataPaths) {
  test.serial(`some megabytes come and go whole, and every node counts the same octets (${kind})`, async (t) => {
    const net = await makeCore(t, kind);
    const octets = 4_000_000;
    await transfer(net, octets);
    const phone = async (direction: 'rx' | 'tx'): Promise<number> =>
      Number(await net.run('phone', 'cat', `/sys/class/net/eth0/statistics/${direction}_packets`));
    for (const [direction, side] of [
      ['up', 'tx'],
      ['down', 'rx'],
    ] as const) {
      const numbers = await poll(`the nodes agree about ${direction}`, async () => {
        const all = ['enb', 'sgw', 'pgw'].map((node) => net.status(node).sessions[0]?.[direction]);
        return new Set(all.map((one) => JSON.stringify(one))).size === 1 && (all[0]?.octets ?? 0) > octets && all[0];
      });
      t.true(numbers.octets >= octets + numbers.packets * 40, 'an IP and a TCP header for each packet');
      // ARP and neighbour discovery are no traffic of the bearer.
      t.true((await phone(side)) - numbers.packets < 20, direction);
    }
  });
}
