/**
 * SCTP in user space over the real kernel: two namespaces, raw IP sockets, tshark as the judge of every packet, and
 * usrsctp - the stack of FreeBSD as a library - as a peer that is not ours.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { execaSync } from 'execa';
import type { CloseReason, Statistics } from '../../lab/epc/sctp/sctp.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { makeNamespaces, type Namespaces, poll } from '../helpers/netns.ts';
import { record, writeCapture } from '../helpers/pcap.ts';
import type { PeerInput } from '../helpers/sctp-peer.ts';
import { tsharkFields, tsharkMissing } from '../helpers/tshark.ts';

const peer = path.resolve(import.meta.dirname, '../helpers/sctp-peer.ts');
const usrsctpSource = path.resolve(import.meta.dirname, '../helpers/usrsctp-peer.c');
const [CLIENT, SERVER, PORT] = ['10.66.0.1', '10.66.0.2', 30_000];
/** Messages of a conversation; see helpers/usrsctp-peer.c for what they are. */
const COUNT = 400;

const directory = mkdtempSync(path.join(os.tmpdir(), 'epc-sctp-'));
test.after.always(() => rmSync(directory, { recursive: true }));

/** The program that speaks with usrsctp, compiled here; or why there is none. */
const usrsctp = ((): { program?: string; missing?: string } => {
  if (!existsSync('/usr/include/usrsctp.h'))
    return { missing: 'libusrsctp-dev is not installed: no foreign stack to test with' };
  const program = path.join(directory, 'usrsctp-peer');
  const compiled = execaSync('cc', ['-O1', '-o', program, usrsctpSource, '-lusrsctp', '-lpthread'], {
    reject: false,
  });
  if (compiled.code === 'ENOENT') return { missing: 'there is no C compiler: no foreign stack to test with' };
  if (compiled.failed) throw new Error(compiled.stderr);
  return { program };
})();

interface Report {
  readonly reason: CloseReason;
  readonly statistics: Statistics;
  readonly dropped: Readonly<Record<string, number>>;
  readonly messages?: number;
  readonly seen?: number;
  readonly faults?: readonly string[];
  readonly seconds?: number;
  readonly median?: number;
  readonly p99?: number;
}

/** A process in a namespace, read line by line. */
interface Running {
  readonly line: () => Promise<string>;
  /** Its exit code, once it has ended by itself. */
  readonly ended: () => Promise<number>;
}

interface Lab extends Namespaces {
  readonly ours: (node: 'client' | 'server', role: string, input?: Partial<PeerInput>) => Running;
  readonly foreign: (node: 'client' | 'server', ...argv: string[]) => Running;
}

const makeLab = async (t: ExecutionContext, { loss = 0 } = {}): Promise<Lab> => {
  const net = await makeNamespaces(t, ['client', 'server']);
  await net.veth('client:c', 'server:s');
  await net.ipIn('client', 'addr', 'add', `${CLIENT}/24`, 'dev', 'c');
  await net.ipIn('server', 'addr', 'add', `${SERVER}/24`, 'dev', 's');
  if (loss > 0)
    for (const node of ['client', 'server'])
      await net.run(
        node,
        ...(['iptables', '-A', 'INPUT', '-p', '132', '-m', 'statistic', '--mode', 'random'] as const),
        ...['--probability', `${loss}`, '-j', 'DROP'],
      );
  const start = (node: string, ...argv: string[]): Running => {
    const child: ChildProcess = spawn('ip', ['netns', 'exec', net.name(node), ...argv], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    t.teardown(() => void child.kill('SIGKILL'));
    if (child.stdout === null) throw new Error('no output');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return {
      line: async () => {
        const next = await lines.next();
        if (next.done === true) throw new Error(`${argv.join(' ')} ended without a word`);
        return next.value;
      },
      ended: async () => {
        const [code] = (await exit) as [number];
        return code;
      },
    };
  };
  return {
    ...net,
    ours: (node, role, input = {}) => {
      const local = node === 'client' ? CLIENT : SERVER;
      const all = { local, remote: node === 'client' ? SERVER : CLIENT, port: PORT, count: COUNT, ...input };
      return start(node, process.execPath, peer, role, JSON.stringify(all));
    },
    foreign: (node, ...argv) => start(node, usrsctp.program ?? '', ...argv),
  };
};

const reportOf = async (running: Running): Promise<Report> => JSON.parse(await running.line()) as Report;

/** What tshark finds wrong with a capture, how many SCTP packets are right, and whether there is any ICMP. */
const judged = async (file: string): Promise<{ packets: number; wrong: number; icmp: number }> => {
  const argv = ['-o', 'sctp.checksum:CRC 32c'];
  const count = async (filter: string): Promise<number> =>
    (await tsharkFields(file, ['frame.number'], { filter, argv })).length;
  return {
    packets: await count('sctp.checksum.status == 1'),
    // An ICMP error quotes a part of a packet, whose checksum is then wrong.
    wrong: await count('!icmp && (sctp.checksum.status == 0 || _ws.malformed || _ws.expert.severity >= 8388608)'),
    icmp: await count('icmp'),
  };
};

const capture = (
  t: ExecutionContext,
  net: Namespaces,
  name: string,
): (() => Promise<{ file: string; frames: Frame[] }>) => {
  const opened = openCapture({ namespaces: ['client', 'server'].map((node) => ({ node, path: net.path(node) })) });
  t.teardown(() => opened.close());
  const stop = record(opened);
  return async () => {
    // What one side sent the other has received or the firewall has taken: one copy of each is enough.
    const frames = (await stop()).filter(({ direction }) => direction === 'out');
    const file = path.join(directory, `${name}.pcapng`);
    writeCapture(file, frames);
    return { file, frames };
  };
};

const finished = { kind: 'shutdown' } as const;

for (const loss of [0, 0.03])
  test.serial(`two of our own endpoints understand each other, with ${loss * 100} % loss`, async (t) => {
    const net = await makeLab(t, { loss });
    const stop = capture(t, net, `own-${loss}`);
    const server = net.ours('server', 'server');
    t.is(await server.line(), 'ready');
    const client = net.ours('client', 'client');
    const [left, right] = [await reportOf(client), await reportOf(server)];
    t.deepEqual([left.reason, right.reason], [finished, finished]);
    t.deepEqual([left.faults, left.seen, right.messages], [[], COUNT, COUNT]);
    t.deepEqual([await client.ended(), await server.ended()], [0, 0], 'nothing keeps the processes alive');
    t.deepEqual([left.dropped['checksum'], left.dropped['malformed']], [0, 0]);
    t.log(`${COUNT} echoes in ${left.seconds?.toFixed(2)} s, ${left.statistics.retransmissions} chunks sent again`);
    if (loss > 0) t.true(left.statistics.retransmissions + right.statistics.retransmissions > 0);
    const { file } = await stop();
    if (tsharkMissing !== undefined) {
      t.log(tsharkMissing);
      return;
    }
    const { packets, wrong, icmp } = await judged(file);
    t.true(packets > 1000, `${packets} packets`);
    t.is(wrong, 0);
    t.is(icmp, 0, 'the kernel keeps quiet about a protocol that it does not know');
  });

for (const loss of [0, 0.03]) {
  const title = (what: string): string => `${what}, with ${loss * 100} % loss`;
  test.serial(title('our client and a server with usrsctp'), async (t) => {
    if (usrsctp.missing !== undefined) return t.pass(usrsctp.missing);
    const net = await makeLab(t, { loss });
    const stop = capture(t, net, `to-usrsctp-${loss}`);
    const server = net.foreign('server', 'server', `${PORT}`);
    t.is(await server.line(), 'ready');
    const client = net.ours('client', 'client');
    const left = await reportOf(client);
    t.deepEqual([left.reason, left.faults, left.seen], [finished, [], COUNT]);
    t.regex(await server.line(), new RegExp(`^${COUNT} \\d+ ok$`, 'u'));
    const { file } = await stop();
    if (tsharkMissing === undefined) t.is((await judged(file)).wrong, 0);
  });

  test.serial(title('our server and a client with usrsctp'), async (t) => {
    if (usrsctp.missing !== undefined) return t.pass(usrsctp.missing);
    const net = await makeLab(t, { loss });
    const stop = capture(t, net, `from-usrsctp-${loss}`);
    const server = net.ours('server', 'server');
    t.is(await server.line(), 'ready');
    const client = net.foreign('client', 'client', SERVER, `${PORT}`, `${COUNT}`);
    t.regex(await client.line(), new RegExp(`^${COUNT} \\d+ ok$`, 'u'));
    const right = await reportOf(server);
    t.deepEqual([right.reason, right.messages], [finished, COUNT]);
    t.deepEqual([right.dropped['checksum'], right.dropped['malformed']], [0, 0]);
    const { file } = await stop();
    if (tsharkMissing === undefined) t.is((await judged(file)).wrong, 0);
  });
}

test.serial('throughput and round trips', async (t) => {
  const net = await makeLab(t);
  const sink = net.ours('server', 'sink');
  await sink.line();
  const flood = net.ours('client', 'flood', { octets: 20_000_000, size: 1400 });
  const [{ seconds = Infinity, statistics }] = [await reportOf(sink), await reportOf(flood)];
  t.is(statistics.octetsReceived >= 20_000_000, true);
  t.log(`${Math.round((statistics.octetsReceived * 8) / seconds / 1e6)} Mbit/s in messages of 1400 octets`);
  // It stays for a while in case its last packet was lost, and its address is its own.
  t.is(await flood.ended(), 0);
  const server = net.ours('server', 'server', { port: PORT + 1 });
  await server.line();
  const { median = Infinity, p99 = Infinity } = await reportOf(
    net.ours('client', 'pings', { port: PORT + 1, count: 1000 }),
  );
  t.log(`round trip of 100 octets: median ${median.toFixed(2)} ms, 99 % below ${p99.toFixed(2)} ms`);
  t.true(median < 20);
});

test.serial('a client that is killed and started again takes its association over', async (t) => {
  const net = await makeLab(t);
  const server = net.ours('server', 'server');
  await server.line();
  // It sends without end, so it is in the middle of something when it is killed.
  const first = net.start(
    'client',
    process.execPath,
    peer,
    'flood',
    JSON.stringify({ local: CLIENT, localPort: 4000, remote: SERVER, port: PORT, octets: 1e12, size: 1000 }),
  );
  const packets = async (): Promise<number> => {
    const [{ stats64 } = {}] = JSON.parse(await net.run('server', 'ip', '-j', '-s', 'link', 'show', 'dev', 's')) as {
      stats64?: { rx: { packets: number } };
    }[];
    return stats64?.rx.packets ?? 0;
  };
  await poll('the client sends', async () => (await packets()) > 200);
  first.kill('SIGKILL');
  await first;
  const again = net.ours('client', 'client', { localPort: 4000 });
  const left = await reportOf(again);
  t.deepEqual([left.reason, left.faults, left.seen], [finished, [], COUNT]);
  const right = await reportOf(server);
  t.is(right.statistics.restarts, 1);
  t.deepEqual(right.reason, finished);
});

test.serial('two processes cannot speak SCTP at one address', async (t) => {
  const net = await makeLab(t);
  const server = net.ours('server', 'server');
  await server.line();
  const error = await t.throwsAsync(
    net.run('server', process.execPath, peer, 'server', JSON.stringify({ local: SERVER, port: 1 })),
  );
  t.regex(error?.message ?? '', /another process speaks SCTP at 10\.66\.0\.2/u);
});
