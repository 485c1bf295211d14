/**
 * The LTE user plane over the real kernel: phone - eNodeB - SGW - PGW - server, each in a namespace of its own.
 *
 *     phone 10.45.0.2 == enb 10.1.0.1 --S1-U-- 10.1.0.2 sgw 10.2.0.1 --S5-U-- 10.2.0.2 pgw 203.0.113.1 -- server 203.0.113.2
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { EnodebConfig, GtpConfig, PgwConfig, SgwConfig } from '../../lab/gtp/config.ts';
import type { DataPathKind, Status } from '../../lab/gtp/data-path.ts';
import { echoRequest, writeGpduHeader } from '../../lab/gtp/message.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { dataPaths, withoutBpf } from '../helpers/data-paths.ts';
import { makeNamespaces, type Namespaces, poll, type Teardown } from '../helpers/netns.ts';
import { OPAQUE_PORT, record, tshark, writeCapture } from '../helpers/pcap.ts';

const phoneMac = '02:00:00:00:01:00';
const main = path.resolve(import.meta.dirname, '../../lab/gtp/main.ts');

interface Core extends Namespaces {
  readonly status: (node: string) => Status;
  readonly directory: string;
}

const enodeb: EnodebConfig = {
  role: 'enodeb',
  local: '10.1.0.1',
  radios: [
    {
      interface: 'ue0',
      mac: phoneMac,
      gateway: '10.45.0.1',
      gateway6: '2001:db8:45::1',
      session: {
        address: '10.45.0.2',
        address6: '2001:db8:45::2',
        core: { teidIn: 0x2001, teidOut: 0x1001, peer: '10.1.0.2' },
      },
    },
  ],
};
const sgw: SgwConfig = {
  role: 'sgw',
  access: '10.1.0.2',
  core: '10.2.0.1',
  sessions: [
    {
      access: { teidIn: 0x1001, teidOut: 0x2001, peer: '10.1.0.1' },
      core: { teidIn: 0x4001, teidOut: 0x3001, peer: '10.2.0.2' },
    },
  ],
};
const pgw: PgwConfig = {
  role: 'pgw',
  local: '10.2.0.2',
  tun: 'gtp0',
  sessions: [
    {
      address: '10.45.0.2',
      address6: '2001:db8:45::2',
      access: { teidIn: 0x3001, teidOut: 0x4001, peer: '10.2.0.1' },
    },
  ],
};

const startDaemon = async (net: Namespaces, node: string, directory: string, config: GtpConfig): Promise<void> => {
  const ready = path.join(directory, `${node}.ready`);
  const file = path.join(directory, `${node}.json`);
  writeFileSync(file, JSON.stringify({ ...config, ready, status: path.join(directory, `${node}.status`) }));
  net.start(node, process.execPath, main, file);
  await poll(`${node} is ready`, () => existsSync(ready));
};

const makeCore = async (t: Teardown, dataPath: DataPathKind['kind']): Promise<Core> => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'gtp-'));
  const net = await makeNamespaces(t, ['phone', 'enb', 'sgw', 'pgw', 'server'], { ipv6: true });
  t.teardown(async () => rmSync(directory, { recursive: true }));
  await net.veth('phone:eth0', 'enb:ue0', { macs: [phoneMac, '02:00:00:00:02:00'] });
  await net.veth('enb:s1u', 'sgw:s1u', { mtu: 1600 });
  await net.veth('sgw:s5u', 'pgw:s5u', { mtu: 1600 });
  await net.veth('pgw:sgi', 'server:eth0');
  await net.ipIn('pgw', 'tuntap', 'add', 'dev', 'gtp0', 'mode', 'tun');
  await net.ipIn('pgw', 'link', 'set', 'dev', 'gtp0', 'up');
  const addresses = [
    ['phone', 'eth0', '10.45.0.2/24', '2001:db8:45::2/64'],
    ['enb', 's1u', '10.1.0.1/24'],
    ['sgw', 's1u', '10.1.0.2/24'],
    ['sgw', 's5u', '10.2.0.1/24'],
    ['pgw', 's5u', '10.2.0.2/24'],
    ['pgw', 'gtp0', '10.45.0.1/24', '2001:db8:45::1/64'],
    ['pgw', 'sgi', '203.0.113.1/24', '2001:db8:cb::1/64'],
    ['server', 'eth0', '203.0.113.2/24', '2001:db8:cb::2/64'],
  ] as const;
  for (const [node, device, ...texts] of addresses)
    for (const text of texts)
      await net.ipIn(node, 'addr', 'add', text, 'dev', device, ...(text.includes('::') ? ['nodad'] : []));
  await net.ipIn('phone', 'route', 'add', 'default', 'via', '10.45.0.1');
  await net.ipIn('phone', '-6', 'route', 'add', 'default', 'via', '2001:db8:45::1');
  await net.ipIn('server', 'route', 'add', '10.45.0.0/24', 'via', '203.0.113.1');
  await net.ipIn('server', '-6', 'route', 'add', '2001:db8:45::/64', 'via', '2001:db8:cb::1');
  await net.run('pgw', 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  await Promise.all([
    startDaemon(net, 'enb', directory, { ...enodeb, dataPath }),
    startDaemon(net, 'sgw', directory, { ...sgw, dataPath }),
    startDaemon(net, 'pgw', directory, { ...pgw, dataPath }),
  ]);
  const status = (node: string): Status =>
    JSON.parse(readFileSync(path.join(directory, `${node}.status`), 'utf8')) as Status;
  return { ...net, directory, status };
};

/** Sends `octets` from the phone to the server and the same back, and compares; returns seconds. */
const transfer = async (net: Namespaces, octets: number): Promise<number> => {
  const server = `require('net').createServer((c) => c.pipe(c)).listen(${OPAQUE_PORT})`;
  const running = net.start('server', process.execPath, '-e', server);
  await poll('the server listens', async () => (await net.run('server', 'ss', '-Hltn')).includes(`:${OPAQUE_PORT}`));
  const client = `
    const data = require('crypto').randomBytes(${octets});
    const start = performance.now();
    const got = [];
    const c = require('net').connect(${OPAQUE_PORT}, '203.0.113.2', () => c.end(data));
    c.on('data', (part) => got.push(part));
    c.on('end', () => console.log(Buffer.concat(got).equals(data) ? (performance.now() - start) / 1000 : 'different'));`;
  const output = await net.run('phone', process.execPath, '-e', client);
  running.kill('SIGKILL');
  await running;
  const seconds = Number(output);
  if (Number.isNaN(seconds)) throw new Error(`the transfer came back ${output}`);
  return seconds;
};

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
      const hops = (await net.run('phone', 'traceroute', '-n', '-q', '1', '203.0.113.2')).split('\n').slice(1);
      t.deepEqual(
        hops.map((hop) => hop.trim().split(/\s+/u)[1]),
        ['10.45.0.1', '203.0.113.2'],
      );

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
      const bad = ['ip', 'udp', 'tcp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status == 0`);
      for (const file of [radio, s1u, s5u, tun])
        t.deepEqual(
          await tshark(file, `_ws.malformed || _ws.expert.severity >= 8388608 || ${bad.join(' || ')}`),
          [],
          file,
        );

      const request = ['icmp.type == 8', 'ip.ttl', 'ip.id', 'ip.checksum'] as const;
      const sent = await tshark(radio, ...request);
      t.is(sent.length, 3);
      t.regex(sent[0] ?? '', /^64 /u);
      t.deepEqual(await tshark(tun, ...request), sent);
      t.deepEqual(await tshark(radio, 'icmp.type == 0', 'ip.ttl'), ['63', '63', '63']);
    },
  );
}

/** Sends datagrams from a port of a node to a GTP-U port, and returns the first answer to each in hexadecimal. */
const ask = async (net: Namespaces, node: string, port: number, to: string, message: Buffer): Promise<string> =>
  net.run(
    node,
    process.execPath,
    '-e',
    `const s = require('dgram').createSocket('udp4');
     s.on('message', (m, from) => { console.log(m.toString('hex'), from.port); s.close(); });
     s.bind(${port}, () => s.send(Buffer.from('${message.toString('hex')}', 'hex'), 2152, '${to}'));`,
  );

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
