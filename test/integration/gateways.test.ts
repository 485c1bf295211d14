/**
 * Two active gateways of a tenant: both carry new connections, one may be drained without anybody noticing, and either may
 * die: connections that are translated without state go on, those that only the dead one knew end, and new ones work.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { VpcGateway } from '../../src/engine/gateways.ts';
import type { Event } from '../../src/engine/events.ts';
import { journey } from '../../src/engine/journey.ts';
import { lockLab } from '../../src/engine/lock-lab.ts';
import { withLab } from '../../src/engine/open.ts';
import { labPaths } from '../../src/engine/paths.ts';
import type { Vpc } from '../../src/engine/vpc.ts';
import { setStatelessNat } from '../../src/kernel/stateless-nat.ts';
import { type Begun, begin, hold } from '../helpers/conversations.ts';
import { TestLab } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

const lab = new TestLab('gateways');
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', () => lab.release());

const inside = (node: string): string => `${lab.lab}-${node}`;
const hall = '203.0.113.10';
const pilgrim = '198.51.100.2';
const source = { east: '203.0.113.101', west: '203.0.113.102' } as const;

const gateways = async (): Promise<Record<string, VpcGateway>> => {
  const { gateways: list } = JSON.parse((await lab.run('vpc', '--json')).stdout) as Vpc;
  return Object.fromEntries(list.map((one) => [one.node, one]));
};
const packets = (gateway: VpcGateway | undefined, from: string): number =>
  gateway?.stateless.find((one) => one.from === from)?.packets ?? 0;

/** Fetches a page so many times, each over a connection of its own; how often it came. */
const fetched = async (node: string, address: string, times: number): Promise<number> => {
  const { stdout } = await lab.exec(
    ...([node, 'sh', '-c'] as const),
    `for i in $(seq ${times}); do curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}\\n' http://${address}/; done`,
  );
  return stdout.split('\n').filter((line) => line === '200').length;
};

/** Addresses that the pilgrim's web server was asked from, since it was last looked at. */
let seen = 0;
const askedFrom = (): string[] => {
  const lines = readFileSync(`${lab.directory}/nodes/pilgrim/log/web.log`, 'utf8')
    .split('\n')
    .flatMap((line) => /^(?:::ffff:)?([0-9.]+) .*"GET /u.exec(line)?.[1] ?? []);
  const fresh = lines.slice(seen);
  seen = lines.length;
  return fresh;
};

/** Both gateways have all their sessions, and every hypervisor sees both alive. */
const whole = async (): Promise<boolean> => {
  const all = Object.values(await gateways());
  if (
    !all.every(
      ({ state, sessions }) => state === 'up' && sessions !== undefined && sessions.established === sessions.all,
    )
  )
    return false;
  for (const node of ['hv1', 'hv3'])
    for (const port of ['_bfd1', '_bfd2'])
      if ((await lab.exec(node, 'ovs-vsctl', 'get', 'Interface', port, 'bfd_status:state')).stdout.trim() !== 'up')
        return false;
  return true;
};
test.serial.beforeEach('both gateways live', () => poll('both gateways live', whole, 90));

/** Milliseconds from the first connection begun whose first packet was lost to the last one. */
const outage = ({ slow, failed }: Begun): number => {
  const lost = [...slow, ...failed];
  return lost.length === 0 ? 0 : Math.round(Math.max(...lost) - Math.min(...lost));
};

test.serial('new connections use both gateways, inwards and outwards', async (t) => {
  const before = await gateways();
  t.is(await fetched('pilgrim', hall, 16), 16);
  const after = await gateways();
  for (const name of ['east', 'west'] as const) {
    const [one, two] = [before[name], after[name]];
    if (one === undefined || two === undefined) throw new Error(`no gateway ${name}`);
    t.true(packets(two, hall) > packets(one, hall), `${name} has taken some in`);
    t.true(packets(two, '172.16.0.10') > packets(one, '172.16.0.10'), `${name} has let some out`);
    t.is(two.connections, one.connections, `${name} remembers none of them`);
    t.deepEqual(two.sources, [source[name]]);
  }
  askedFrom();
  t.is(await fetched('novice', pilgrim, 16), 16);
  t.deepEqual([...new Set(askedFrom())].toSorted(), [source.east, source.west]);
  t.true(
    Object.values(await gateways()).every(({ connections }) => connections > 0),
    'of these each remembers its own',
  );
});

test.serial('in by one gateway and out by the other', async (t) => {
  // West asks its neighbours to go round it, and the hypervisors go on to send by both.
  const shutdown = (word: string) =>
    lab.exec('west', 'vtysh', '-d', 'bgpd', '-c', 'configure terminal', '-c', 'router bgp 4200000012', '-c', word);
  await shutdown('bgp graceful-shutdown');
  t.teardown(() => shutdown('no bgp graceful-shutdown'));
  await poll('everything comes in by east', async () => {
    const { stdout } = await lab.exec('leaf1', 'ip', 'route', 'show', hall);
    return stdout.includes('to-east') && !stdout.includes('to-west');
  });
  await poll('at both leaves', async () => {
    const { stdout } = await lab.exec('leaf2', 'ip', 'route', 'show', hall);
    return stdout.includes('to-east') && !stdout.includes('to-west');
  });
  const before = await gateways();
  t.is(await fetched('pilgrim', hall, 16), 16);
  const after = await gateways();
  const grown = (name: string, from: string): number => packets(after[name], from) - packets(before[name], from);
  t.is(grown('west', hall), 0);
  t.true(grown('west', '172.16.0.10') > 0, 'answers leave by the one that has not seen the question');
  t.true(grown('east', '172.16.0.10') > 0);
});

test.serial('whichever way it takes, a packet is explained to the last octet', async (t) => {
  const run = (address: string) => [
    'curl',
    '--silent',
    '--max-time',
    '20',
    '--output',
    '/dev/null',
    `http://${address}/`,
  ];
  await withLab(lab.lab, async (running) => {
    const inward = await journey(running, { from: 'pilgrim', run: run(hall) });
    inward.passes('border', 'hv3', 'hall').dnat().vxlan(5101).delivered('hall').explained();
    inward.answer.passes('hall', 'hv3', 'border').vxlan(5101).snat().delivered('pilgrim').explained();
    const outward = await journey(running, { from: 'novice', run: run(pilgrim) });
    outward.passes('novice', 'hv1', 'border', 'pilgrim').snat().delivered('pilgrim').explained();
    outward.answer.passes('pilgrim', 'border', 'hv1', 'novice').delivered('novice').explained();
  });
  t.pass();
});

const survivors = (all: readonly boolean[]): number => all.filter(Boolean).length;

test.serial('a gateway that is drained gets nothing new, and nobody loses a connection', async (t) => {
  const held = await Promise.all([hold(inside('pilgrim'), hall, 12, 30), hold(inside('novice'), pilgrim, 12, 30)]);
  const streams = [begin(inside('pilgrim'), hall), begin(inside('novice'), pilgrim)];
  t.regex((await lab.run('node', 'drain', 'west')).stdout, /west is drained: nothing new goes over it/u);
  t.regex((await lab.run('node', 'drain', 'west')).stdout, /drained already/u);
  t.is((await gateways())['west']?.state, 'drained');
  await poll('the leaves go round it', async () => {
    const { stdout } = await lab.exec('leaf1', 'ip', 'route', 'show', hall);
    return !stdout.includes('to-west');
  });
  const began = await Promise.all(streams.map(({ stop }) => stop()));
  t.deepEqual(
    began.map(({ failed }) => failed),
    [[], []],
    'no new one came to nothing',
  );
  for (const one of held)
    t.deepEqual(
      await one.ask(),
      Array.from({ length: 12 }, () => true),
    );
  await Promise.all(held.map((one) => one.end()));
  askedFrom();
  t.is(await fetched('novice', pilgrim, 16), 16);
  t.deepEqual([...new Set(askedFrom())], [source.east]);

  t.regex((await lab.run('node', 'undrain', 'west')).stdout, /west is taking part again/u);
  await poll('both are used again', async () => {
    await fetched('novice', pilgrim, 8);
    return new Set(askedFrom()).size === 2;
  });
  await lab.run('node', 'drain', 'west');
  await lab.up();
  t.is((await gateways())['west']?.state, 'up', 'up ends it as well');
  await poll('by both gateways', async () => {
    await fetched('novice', pilgrim, 8);
    return new Set(askedFrom()).size === 2;
  });
  t.regex((await lab.run('node', 'drain', 'hall')).stderr, /it speaks no BGP and is no way out/u);
});

/** What becomes of conversations when a gateway dies by `kill`. */
const dies = async (
  t: ExecutionContext,
  name: 'east' | 'west',
  kill: () => Promise<unknown>,
  forgets: boolean,
): Promise<void> => {
  const named = await hold(inside('pilgrim'), hall, 12, 40);
  const nameless = await hold(inside('novice'), pilgrim, 16, 20);
  const known = await lab.exec('pilgrim', 'ss', '-Htn', 'state', 'established', 'sport', '=', ':80');
  const doomed = known.stdout.split('\n').filter((line) => line.includes(source[name])).length;
  t.true(doomed > 0 && doomed < 16, `${doomed} of 16 go out by ${name}`);
  const streams = [begin(inside('pilgrim'), hall), begin(inside('novice'), pilgrim)];
  await kill();
  const [first, second] = await Promise.all([named.ask(), nameless.ask()]);
  // The streams go on until the dead one has been left out, and is back where it comes back by itself.
  await poll('new ones come in by the other', async () => (await fetched('pilgrim', hall, 12)) === 12, 60);
  await poll('and go out by it', async () => (await fetched('novice', pilgrim, 12)) === 12, 60);
  if (!forgets) await poll('it is back', whole, 90);
  const began = await Promise.all(streams.map(({ stop }) => stop()));
  t.log(
    `first packets were lost for ${began.map((one) => outage(one)).join(' ms inwards and ')} ms outwards; ${began.map(({ begun }) => begun).join(' and ')} connections begun`,
  );
  t.is(survivors(first), 12, 'translated without state');
  if (forgets) t.is(survivors(second), 16 - doomed, 'those of the other gateway, and only those');
  else t.true(survivors(second) >= 16 - doomed, 'at least those of the other gateway');
  // The gateway, or a leaf before it knows better, may say that there is no way: then TCP does not try again.
  t.true(
    began.every((one) => outage(one) < 10_000),
    'soon no first packet is lost any more',
  );
  await Promise.all([named.end(), nameless.end()]);
};

test.serial('a gateway whose power goes takes only its own with it', async (t) => {
  await dies(t, 'west', () => lab.run('node', 'stop', 'west', '--kill'), true);
  t.is((await gateways())['west']?.state, 'stopped');
  t.is((await lab.run('node', 'start', 'west')).exitCode, 0);
});

test.serial('a gateway whose daemons are killed is left out at once, and comes back by itself', async (t) => {
  const kill = async (): Promise<void> => {
    for (const [daemon, pid] of await lab.daemons())
      if (daemon.startsWith('east ') && pid > 0) process.kill(pid, 'SIGKILL');
  };
  const before = await lab.daemons();
  // Its kernel still knows the connections when its daemons are there again.
  await dies(t, 'east', kill, false);
  const after = await lab.daemons();
  for (const name of ['bgpd', 'bfdd', 'way-out'])
    t.not(after.get(`east ${name}`), before.get(`east ${name}`), `${name} is another one`);
  t.like((await gateways())['east']?.world, { stands: true, sessions: 'open' });
  askedFrom();
  await poll('it takes new ones again', async () => {
    await fetched('novice', pilgrim, 8);
    return new Set(askedFrom()).size === 2;
  });
});

/** What the hypervisors with machines say of a gateway. */
const statesSeen = async (port: '_bfd1' | '_bfd2'): Promise<string[]> => {
  const states: string[] = [];
  for (const node of ['hv1', 'hv3'])
    states.push((await lab.exec(node, 'ovs-vsctl', 'get', 'Interface', port, 'bfd_status:state')).stdout.trim());
  return states;
};

/** Everything new goes by east, in both directions, and nothing of it is lost. */
const allByEast = async (t: ExecutionContext): Promise<void> => {
  await poll('the hypervisors leave west out', async () =>
    (await statesSeen('_bfd2')).every((state) => state === 'down'),
  );
  await poll('new ones come in', async () => (await fetched('pilgrim', hall, 12)) === 12, 60);
  askedFrom();
  t.is(await fetched('novice', pilgrim, 16), 16);
  t.deepEqual([...new Set(askedFrom())], [source.east]);
};

test.serial('a gateway whose bgpd alone dies is no way out until it has routes again', async (t) => {
  const streams = [begin(inside('pilgrim'), hall), begin(inside('novice'), pilgrim)];
  // Who holds the lab's lock has the keeper wait.
  const paths = labPaths(lab.lab);
  const lock = await lockLab(paths, 'a test', { listener: () => undefined, wait: 60_000 });
  try {
    const daemons = await lab.daemons();
    process.kill(daemons.get('west bgpd') ?? 0, 'SIGKILL');
    await allByEast(t);
    t.is((await lab.daemons()).get('west bfdd'), daemons.get('west bfdd'), 'bfdd runs all the time');
    t.like((await gateways())['west']?.world, { stands: false, because: 'bgpd does not answer', sessions: 'shut' });
    t.regex((await lab.run('vpc')).stdout, /^west +up +no way: bgpd does not answer/mu);
  } finally {
    lock.release();
  }
  await poll('it is back', whole, 90);
  const began = await Promise.all(streams.map(({ stop }) => stop()));
  t.log(`first packets were lost for ${began.map((one) => outage(one)).join(' ms inwards and ')} ms outwards`);
});

test.serial('a gateway that has lost the fabric is no way out, though its daemons live', async (t) => {
  const fabric = ['leaf1', 'leaf2'] as const;
  const streams = [begin(inside('pilgrim'), hall), begin(inside('novice'), pilgrim)];
  for (const leaf of fabric) t.is((await lab.run('link', leaf, 'west', 'down')).exitCode, 0);
  await allByEast(t);
  t.like((await gateways())['west']?.world, { because: 'IPv4 by nobody, IPv6 by nobody', sessions: 'shut' });
  for (const leaf of fabric) t.is((await lab.run('link', leaf, 'west', 'up')).exitCode, 0);
  await poll('it is back', whole, 90);
  const began = await Promise.all(streams.map(({ stop }) => stop()));
  t.log(`first packets were lost for ${began.map((one) => outage(one)).join(' ms inwards and ')} ms outwards`);
});

test.serial('who looks for the world dies: what was said holds, and the next one looks again', async (t) => {
  const daemons = await lab.daemons();
  process.kill(daemons.get('west way-out') ?? 0, 'SIGKILL');
  await poll('another one runs', async () => {
    const pid = (await lab.daemons()).get('west way-out') ?? -1;
    return pid > 0 && pid !== daemons.get('west way-out');
  });
  // Each change from alive to dead or back counts.
  const changes = async (): Promise<number> => {
    const { stdout } = await lab.exec('hv1', 'ovs-vsctl', 'get', 'Interface', '_bfd2', 'bfd_status:flap_count');
    return Number(stdout.replaceAll('"', ''));
  };
  const before = await changes();
  process.kill(daemons.get('west bfdd') ?? 0, 'SIGKILL');
  await poll('another bfdd is told too', async () => (await changes()) >= before + 2, 60);
  await poll('it is back', whole, 90);
  t.like((await gateways())['west']?.world, { stands: true, sessions: 'open' });
});

test.serial('when it comes back, nobody is moved to it', async (t) => {
  await lab.run('node', 'stop', 'east', '--kill');
  const named = await hold(inside('pilgrim'), hall, 12, 30);
  const nameless = await hold(inside('novice'), pilgrim, 12, 30);
  await lab.run('node', 'start', 'east');
  await poll('both gateways live', whole, 90);
  t.is(survivors(await named.ask()), 12);
  t.is(survivors(await nameless.ask()), 12);
  await Promise.all([named.end(), nameless.end()]);
});

test.serial('without any gateway the world hears nothing of the cloud', async (t) => {
  await Promise.all(['east', 'west'].map((name) => lab.run('node', 'stop', name, '--kill')));
  await poll('the whole is not announced', async () => {
    const { stdout } = await lab.exec('carrier', 'ip', 'route', 'show', '203.0.113.0/24');
    return stdout === '';
  });
  await lab.up();
  t.deepEqual(await lab.failedChecks(), []);
});

test.serial('translations and groups that somebody changed are put right', async (t) => {
  await withLab(lab.lab, (running) =>
    running.store.within('east', () =>
      setStatelessNat({
        op: 'stateless-nat',
        node: 'east',
        pairs: [{ address: hall, to: '172.16.0.10', out: ['to-leaf1'] }],
      }),
    ),
  );
  const stages = (events: readonly Event[]) =>
    Object.fromEntries(
      events.flatMap((event) =>
        event.event === 'stage-start' && event.stage !== 'probes' ? [[event.stage, event.operations]] : [],
      ),
    );
  t.deepEqual(stages(await lab.up()), { firewall: 1 });
  await lab.exec('hv3', 'ovs-ofctl', '-O', 'OpenFlow15', 'del-groups', 'br-int');
  t.deepEqual(stages(await lab.up()), { tunnels: 1 });
  t.deepEqual(stages(await lab.up()), {});
  t.deepEqual(await lab.failedChecks(), []);
});
