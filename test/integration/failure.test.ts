/** Nodes that stop and start in a running lab, what the others make of it, and how long traffic takes to flow again. */
import test from 'ava';
import { eventually } from '../../src/kernel/wait.ts';
import type { NodeRow } from '../../src/engine/ps.ts';
import type { Convergence } from '../../src/engine/converge.ts';
import type { Why } from '../../src/journey/why/facts.ts';
import { eventOf, start, testLab, xiyou } from '../helpers/lab.ts';
import type { TestLab } from '../helpers/lab.ts';

/** Two equal ways from h1 to h2, one of them through a line with delay, which on some machines is a cable. */
const square = `
name: square
nodes:
  h1: {kind: host}
  h2: {kind: host}
  r1: {kind: router, asn: 65001, ospf: {}, bfd: {}}
  r2: {kind: router, asn: 65001, ospf: {}, bfd: {}}
  r3: {kind: router, asn: 65001, ospf: {}, bfd: {}}
  r4: {kind: router, asn: 65001, ospf: {}, bfd: {}}
links:
  - [h1, r1]
  - {endpoints: [r1, r2], delay: 1ms}
  - [r1, r3]
  - [r2, r4]
  - [r3, r4]
  - [r4, h2]
`;

const carrierOf = async (lab: TestLab, node: string, name: string): Promise<boolean> => {
  const { stdout } = await lab.exec(node, 'ip', '-json', 'link', 'show', 'dev', name);
  return !stdout.includes('NO-CARRIER');
};

const nodeStates = async (lab: TestLab): Promise<Record<string, string>> => {
  const { nodes } = JSON.parse((await lab.run('ps', '--json')).stdout) as { nodes: NodeRow[] };
  return Object.fromEntries(nodes.map((row) => [row.node, row.state]));
};

const nothingToDo = async (lab: TestLab): Promise<boolean> => eventOf(await lab.up(), 'plan')?.missing === 0;

test('a node is stopped and started; the others keep everything but the carrier', async (t) => {
  const lab = testLab(t, 'square', square);
  await lab.up();
  const before = await lab.daemons();
  const ping = async (): Promise<number> => (await lab.exec('h1', 'ping', '-c', '1', '-W', '1', 'h2')).exitCode;

  t.is((await lab.run('node', 'stop', 'r2')).exitCode, 0);
  t.is((await nodeStates(lab))['r2'], 'stopped');
  t.false(await carrierOf(lab, 'r1', 'to-r2'), 'r1 loses the carrier, through a cable too');
  t.false(await carrierOf(lab, 'r4', 'to-r2'));
  t.true(await carrierOf(lab, 'r1', 'to-r3'));
  t.is(await ping(), 0, 'there is another way');
  t.like(await lab.exec('r2', 'true'), { exitCode: 1 });
  t.regex((await lab.exec('r2', 'true')).stderr, /node-stopped/u);
  t.regex((await lab.run('link', 'r1', 'r2', 'down')).stderr, /node-stopped/u);
  t.regex((await lab.run('node', 'stop', 'r2')).stdout, /stopped already/u);

  t.is((await lab.run('node', 'start', 'r2')).exitCode, 0);
  const after = await lab.daemons();
  for (const [name, pid] of before)
    t.is(
      after.get(name) === pid,
      !name.startsWith('r2 '),
      `${name} is ${name.startsWith('r2 ') ? 'another' : 'the same'}`,
    );
  t.true([...after.values()].every((pid) => pid > 0));
  t.true(await nothingToDo(lab));

  t.is((await lab.run('node', 'restart', 'r4', '--kill')).exitCode, 0);
  t.true(await nothingToDo(lab));
  t.is(await eventually(async () => ((await ping()) === 0 ? 0 : undefined), 10_000), 0);
});

test('a start leaves links cut that were cut before, and another stopped node dark; up mends all', async (t) => {
  const lab = testLab(t, 'square', square);
  await lab.up();
  for (const end of ['r2', 'r3']) t.is((await lab.run('link', 'r1', end, 'down')).exitCode, 0);
  t.is((await lab.run('node', 'stop', 'r2', '--kill')).exitCode, 0);
  t.is((await lab.run('node', 'stop', 'r4', '--kill')).exitCode, 0);
  const start = await lab.run('node', 'start', 'r2');
  t.is(start.exitCode, 0, start.stderr);
  const links = async (): Promise<string[]> =>
    (JSON.parse((await lab.run('link', '--json')).stdout) as { ends: string[]; state: string }[])
      .filter((row) => row.state === 'down')
      .map((row) => row.ends.join(' '));
  t.deepEqual(await links(), [
    'r1:to-r2 r2:to-r1',
    'r1:to-r3 r3:to-r1',
    'r2:to-r4 r4:to-r2',
    'r3:to-r4 r4:to-r3',
    'r4:to-h2 h2:eth0',
  ]);
  t.is((await lab.run('link', 'r1', 'r3', 'up')).exitCode, 0);
  const events = await lab.up();
  t.true(events.some((event) => event.event === 'note' && event.text === 'r4 was stopped; it is started'));
  t.deepEqual(await links(), []);
  t.is((await lab.exec('h1', 'ping', '-c', '1', '-W', '1', 'h2')).exitCode, 0);
  t.true(await nothingToDo(lab));
});

test('a host keeps its way out when its link is cut and joined', async (t) => {
  const lab = testLab(t, 'square', square);
  await lab.up();
  // The link of h2 hangs on h2: its interface is the one that is set down, and its routes go with it.
  for (const state of ['down', 'up']) t.is((await lab.run('link', 'r4', 'h2', state)).exitCode, 0);
  for (const family of ['-4', '-6'])
    t.is(
      await eventually(
        async () => ((await lab.exec('h2', 'ping', family, '-c', '1', '-W', '1', 'h1')).exitCode === 0 ? 0 : undefined),
        10_000,
      ),
      0,
    );
  t.true(await nothingToDo(lab));
});

test('why says what kernels and daemons say, and the passport says it short', async (t) => {
  const lab = testLab(t, 'policy');
  await lab.up();
  const text = async (...argv: string[]): Promise<string> => (await lab.run('why', ...argv)).stdout;
  const refused = await text('a3', '203.0.113.1');
  t.regex(refused, /^kernel +203\.0\.113\.0\/24, learned by BGP$/mu);
  t.regex(refused, /^ +> AS path 65010 65020 65040, from a1, inside the system \(iBGP\)$/mu);
  t.regex(refused, /^ +AS path 65666 65040, from rs, a peer \(eBGP\)$/mu);
  t.regex(refused, /lost by local preference: 10 against 50/u);
  t.regex(refused, /^way +a3 > a2 > c1 > c2 > d1 > e1 > temple$/mu);
  t.regex(await text('d1', '2001:db8:c::1'), /lost by length of the AS path: 2 against 1/u);
  t.regex(await text('monk', 'temple'), /^kernel +0\.0\.0\.0\/0, static, from the topology file$/mu);
  t.regex(await text('a2', '10.255.0.1'), /^OSPF +intra-area, area 0\.0\.0\.0, cost 10$/mu);
  const { bgp, way } = JSON.parse(await text('d1', '203.0.113.1', '--json')) as Why;
  t.deepEqual(
    bgp?.candidates.map(({ path }) => path),
    [[65040], [65666, 65040]],
  );
  t.deepEqual(
    way.map(({ node }) => node),
    ['d1', 'e1', 'temple'],
  );
  t.regex((await lab.run('why', 'a1', 'nobody')).stderr, /unknown-node/u);
  const { stdout } = await xiyou(['trace', lab.lab, '--from', 'monk', '--', 'ping', '-4', '-c', '1', 'temple']);
  t.regex(stdout, /learned by BGP \(AS path 65040 from a customer, local preference 200, best of 2 by AS Path\)/u);
  // a2, where the packet leaves the system, has not heard of that path; a3 has.
  t.regex(
    stdout,
    /policy passes over the shorter AS path 65666 65040 from a peer, heard at a3: local preference 10 against 50; AS 65666 is avoided/u,
  );
});

test('converge breaks, measures and mends; also when it is interrupted', async (t) => {
  const lab = testLab(t, 'square', square);
  await lab.up();
  const measure = async (...argv: string[]): Promise<Convergence> => {
    const { exitCode, stdout, stderr } = await lab.run('converge', 'h1', 'h2', '--json', ...argv);
    t.is(exitCode, 0, stderr);
    return JSON.parse(stdout) as Convergence;
  };
  const cut = await measure('--link', 'r4', 'h2', '--within', '4');
  t.is(cut.flowsAgain, undefined, 'the only way to h2: nothing comes while it is cut');
  t.true(cut.lost > 50 && cut.lost <= cut.sent);
  t.true(await nothingToDo(lab), 'and it is mended');

  const silent = await measure('--link', 'r1', 'r3', '--silent');
  const dead = await measure('--node', 'r2', '--kill');
  // The flow is chosen so that it meets what breaks: of the two ways there, the one of the event.
  for (const [one, way] of [
    [silent, ['h1', 'r1', 'r3', 'r4', 'h2']],
    [dead, ['h1', 'r1', 'r2', 'r4', 'h2']],
  ] as const) {
    t.deepEqual(one.way, way, one.event);
    t.true(['both', 'there'].includes(one.meets));
    t.is(typeof one.flowsAgain, 'number', one.event);
    // An order of magnitude: OSPF by itself takes 4 s and more, and a machine may be busy.
    t.true((one.flowsAgain ?? Infinity) < 10_000, `${one.event}: ${one.flowsAgain} ms`);
  }
  t.true(silent.lost > 0, 'what nobody is told of cannot pass without a loss');
  t.log(`silent link: ${silent.flowsAgain} ms; dead router: ${dead.flowsAgain} ms`);
  t.true(await nothingToDo(lab));

  const running = start([
    'converge',
    'h1',
    'h2',
    '--lab',
    lab.lab,
    '--node',
    'r3',
    '--settle',
    '60',
    '--within',
    '100',
  ]);
  const stopped = async (): Promise<true | undefined> =>
    (await nodeStates(lab))['r3'] === 'stopped' ? true : undefined;
  t.true(await eventually(stopped, 30_000));
  running.kill('SIGINT');
  const { exitCode, stderr } = await running.outcome;
  t.is(exitCode, 1);
  t.regex(stderr, /interrupted/u);
  t.is((await nodeStates(lab))['r3'], 'up');
  t.regex((await lab.run('converge', 'h1', 'h2', '--node', 'h2')).stderr, /end of the measurement/u);
  t.regex((await lab.run('converge', 'h1', 'h2', '--node', 'r5')).stderr, /unknown-node/u);
  t.regex((await lab.run('converge', 'h1', 'h2', '--asn', '65002')).stderr, /no router is in AS 65002/u);
  t.regex((await lab.run('converge', 'h1', 'h2')).stderr, /say what is to break/u);
  t.true(await nothingToDo(lab));
});

test('each of two equal ways fails and comes back in turn, and both are used again', async (t) => {
  const lab = testLab(t, 'square', square.replace('{endpoints: [r1, r2], delay: 1ms}', '[r1, r2]'));
  await lab.up();
  const hops = async (family: string, to: string): Promise<number> => {
    const { stdout } = await lab.exec('r1', 'ip', family, '-json', 'route', 'show', to);
    const [route] = JSON.parse(stdout === '' ? '[]' : stdout) as { nexthops?: unknown[] }[];
    return route === undefined ? 0 : (route.nexthops?.length ?? 1);
  };
  const both = async (expected: number): Promise<true | undefined> =>
    (await hops('-4', '10.255.0.4')) === expected && (await hops('-6', 'fd00:ff::4')) === expected ? true : undefined;
  t.true(await eventually(() => both(2), 10_000));
  for (const other of ['r3', 'r2', 'r3']) {
    t.is((await lab.run('link', 'r1', other, 'down')).exitCode, 0);
    t.true(await eventually(() => both(1), 10_000), `without ${other} there is one way`);
    t.is((await lab.run('link', 'r1', other, 'up')).exitCode, 0);
    t.true(await eventually(() => both(2), 10_000), `with ${other} there are two again`);
  }
});
