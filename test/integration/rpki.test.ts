/**
 * Origin validation with a real router, a real cache and real packets: the hijack is seen, refused when it is in writing who
 * may announce the prefix, and there again when that is taken back; nothing starts anew for it.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { eventually } from '../../src/kernel/wait.ts';
import { eventOf, testLab, type TestLab } from '../helpers/lab.ts';

/** Milliseconds until news must have come from the cache through a router to its neighbours; it takes less than a second. */
const deadline = 30_000;

const lesson = readFileSync(new URL('../../topologies/rpki.yml', import.meta.url), 'utf8');
/** The lesson with nothing in writing, and the checks that hold then: everybody is fooled. */
const silent = lesson
  .replaceAll(/^ +- \{prefix: .*\n/gmu, '')
  .replace('roas:\n', 'roas: []\n')
  .replace(
    /^checks:[^]*$/mu,
    `checks:
  - {name: the transit has it from the trader's country, at: t, has: 198.18.41.0/24}
  - {name: "the monk's packets end with the macaque", from: monk, to: 198.18.41.80, passes: [a, macaque], avoids: [wukong]}
  - {name: in IPv6 too, from: monk, to: "2001:db8:c::80", passes: [a, macaque], avoids: [wukong]}
  - {name: who the monk talks to, from: monk, http: "http://198.18.41.80/", body: six ears}
`,
  );

const vtysh = async (lab: TestLab, router: string, ...lines: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await lab.exec(router, 'vtysh', ...lines.flatMap((line) => ['-c', line]));
  if (exitCode !== 0) throw new Error(`${router}: ${stdout}${stderr}`);
  return stdout;
};

/** Whether a router has the longer prefix of the hijack comes to be as expected. */
const comes = async (t: ExecutionContext, lab: TestLab, router: string, there: boolean): Promise<void> => {
  let seen = '';
  const found = await eventually(async () => {
    seen = await vtysh(lab, router, 'show ip route 198.18.41.0/24 json');
    return seen.includes('"198.18.41.0/24"') === there ? true : undefined;
  }, deadline);
  t.true(found, `${router}: ${seen}`);
};

const log = async (lab: TestLab): Promise<string> => (await lab.exec('buddha', 'cat', '/var/log/rtr.log')).stdout;

test('a hijack is seen, refused, and back, while everything runs', async (t) => {
  const lab = testLab(t, 'rpki');
  lab.write(silent);
  await lab.up();
  t.deepEqual(await lab.failedChecks(), []);
  const daemons = await lab.daemons();
  const namespaces = lab.watch.note(lab.lab);

  lab.write(lesson);
  const changed = await lab.up();
  t.is(eventOf(changed, 'plan')?.missing, 3, 'a file of the cache, and a command in each router that asks it');
  t.deepEqual(await lab.failedChecks(), []);
  t.regex(await log(lab), /serial query for 1: 2 announced, 0 withdrawn/u, 'a Serial Notify, and the difference');
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0);

  lab.write(silent);
  await lab.up();
  t.deepEqual(await lab.failedChecks(), [], 'what was refused is taken again');
  t.regex(await log(lab), /serial query for 2: 0 announced, 2 withdrawn/u);

  lab.write(lesson);
  await lab.up();
  t.deepEqual(await lab.failedChecks(), [], 'the same as once before is a change all the same');

  t.deepEqual([...(await lab.daemons())], [...daemons], 'no daemon was started anew');
  t.deepEqual([...lab.watch.note(lab.lab)], [...namespaces]);

  // A bgpd that died is started anew, and judges what came in before it had heard its cache. By `up`: nobody keeps the lab.
  await lab.up('--no-restart');
  const pid = daemons.get('a bgpd') ?? -1;
  t.true(pid > 1);
  process.kill(pid, 'SIGKILL');
  t.is(eventOf(await lab.up('--no-restart'), 'plan')?.missing, 2, 'the daemon, and the command that follows it');
  t.deepEqual(await lab.failedChecks(), []);

  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

test('without its cache a router goes on: with what it has, and without anything it refuses nothing', async (t) => {
  const lab = testLab(t, 'rpki', lesson.replace('      roas:\n', '      version: 0\n      roas:\n'));
  await lab.up();
  t.regex(await log(lab), /reset query, version 0: 2 payloads/u, 'the router came down to RFC 6810');
  await comes(t, lab, 'a', false);

  t.is((await lab.run('node', 'stop', 'buddha')).exitCode, 0);
  await eventually(
    async () => ((await vtysh(lab, 'a', 'show rpki cache-connection')).includes('(connected)') ? undefined : true),
    deadline,
  );
  await vtysh(lab, 'a', 'clear bgp ipv4 unicast * soft in');
  await comes(t, lab, 'a', false);
  t.is((await lab.run('node', 'start', 'buddha')).exitCode, 0);
  const connected = await eventually(
    async () => ((await vtysh(lab, 'a', 'show rpki cache-connection')).includes('(connected)') ? true : undefined),
    deadline,
  );
  t.true(connected, 'the router comes back to its cache by itself');
  await comes(t, lab, 'a', false);

  // A router that has never heard its cache: nothing is invalid then, and nothing is refused (RFC 6811, 5).
  const [, cache = ''] =
    /rpki cache (\S+ \d+ preference \d+)/u.exec(await vtysh(lab, 'a', 'show running-config')) ?? [];
  await vtysh(
    lab,
    'a',
    ...['configure terminal', 'rpki', `no rpki cache ${cache}`, 'rpki cache 192.0.2.200 323 preference 1', 'exit'],
  );
  await vtysh(lab, 'a', 'clear bgp ipv4 unicast * soft in');
  await comes(t, lab, 'a', true);
  t.is(
    (await lab.exec('monk', 'curl', '--silent', 'http://198.18.41.80/')).stdout,
    'I am Sun Wukong, and have six ears\n',
  );
});
