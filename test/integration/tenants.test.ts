/**
 * Two tenants with the same addresses on the same hypervisors: who reaches whom is what the topology says, for every pair
 * of machines and by real packets; nobody speaks in another's name; passports follow packets through the router that is
 * nowhere, and name the group that stopped one.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import type { CheckResult } from '../../src/engine/check.ts';
import { registry } from '../../src/engine/load.ts';
import { withLab } from '../../src/engine/open.ts';
import type { Vpc } from '../../src/engine/vpc.ts';
import { loadText } from '../../src/topology/load.ts';
import { TestLab, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';
import { type SwitchDatapath, onDatapath, switchDatapaths } from '../helpers/switch-datapaths.ts';
import { type Attempt, type Member, mayBegin, membersOf } from '../helpers/tenancy.ts';

const file = 'topologies/tenants.yml';
const text = readFileSync(file, 'utf8');
const topology = loadText(text, file, registry);
const members = membersOf(topology);
const titleOf = (name: string): string => topology.nodes.find((node) => node.name === name)?.title ?? '';

/** TCP to a port that is served, UDP to one that is not, and an echo. */
const attempts: readonly Attempt[] = [
  { protocol: 'tcp', port: 80 },
  { protocol: 'udp', port: 22 },
  { protocol: 'icmp' },
];

/** What a packet to this address must come to: an answer by name, a no from the machine itself, or silence. */
const expectation = (from: Member, address: string, attempt: Attempt): string => {
  const target = members.find((member) => member.tenant === from.tenant && member.address === address);
  const { protocol, port } = attempt;
  if (target === undefined || !mayBegin(topology, from, target, attempt))
    return `protocol: ${protocol}, to: ${address}, ${port === undefined ? '' : `port: ${port}, `}is: blocked`;
  if (protocol === 'icmp') return `to: ${address}`;
  if (
    protocol === 'tcp' &&
    port === 80 &&
    topology.nodes.some(({ name, kind }) => name === target.node && kind === 'host')
  )
    return `http: "http://${address}/", body: ${titleOf(target.node)}`;
  return `protocol: ${protocol}, to: ${address}, port: ${port}, is: refused`;
};

const addresses = [...new Set(members.map(({ address }) => address))];
const matrix = members.flatMap((from) =>
  addresses
    .filter((address) => address !== from.address)
    .flatMap((address) =>
      attempts.map(
        (attempt) =>
          `  - {name: ${from.node} ${address} ${attempt.protocol} ${attempt.port ?? ''}, from: ${from.node}, ${expectation(from, address, attempt)}}\n`,
      ),
    ),
);

const suite = (datapath: SwitchDatapath): void => {
  const lab = new TestLab(file, onDatapath(`${text}${matrix.join('')}`, datapath));
  test.after.always(`${datapath}: the lab is gone`, () => lab.release());
  test.serial(`${datapath}: the lab is up`, async (t) => {
    await lab.up();
    for (const node of ['hv1', 'hv2'])
      t.regex(
        (await lab.exec(node, 'ovs-vsctl', 'get', 'bridge', 'br-int', 'datapath_type')).stdout,
        datapath === 'kernel' ? /^"?system"?$/mu : /^"?netdev"?$/mu,
        'defaults of the file choose it',
      );
  });

  test.serial(`${datapath}: for every pair of machines the packets agree with the topology`, async (t) => {
    const { stdout } = await lab.run('check', '--json');
    const results = JSON.parse(stdout) as readonly CheckResult[];
    t.is(results.length, topology.checks.length + matrix.length);
    t.true(matrix.some((line) => line.includes('is: blocked')) && matrix.some((line) => line.includes('body: ')));
    t.deepEqual(
      results.filter(({ ok }) => !ok).map(({ name, expected, seen }) => `${name}: expected ${expected}, seen ${seen}`),
      [],
    );
  });

  test.serial(`${datapath}: a passport follows a packet through the router of a tenant`, async (t) => {
    await withLab(lab.lab, async (open) => {
      const way = await open.journey({ from: 'buddha', run: ['curl', '-s', 'http://10.0.2.11/'] });
      way.passes('hv1', 'hv2').delivered('scripture').explained();
      way.answer.passes('hv2', 'hv1').delivered('buddha').explained();
      const echo = await open.journey({ from: 'buddha', run: ['ping', '-c', '1', '10.0.1.1'] });
      echo.delivered('hv1');
      echo.answer.delivered('buddha');
    });
    const { stdout } = await xiyou(['trace', lab.lab, '--from', 'buddha', '--', 'curl', '-s', 'http://10.0.2.11/']);
    t.regex(stdout, /router of 大雷音寺 \(thunderclap\), from hall-true into library-true/u);
    t.regex(stdout, /inner IP +10\.0\.1\.11 \(buddha\) +→ 10\.0\.2\.11 \(scripture\)/u, 'and not their doubles');
    t.regex(stdout, /06:00:00:00:13:8a \(router of thunderclap\)/u);
  });

  test.serial(`${datapath}: a passport names the group that stopped a packet`, async (t) => {
    const from = await xiyou([
      'trace',
      lab.lab,
      '--from',
      'scripture',
      '--',
      'ping',
      '-c',
      '1',
      '-W',
      '1',
      '10.0.1.11',
    ]);
    t.regex(from.stdout, /what scripture may begin \(group library\): -i to-scripture -j DROP counted 1/u);
    const to = await xiyou([
      'trace',
      lab.lab,
      '--from',
      'yellow-brow',
      '--',
      'ping',
      '-c',
      '1',
      '-W',
      '1',
      '10.0.1.12',
    ]);
    t.regex(to.stdout, /what may reach novice \(groups \(none\)\): -d 10\.0\.1\.12 -j DROP counted 1/u);
  });

  test.serial(`${datapath}: the tables say of a packet what becomes of it, and vpc lists who is where`, async (t) => {
    const flow = async (...argv: string[]): Promise<string> => {
      const { stdout, stderr } = await lab.run('why', ...argv);
      return `${stdout}${stderr}`;
    };
    t.regex(
      await flow('buddha', '10.0.2.11', '--flow', 'tcp/80'),
      /into VXLAN with VNI 5002[^]*delivered to scripture\n$/u,
    );
    t.regex(
      await flow('buddha', 'archive', '--flow', 'tcp/80'),
      /delivered to archive\n$/u,
      'two filters on one machine',
    );
    t.regex(
      await flow('scripture', 'buddha', '--flow'),
      /\(group library\) may begin this[^]*ends in table 3 of hv2\n$/u,
    );
    t.regex(await flow('yellow-brow', '10.0.1.12', '--flow', 'udp/53'), /novice[^]*ends in table 42 of hv1\n$/u);
    t.regex(await flow('buddha', '10.0.1.1', '--flow'), /answered by hv1 itself\n$/u);
    t.regex(await flow('buddha', '10.0.2.77', '--flow'), /ends in table 20 of hv1\n$/u);
    t.regex(await flow('pilgrim', 'buddha', '--flow'), /error\[command-line\]: pilgrim is no virtual machine/u);
    t.regex(await flow('buddha', '10.0.2.11', '--flow', 'tcp'), /error\[command-line\]: "tcp" is no packet/u);
    t.regex(await flow('buddha', '10.0.1.99', '--flow'), /nobody in network hall-true has the address/u);

    const { tenants, hypervisors } = JSON.parse((await xiyou(['vpc', lab.lab, '--json'])).stdout) as Vpc;
    t.deepEqual(
      tenants.map(({ name, exits, machines }) => [name, exits, machines.length]),
      [
        ['thunderclap', ['gate'], 5],
        ['pretender', [], 3],
      ],
    );
    t.deepEqual(tenants[0]?.public[0], { gateway: 'gate', address: '203.0.113.80', port: '*', to: '10.0.1.11' });
    t.true(hypervisors.every(({ flows }) => flows > 100));
    await lab.exec('buddha', 'curl', '-s', 'http://10.0.2.11/');
    const { stdout } = await xiyou(['vpc', lab.lab]);
    t.regex(stdout, /buddha +hall-true +10\.0\.1\.11 +02:00:00:00:05:00 +hv1 +to-buddha +hall +[1-9]/u);
  });

  test.serial(`${datapath}: nobody speaks in the name of another`, async (t) => {
    // Ananda takes the Buddha's address: neither his packets nor his answers to "who has it" get out of his port.
    const { stdout: before } = await lab.exec('buddha', 'ping', '-c', '1', '-W', '2', '10.0.1.12');
    t.regex(before, /1 received/u);
    await lab.exec('ananda', 'ip', 'address', 'add', '10.0.1.66/24', 'dev', 'eth0');
    const { stdout: stolen } = await lab.exec('ananda', 'ping', '-c', '1', '-W', '1', '-I', '10.0.1.66', '10.0.1.11');
    t.regex(stolen, /0 received/u);
    await lab.exec('ananda', 'ip', 'link', 'set', 'dev', 'eth0', 'address', '02:00:00:00:05:00');
    const { stdout: masked } = await lab.exec('ananda', 'ping', '-c', '1', '-W', '1', '10.0.1.11');
    t.regex(masked, /0 received/u);
    await lab.up();
    const restored = async (): Promise<boolean> =>
      (await lab.exec('ananda', 'ping', '-c', '1', '-W', '1', '10.0.1.11')).exitCode === 0;
    await t.notThrowsAsync(poll('up has given him his own again', restored));
  });

  test.serial(
    `${datapath}: a rule that is gone ends what it allowed, and a connection that stands is not a new one`,
    async (t) => {
      lab.write(onDatapath(text.replace('{protocol: tcp, ports: 80, from: hall}, ', ''), datapath));
      await lab.up();
      const { exitCode } = await lab.exec('buddha', 'curl', '-s', '-m', '2', 'http://10.0.2.11/');
      t.is(exitCode, 28, 'the door is shut');
      lab.write(onDatapath(text, datapath));
      await lab.up();
      t.is((await lab.exec('buddha', 'curl', '-s', '-m', '10', 'http://10.0.2.11/')).stdout, '藏经阁\n');
    },
  );
};

for (const datapath of switchDatapaths) suite(datapath);

test('a datapath that this machine has not is refused before anything is touched', async (t) => {
  const missing = (['kernel', 'userspace'] as const).find((datapath) => !switchDatapaths.includes(datapath));
  if (missing === undefined) return t.pass('it has both');
  const refused = new TestLab(file, onDatapath(text, missing));
  for (const verb of ['validate', 'up']) {
    const { exitCode, stderr } = await xiyou([verb, ...refused.given]);
    t.is(exitCode, 3);
    t.regex(stderr, /hv1 wants Open vSwitch's kernel datapath, and this kernel has none[^]*datapath: auto/u);
  }
  await refused.release();
});
