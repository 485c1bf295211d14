/**
 * FRR's own topology tests through our engine: the daemons' files as they are, the actions, and the expected tables,
 * compared as FRR does. Whatever cases lie in the corpus are run; where there is none, that is said.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { askDaemon } from '../../src/kernel/vty.ts';
import type { Act, Case, Check } from '../helpers/interop.ts';
import { casesIn, compare, corpus, readCase, switchOf, topologyOf } from '../helpers/interop.ts';
import { type TestLab, eventOf, testLab } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';
import { withLab } from '../../src/engine/open.ts';

const directory = path.join(corpus, 'frr');
const names = casesIn(directory);

/** The port of a segment's switch that leads to an interface of a node: without it the interface has no carrier. */
const portTo = (given: Case, node: string, port: string): [string, string] => {
  const net = given.nets.find(({ members }) => members.some((member) => member[0] === node && member[1] === port));
  if (net === undefined) throw new Error(`${node}:${port} is in no segment`);
  return [`${node}:${port}`, switchOf(net.net)];
};

const act = async (t: ExecutionContext, lab: TestLab, given: Case, action: Act): Promise<void> => {
  const done =
    'exec' in action
      ? await lab.exec(action.exec[0], 'sh', '-c', action.exec[1])
      : 'vtysh' in action
        ? await lab.exec(action.vtysh[0], 'vtysh', ...action.vtysh.slice(1).flatMap((command) => ['-c', command]))
        : 'peerLinkDown' in action
          ? await lab.run('link', ...portTo(given, ...action.peerLinkDown), 'down')
          : await lab.run('link', ...portTo(given, ...action.peerLinkUp), 'up');
  t.is(done.exitCode, 0, `${JSON.stringify(action)}: ${done.stderr}`);
};

/** The daemon that answers a show command. */
const daemonOf = (command: string): string => {
  const found = [
    [/ospf6/u, 'ospf6d'],
    [/ospf/u, 'ospfd'],
    [/bgp/u, 'bgpd'],
    [/bfd/u, 'bfdd'],
    [/isis/u, 'isisd'],
    [/ripng/u, 'ripngd'],
    [/\brip\b/u, 'ripd'],
  ].find(([pattern]) => (pattern as RegExp).test(command.replace(/^show ipv?6? route.*/u, '')));
  return (found?.[1] as string | undefined) ?? 'zebra';
};

const check = async (t: ExecutionContext, lab: TestLab, base: string, one: Check): Promise<void> => {
  const expected = readFileSync(path.join(base, one.expect), 'utf8');
  let wrong = 'nothing was seen';
  const began = performance.now();
  await withLab(lab.lab, (open) =>
    poll(
      one.cmd,
      async () => {
        const socket = path.join(open.rootOf(one.node), `run/frr/${daemonOf(one.cmd)}.vty`);
        wrong = compare(one, (await askDaemon(socket, one.cmd)) ?? '', expected) ?? '';
        return wrong === '';
      },
      one.timeout,
    ).catch(() => undefined),
  );
  t.is(wrong, '', `${one.node}: ${one.cmd} (${one.expect})\n${wrong}`);
  t.log(`${one.node}: ${one.cmd}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
};

if (names.length === 0) test(`no cases of FRR in ${directory}: nothing to run`, (t) => t.pass());

for (const name of names) {
  test.serial(`FRR's ${name}`, async (t) => {
    t.timeout(600_000);
    const base = path.join(directory, name);
    const given = readCase(base);
    const lab = testLab(t, `${name.replaceAll('_', '-')}.yml`, 'name: x\n');
    lab.write(JSON.stringify(topologyOf(lab.lab, given, base), undefined, 2));
    const made = await lab.up();
    for (const event of made) if (event.event === 'note') t.log(event.text);
    t.log(`up in ${eventOf(made, 'done')?.seconds} s`);
    for (const step of given.steps) {
      const began = performance.now();
      for (const action of step.act ?? []) await act(t, lab, given, action);
      await Promise.all(step.checks.map((one) => check(t, lab, base, one)));
      t.log(`${step.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
    const down = await lab.down();
    t.is(down.exitCode, 0, down.stderr);
    t.deepEqual(await lab.left(), []);
  });
}
