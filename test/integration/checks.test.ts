/** Checks of a file in a lab that is up: each kind true and false, told to people and programs, and events undone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { CheckResult } from '../../src/engine/check.ts';
import { withLab } from '../../src/engine/open.ts';
import type { LinkRow } from '../../src/engine/link.ts';
import type { NodeRow } from '../../src/engine/ps.ts';
import { TestLab, eventOf, start } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

/** A triangle of routers of two protocols between two hosts; the short way is r1 - r3. */
const topology = `name: checks
defaults: {router: {ospf: {}, bfd: {}}}
nodes:
  h1: {kind: host}
  h2: {kind: host, processes: [{name: web, argv: [python3, -m, http.server, 80]}]}
  r1: {kind: router, asn: 65001, bgp: {}}
  r2: {kind: router, asn: 65001}
  r3: {kind: router, asn: 65001}
  x: {kind: router, asn: 65002, bgp: {networks: [198.51.100.0/24]}}
links:
  - [h1, r1]
  - [r1, r2]
  - [r2, r3]
  - [r1, r3]
  - [r3, h2]
  - [r1, x]
checks:
  - {name: true command, from: h1, run: [ping, -c, 1, -W, 1, h2], expect: 1 received}
  - {name: true echo, from: h1, to: h2}
  - {name: true echo over IPv6, from: h1, to: h2, ip: 6}
  - {name: true nobody, from: h1, to: 10.99.0.1, is: refused}
  - {name: true TCP, from: h1, to: h2, protocol: tcp, port: 80, at-most: 900ms}
  - {name: true TCP refused, from: h1, to: h2, protocol: tcp, port: 81, is: refused}
  - {name: true UDP refused, from: h1, to: h2, protocol: udp, port: 5000, is: refused}
  - {name: true path, from: h1, to: h2, passes: [r1, r3], avoids: [r2], back: {passes: [r3, r1], avoids: [r2]}}
  - {name: true path of a command, from: h1, run: [curl, -s, -o, /dev/null, "http://h2/"], passes: [r1, r3], back: {avoids: [r2]}}
  - {name: true route, at: r2, has: 10.255.0.1/32, next-hop: r1, protocol: ospf}
  - {name: true route over IPv6, at: r2, has: "fd00:ff::1/128", next-hop: r1, protocol: ospf}
  - {name: true no route, at: r2, lacks: 198.51.100.0/24}
  - {name: true AS path, at: r1, has: 198.51.100.0/24, as-path: [65002], avoids-as: [65003]}
  - {name: true own prefix, at: x, has: 198.51.100.0/24, as-path: []}
  - {name: true OSPF, at: r1, protocol: ospf, state: full, neighbors: [r2, r3]}
  - {name: true OSPFv3, at: r2, protocol: ospf6, state: full, count: 2}
  - {name: true BGP, at: r1, protocol: bgp, state: established, neighbors: [x], count: 1}
  - {name: true BFD, at: r3, protocol: bfd, state: up, neighbors: [r1, r2]}
  - {name: true page, from: h1, http: "http://h2/", body: Directory listing}
  - {name: true no page, from: h1, http: "http://h2/nothing", status: 404}
  - {name: true way around, when: {link: [r1, r3], is: down}, from: h1, to: h2, passes: [r1, r2, r3]}
  - {name: true neighbour lost, when: {link: [r1, r3], is: down}, at: r1, protocol: ospf, state: down, neighbors: [r3]}
  - {name: true nobody is told, when: {link: [r1, r3], is: silent}, from: h1, to: h2, passes: [r1, r2, r3]}
  - {name: true without its carrier, when: {node: r2, is: stopped}, at: r1, protocol: ospf, state: down, neighbors: [r2]}
  - {name: true power cut, when: {node: r2, is: killed}, at: r3, protocol: bfd, state: down, neighbors: [r2]}
  - {name: true back again, when: {node: r2, is: restarted}, at: r2, has: 10.255.0.1/32, protocol: ospf}
  - {name: true system gone, when: {asn: 65002, is: killed}, at: r1, lacks: 198.51.100.0/24}
  - {name: true session anew, within: 30, when: {bgp: [r1, x], is: reset}, at: r1, has: 198.51.100.0/24, protocol: bgp}
  - {name: false command, from: h1, run: ["true"], exit: 1, within: 0.1}
  - {name: false echo, from: h1, to: 10.99.0.1, within: 0.1}
  - {name: false silence, from: h1, to: h2, is: blocked, within: 0.1}
  - {name: false time, from: h1, to: h2, at-most: 1us, within: 0.1}
  - {name: false path, from: h1, to: h2, avoids: [r3], within: 0.1}
  - {name: false route, at: r2, has: 10.255.0.1/32, next-hop: r3, within: 0.1}
  - {name: false no route, at: r2, lacks: 10.255.0.1/32, within: 0.1}
  - {name: false AS path, at: r1, has: 198.51.100.0/24, as-path: [65003], within: 0.1}
  - {name: false state, at: r1, protocol: ospf, state: full, count: 3, within: 0.1}
  - {name: false page, from: h1, http: "http://h2/nothing", within: 0.1}
  - {name: false after the cut, when: {link: [h1, r1], is: down}, from: h1, to: h2, within: 0.1}
  - {name: long stop, when: {node: r2, is: stopped}, from: h1, to: 10.99.0.1, within: 60}
  - {name: long wait, when: {link: [r3, h2], is: down}, from: h1, to: h2, within: 60}
`;

const lab = new TestLab('checks', topology);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'xiyou-checks-'));
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', async () => {
  await lab.release();
  rmSync(scratch, { recursive: true, force: true });
});

const links = async (): Promise<LinkRow[]> => JSON.parse((await lab.run('link', '--json')).stdout) as LinkRow[];
const cut = async (): Promise<string[]> =>
  (await links()).filter(({ state }) => state === 'down').map(({ ends }) => ends.join(' '));

const stopped = async (): Promise<string[]> => {
  const { nodes } = JSON.parse((await lab.run('ps', '--json')).stdout) as { nodes: NodeRow[] };
  return nodes.filter(({ state }) => state === 'stopped').map(({ node }) => node);
};

test.serial('what is true is found true, and the lab is as before', async (t) => {
  const { exitCode, stdout, stderr } = await lab.run('check', 'true ', '--json');
  t.is(exitCode, 0, stderr);
  const results = JSON.parse(stdout) as CheckResult[];
  t.is(results.length, 28);
  t.deepEqual(
    results.filter(({ ok }) => !ok),
    [],
  );
  const seen = (name: string): string => results.find((result) => result.name === name)?.seen ?? '';
  t.regex(seen('true path'), /^h1 > r1 > r3 > h2; back h2 > r3 > r1 > h1/u);
  t.regex(seen('true way around'), /^h1 > r1 > r2 > r3 > h2/u);
  t.is(seen('true AS path'), 'AS path 65002, from x');
  t.regex(seen('true route'), /^10\.255\.0\.1\/32 by ospf via r1 \(/u);
  t.is(results.find(({ name }) => name === 'true way around')?.when, 'link r1 - r3 down');
  t.is(results.find(({ name }) => name === 'true system gone')?.when, 'AS 65002 (x) killed');
  t.deepEqual(await cut(), []);
  t.deepEqual(await stopped(), []);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0, 'nothing is left to mend');
});

test.serial('what is false fails, with what was expected and seen; TAP, JUnit and exit code 1', async (t) => {
  const report = path.join(scratch, 'report.xml');
  const { exitCode, stdout, stderr } = await lab.run('check', 'false ', 'true no route', '--tap', '--junit', report);
  t.is(exitCode, 1);
  t.regex(stderr, /11 of 12 checks failed/u);
  t.regex(
    stderr,
    /false route\n +in r2: ip route show 10\.255\.0\.1\/32\n +expected: a route to \S+ via r3\n +seen: +10\.255\.0\.1\/32 by ospf via r1/u,
  );
  t.regex(stderr, /false path\n[^\n]*\n +expected: not by r3\n +seen: +h1 > r1 > r3 > h2: /u);
  t.regex(stderr, /false after the cut\n +after: +link h1 - r1 down/u);
  t.is((stdout.match(/^not ok \d+ - false /gmu) ?? []).length, 11);
  t.regex(stdout, /^TAP version 14\n1\.\.12\nok 1 - true no route\n/u);
  const xml = readFileSync(report, 'utf8');
  t.regex(xml, /<testsuite name="\S+" tests="12" failures="11" /u);
  t.deepEqual(await cut(), [], 'the link is joined again although the check failed');
});

test.serial('stopped in the middle: the event is undone', async (t) => {
  const command = start(['check', '--lab', lab.lab, 'long wait']);
  await poll('the link is cut', async () => (await cut()).length === 1);
  command.kill('SIGINT');
  const { exitCode, stderr } = await command.outcome;
  t.is(exitCode, 1);
  t.regex(stderr, /error\[interrupted\]/u);
  t.deepEqual(await cut(), []);
});

test.serial('stopped while a node is: it is started again', async (t) => {
  const command = start(['check', '--lab', lab.lab, 'long stop']);
  await poll('the node is stopped', async () => (await stopped()).includes('r2'));
  command.kill('SIGINT');
  const { exitCode, stderr } = await command.outcome;
  t.is(exitCode, 1);
  t.regex(stderr, /error\[interrupted\]/u);
  t.deepEqual(await stopped(), []);
});

test.serial(
  'a node that somebody stopped before stays stopped, and a session that is none cannot be reset',
  async (t) => {
    await lab.run('node', 'stop', 'x');
    t.is((await lab.run('check', 'true system gone')).exitCode, 0);
    t.deepEqual(await stopped(), ['x']);
    t.is((await lab.run('node', 'start', 'x')).exitCode, 0);
    await withLab(lab.lab, (open) =>
      t.throwsAsync(open.check({ from: 'h1', to: 'h2', when: { bgp: ['r1', 'r2'], is: 'reset' } }), {
        message: /r1 has no BGP session with r2/u,
      }),
    );
  },
);

test.serial('a link that somebody cut before stays cut', async (t) => {
  await lab.run('link', 'r1', 'r3', 'down');
  const { stdout } = await lab.run('check', 'true neighbour lost', '--json');
  t.true(stdout.includes('"seen": "r2 Full"'), stdout);
  t.is((await cut()).length, 1);
  t.is((await lab.run('link', 'r1', 'r3', 'up')).exitCode, 0);
  // The whole lab is as `up` made it: a host that loses its link keeps its default route.
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0);
});

test.serial('a name that is none is told', async (t) => {
  const { exitCode, stderr } = await lab.run('check', 'true pth');
  t.is(exitCode, 2);
  t.regex(stderr, /did you mean "true path"/u);
});

test.serial('the library: a journey and its answer, a check of one line', async (t) => {
  // The link of the test before is up; OSPF takes it a moment later.
  t.is((await lab.run('check', 'true path')).exitCode, 0);
  await withLab(lab.lab, async (open) => {
    const way = await open.journey({ from: 'h1', run: ['curl', '-s', 'http://h2/'] });
    way.passes('r1', 'r3').avoids('r2').delivered('h2').once().explained();
    way.answer.passes('r3', 'r1').delivered('h1');
    t.throws(() => way.avoids('r3'), { message: /passes r3; its path:\n {2}h1:/u });
    const packet = await open.journey({ from: 'h1', to: 'h2', protocol: 'tcp', port: 81 });
    packet.passes('r1', 'r3').delivered('h2');
    t.is((await open.check({ from: 'h1', to: 'h2', protocol: 'tcp', port: 80 })).ok, true);
    await t.throwsAsync(open.check({ name: 'no', from: 'h1', to: 'h2', avoids: ['r1'], within: 0.1 }), {
      message: /^no: expected not by r1, seen h1 > r1 > r3 > h2/u,
    });
    await t.throwsAsync(open.check({ from: 'h1', to: 'h3' }), { message: /"h3" is no node/u });
    await t.throwsAsync(open.journey({ from: 'h1', to: 'h2', protocol: 'tcp' }), {
      message: /needs something that is sent/u,
    });
  });
});
