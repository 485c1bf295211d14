/** The cable between two hosts: left - [a cable b] - right, measured from outside and compared with its own counters. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { DirectionStatus } from '../../lab/cable/main.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { insideNetns } from '../../src/kernel/inside.ts';
import { libc } from '../../src/kernel/libc.ts';
import { bindPacketSocket, openPacketSocket } from '../../src/kernel/packet-socket.ts';
import { makeNamespaces, type Namespaces, poll, type Teardown } from '../helpers/netns.ts';
import { record } from '../helpers/pcap.ts';

const main = path.resolve(import.meta.dirname, '../../lab/cable/main.ts');

interface Impaired {
  readonly rate?: number;
  readonly delay?: number;
  readonly jitter?: number;
  readonly loss?: number;
  readonly reorder?: number;
  readonly queue?: number;
}

interface Cable extends Namespaces {
  /** Writes a new configuration and waits until the cable has read it. */
  readonly change: (impairment: Impaired) => Promise<void>;
  /** The counters of both directions once they are as wanted; they are written once a second. */
  readonly counted: (
    wanted: (forth: DirectionStatus, reverse: DirectionStatus) => boolean,
  ) => Promise<readonly [DirectionStatus, DirectionStatus]>;
}

const makeCable = async (t: Teardown, impairment: Impaired, back?: Impaired): Promise<Cable> => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'cable-'));
  const net = await makeNamespaces(t, ['left', 'cable', 'right']);
  t.teardown(async () => rmSync(directory, { recursive: true }));
  const macs = { left: '02:00:00:00:01:00', right: '02:00:00:00:02:00' };
  await net.veth('left:x', 'cable:a', { macs: [macs.left, '02:ca:00:00:00:00'] });
  await net.veth('right:y', 'cable:b', { macs: [macs.right, '02:ca:01:00:00:00'] });
  // Neighbours are given, so that nothing but the test's own packets is on the line.
  for (const [node, device, own, other, mac] of [
    ['left', 'x', '10.1.1.1', '10.1.1.2', macs.right],
    ['right', 'y', '10.1.1.2', '10.1.1.1', macs.left],
  ] as const) {
    await net.ipIn(node, 'addr', 'add', `${own}/24`, 'dev', device);
    await net.ipIn(node, 'neigh', 'add', other, 'lladdr', mac, 'dev', device);
  }
  const file = path.join(directory, 'cable.json');
  const [ready, status] = [path.join(directory, 'ready'), path.join(directory, 'status')];
  const write = (now: Impaired): void =>
    writeFileSync(file, JSON.stringify({ interfaces: ['a', 'b'], impairment: now, back, ready, status }));
  const read = (): readonly [DirectionStatus, DirectionStatus] => {
    const all = JSON.parse(readFileSync(status, 'utf8')) as Record<string, DirectionStatus>;
    const [forth, reverse] = [all['a > b'], all['b > a']];
    if (forth === undefined || reverse === undefined) throw new Error('the status lacks a direction');
    return [forth, reverse];
  };
  write(impairment);
  const cable = net.start('cable', process.execPath, main, file);
  await poll('the cable is ready', () => existsSync(ready));
  return {
    ...net,
    change: async (now) => {
      write(now);
      cable.kill('SIGHUP');
      const wanted = Object.entries(now);
      await poll('the cable has read its configuration', () =>
        wanted.every(([name, value]) =>
          Object.entries(read()[0].impairment).some(([n, v]) => n === name && v === value),
        ),
      );
    },
    counted: (wanted) =>
      poll('the counters are as wanted', () => {
        const [forth, reverse] = read();
        return wanted(forth, reverse) && ([forth, reverse] as const);
      }),
  };
};

interface Pings {
  readonly received: number;
  readonly minimum: number;
  readonly average: number;
  readonly sequence: readonly number[];
}

const ping = async (net: Namespaces, ...argv: string[]): Promise<Pings> => {
  const output = await net.run('left', 'sh', '-c', 'ping "$@" || true', 'ping', ...argv, '10.1.1.2');
  const [, minimum, average] = /= ([\d.]+)\/([\d.]+)\//u.exec(output) ?? [];
  return {
    received: Number(/(\d+) received/u.exec(output)?.[1]),
    minimum: Number(minimum),
    average: Number(average),
    sequence: [...output.matchAll(/icmp_seq=(\d+)/gu)].map((match) => Number(match[1])),
  };
};

test.serial(
  'a delay of 30 ms in each direction makes a round trip of 60 ms; a change takes effect at once',
  async (t) => {
    const net = await makeCable(t, { delay: 30 });
    const before = await ping(net, '-c', '20', '-i', '0.02');
    t.is(before.received, 20);
    t.true(before.minimum >= 60 && before.average < 75, JSON.stringify(before));
    await net.change({ delay: 5 });
    const after = await ping(net, '-c', '20', '-i', '0.02');
    t.true(after.minimum >= 10 && after.average < 25, JSON.stringify(after));
  },
);

test.serial('without impairment a cable is a wire: nothing is lost, offload survives', async (t) => {
  const net = await makeCable(t, {});
  const { received, average } = await ping(net, '-c', '200', '-i', '0.002');
  t.is(received, 200);
  t.log(`round trip ${average} ms`);
  t.true(average < 5);
  for (const [node, device] of [
    ['left', 'x'],
    ['right', 'y'],
  ] as const)
    await net.run(node, 'ethtool', '-K', device, 'tx', 'on', 'tso', 'on');
  t.log(`with segmentation offload ${Math.round((await transfer(net, 20_000_000)) / 1e6)} Mbit/s`);
  const [forth, reverse] = await net.counted((there, back) => there.passed > 500 && back.passed > 400);
  for (const { loss, queue, refused, overflow } of [forth, reverse])
    t.deepEqual({ loss, queue, refused, overflow }, { loss: 0, queue: 0, refused: 0, overflow: 0 });
});

test.serial('a frame comes out as it went in, VLAN tag included, whatever its addresses', async (t) => {
  const net = await makeCable(t, { delay: 1 });
  const capture = openCapture({ namespaces: [{ node: 'right', path: net.path('right') }] });
  t.teardown(() => capture.close());
  const stop = record(capture);
  const sent = [
    `0180c2000000020000000100002642420300000000${'00'.repeat(39)}`,
    `ffffffffffff020000000100810000070800${'45'.repeat(46)}`,
    `02000000090002000000010088a800648100000786dd${'60'.repeat(100)}`,
  ];
  insideNetns(net.path('left'), () => {
    const socket = openPacketSocket();
    bindPacketSocket(socket, libc.ifNameToIndex('x'));
    for (const text of sent) libc.send(socket, Buffer.from(text, 'hex'), text.length / 2, 0);
    libc.close(socket);
  });
  await net.counted((forth) => forth.passed === sent.length);
  const frames = await stop();
  t.deepEqual(
    frames.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
    sent,
  );
});

test.serial('a loss of 10 % is counted exactly', async (t) => {
  const net = await makeCable(t, { loss: 0.1 });
  const { received } = await ping(net, '-c', '500', '-i', '0.002', '-W', '1');
  const [forth, reverse] = await net.counted(
    (there, back) => there.passed + there.loss === 500 && back.passed + back.loss === there.passed,
  );
  t.is(reverse.passed, received);
  t.is(500 - received, forth.loss + reverse.loss);
  // Of about 950 chances of one in ten: outside these bounds once in 10^9 runs.
  t.true(forth.loss + reverse.loss > 40 && forth.loss + reverse.loss < 155, `${forth.loss} + ${reverse.loss}`);
});

test.serial('a rate of 20 Mbit/s is what TCP gets; what does not fit the queue is counted as such', async (t) => {
  const net = await makeCable(t, { rate: 20e6, delay: 2 }, {});
  const rate = await transfer(net, 5_000_000);
  t.log(`${Math.round(rate / 1e4) / 100} Mbit/s`);
  t.true(rate > 17e6 && rate < 20.2e6, `${rate}`);
  await net.change({ rate: 1e6, queue: 50 });
  const burst = `
    const s = require('dgram').createSocket('udp4');
    for (let n = 0; n < 100; n += 1) s.send(Buffer.alloc(1208), 9, '10.1.1.2', n === 99 ? () => s.close() : undefined);`;
  const [before] = await net.counted(() => true);
  await net.run('left', process.execPath, '-e', burst);
  const [after] = await net.counted((forth) => forth.passed + forth.queue >= before.passed + before.queue + 100);
  // 1250 octets take 10 ms: the first frame goes, five wait up to 50 ms; a few more while the burst lasts.
  const passed = after.passed - before.passed;
  t.true(passed >= 6 && passed <= 12, `${passed} passed`);
  t.is(after.queue - before.queue, 100 - passed);
  t.is(after.loss, 0);
});

test.serial('jitter keeps the order, reorder does not', async (t) => {
  const net = await makeCable(t, { delay: 10, jitter: 8 }, {});
  const ordered = await ping(net, '-c', '200', '-i', '0.002');
  t.is(ordered.received, 200);
  t.deepEqual(
    ordered.sequence,
    ordered.sequence.toSorted((a, b) => a - b),
  );
  await net.change({ delay: 20, reorder: 0.2, jitter: 0 });
  const mixed = await ping(net, '-c', '200', '-i', '0.002');
  t.is(mixed.received, 200);
  const overtaken = mixed.sequence.filter((number, index) => number < (mixed.sequence[index - 1] ?? 0)).length;
  t.true(overtaken > 5, `${overtaken} overtaken`);
});

/** Sends octets over TCP from left to right; returns bit/s, measured at the receiver. */
const transfer = async (net: Namespaces, octets: number): Promise<number> => {
  const server = `
    require('net').createServer((c) => {
      let first, got = 0;
      c.on('data', (part) => { first ??= performance.now(); got += part.length; });
      c.on('end', () => { c.end(JSON.stringify({ got, seconds: (performance.now() - first) / 1000 })); });
    }).listen(7000)`;
  const running = net.start('right', process.execPath, '-e', server);
  await poll('the server listens', async () => (await net.run('right', 'ss', '-Hltn')).includes(':7000'));
  const client = `
    const c = require('net').connect({ host: '10.1.1.2', port: 7000, allowHalfOpen: true }, () => c.end(Buffer.alloc(${octets})));
    c.on('data', (part) => console.log(String(part)));`;
  const { got, seconds } = JSON.parse(await net.run('left', process.execPath, '-e', client)) as {
    got: number;
    seconds: number;
  };
  running.kill('SIGKILL');
  await running;
  if (got !== octets) throw new Error(`${got} of ${octets} octets arrived`);
  return (octets * 8) / seconds;
};
