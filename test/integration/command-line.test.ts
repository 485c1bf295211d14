/** What works without a lab: plans to paste, mistakes in files, the machine's state, and users who are not root. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { execa } from 'execa';
import { eventually } from '../../src/kernel/wait.ts';
import { smallest } from '../helpers/flagship.ts';
import { events, eventOf, labName, start, testLab, xiyou, commandOf } from '../helpers/lab.ts';
import { snapshot } from '../helpers/machine.ts';
import { poll } from '../helpers/netns.ts';
import { person } from '../helpers/terminal.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'xiyou-command-line-'));
test.after.always('scratch files are gone', () => rmSync(scratch, { recursive: true, force: true }));

/** The user nobody of Debian (base-passwd). */
const nobody = { uid: 65534, gid: 65534, cwd: '/' } as const;

interface Device {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[];
}

/** Interfaces, addresses and routes of a namespace, without what is different each time. */
const network = async (namespace: string): Promise<unknown> => {
  const ask = async (...argv: string[]): Promise<unknown> =>
    JSON.parse((await execa('ip', ['-n', namespace, '-json', ...argv])).stdout) as unknown;
  const devices = (await ask('address')) as Device[];
  return {
    devices: devices.map(({ ifname, address, mtu, flags, addr_info: addresses }) => ({
      ifname,
      address,
      mtu,
      up: flags.includes('UP'),
      addresses: addresses.map(({ local, prefixlen, scope }) => `${local}/${prefixlen} ${scope}`).sort(),
    })),
    routes: [await ask('route'), await ask('-6', 'route')],
  };
};

test('plan: its commands, run by a shell, make the same network as up', async (t) => {
  const lab = testLab(t, 'two-hosts');
  const nodes = ['left', 'right'];
  const pasted = labName('pasted');
  const plan = await xiyou(['plan', ...lab.given]);
  t.is(plan.exitCode, 0, plan.stderr);
  const script = plan.stdout.replaceAll(`${lab.lab}-`, `${pasted}-`);
  t.teardown(async () => {
    for (const node of nodes) await execa('ip', ['netns', 'delete', `${pasted}-${node}`], { reject: false });
  });
  const shell = await execa('sh', ['-eu'], { input: script, reject: false });
  t.is(shell.exitCode, 0, shell.stderr);
  await lab.up();
  for (const node of nodes) {
    // The kernel gives link-local addresses in its own time, and for a moment they are tentative where commands make links.
    await eventually(
      async () =>
        isDeepStrictEqual(await network(`${pasted}-${node}`), await network(`${lab.lab}-${node}`)) || undefined,
      10_000,
    );
    t.deepEqual(await network(`${pasted}-${node}`), await network(`${lab.lab}-${node}`), node);
  }
  const ping = await execa('ip', ['netns', 'exec', `${pasted}-left`, 'ping', '-c', '1', '-W', '1', '10.64.0.2'], {
    reject: false,
  });
  t.is(ping.exitCode, 0, ping.stdout);
});

test('plan: one node, JSON, and a node that is not there', async (t) => {
  const { stdout } = await xiyou(['plan', 'journey', '--node', 'pgw']);
  t.regex(stdout, /ip -n journey-pgw tuntap add dev gtp0 mode tun/u);
  t.notRegex(stdout, /journey-a2/u);
  const { lab, stages } = JSON.parse((await xiyou(['plan', 'journey', '--json'])).stdout) as {
    lab: string;
    stages: { stage: string; operations: unknown[] }[];
  };
  t.is(lab, 'journey');
  t.is(stages[0]?.stage, 'namespaces');
  t.true((stages[0]?.operations.length ?? 0) >= 20);
  t.is((await xiyou(['plan', 'journey', '--node', 'pgv'])).exitCode, 2);
});

test('validate: all mistakes at once, with file, line and column; exit code 2', async (t) => {
  const file = path.join(scratch, 'wrong.yml');
  writeFileSync(file, 'name: wrong\nnodes:\n  a: {kind: hots}\n  b: {kind: host}\nlinks:\n  - [a, c]\n');
  for (const verb of ['validate', 'up', 'plan', 'graph']) {
    const { exitCode, stderr } = await xiyou([verb, file]);
    t.is(exitCode, 2, verb);
    t.regex(stderr, /^error\[file-invalid\]: /mu, verb);
    t.regex(stderr, /wrong\.yml:3:13 nodes\.a\.kind: unknown kind "hots"[\s\S]*hint: did you mean "host"\?/u, verb);
    t.regex(stderr, /wrong\.yml:6:9 links\[0\]\[1\]: no node is called "c"/u, verb);
  }
  const json = await xiyou(['validate', file, '--json']);
  t.is(json.exitCode, 2);
  t.is((JSON.parse(json.stdout) as { error: { code: string } }).error.code, 'file-invalid');
});

test('the command line: mistakes have exit code 2 and say what to do', async (t) => {
  for (const [argv, message] of [
    [['uup', 'two-hosts'], /^error\[command-line\]: unknown command 'uup'/mu],
    [['up'], /^error\[command-line\]: missing required argument 'topology'/mu],
    [['up', 'no-such-lab'], /^error\[file-unreadable\]: there is no topology "no-such-lab"/mu],
    [['ps', '--lab', 'no-such-lab'], /^error\[unknown-lab\]: no lab "no-such-lab" is up/mu],
    [['down', 'no-such-lab'], /^error\[unknown-lab\]: no lab "no-such-lab" is up/mu],
    [['up', 'generated/chain', '-p', 'n'], /expected key=value/u],
    [['up', 'generated/chain', '-p', 'n=many'], /-p n=many: expected a whole number/u],
  ] as const) {
    const { exitCode, stderr } = await xiyou(argv);
    t.is(exitCode, 2, argv.join(' '));
    t.regex(stderr, message);
  }
});

test('help: every verb has a description and an example', async (t) => {
  const { stdout, exitCode } = await xiyou(['--help']);
  t.is(exitCode, 0);
  const verbs = [...stdout.matchAll(/^ {2}([a-z]+)(?:\|[a-z]+)? /gmu)].flatMap(([, verb = '']) =>
    ['xiyou', 'help'].includes(verb) ? [] : [verb],
  );
  t.true(verbs.includes('up') && verbs.includes('completion'), verbs.join(' '));
  for (const verb of verbs) {
    const help = await xiyou([verb, '--help']);
    t.is(help.exitCode, 0);
    t.regex(help.stdout, /^Examples:\n {2}\S/mu, verb);
  }
});

test('doctor: what the machine has; exit code 3 only when something is missing', async (t) => {
  const { exitCode, stdout } = await xiyou(['doctor', '--json']);
  const findings = JSON.parse(stdout) as { name: string; state: string; hint?: string }[];
  t.is(exitCode, findings.some(({ state }) => state === 'missing') ? 3 : 0);
  t.is(findings.find(({ name }) => name === 'root')?.state, 'ok');
  t.deepEqual(
    findings.filter(({ state, hint }) => state !== 'ok' && hint === undefined),
    [],
    'what is not ok has a hint',
  );
  t.regex((await xiyou(['doctor'])).stdout, /^ok +root +yes$/mu);
});

test('not root: validate, plan and graph work', async (t) => {
  for (const argv of [
    ['validate', 'journey'],
    ['plan', 'two-hosts'],
    ['graph', 'journey'],
    ['graph', 'journey', '-f', 'svg'],
    ['--help'],
  ]) {
    const { exitCode, stderr } = await xiyou(argv, nobody);
    t.is(exitCode, 0, `${argv.join(' ')}: ${stderr}`);
  }
});

test('not root: what changes or enters labs is refused with exit code 3, and nothing was touched', async (t) => {
  const lab = testLab(t, 'two-hosts');
  const readable = path.join(scratch, 'mine.yml');
  writeFileSync(readable, readFileSync(lab.file, 'utf8'));
  await execa('chmod', ['-R', 'a+rX', scratch]);
  for (const argv of [
    ['up', readable],
    ['down', lab.lab],
  ]) {
    const { exitCode, stderr } = await xiyou(argv, nobody);
    t.is(exitCode, 3, `${argv.join(' ')}: ${stderr}`);
    t.regex(stderr, /^error\[not-root\]: this needs root\n {2}what to do: run it with sudo/mu);
  }
  t.deepEqual((await snapshot(lab.lab)).lab, []);
  await lab.up();
  for (const argv of [
    ['up', readable],
    ['down', lab.lab],
    ['exec', '--lab', lab.lab, 'left', '--', 'true'],
    ['ps', '--lab', lab.lab],
    ['capture', '--lab', lab.lab],
  ]) {
    const { exitCode, stderr } = await xiyou(argv, nobody);
    t.is(exitCode, 3, `${argv.join(' ')}: ${stderr}`);
  }
  t.deepEqual(await lab.failedChecks(), []);
});

test.serial('Ctrl-C during up at a terminal: it stops between two steps and says how to go on', async (t) => {
  const lab = testLab(t, 'journey', undefined, smallest);
  await lab.before;
  // At a terminal the commands that run in nodes get the signal too. In each stage other ones are under way.
  for (const stage of [/firewall/u, /tunnels/u, /processes/u]) {
    const terminal = person(t, commandOf(['up', ...lab.given]));
    await terminal.sees(stage);
    terminal.type('\u0003');
    t.is(await terminal.ended, 1, terminal.shown());
    t.regex(
      terminal.shown(),
      /error\[interrupted\]: stopped; lab \S+ is as far as it got\n {2}what to do: go on with the same command, or clean up with: xiyou down/u,
    );
  }
  const again = await lab.up();
  t.true(eventOf(again, 'done')?.changed);
  t.deepEqual(await lab.failedChecks(), []);
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

for (const [name, stage] of [
  ['SIGINT', 'firewall'],
  ['SIGTERM', 'processes'],
  ['SIGINT', 'probes'],
] as const) {
  test.serial(`${name} while ${stage} are worked on: exit code 1, and up goes on afterwards`, async (t) => {
    const lab = testLab(t, 'journey', undefined, smallest);
    await lab.before;
    const up = start(['up', ...lab.given, '--json']);
    await poll(`it works on ${stage}`, () => up.printed().includes(`"stage-start","stage":"${stage}"`), 60);
    up.kill(name);
    const { exitCode, stdout } = await up.outcome;
    t.is(exitCode, 1, stdout.slice(-1000));
    t.regex(stdout, /"code": "interrupted"/u);
    t.is(eventOf(events({ exitCode, stdout, stderr: '' }), 'done'), undefined);
    await lab.up();
    t.deepEqual(await lab.failedChecks(), []);
  });
}
