/** The data path in the kernel: what it leaves to the threads, what is left when its process ends, and where it cannot be had. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { Status } from '../../lab/gtp/data-path.ts';
import { withoutBpf } from '../helpers/data-paths.ts';
import { type Core, gtpMain, makeCore, pgw, sgw, transfer } from '../helpers/gtp-core.ts';
import { poll } from '../helpers/netns.ts';

const check = withoutBpf === undefined ? test.serial : test.skip;
if (withoutBpf !== undefined) test(`the data path bpf is not tested: ${withoutBpf}`, (t) => t.pass());

const passes = (net: Core, ...options: string[]): Promise<boolean> =>
  net.run('phone', 'ping', '-c', '1', '-W', '1', ...options, '203.0.113.2').then(
    () => true,
    () => false,
  );
const filters = async (net: Core, node: string, device: string): Promise<number> =>
  (await net.run(node, 'tc', 'filter', 'show', 'dev', device, 'ingress')).match(/xiyou-gtpu/gu)?.length ?? 0;

check('a killed gateway forwards nothing, and a restarted one nothing of what it was told before', async (t) => {
  const net = await makeCore(t, 'bpf');
  t.true(await passes(net));
  net.daemons.sgw.process.kill('SIGKILL');
  await net.daemons.sgw.process;
  await poll('no packet passes', async () => !(await passes(net)));
  t.is(await filters(net, 'sgw', 's1u'), 1, 'an idle entry stays');

  // Another tunnel on S1-U: the base station uses one that nobody here knows any more.
  const [session] = sgw.sessions;
  if (session === undefined) throw new Error('the configuration has no session');
  const other = { ...session, access: { ...session.access, teidIn: 0x1111 } };
  const again = await net.restart('sgw', { sessions: [other] });
  const told = net.status('enb').events.errorIndications;
  t.false(await passes(net));
  await poll('the base station hears of it', () => net.status('enb').events.errorIndications > told);
  t.like(net.status('sgw').dataPath, { kind: 'bpf', carried: 0 });
  t.is(await filters(net, 'sgw', 's1u'), 1, 'the old entry has given its place to the new one');

  again.process.kill('SIGKILL');
  await again.process;
  await net.restart('sgw');
  t.true(await passes(net));
});

check('a gateway that is asked to end takes everything with it', async (t) => {
  const net = await makeCore(t, 'bpf');
  for (const node of ['enb', 'sgw', 'pgw'] as const) {
    t.regex(await net.run(node, 'tc', 'qdisc', 'show'), /clsact/u, node);
    net.daemons[node].process.kill('SIGTERM');
    await net.daemons[node].process;
    t.notRegex(await net.run(node, 'tc', 'qdisc', 'show'), /clsact/u, node);
  }
});

check('nodes with different data paths work together', async (t) => {
  for (const paths of [
    { enb: 'threads', sgw: 'bpf', pgw: 'threads' },
    { enb: 'bpf', sgw: 'threads', pgw: 'bpf' },
  ] as const) {
    const net = await makeCore(t, paths);
    await transfer(net, 200_000);
    for (const node of ['enb', 'sgw', 'pgw'] as const) t.is(net.status(node).dataPath.kind, paths[node]);
  }
});

check('packets that are too large for one tunnel packet are fragmented and counted as ever', async (t) => {
  const net = await makeCore(t, 'bpf', 1500);
  t.true(await passes(net, '-s', '1472'), 'an IP packet of 1500 octets');
  t.true(await passes(net, '-s', '1436'), '1464 octets: the largest that fits');
  for (const node of ['enb', 'sgw', 'pgw'] as const) {
    const { sessions, dataPath } = await poll(`${node} has counted both`, () => {
      const status = net.status(node);
      return status.sessions[0]?.down.packets === 2 && status;
    });
    t.like(sessions[0], { up: { packets: 2, octets: 2964 }, down: { packets: 2, octets: 2964 } }, node);
    t.is(dataPath.carried, 2, `${node}: the programs have carried the smaller one, both ways`);
  }
});

/** An echo request of the phone to the server, 28 octets. */
const request = Buffer.from('4500001c00004000400100000a2d0002cb0071020800f7fd00010001', 'hex');
{
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += request.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  request.writeUInt16BE(~sum & 0xffff, 10);
}

check('user packets with optional fields, and with a checksum around them, come to the threads', async (t) => {
  const net = await makeCore(t, 'bpf');
  // Flags with S; G-PDU; length; TEID; sequence number 7. The socket puts a UDP checksum around it.
  const message = Buffer.concat([Buffer.from('32ff00200000100100070000', 'hex'), request]);
  const send = `const s = require('dgram').createSocket('udp4');
    s.send(Buffer.from('${message.toString('hex')}', 'hex'), 2152, '10.1.0.2', () => s.close());`;
  await net.run('enb', process.execPath, '-e', send);
  const { sessions, dataPath } = await poll('the answer is counted', () => {
    const status = net.status('sgw');
    return status.sessions[0]?.down.packets === 1 && status;
  });
  t.like(sessions[0], { up: { packets: 1, octets: 28 }, down: { packets: 1, octets: 28 } });
  t.is(dataPath.carried, 1, 'the answer is a plain packet');
});

check('where bpf cannot be had the threads take over and say why, unless it was demanded', async (t) => {
  const net = await makeCore(t, 'threads');
  net.daemons.pgw.process.kill('SIGTERM');
  await net.daemons.pgw.process;
  const file = (name: string): string => path.join(net.directory, name);
  const start = (dataPath: string, before: readonly [string, ...string[]]): { process: ReturnType<Core['start']> } => {
    const [command, ...rest] = before;
    const config = { ...pgw, dataPath, ready: file(`${command}.ready`), status: file(`${command}.status`) };
    writeFileSync(file('refused.json'), JSON.stringify(config));
    return { process: net.start('pgw', command, ...rest, process.execPath, gtpMain, file('refused.json')) };
  };
  const said = async ({ process: running }: { process: ReturnType<Core['start']> }): Promise<string> => {
    let text = '';
    running.all.on('data', (chunk) => (text += String(chunk)));
    await running;
    return text;
  };
  // Neither the right to use bpf(2), nor a compiler and an object that it has made.
  const powerless = ['setpriv', '--bounding-set', '-bpf,-sys_admin', '--inh-caps', '-bpf,-sys_admin'] as const;
  const script = 'mount -t tmpfs none /var/cache && exec env PATH=/nowhere "$@"';
  const bare = ['unshare', '--mount', 'sh', '-c', script, 'sh'] as const;
  for (const [before, reason] of [
    [powerless, /^bpf map \w+: EPERM$/u],
    [bare, /^clang is not installed \(apt-get install clang\)$/u],
  ] as const) {
    t.regex(await said(start('bpf', before)), /^config: dataPath: bpf cannot be had: /u);
    const { process: running } = start('auto', before);
    await poll('the daemon is ready', () => existsSync(file(`${before[0]}.ready`)));
    const { dataPath } = JSON.parse(readFileSync(file(`${before[0]}.status`), 'utf8')) as Status;
    t.is(dataPath.kind, 'threads');
    t.regex(dataPath.reason ?? '', reason);
    t.true(await passes(net));
    running.kill('SIGKILL');
    await running;
  }
});
