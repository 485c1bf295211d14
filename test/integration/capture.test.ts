/** Capture against the real kernel: what one veth end sends is what the other end receives, octet by octet. */
// One after the other: the figures are about a machine that does nothing else.
import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { captureLoop, drain } from '../../src/kernel/capture-loop.ts';
import { openCapture, type CaptureOptions } from '../../src/kernel/capture.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { bindPacketSocket, openPacketSocket } from '../../src/kernel/packet-socket.ts';
import { insideNetns } from '../../src/kernel/inside.ts';
import { libc } from '../../src/kernel/libc.ts';
import { makeNamespaces, poll, type Namespaces, type Teardown } from '../helpers/netns.ts';
import { record, tshark, writeCapture } from '../helpers/pcap.ts';

const hex = (frame: Frame): string => Buffer.from(frame.bytes).toString('hex');
const at = (frames: readonly Frame[], node: string, device: string): Frame[] =>
  frames.filter((frame) => frame.node === node && frame.interface === device);
const directions = (frames: readonly Frame[]): string => frames.map(({ direction }) => direction).join(' ');
const ipv4 = (frame: Frame): boolean => hex(frame).slice(24, 28) === '0800';

const pair = async (t: Teardown): Promise<Namespaces> => {
  const net = await makeNamespaces(t, ['a', 'b']);
  await net.veth('a:va', 'b:vb');
  await net.ipIn('a', 'addr', 'add', '10.1.1.1/24', 'dev', 'va');
  await net.ipIn('b', 'addr', 'add', '10.1.1.2/24', 'dev', 'vb');
  return net;
};
const both = (net: Namespaces): CaptureOptions['namespaces'] =>
  ['a', 'b'].map((node) => ({ node, path: net.path(node) }));

test.serial('a ping is seen at both ends of a veth, equal in every octet, in order', async (t) => {
  const net = await pair(t);
  const capture = openCapture({ namespaces: both(net) });
  t.teardown(() => capture.close());
  const stop = record(capture);
  await net.run('a', 'ping', '-c', '3', '-i', '0.01', '10.1.1.2');
  const frames = (await stop()).filter(ipv4);
  const [left, right] = [at(frames, 'a', 'va'), at(frames, 'b', 'vb')];

  t.is(directions(left), 'out in out in out in');
  t.is(directions(right), 'in out in out in out');
  t.deepEqual(left.map(hex), right.map(hex));
  t.true(
    frames.every(({ link, bytes, wireLength }) => link === 'ethernet' && bytes.length === 98 && wireLength === 98),
  );
  const crossing = left.map((frame, index) => {
    const other = right[index]?.time ?? 0n;
    return frame.direction === 'out' ? other - frame.time : frame.time - other;
  });
  t.true(
    crossing.every((time) => time >= 0n && time < 1_000_000_000n),
    `crossings ${crossing.join(' ')} ns`,
  );
  const now = BigInt(Date.now()) * 1_000_000n;
  t.true(frames.every(({ time }) => now - time < 60_000_000_000n && time <= now + 1_000_000_000n));
  const file = path.join(os.tmpdir(), `capture-${process.pid}.pcapng`);
  t.teardown(() => rmSync(file));
  writeCapture(file, frames);
  const seen = await tshark(file, 'icmp && icmp.checksum.status == 1', 'frame.interface_name', 'ip.ttl', 'icmp.seq');
  t.deepEqual(
    seen.toSorted(),
    // Request and reply of each of the three, at either end.
    ['a:va', 'b:vb'].flatMap((end) => [1, 1, 2, 2, 3, 3].map((sequence) => `${end} 64 ${sequence}`)),
  );
  for (const { received, dropped } of capture.statistics()) {
    t.true(received >= 6);
    t.is(dropped, 0);
  }
});

test.serial('a snaplen shortens the frames and leaves their length on the wire', async (t) => {
  const net = await pair(t);
  const capture = openCapture({ namespaces: both(net), snaplen: 64 });
  t.teardown(() => capture.close());
  const stop = record(capture);
  await net.run('a', 'ping', '-c', '1', '-s', '1000', '10.1.1.2');
  const frames = (await stop()).filter(ipv4);
  t.is(frames.length, 4);
  t.true(frames.every(({ bytes, wireLength }) => bytes.length === 64 && wireLength === 1042));
});

test.serial('only the named interfaces, and interfaces made later by their names', async (t) => {
  const net = await pair(t);
  const capture = openCapture({
    namespaces: [
      { node: 'a', path: net.path('a'), interfaces: ['late'] },
      { node: 'b', path: net.path('b') },
    ],
  });
  t.teardown(() => capture.close());
  const stop = record(capture);
  await net.veth('a:late', 'b:later');
  await net.ipIn('a', 'addr', 'add', '10.1.2.1/24', 'dev', 'late');
  await net.ipIn('b', 'addr', 'add', '10.1.2.2/24', 'dev', 'later');
  await net.run('a', 'ping', '-c', '1', '10.1.1.2');
  await net.run('a', 'ping', '-c', '1', '10.1.2.2');
  await net.run('b', 'ping', '-c', '1', '127.0.0.1');
  const frames = await stop();
  t.deepEqual([...new Set(at(frames, 'a', 'va'))], []);
  t.is(directions(at(frames, 'a', 'late').filter(ipv4)), 'out in');
  t.is(directions(at(frames, 'b', 'later').filter(ipv4)), 'in out');
  t.is(directions(at(frames, 'b', 'lo').filter(ipv4)), 'out in out in');
});

test.serial('a VLAN tag, which the kernel takes out of received frames, is put back', async (t) => {
  const net = await pair(t);
  const capture = openCapture({ namespaces: both(net) });
  t.teardown(() => capture.close());
  const stop = record(capture);
  const sent = Buffer.from(`ffffffffffff020000000001810000070800${'45'.repeat(46)}`, 'hex');
  insideNetns(net.path('a'), () => {
    const socket = openPacketSocket();
    bindPacketSocket(socket, libc.ifNameToIndex('va'));
    libc.send(socket, sent, sent.length, 0);
    libc.close(socket);
  });
  const frames = await stop();
  for (const end of [at(frames, 'a', 'va'), at(frames, 'b', 'vb')]) {
    t.deepEqual(end.map(hex), [sent.toString('hex')]);
    t.is(end[0]?.wireLength, sent.length);
  }
});

/** A server that swallows one connection. */
const sink = `require('net').createServer((socket) => socket.resume().on('end', () => process.exit())).listen(80)`;

test.serial('frames whose segmentation is left to the hardware say so', async (t) => {
  const net = await pair(t);
  for (const [node, device] of [
    ['a', 'va'],
    ['b', 'vb'],
  ] as const)
    await net.run(node, 'ethtool', '-K', device, 'tx', 'on', 'tso', 'on');
  const capture = openCapture({ namespaces: both(net), snaplen: 128 });
  t.teardown(() => capture.close());
  const server = net.start('b', process.execPath, '-e', sink);
  await poll('the server listens', async () => (await net.run('b', 'ss', '-Hltn')) !== '');
  await net.run('a', process.execPath, '-e', 'require("net").connect(80,"10.1.1.2").end(Buffer.alloc(1e6))');
  await server;
  const frames = await drain(capture);
  t.true(frames.some(({ offload }) => offload !== undefined && offload.gsoType === 1 && offload.gsoSize === 1448));
  t.true(frames.some(({ offload }) => offload?.partialChecksum === true));
  t.true(frames.some(({ wireLength, bytes }) => wireLength > 1514 && bytes.length === 128));
});

/** Sends 60,000 datagrams as fast as one process can. */
const burst = `
const socket = require('dgram').createSocket('udp4');
const data = Buffer.alloc(100);
let sent = 0;
const more = () => { if (sent === 60000) return socket.close(); sent += 1; socket.send(data, 9, '10.1.1.2', more); };
more();`;

test.serial('a burst of 120,000 frames loses none, and the loop hands over all of them', async (t) => {
  const net = await pair(t);
  // Nothing listens: a firewall that drops silently keeps ICMP errors off the wire.
  await net.run('b', 'iptables', '-A', 'INPUT', '-p', 'udp', '-j', 'DROP');
  const capture = openCapture({ namespaces: both(net), snaplen: 288, blocks: 32 });
  t.teardown(() => capture.close());
  const stop = new AbortController();
  const count = { va: 0, vb: 0 };
  let sorted = true;
  let last = 0n;
  const loop = captureLoop(
    capture,
    (frames) => {
      for (const frame of frames) {
        if (frame.wireLength !== 142) continue;
        if (frame.interface === 'va') {
          count.va += 1;
          sorted &&= frame.time >= last;
          last = frame.time;
        }
        if (frame.interface === 'vb') count.vb += 1;
      }
    },
    { signal: stop.signal },
  );
  await net.run('a', process.execPath, '-e', burst);
  stop.abort();
  await loop;
  t.deepEqual(count, { va: 60_000, vb: 60_000 }, JSON.stringify(capture.statistics()));
  t.true(sorted);
  t.deepEqual(
    capture.statistics().map(({ dropped }) => dropped),
    [0, 0],
  );
});

test.serial('what a ring has no room for is counted, also over several readings', async (t) => {
  const net = await pair(t);
  await net.run('b', 'iptables', '-A', 'INPUT', '-p', 'udp', '-j', 'DROP');
  const capture = openCapture({ namespaces: both(net).slice(1), blocks: 2 });
  t.teardown(() => capture.close());
  await net.run('a', process.execPath, '-e', burst);
  const first = capture.statistics()[0];
  const again = capture.statistics()[0];
  const frames = await drain(capture);
  t.true((first?.dropped ?? 0) > 10_000);
  t.deepEqual(again, first);
  t.is(frames.length, first?.received ?? -1);
});

test.serial('a namespace that does not exist is an error that names it, and the thread is where it was', async (t) => {
  const net = await makeNamespaces(t, ['a']);
  const error = t.throws(() =>
    openCapture({
      namespaces: [
        { node: 'a', path: net.path('a') },
        { node: 'ghost', path: '/run/netns/no-such' },
      ],
    }),
  );
  t.regex(error?.message ?? '', /cannot capture: ENOENT.*no-such/u);
  t.is(await net.run('a', 'true'), '');
});
