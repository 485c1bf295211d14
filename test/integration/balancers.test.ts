/**
 * Two balancers with one address, under a bounded load: everything that a person does to them, and everything that happens
 * to them. Judges: customers who count their orders, curl, openssl, ip and vtysh.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import type { BalancedServer, Balancer } from '../../src/engine/balancers.ts';
import { projectDirectory } from '../../src/engine/paths.ts';
import { askHaproxy } from '../../src/kernel/haproxy.ts';
import { Customers, failures, nodeProgram, taken } from '../helpers/customers.ts';
import { TestLab, eventOf, start, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

/**
 * The lesson with patient BFD: on a machine that has no time for three packets a body seems to be gone, and connections through
 * it are broken. Nothing here is about how fast a silent link is noticed. And what was killed stays dead, to be looked at.
 */
const testLesson = readFileSync(new URL('../../topologies/balancers.yml', import.meta.url), 'utf8')
  .replaceAll('bfd: {}', 'bfd: {interval: 2000}')
  .replace('defaults:', 'restart: never\ndefaults:');
const lab = new TestLab('balancers', testLesson);
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', () => lab.release());
test.afterEach.always('the lab is as its file says', async () => {
  lab.write(testLesson);
  await lab.up();
});

const ORDER = 'https://order.tang.example/purchaseOrder';
const AGAIN = 'https://order.tang.example:8443/purchaseOrder';
const bodies = ['wukong1', 'wukong2'] as const;
const slowReader = path.join(projectDirectory, 'test/helpers/slow-reader.ts');
const httpsServer = path.join(projectDirectory, 'test/helpers/https-server.ts');
/** The address of each balancer at the gate. */
const via: Readonly<Record<string, string>> = { wukong1: '10.0.1.2', wukong2: '10.0.2.2' };

const balancers = async (): Promise<readonly Balancer[]> => {
  const { stdout, stderr } = await lab.run('balancer', '--json');
  if (stderr !== '') throw new Error(stderr);
  return (JSON.parse(stdout) as { readonly balancers: readonly Balancer[] }).balancers;
};
const servers = async (frontend: string, name: string): Promise<readonly BalancedServer[]> =>
  (await balancers()).flatMap((one) =>
    one.servers.filter((server) => server.frontend === frontend && server.server === name),
  );
/** Every balancer has the server in this state, in the frontend of the orders. */
const becomes = (name: string, state: string): Promise<unknown> =>
  poll(`${name} is ${state}`, async () => {
    const found = await servers('order', name);
    return found.length > 0 && found.every((server) => server.state === state);
  });

/** Next hops of the announced address at the gate; empty where it knows no way. */
const hops = async (): Promise<string[]> => {
  const { stdout } = await lab.exec('gate', 'ip', '-json', 'route', 'show', '203.0.113.10/32');
  const [route] = JSON.parse(stdout === '' ? '[]' : stdout) as readonly {
    readonly gateway?: string;
    readonly nexthops?: readonly { readonly gateway: string }[];
  }[];
  const found = route?.nexthops?.map(({ gateway }) => gateway) ?? (route?.gateway === undefined ? [] : [route.gateway]);
  return bodies.filter((body) => found.includes(via[body] ?? ''));
};
const reachedBy = (...wanted: readonly string[]): Promise<unknown> =>
  poll(`the gate knows ${wanted.join(' and ') || 'no way'}`, async () => (await hops()).join() === wanted.join());

const daemon = async (name: string): Promise<number> => {
  const pid = (await lab.daemons()).get(name) ?? -1;
  if (pid < 2) throw new Error(`${name} does not run`);
  return pid;
};

/** What happened while the customers were there, for the log; and that it did not concern those who came afterwards. */
const report = (t: ExecutionContext, what: string, orders: Awaited<ReturnType<Customers['close']>>, after: number) => {
  const failed = failures(orders);
  t.log(`${what}: ${orders.length} orders, ${failed.length} failed`, taken(orders));
  const late = failed.filter(({ begun }) => begun > after);
  t.deepEqual(late, [], 'orders that were begun afterwards and failed');
  t.true(orders.some(({ begun }) => begun > after));
};

test.serial('connections are shared out by weight, by both balancers', async (t) => {
  const before = await balancers();
  const customers = new Customers(lab, 'world', ORDER, { workers: 3, between: 0, most: 90 });
  await customers.more(90, 0);
  const orders = await customers.close();
  const shares = taken(orders);
  t.log(shares);
  t.deepEqual(failures(orders), []);
  // Two of three; each balancer counts for itself, and is somewhere in its round when it begins and when it ends.
  t.true(Math.abs((shares['bajie'] ?? 0) - 60) <= 4, JSON.stringify(shares));
  t.is(shares['horse'], undefined, 'a backup has nothing to do');
  for (const [index, now] of (await balancers()).entries()) {
    const total = (list: readonly BalancedServer[] | undefined): number =>
      (list ?? []).reduce((sum, server) => sum + server.total, 0);
    t.true(total(now.servers) > total(before[index]?.servers), `${now.node} had some of them`);
  }
});

test.serial('who sticks comes to the same server, whichever balancer he comes to', async (t) => {
  const sources = [129, 130, 131, 132].map((last) => `198.51.100.${last}`);
  /** Address -> whoever took orders of it. */
  const orders = async (most: number): Promise<Record<string, string>> => {
    const found = await new Customers(lab, 'world', AGAIN, { workers: 1, between: 0, most, sources }).all();
    t.deepEqual(failures(found), []);
    return Object.fromEntries(
      sources.map((source) => [
        source,
        Object.keys(taken(found.filter((order) => order.source === source))).join(' and '),
      ]),
    );
  };
  const first = await orders(4);
  const table = (body: string): Promise<string[] | undefined> =>
    askHaproxy(`${lab.directory}/nodes/${body}/root/run/haproxy.sock`, ['show table again-servers']);
  await poll('each balancer knows all of them', async () =>
    (await Promise.all(bodies.map(table))).every((answer) =>
      sources.every((source) => answer?.[0]?.includes(`::ffff:${source} `)),
    ),
  );
  const before = await balancers();
  t.deepEqual(await orders(32), first);
  const total = (list: readonly BalancedServer[] | undefined): number =>
    (list ?? []).filter(({ frontend }) => frontend === 'again').reduce((sum, server) => sum + server.total, 0);
  for (const [index, now] of (await balancers()).entries())
    t.true(total(now.servers) > total(before[index]?.servers), `${now.node} had some of them`);
  // A drained server keeps nobody, though they stick.
  t.is((await lab.run('balancer', 'drain', 'bajie')).exitCode, 0);
  const away = Object.fromEntries(sources.map((source) => [source, 'shaseng']));
  t.deepEqual(await orders(8), away);
  t.is((await lab.run('balancer', 'ready', 'bajie')).exitCode, 0);
  t.deepEqual(await orders(8), away, 'and there they stay');
});

test.serial('a check believes no certificate but one of the own authority for the right name', async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'xiyou-certificates-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const made = async (name: string, subject: string, ...signer: readonly string[]): Promise<[string, string]> => {
    const [cert, key] = [path.join(directory, `${name}.crt`), path.join(directory, `${name}.key`)];
    await execa('openssl', [
      ...['req', '-x509', ...signer, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${subject}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', key, '-out', cert],
    ]);
    return [cert, key];
  };
  const own = ['-CA', `${lab.directory}/pki/ca.crt`, '-CAkey', `${lab.directory}/pki/ca.key`];
  const right = await made('right', 'order.tang.example', ...own);
  /** Somebody at a port of the horse, while `work` looks at him. */
  const with_ = async (files: readonly [string, string], name: string, work: () => Promise<void>): Promise<void> => {
    const until = path.join(directory, `${name}.until`);
    const server = start([
      ...['exec', '--lab', lab.lab, 'horse', '--', nodeProgram, httpsServer, '4443', ...files, until],
    ]);
    try {
      await poll(`${name} listens`, () => server.printed().includes('listening'));
      await work();
    } finally {
      await writeFile(until, '');
      await server.outcome;
    }
    await becomes('stranger', 'DOWN');
  };
  await with_(right, 'first', async () => {
    lab.write(
      testLesson.replaceAll(
        /( +)(- \{node: shaseng, port: 443\})/gu,
        '$1$2\n$1- {name: stranger, address: 10.1.0.5, port: 4443, backup: true}',
      ),
    );
    await lab.up();
    await becomes('stranger', 'UP');
  });
  const cases = [
    { what: 'another authority', check: 'L6RSP', files: await made('foreign', 'order.tang.example') },
    { what: 'another name', check: 'L6RSP', files: await made('other', 'tea.tang.example', ...own) },
    { what: 'as it should be', check: 'L7OK', files: right },
  ] as const;
  for (const { what, check, files } of cases)
    await with_(files, what.replaceAll(' ', '-'), async () => {
      const found = await poll(`the checks say ${check} of ${what}`, async () => {
        const all = await servers('order', 'stranger');
        return all.length === 2 && all.every((server) => server.check === check) ? all : undefined;
      });
      t.log(`${what}: ${found[0]?.check ?? ''} ${found[0]?.detail ?? ''}`);
      if (check === 'L7OK') await becomes('stranger', 'UP');
      else t.deepEqual([...new Set((await servers('order', 'stranger')).map(({ state }) => state))], ['DOWN'], what);
      // openssl is of the same opinion.
      const judge = await lab.exec(
        'wukong1',
        ...['openssl', 's_client', '-connect', '10.1.0.5:4443', '-servername', 'order.tang.example', '-brief'],
        ...['-CAfile', '/etc/xiyou/ca.crt', '-verify_hostname', 'order.tang.example', '-verify_return_error'],
      );
      t.is(judge.exitCode === 0, check === 'L7OK', `${what}: ${judge.stderr}`);
    });
});

test.serial('a server is drained and brought back under load, and nobody notices', async (t) => {
  const customers = new Customers(lab, 'world', ORDER);
  await customers.more(20);
  const drained = await lab.run('balancer', 'drain', 'bajie', '--wait', '60');
  t.is(drained.exitCode, 0, drained.stderr);
  const away = Date.now();
  t.deepEqual(
    (await servers('order', 'bajie')).map(({ state, sessions }) => [state, sessions]),
    [
      ['DRAIN', 0],
      ['DRAIN', 0],
    ],
  );
  await customers.more(30);
  const back = Date.now();
  t.is((await lab.run('balancer', 'weight', 'order/bajie', '4')).exitCode, 0);
  t.is((await lab.run('balancer', 'ready', 'bajie')).exitCode, 0);
  t.deepEqual(
    (await servers('order', 'bajie')).map(({ weight, configured }) => [weight, configured]),
    [
      [4, 2],
      [4, 2],
    ],
  );
  const heavier = Date.now();
  await customers.more(60, heavier);
  const orders = await customers.close();
  report(t, 'drained', orders, 0);
  const between = orders.filter(({ begun }) => begun > away && begun < back);
  t.deepEqual(Object.keys(taken(between)), ['shaseng'], 'nobody came to the drained one');
  const last = taken(orders.filter(({ begun }) => begun > heavier));
  t.log('with weights 4 and 1', last);
  t.true((last['bajie'] ?? 0) > 2.5 * (last['shaseng'] ?? 0), JSON.stringify(last));
});

test.serial('a server dies under load, by its process and with its machine', async (t) => {
  const customers = new Customers(lab, 'world', ORDER);
  await customers.more(20);
  process.kill(await daemon('shaseng order'), 'SIGKILL');
  await becomes('shaseng', 'DOWN');
  const noticed = Date.now();
  await customers.more(30, noticed);
  const stopped = Date.now();
  t.is((await lab.run('node', 'stop', 'bajie', '--kill')).exitCode, 0);
  await becomes('bajie', 'DOWN');
  const second = Date.now();
  await customers.more(30, second);
  const orders = await customers.close();
  report(
    t,
    'process killed',
    orders.filter(({ begun }) => begun < stopped),
    noticed,
  );
  report(
    t,
    'machine killed',
    orders.filter(({ begun }) => begun >= stopped),
    second,
  );
  const slowest = Math.max(...orders.map(({ begun, ended }) => ended - begun));
  t.log(`the slowest order took ${slowest} ms`);
  t.deepEqual(
    new Set(orders.filter(({ begun }) => begun > second).map(({ server }) => server)),
    new Set(['horse']),
    'the backup takes them when all others are down',
  );
});

test.serial('a changed list of servers is read again under load, and no connection is lost', async (t) => {
  const octets = 20_000_000;
  const withFiles = testLesson
    .replaceAll(
      /https: \{names: \[order\.tang\.example\]\}/gu,
      '$&, processes: [{name: files, argv: [python3, -m, http.server, --directory, /var/tmp, 8000]}]',
    )
    .replace(/^( +)- name: again$/mu, '$1- {name: files, port: 8000, backend: [{node: bajie, port: 8000}]}\n$&');
  lab.write(withFiles);
  await lab.up();
  t.is((await lab.exec('bajie', 'sh', '-c', `head -c ${octets} /dev/urandom > /var/tmp/scripture`)).exitCode, 0);
  const daemons = await lab.daemons();
  const customers = new Customers(lab, 'world', ORDER);
  const directory = await mkdtemp(path.join(tmpdir(), 'xiyou-download-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const until = path.join(directory, 'until');
  const url = 'http://203.0.113.10:8000/scripture';
  const download = start(['exec', '--lab', lab.lab, 'world', '--', nodeProgram, slowReader, url, until]);
  await poll('the download has begun', () => download.printed().includes('begun'));
  await customers.more(20);
  lab.write(withFiles.replace('{node: horse, port: 443, backup: true}', '{node: horse, port: 443, weight: 2}'));
  const events = await lab.up();
  t.is(eventOf(events, 'plan')?.missing, 2, 'a file of each balancer');
  t.is(eventOf(events, 'remake'), undefined);
  const first = Date.now();
  t.deepEqual((await lab.run('balancer', 'reload')).exitCode, 0);
  const second = Date.now();
  await customers.more(40, second);
  const orders = await customers.close();
  report(t, 'read again twice', orders, 0);
  t.true((taken(orders.filter(({ begun }) => begun > first))['horse'] ?? 0) > 0, 'the new list holds');
  t.deepEqual([...(await lab.daemons())], [...daemons], 'the masters are the processes that they were');
  await writeFile(until, '');
  const { stdout, stderr } = await download.outcome;
  const there = (await lab.exec('bajie', 'sha256sum', '/var/tmp/scripture')).stdout.split(' ')[0] ?? '';
  t.is(stdout, `begun\n${octets} ${there}\n`, stderr);
  t.deepEqual(await hops(), [...bodies]);
});

test.serial(
  'a balancer is struck down under load: the address is withdrawn, and everybody comes to the other',
  async (t) => {
    const customers = new Customers(lab, 'world', ORDER);
    await customers.more(20);
    // With a time for each change of a route, from the kernel that decides.
    const monitor = start(['exec', '--lab', lab.lab, 'gate', '--', 'timeout', '100', 'ip', '-ts', 'monitor', 'route']);
    const sign = ['blackhole', '192.0.2.77/32'];
    await poll('the monitor hears of routes', async () => {
      await lab.exec('gate', 'ip', 'route', 'replace', ...sign);
      await lab.exec('gate', 'ip', 'route', 'del', ...sign);
      return monitor.printed().includes('192.0.2.77');
    });
    const pid = await daemon('wukong1 haproxy');
    const killed = Date.now();
    process.kill(pid, 'SIGKILL');
    const [, at = ''] = await poll(
      'the gate knows the other way only',
      () => /\[([\dT:.-]+)\] 203\.0\.113\.10 via 10\.0\.2\.2/u.exec(monitor.printed()) ?? undefined,
    );
    const withdrawn = Date.parse(at);
    t.log(`withdrawn ${withdrawn - killed} ms after the kill`);
    await customers.more(40, withdrawn);
    const orders = await customers.close();
    report(t, `killed (window of ${withdrawn - killed} ms)`, orders, withdrawn);
    // A body that comes back takes its share of what is open, too: a connection that began at the other one ends.
    const returning = new Customers(lab, 'world', ORDER);
    await returning.more(20);
    await lab.up();
    await reachedBy(...bodies);
    const returned = Date.now();
    await returning.more(30, returned);
    report(t, 'come back', await returning.close(), returned);
    t.true((await lab.exec('wukong1', 'ip', 'addr', 'show', 'lo')).stdout.includes('203.0.113.10'));
  },
);

test.serial('who has no server withdraws the address, and where nobody has one there is no way', async (t) => {
  t.is((await lab.run('link', 'wukong1', 'stable', 'down')).exitCode, 0);
  await reachedBy('wukong2');
  t.is((await lab.run('link', 'wukong1', 'stable', 'up')).exitCode, 0);
  await reachedBy(...bodies);
  for (const name of ['bajie', 'shaseng', 'horse']) t.is((await lab.run('balancer', 'maint', name)).exitCode, 0);
  await reachedBy();
  const refused = await lab.exec('world', 'curl', '--silent', '--show-error', '--max-time', '20', ORDER);
  t.is(refused.exitCode, 7, refused.stderr);
  const shown = await lab.run('vpc');
  t.regex(shown.stdout, /balancer wukong1, 203\.0\.113\.10 withdrawn\n/u);
  t.regex(shown.stdout, /order +shaseng +10\.1\.0\.\d+:443 +MAINT/u);
  for (const name of ['bajie', 'shaseng', 'horse']) t.is((await lab.run('balancer', 'ready', name)).exitCode, 0);
  await reachedBy(...bodies);
});

test.serial('without its watcher an address ends by itself, and comes back with it', async (t) => {
  const watcher = await daemon('wukong1 announce');
  // One that hangs is worse than one that ended: nobody starts it anew.
  process.kill(watcher, 'SIGSTOP');
  try {
    await reachedBy('wukong2');
    t.pass();
  } finally {
    process.kill(watcher, 'SIGCONT');
  }
  await reachedBy(...bodies);
});

test.serial(
  'the passport of an order names both balancers as holders of the address, and explains everything',
  async (t) => {
    // A machine with too much to do loses frames of a capture, and then nobody can say that all were seen.
    const { exitCode, stdout, stderr } = await poll(
      'a capture that lost nothing',
      async () => {
        const outcome = await xiyou(['trace', lab.lab]);
        return outcome.stdout.includes('the capture itself lost frames') ? undefined : outcome;
      },
      90,
    );
    t.is(exitCode, 0, stderr);
    t.regex(stdout, /203\.0\.113\.10 \(wukong1, wukong2\)/u);
    t.regex(stdout, /route 203\.0\.113\.10\/32 via 10\.0\.\d\.2 .*learned by BGP, one of 2 next hops/u);
    t.regex(stdout, /the log of wukong\d pairs the two connections/u);
    t.regex(stdout, /every packet arrived, and every change is explained/u);
    t.deepEqual(await lab.failedChecks(), []);
  },
);

test.serial('down leaves nothing, workers of old masters neither', async (t) => {
  const busy = lab.exec('world', 'timeout', '100', 'openssl', 's_client', '-connect', '203.0.113.10:443', '-quiet');
  const open = async (): Promise<number> =>
    (await balancers()).flatMap((one) => one.servers).reduce((sum, { sessions }) => sum + sessions, 0);
  await poll('a connection is open', async () => (await open()) > 0);
  t.is((await lab.run('balancer', 'reload')).exitCode, 0);
  t.is((await lab.down()).exitCode, 0);
  await busy;
  t.deepEqual(await lab.left(), []);
});
