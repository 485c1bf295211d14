/**
 * What ends by itself comes back by itself: every kind of daemon of a small lab is killed, one after the other and then all
 * of them, and the lab's checks pass again without `up`. What ends on purpose stays ended, and `down` leaves nothing, also in
 * the middle of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { KeeperRow, NodeRow, ProcessRow } from '../../src/engine/ps.ts';
import { TestLab, eventOf, testLab } from '../helpers/lab.ts';
import { moments, randomFrom, seed } from '../helpers/random.ts';
import { poll } from '../helpers/netns.ts';
import { strays } from '../helpers/strays.ts';

/** A process of a file that ends with the exit code that somebody writes into a file, and with a file that stays again and again. */
const obedient = `[sh, -c, 'while ! test -s /run/exit; do sleep 0.05; done; code=$(cat /run/exit); test -e /run/always || rm /run/exit; exit $code']`;

const text = `
name: keeper
networks: {hall: {vni: 5001, prefix4: 10.0.1.0/24}}
hosts: {shop.test: 10.0.1.20}
defaults: {router: {ospf: {}, bfd: {}}, host: {trust: true}}
nodes:
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor}
  porter: {kind: host, dhcp: {}}
  scribe: {kind: host}
  balancer:
    kind: host
    haproxy: {frontends: [{name: order, port: 443, check: https, host: shop.test, backend: [{node: shop, port: 443}]}]}
  shop: {kind: host, https: {names: [shop.test]}}
  monk: {kind: host}
  r1: {kind: router, asn: 65001, bgp: {networks: [10.1.0.0/16]}}
  r2: {kind: router, asn: 65001, bgp: {}}
  far: {kind: router, asn: 65002, bgp: {networks: [198.51.100.0/24]}}
  temple: {kind: host}
  worker:
    kind: host
    restart: on-failure
    processes: [{name: work, argv: ${obedient}}]
  idler:
    kind: host
    restart: never
    processes:
      - {name: sleeper, argv: [sleep, inf]}
      - {name: work, argv: ${obedient}, restart: always}
links:
  - {endpoints: [hv1, hv2], prefix4: 172.31.0.0/30, mtu: 1600}
  - {endpoints: [{node: porter, addresses: [10.0.1.2/24]}, hv1], network: hall}
  - {endpoints: [{node: scribe, addresses: [10.0.1.11/24], dhcp: true}, hv2], network: hall}
  - {endpoints: [{node: balancer, addresses: [10.0.1.20/24]}, hv1], network: hall}
  - {endpoints: [{node: shop, addresses: [10.0.1.21/24]}, hv2], network: hall}
  - {endpoints: [monk, r1], prefix4: 10.1.0.0/24}
  - [r1, r2]
  - [r2, far]
  - {endpoints: [far, temple], prefix4: 198.51.100.0/25}
  - {endpoints: [worker, idler], prefix4: 10.9.0.0/30}
checks:
  - {name: neighbours, at: r1, protocol: ospf, state: full, neighbors: [r2]}
  - {name: watched, at: r2, protocol: bfd, state: up, neighbors: [r1, far]}
  - {name: learned, at: r1, has: 198.51.100.0/24, as-path: [65002]}
  - {name: the monk reaches the temple, from: monk, to: temple}
  - {name: a machine with a lease, from: scribe, to: porter}
  - name: an order is taken
    from: scribe
    run: [curl, --silent, --show-error, --fail-with-body, --max-time, 5, --cacert, /etc/xiyou/ca.crt, --header, "Content-Type: application/json", --data, '{"order":{"date":"2018-07-01","className":"a","Author":"b","price":"68"}}', "https://shop.test/purchaseOrder"]
    expect: '"id":'
`;

const lab = new TestLab('keeper', text);
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', () => lab.release());

interface Seen {
  readonly keeper: KeeperRow;
  readonly nodes: readonly NodeRow[];
}
const look = async (of = lab): Promise<Seen> => JSON.parse((await of.run('ps', '--json')).stdout) as Seen;
const rowOf = async (daemon: string, of = lab): Promise<ProcessRow> => {
  const { nodes } = await look(of);
  const [node, name] = daemon.split(' ');
  const row = nodes.find((one) => one.node === node)?.processes.find((one) => one.name === name);
  if (row === undefined) throw new Error(`there is no ${daemon}`);
  return row;
};
const log = (of = lab): string => readFileSync(`${of.directory}/keeper.log`, 'utf8');

/** Seconds that anything may take on a busy machine. */
const patience = 90;

/** Kills daemons, all at once, and waits until each runs again and the checks pass; both in seconds from the kill. */
const comesBack = async (t: ExecutionContext, daemons: readonly string[], of = lab): Promise<void> => {
  const before = await of.daemons();
  const began = performance.now();
  for (const daemon of daemons) {
    const pid = before.get(daemon) ?? -1;
    t.true(pid > 0, `${daemon} runs`);
    process.kill(pid, 'SIGKILL');
  }
  await poll(
    `${daemons.join(', ')} run again`,
    async () => {
      const now = await of.daemons();
      return daemons.every((daemon) => (now.get(daemon) ?? -1) > 0 && now.get(daemon) !== before.get(daemon));
    },
    patience,
  );
  const runs = performance.now() - began;
  let failed: string[] = [];
  await poll('the checks pass', async () => (failed = await of.failedChecks()).length === 0, patience).catch(() =>
    t.fail(`${daemons.join(', ')}: ${failed.join('; ')}\n${log(of)}`),
  );
  const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
  t.log(
    `${daemons.length > 3 ? `${daemons.length} daemons` : daemons.join(', ')}: ` +
      `run again after ${seconds(runs)} s, checks pass after ${seconds(performance.now() - began)} s`,
  );
  t.deepEqual(strays(of.lab), [], 'no daemon runs twice');
};

test.serial('a lab with daemons has a keeper, which takes no processor time', async (t) => {
  const { keeper } = await look();
  t.is(keeper.state, 'running');
  await poll(
    'the keeper has begun',
    () => existsSync(`${lab.directory}/keeper.log`) && log().includes('keeper of lab'),
  );
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${keeper.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  await lab.failedChecks();
  const [before, began] = [ticks(), performance.now()];
  t.deepEqual(await lab.failedChecks(), []);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  t.log(`${ticks() - before} ticks of 10 ms in ${seconds} s; ${Math.round((keeper.memory ?? 0) / 1024)} MB`);
  t.true(ticks() - before < 10);
});

for (const daemon of [
  'hv1 ovs-vswitchd',
  'hv2 ovsdb-server',
  'balancer haproxy',
  'porter dnsmasq',
  'r1 bgpd',
  'r2 bfdd',
  'r2 ospfd',
  'far zebra',
  'shop order',
])
  test.serial(`${daemon}, killed, comes back`, async (t) => {
    await comesBack(t, [daemon]);
    const { restarts } = await rowOf(daemon);
    t.like(restarts, { count: 1, how: 'SIGKILL' });
  });

test.serial('all daemons, killed at once, come back', async (t) => {
  const all = [...(await lab.daemons()).keys()].filter(
    (name) => !name.startsWith('idler ') && !name.startsWith('worker '),
  );
  await comesBack(t, all);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0, 'nothing is left to do for up');
});

test.serial('the init of a node, killed, takes all with it, and all comes back', async (t) => {
  const before = await lab.daemons();
  const init = /^PPid:\s+(\d+)$/mu.exec(readFileSync(`/proc/${before.get('r1 zebra')}/status`, 'utf8'))?.[1];
  process.kill(Number(init), 'SIGKILL');
  const own = [...before.keys()].filter((name) => name.startsWith('r1 '));
  t.true(own.length >= 4);
  await poll(
    'all of r1 runs again',
    async () => {
      const now = await lab.daemons();
      return own.every((name) => (now.get(name) ?? -1) > 0 && now.get(name) !== before.get(name));
    },
    patience,
  );
  await poll('the checks pass', async () => (await lab.failedChecks()).length === 0, patience);
  t.deepEqual(strays(lab.lab), []);
});

const tell = (node: string, command: string) => lab.exec(node, 'sh', '-c', command);

test.serial('on-failure: a good end is an end, a bad one is not', async (t) => {
  await tell('worker', 'echo 3 > /run/exit');
  const again = await poll(
    'it runs again',
    async () => {
      const row = await rowOf('worker work');
      return row.state === 'running' && row.restarts !== undefined ? row : undefined;
    },
    patience,
  );
  // Linux before 6.15 does not tell who is not its parent how a process ended.
  const tells = again.restarts?.how !== 'unknown';
  if (tells) t.is(again.restarts?.how, 'exit 3');
  else return t.log('this kernel does not tell how a process ended');
  await tell('worker', 'echo 0 > /run/exit');
  const ended = await poll('its end is noted', async () => (await rowOf('worker work')).ended, patience);
  t.is(ended.how, 'exit 0');
  t.is(ended.again, undefined);
  // The keeper has looked since: somebody else has come back.
  await comesBack(t, ['shop order']);
  t.is((await rowOf('worker work')).state, 'ended');
  t.regex(log(), /worker work .* ended: exit 0; it stays ended/u);
});

test.serial('never: what ended stays ended, and its neighbour of another mind comes back', async (t) => {
  process.kill((await lab.daemons()).get('idler sleeper') ?? -1, 'SIGKILL');
  await comesBack(t, ['idler work']);
  const { state, ended } = await rowOf('idler sleeper');
  t.is(state, 'ended');
  t.is(ended?.how, 'SIGKILL');
});

test.serial('what ends again and again waits longer and longer, and the lab is free meanwhile', async (t) => {
  await tell('idler', 'touch /run/always; echo 7 > /run/exit');
  await poll('it waits four seconds', () => /idler work .* ended: .*; started again in 4 s/u.test(log()), patience);
  const { ended } = await rowOf('idler work');
  t.true(ended?.again === undefined || Date.parse(ended.again) > Date.parse(ended.at));
  t.is((await lab.run('node', 'stop', 'worker')).exitCode, 0, 'nobody holds the lock all the time');
  await tell('idler', 'rm /run/always /run/exit');
  await poll('it runs', async () => (await rowOf('idler work')).state === 'running', patience);
});

test.serial('what was stopped stays stopped, until it is started', async (t) => {
  t.is((await lab.run('node', 'stop', 'balancer', '--kill')).exitCode, 0);
  // The keeper has looked since: another one has come back.
  const before = (await lab.daemons()).get('porter dnsmasq') ?? -1;
  process.kill(before, 'SIGKILL');
  await poll(
    'dnsmasq runs again',
    async () => {
      const now = (await lab.daemons()).get('porter dnsmasq') ?? -1;
      return now > 0 && now !== before;
    },
    patience,
  );
  const rows = (await look()).nodes;
  t.is(rows.find(({ node }) => node === 'balancer')?.state, 'stopped');
  t.deepEqual(rows.find(({ node }) => node === 'balancer')?.processes, []);
  for (const node of ['balancer', 'worker']) t.is((await lab.run('node', 'start', node)).exitCode, 0);
  await comesBack(t, ['balancer haproxy']);
});

test.serial('a keeper that was killed is missed, and up starts another', async (t) => {
  t.is(eventOf(await lab.up(), 'plan')?.missing, 1, 'up starts what the policy leaves ended');
  const { keeper } = await look();
  process.kill(keeper.pid ?? -1, 'SIGKILL');
  await poll('it has ended', async () => (await look()).keeper.state === 'ended');
  t.regex((await lab.run('ps')).stdout, /^keeper: not running/mu);
  process.kill((await lab.daemons()).get('shop order') ?? -1, 'SIGKILL');
  await poll('nobody brings it back', async () => (await lab.daemons()).get('shop order') === -1);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 1, 'up does');
  t.is((await look()).keeper.state, 'running');
  await comesBack(t, ['shop order']);
});

test.serial('in the end all goes away', async (t) => {
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

test.serial('down in the middle of a restart leaves nothing', async (t) => {
  t.log(`seed ${seed}`);
  for (const moment of moments(randomFrom(seed), 6, 0, 700)) {
    const small = testLab(t, 'ospf');
    await small.up();
    const pids = [...(await small.daemons()).values()];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    // The moment is the point of this test; whatever the machine makes of it has to end well.
    await new Promise((resolve) => setTimeout(resolve, moment));
    const down = await small.down();
    t.is(down.exitCode, 0, `after ${moment} ms, seed ${seed}: ${down.stderr}`);
    t.deepEqual(await small.left(), [], `after ${moment} ms, seed ${seed}`);
  }
});

test.serial('down after the keeper was killed leaves nothing', async (t) => {
  const small = testLab(t, 'ospf');
  await small.up();
  process.kill((await look(small)).keeper.pid ?? -1, 'SIGKILL');
  t.is((await small.down()).exitCode, 0);
  t.deepEqual(await small.left(), []);
});

test.serial('a lab in which nothing could be brought back has no keeper', async (t) => {
  const plain = testLab(t, 'two-hosts');
  await plain.up();
  t.is((await look(plain)).keeper.state, 'none');
  t.false(existsSync(`${plain.directory}/keeper.log`));

  const asked = testLab(t, 'ospf');
  await asked.up('--no-restart');
  t.is((await look(asked)).keeper.state, 'off');
  await asked.up();
  t.is((await look(asked)).keeper.state, 'running');
  asked.write(`restart: never\n${readFileSync(asked.file, 'utf8')}`);
  await asked.up();
  t.is((await look(asked)).keeper.state, 'none', 'the file may say so too');
  t.is((await asked.down()).exitCode, 0);
  t.deepEqual(await asked.left(), []);
});
