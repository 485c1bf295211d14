/**
 * Links and captures of a lab that runs: cut, mended, slowed and listened to, while everything else goes on. The serial
 * tests change the lab; ava runs them before the others.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { type Outcome, TestLab, commandOf, xiyou } from '../helpers/lab.ts';
import { smallest } from '../helpers/flagship.ts';
import { poll } from '../helpers/netns.ts';
import { person } from '../helpers/terminal.ts';

const lab = new TestLab('journey', undefined, smallest);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'xiyou-wires-'));
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', async () => {
  await lab.release();
  rmSync(scratch, { recursive: true, force: true });
});

interface LinkRow {
  readonly ends: readonly [string, string];
  readonly state: string;
  readonly impairment?: { readonly delay?: number };
  readonly by?: string;
}
const linkRow = async (left: string, right: string): Promise<LinkRow | undefined> =>
  (JSON.parse((await lab.run('link', '--json', left, right)).stdout) as LinkRow[])[0];

/** Round trip times of some pings in milliseconds, and how many were lost. */
const pings = async (from: string, to: string, count: number): Promise<{ least: number; lost: number }> => {
  const { stdout } = await lab.exec(from, 'ping', '-q', '-c', `${count}`, '-i', '0.02', '-W', '1', to);
  return {
    least: Number(/= ([\d.]+)\//u.exec(stdout)?.[1]),
    lost: count - Number(/(\d+) received/u.exec(stdout)?.[1]),
  };
};

/** `Established` BGP sessions of a router, with the time each has lasted. */
const sessions = async (node: string): Promise<[string, number][]> => {
  const { stdout } = await lab.exec(node, 'vtysh', '-c', 'show bgp ipv4 unicast summary json');
  const { peers } = JSON.parse(stdout) as {
    peers: Record<string, { state: string; peerUptimeMsec: number; connectionsEstablished: number }>;
  };
  return Object.entries(peers).map(([peer, { state, connectionsEstablished }]) => [
    `${peer} ${state}`,
    connectionsEstablished,
  ]);
};

test.serial('link: down and up', async (t) => {
  t.is((await linkRow('acc1', 'host-a'))?.state, 'up');
  t.is((await pings('host-a', '10.20.1.1', 2)).lost, 0);

  t.is((await lab.run('link', 'acc1', 'host-a', 'down')).exitCode, 0);
  t.is((await linkRow('acc1', 'host-a'))?.state, 'down');
  t.is((await pings('host-a', '10.20.1.1', 2)).lost, 2);

  t.is((await lab.run('link', 'host-a', 'acc1', 'up')).exitCode, 0);
  t.is((await linkRow('acc1', 'host-a'))?.state, 'up');
  await poll('they reach each other again', async () => (await pings('host-a', '10.20.1.1', 2)).lost === 0);
});

test.serial('link: delay and loss come and go while everything else stays', async (t) => {
  const daemons = await lab.daemons();
  const before = await pings('phone', '10.45.0.1', 10);
  const stay = await sessions('c2');
  t.true(
    stay.every(([state]) => state.endsWith('Established')),
    stay.join(' '),
  );

  t.is((await lab.run('link', 'sgw', 'pgw', '--delay', '30ms')).exitCode, 0);
  const row = await linkRow('sgw', 'pgw');
  t.is(row?.impairment?.delay, 30);
  t.true(['netem', 'cable'].includes(row?.by ?? ''));
  const slow = await pings('phone', '10.45.0.1', 10);
  t.is(slow.lost, 0);
  t.true(slow.least >= 2 * 30, `${slow.least} ms with a delay of 30 ms each way, ${before.least} ms without`);
  t.true(slow.least < 2 * 30 + 40, `${slow.least} ms`);

  t.is((await lab.run('link', 'sgw', 'pgw', '--loss', '50%')).exitCode, 0);
  // Of 100 pings with half lost each way 75 are, give or take: five standard deviations are 22.
  const lossy = await pings('phone', '10.45.0.1', 100);
  t.true(lossy.lost > 50 && lossy.lost < 98, `${lossy.lost} of 100 lost`);
  t.true(lossy.least < 30, `the delay is gone: ${lossy.least} ms`);

  t.is((await lab.run('link', 'sgw', 'pgw', 'clear')).exitCode, 0);
  const after = await pings('phone', '10.45.0.1', 10);
  t.is(after.lost, 0);
  t.true(after.least < 30, `${after.least} ms`);
  t.deepEqual(await sessions('c2'), stay, 'BGP has not noticed');
  const changed = [...(await lab.daemons())].flatMap(([name, pid]) =>
    daemons.has(name) && daemons.get(name) !== pid ? [name] : [],
  );
  t.deepEqual(
    changed.filter((name) => !name.endsWith(' epc')),
    [],
    'only who holds the link itself was started anew',
  );
  t.deepEqual(await lab.failedChecks(), []);
});

test.serial('link: errors name what there is', async (t) => {
  const none = await lab.run('link', 'phone', 'pgw', 'down');
  t.is(none.exitCode, 2);
  t.regex(none.stderr, /^error\[unknown-link\]: no link joins phone and pgw$/mu);
  t.regex(none.stderr, /what to do: .*enb/u);
  t.regex((await lab.run('link', 'phone')).stderr, /a link has two ends/u);
  t.regex((await lab.run('link', 'a1', 'a2', 'sideways')).stderr, /not one of: up, down, clear/u);
  t.regex((await lab.run('link', 'a1', 'a2', '--delay', 'soon')).stderr, /--delay soon: expected a time/u);
});

/** Interface names that the sections of a pcapng have. */
const interfacesOf = async (file: string): Promise<string[]> => {
  const { stdout } = await execa('tshark', ['-n', '-r', file, '-T', 'fields', '-e', 'frame.interface_name']);
  return [...new Set(stdout.split('\n'))].sort();
};

/** Makes traffic until the work is done. */
const whilePinging = async <Result>(work: Promise<Result>): Promise<Result> => {
  const done = new AbortController();
  const settled = work.finally(() => done.abort());
  settled.catch(() => undefined);
  while (!done.signal.aborted) await lab.exec('phone', 'ping', '-c', '1', '-W', '1', '10.45.0.1');
  return settled;
};
const capture = (...argv: string[]): Promise<Outcome> => xiyou(['capture', '--lab', lab.lab, ...argv]);

test('capture -w: one pcapng of several nodes, with interfaces called node:interface', async (t) => {
  const file = path.join(scratch, 'capture.pcapng');
  const { exitCode, stderr } = await whilePinging(capture('phone', 'enb:s1u', 'sgw', '-c', '60', '-w', file));
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /^60 frames captured in 3 nodes, 0 dropped by the kernel$/mu);
  const names = await interfacesOf(file);
  for (const name of ['phone:eth0', 'enb:s1u', 'sgw:s1u', 'sgw:s5'])
    t.true(names.includes(name), `${name} in ${names.join(' ')}`);
  t.false(names.includes('enb:radio'));
  const { stdout } = await execa('tshark', ['-n', '-r', file, '-Y', 'gtp && icmp', '-T', 'fields', '-e', 'gtp.teid']);
  t.regex(stdout, /0x00013001/u);
});

test('capture -w -: the pcapng goes to standard output, for Wireshark', async (t) => {
  // As it is typed: tshark takes a pipe, and Node's own pipes are sockets.
  const line = 'set -o pipefail; "$@" | tshark -n -r - -T fields -e frame.interface_name';
  const { stdout } = await whilePinging(
    execa('bash', ['-c', line, 'bash', ...commandOf(['capture', '--lab', lab.lab, 'enb', '-c', '10', '-w', '-'])]),
  );
  t.is(stdout.trim().split('\n').length, 10);
  t.regex(stdout, /^enb:s1u$/mu);
});

test('capture: lines for people until Ctrl-C', async (t) => {
  const terminal = person(t, commandOf(['capture', '--lab', lab.lab, 'phone']));
  const pinging = lab.exec('phone', 'ping', '-c', '20', '-i', '0.2', '-W', '1', '10.45.0.1');
  await terminal.sees(/\d\d:\d\d:\d\d\.\d{9} phone:eth0 > .*ICMP/iu);
  terminal.type('\u0003');
  t.is(await terminal.ended, 0);
  t.regex(terminal.shown(), /\d+ frames? captured in 1 node, 0 dropped by the kernel/u);
  await pinging;
});

test('capture: an interface that is not there', async (t) => {
  const { exitCode, stderr } = await lab.run('capture', 'pgw:sgj', '-c', '1');
  t.is(exitCode, 2);
  t.regex(stderr, /^error\[unknown-interface\]: pgw has no interface "sgj"/mu);
  t.regex(stderr, /what to do: .*sgi/u);
});
