/** A lab with an LTE network: what a person does with a phone, and what becomes of it when functions are killed. */
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import type { Convergence } from '../../src/engine/converge.ts';
import { findTopologyFile } from '../../src/engine/load.ts';
import { TestLab, eventOf } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

/** The lesson, with a DNS server that the network tells phones of. */
const text = readFileSync(findTopologyFile('lte'), 'utf8').replace('{role: pgw}', '{role: pgw, dns: [192.0.2.53]}');
const lab = new TestLab('lte', text);
const server = '203.0.113.2';
// Without a keeper: here a function that was killed stays ended until `up`.
test.before('the lab is up', async () => {
  await lab.up('--no-restart');
});
test.after.always('the lab is gone', () => lab.release());

const ue = (verb: string, phone = 'phone1') => lab.exec(phone, 'ue', verb);
const resolvers = async (phone: string): Promise<string> => (await lab.exec(phone, 'cat', '/etc/resolv.conf')).stdout;
const reaches = async (phone: string): Promise<boolean> =>
  (await lab.exec(phone, 'ping', '-c', '1', '-W', '1', server)).exitCode === 0;

/** Ends a function as a crash does, and has `up` repair the lab; nothing but its process is to be made anew. */
const killAndRepair = async (t: ExecutionContext, node: string): Promise<void> => {
  const pid = (await lab.daemons()).get(`${node} epc`);
  if (pid === undefined || pid < 0) throw new Error(`${node} does not run`);
  process.kill(pid, 'SIGKILL');
  await poll(`${node} has ended`, async () => (await lab.daemons()).get(`${node} epc`) === -1);
  const events = await lab.up('--no-restart');
  t.is(eventOf(events, 'plan')?.missing, 1);
  t.is(eventOf(await lab.up('--no-restart'), 'plan')?.missing, 0);
};

test.serial('phones attach when the lab comes up, and each has what the network gave it', async (t) => {
  const { stdout } = await ue('status');
  t.regex(stdout, /^registered$/mu);
  t.regex(stdout, /^ {2}IMSI {5}460000000000001$/mu);
  const addresses = await Promise.all(
    ['phone1', 'phone2'].map(
      async (phone) => (await lab.exec(phone, 'ip', '-4', '-br', 'address', 'show', 'eth0')).stdout,
    ),
  );
  t.is(new Set(addresses.map((text) => / (10\.45\.\S+)\/32/u.exec(text)?.[1])).size, 2, addresses.join(''));
  const route = (await lab.exec('phone2', 'ip', 'route', 'show', 'default')).stdout;
  t.regex(
    route,
    /^default via 169\.254\.1\.4 dev eth0 proto static src 10\.45\.0\.\d+ onlink/u,
    'by way of the base station that it names',
  );
  t.true(await reaches('phone1'));
  t.true(await reaches('phone2'));
  t.false(
    (await lab.exec('server', 'cat', '/etc/hosts')).stdout.includes('169.254.'),
    'nobody is called by a radio address',
  );
});

test.serial('ue off, on and detach: the phone leaves and comes back', async (t) => {
  const off = await ue('off');
  t.is(off.exitCode, 0, off.stderr);
  t.regex(off.stdout, /^detached, 10\.45\.0\.\d+ is gone$/mu);
  t.is((await lab.exec('phone1', 'ip', 'route', 'show', 'default')).stdout, '');
  t.notRegex(await resolvers('phone1'), /nameserver/u);
  t.is(await resolvers('phone2'), 'nameserver 192.0.2.53\n');
  t.false(await reaches('phone1'));
  t.regex((await ue('status')).stdout, /^off$/mu);
  t.true(await reaches('phone2'), 'the other phone stays');
  const on = await ue('on');
  t.is(on.exitCode, 0, on.stderr);
  t.regex(on.stdout, /^attached in \d+ ms$/mu);
  t.true(await reaches('phone1'));
  t.is((await ue('detach')).exitCode, 0);
  t.regex((await ue('status')).stdout, /^deregistered$/mu);
  t.is((await ue('on')).exitCode, 0);
  t.true(await reaches('phone1'));
  const wrong = await ue('fly');
  t.is(wrong.exitCode, 1);
  t.regex(wrong.stderr, /^Usage: ue on/mu);
  t.not((await lab.exec('mme', 'ue', 'status')).exitCode, 0, 'only phones have the command');
});

test.serial('a phone that is killed attaches anew when up has repaired it', async (t) => {
  await killAndRepair(t, 'phone1');
  t.true(await reaches('phone1'), 'no address of before is in its way');
});

for (const node of ['sgw', 'pgw'])
  test.serial(`${node} is killed: phones attach anew by themselves, at their first packet`, async (t) => {
    await killAndRepair(t, node);
    await poll(
      'the phones reach the server again',
      async () => (await reaches('phone1')) && (await reaches('phone2')),
      30,
    );
    t.regex((await ue('status')).stdout, /^registered$/mu);
  });

test.serial('the MME is killed: ue on asks for service, and has the phone attach anew', async (t) => {
  await killAndRepair(t, 'mme');
  const on = await ue('on');
  t.is(on.exitCode, 0, on.stderr);
  t.regex(on.stdout, /^attached in \d+ ms$/mu);
  t.true(await reaches('phone1'));
  t.is((await ue('on', 'phone2')).exitCode, 0);
  t.true(await reaches('phone2'));
});

test.serial('an eNodeB is killed: its phones are switched off and on', async (t) => {
  await killAndRepair(t, 'enb1');
  t.true(await reaches('phone2'), 'phones of the other one notice nothing');
  t.is((await ue('off')).exitCode, 0);
  t.is((await ue('on')).exitCode, 0);
  t.true(await reaches('phone1'));
});

for (const node of ['hss', 'ocs'])
  test.serial(`${node} is killed: bearers stay, and phones attach with the new one`, async (t) => {
    await killAndRepair(t, node);
    t.true(await reaches('phone1'));
    // The network may notice at this attach that its connection has gone; the phone is told to try again.
    await poll(
      'the phone attaches anew',
      async () => (await ue('off')).exitCode === 0 && (await ue('on')).exitCode === 0,
      30,
    );
    t.true(await reaches('phone1'));
  });

test.serial('how long a phone is without the network: probes go through both tunnels', async (t) => {
  const { exitCode, stdout, stderr } = await lab.run(
    'converge',
    'phone1',
    'server',
    '--link',
    'pgw',
    'server',
    '--within',
    '2',
    '--json',
  );
  t.is(exitCode, 0, stderr);
  const { way, back, meets, flowsAgain, afterwards } = JSON.parse(stdout) as Convergence;
  t.deepEqual(
    way.filter((node) => node !== 'site' && node !== 'air'),
    ['phone1', 'enb1', 'sgw', 'pgw', 'server'],
  );
  t.deepEqual(back, way.toReversed());
  t.is(meets, 'both');
  t.is(flowsAgain, undefined, 'there is no other way');
  t.is(afterwards, undefined, 'and then everything is as before');
  await poll('phone1 reaches the server again', () => reaches('phone1'));
});

test.serial('in the end all goes away', async (t) => {
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});
