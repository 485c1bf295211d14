/** The verbs of `xiyou` on one flagship lab, as people and scripts use them. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { loadTopology } from '../../src/engine/load.ts';
import type { NodeRow } from '../../src/engine/ps.ts';
import { TestLab, commandOf, xiyou } from '../helpers/lab.ts';
import { smallest } from '../helpers/flagship.ts';
import { poll } from '../helpers/netns.ts';
import { person } from '../helpers/terminal.ts';

const lab = new TestLab('journey', undefined, smallest);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'xiyou-verbs-'));
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', async () => {
  await lab.release();
  rmSync(scratch, { recursive: true, force: true });
});

/** An order as the phone sends it. */
const order = [
  'curl',
  '--silent',
  '--max-time',
  '5',
  '--cacert',
  '/etc/xiyou/ca.crt',
  '--header',
  'Content-Type: application/json',
];

test("exec: standard output, standard error and the exit code are the command's", async (t) => {
  const { exitCode, stdout, stderr } = await lab.exec('a2', 'sh', '-c', 'echo out; echo err >&2; exit 7');
  t.deepEqual({ exitCode, stdout, stderr }, { exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  t.is((await lab.exec('a2', 'sh', '-c', 'kill -TERM $$')).exitCode, 143);
});

test('exec: standard input and octets of any value pass through', async (t) => {
  const { stdout } = await xiyou(['exec', '--lab', lab.lab, 'phone', '--', 'wc', '-c'], { input: 'x'.repeat(200_000) });
  t.is(stdout.trim(), '200000');
});

test('exec: options of the command are not read as ours', async (t) => {
  const { stdout, exitCode } = await lab.run('exec', 'phone', 'echo', '--json', '--lab', '-l');
  t.is(exitCode, 0);
  t.is(stdout, '--json --lab -l\n');
});

test('exec: the node has its own host name, addresses, processes and files', async (t) => {
  t.is((await lab.exec('phone', 'hostname')).stdout, 'phone\n');
  t.regex((await lab.exec('phone', 'ip', '-br', 'address')).stdout, /^eth0\S*\s+UP\s.* 10\.45\.0\.2\/32/mu);
  t.is((await lab.exec('c1', 'cat', '/proc/1/comm')).stdout, 'catatonit\n');
  await lab.exec('phone', 'sh', '-c', 'echo mine > /etc/only-here');
  t.false(existsSync('/etc/only-here'));
  t.is((await lab.exec('phone', 'cat', '/etc/only-here')).stdout, 'mine\n');
  t.not((await lab.exec('enb', 'cat', '/etc/only-here')).exitCode, 0);
});

test('exec: a command that is not there, and a node that is not there', async (t) => {
  const command = await lab.exec('phone', 'no-such-program');
  t.is(command.exitCode, 1);
  t.regex(command.stderr, /^error\[command-failed\]: no-such-program could not be started in phone/mu);
  const node = await lab.exec('phnoe', 'true');
  t.is(node.exitCode, 2);
  t.regex(node.stderr, /^error\[unknown-node\]: lab \S+ has no node "phnoe"/mu);
  t.regex(node.stderr, /what to do: .*phone/u);
});

test('exec: an order goes all the way and is answered', async (t) => {
  const { stdout, stderr } = await lab.exec(
    'phone',
    ...order,
    '--data',
    '{"order":{"date":"2018-07-01","className":"a","Author":"b","price":"68"}}',
    'https://www.geektime.com/purchaseOrder',
  );
  t.true(stdout.length > 0, stderr);
  t.notThrows(() => void JSON.parse(stdout));
});

/** Of a shell that is ready; root's ends with a #. */
const prompt = /[#$] $/u;

test('shell: prompt, host name, processes, vtysh, names, logs, and the exit code', async (t) => {
  const shell = person(t, commandOf(['shell', '--lab', lab.lab, 'a2']));
  await shell.sees(new RegExp(`${lab.lab}:a2:~[#$] $`, 'u'));
  const ask = async (command: string, answer: RegExp): Promise<RegExpExecArray> => {
    shell.type(`${command}\r`);
    const match = await shell.sees(answer);
    await shell.sees(prompt);
    return match;
  };
  await ask('hostname', /\na2\n/u);
  const [processes] = await ask('ps -e -o comm= | sort -u | tr "\\n" " "; echo .', /\n[^\n]* \.\n/u);
  const seen = processes.trim().split(' ');
  // Other tests run commands in this node meanwhile, so there may be more; but nothing of another node or of the machine.
  const own = ['bash', 'bfdd', 'bgpd', 'catatonit', 'ospf6d', 'ospfd', 'ps', 'staticd', 'zebra'];
  t.deepEqual(
    own.filter((name) => !seen.includes(name)),
    [],
  );
  t.deepEqual(
    seen.filter((name) => ['haproxy', 'ovsdb-server', 'ovs-vswitchd', 'node', 'MainThread'].includes(name)),
    [],
  );
  await ask('vtysh -c "show bgp summary json" | grep -c Established', /\n[1-9]\d*\n/u);
  await ask('getent hosts www.geektime.com', /203\.0\.113\.10\s+www\.geektime\.com/u);
  await ask('ls /var/log', /bgpd\.log/u);
  await ask('stty size', /\n40 120\n/u);
  shell.type('exit 5\r');
  t.is(await shell.ended, 5);
});

test("shell: ovs-vsctl speaks to the node's own switch", async (t) => {
  const shell = person(t, commandOf(['shell', '--lab', lab.lab, 'host-a']));
  await shell.sees(prompt);
  shell.type('ovs-vsctl list-ports br-int | tr "\\n" " "; echo .\r');
  await shell.sees(/\nto-balancer vx0 \.\n/u);
  shell.type('\u0004');
  t.is(await shell.ended, 0);
});

test('shell: keys go to what runs in it, Ctrl-C too', async (t) => {
  const shell = person(t, commandOf(['shell', '--lab', lab.lab, 'phone']));
  await shell.sees(prompt);
  shell.type('sleep 600; echo "ended with $?"\r');
  await poll('it sleeps', async () => (await lab.exec('phone', 'pgrep', '-x', 'sleep')).exitCode === 0);
  shell.type('\u0003');
  await shell.sees(prompt);
  shell.type('echo still $((6 * 7))\r');
  await shell.sees(/\nstill 42\n/u);
  shell.type('exit\r');
  t.is(await shell.ended, 0);
});

test('ps: a table for people, JSON for programs', async (t) => {
  const {
    lab: name,
    phase,
    nodes,
  } = JSON.parse((await lab.run('ps', '--json')).stdout) as { lab: string; phase: string; nodes: NodeRow[] };
  t.is(name, lab.lab);
  t.is(phase, 'up');
  t.is(nodes.length, 41);
  const a2 = nodes.find((row) => row.node === 'a2');
  t.is(a2?.kind, 'router');
  t.is(a2?.asn, 65001);
  t.deepEqual(
    a2?.processes.map((one) => `${one.name} ${one.state}`),
    ['zebra running', 'staticd running', 'ospfd running', 'ospf6d running', 'bgpd running', 'bfdd running'],
  );
  t.true(
    a2?.processes.every((one) => one.memory > 1000),
    'in KiB',
  );
  t.true(a2?.addresses.includes('198.51.100.6/30'));
  const table = (await lab.run('ps')).stdout;
  t.regex(
    table,
    /^a2 +router +65001 +10\.255\.0\.2\/32 +zebra staticd ospfd ospf6d bgpd bfdd +\d+ MB +A2 · border of Tang A$/mu,
  );
});

test('logs: of a node, of one daemon, of one that is not there', async (t) => {
  const all = (await lab.run('logs', 'a2')).stdout;
  t.regex(all, /^==> bgpd\.log <==$/mu);
  t.regex(all, /^==> zebra\.log <==$/mu);
  const one = (await lab.run('logs', 'balancer', 'haproxy', '-n', '2')).stdout;
  t.notRegex(one, /==>/u);
  t.true(one.trimEnd().split('\n').length <= 2);
  const none = await lab.run('logs', 'a2', 'bgbd');
  t.is(none.exitCode, 2);
  t.regex(none.stderr, /has no log of "bgbd"[\s\S]*bgpd/u);
});

test('check: JSON of all checks, exit code 0', async (t) => {
  const { exitCode, stdout } = await lab.run('check', '--json');
  t.is(exitCode, 0);
  t.is((JSON.parse(stdout) as unknown[]).length, (await loadTopology('journey', smallest)).topology.checks.length);
});

test('completion: verbs, topologies, nodes', async (t) => {
  const words = async (...before: string[]): Promise<string[]> =>
    (await xiyou(['completion', 'words', '--', ...before])).stdout.trim().split('\n');
  const verbs = await words();
  for (const verb of ['up', 'down', 'exec', 'shell', 'capture', 'link', 'doctor']) t.true(verbs.includes(verb), verb);
  const topologies = await words('up');
  for (const name of ['journey', 'two-hosts', '--no-wait']) t.true(topologies.includes(name), name);
  t.true((await words('down')).includes(lab.lab));
  t.regex((await xiyou(['completion'])).stdout, /^complete -F _xiyou xiyou$/mu);
});

test('a picture: Mermaid, DOT, and SVG by Graphviz', async (t: ExecutionContext) => {
  t.regex((await xiyou(['graph', 'journey'])).stdout, /^(?:graph|flowchart) /mu);
  t.regex((await xiyou(['graph', 'journey', '-f', 'dot'])).stdout, /^(?:di)?graph /mu);
  const file = path.join(scratch, 'journey.svg');
  const { exitCode, stderr } = await xiyou(['graph', 'journey', '-o', file]);
  t.is(exitCode, 0, stderr);
  const svg = readFileSync(file, 'utf8');
  t.regex(svg, /<svg /u);
  t.regex(svg, /玄奘/u);
});
