/**
 * The flow log, held against connections that were really made: as many, between the same ends, with as many packets as went;
 * what a guard held back is there as rejected, and what another tenant does is not there at all.
 */
import test from 'ava';
import type { FlowLogRecord } from '../../src/packet/flow-log.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { dissect } from '../../src/packet/dissect.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { TestLab, eventOf, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';
import { record } from '../helpers/pcap.ts';
import { type SwitchDatapath, onDatapath, switchDatapaths } from '../helpers/switch-datapaths.ts';

const text = `
name: flow-log
networks:
  hall: {tenant: temple, prefix4: 10.0.1.0/24, prefix6: "2001:db8:1::/64"}
  quiet: {tenant: temple, prefix4: 10.0.2.0/24, flow-log: false}
  cave: {tenant: demons, prefix4: 10.0.1.0/24}
tenants:
  temple:
    router: {}
    flow-log: true
    groups: {hall: {in: [{protocol: tcp, ports: 80}, {protocol: icmp}]}, shut: {out: []}}
  demons: {groups: {open: {in: [{}]}}}
nodes:
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor}
  buddha: {kind: host}
  ananda:
    kind: host
    processes: [&web {name: web, argv: [python3, -m, http.server, --bind, "::", --directory, /etc, 80]}]
  novice: {kind: host}
  monk: {kind: host}
  imp: {kind: host}
  ogre: {kind: host, processes: [*web]}
links:
  - {endpoints: [hv1, hv2], prefix4: 172.31.0.0/30, mtu: 1600}
  - {endpoints: [{node: buddha, addresses: [10.0.1.11/24, "2001:db8:1::11/64"], groups: [hall]}, hv1], network: hall}
  - {endpoints: [{node: ananda, addresses: [10.0.1.12/24, "2001:db8:1::12/64"], groups: [hall]}, hv2], network: hall}
  - {endpoints: [{node: novice, addresses: [10.0.1.13/24], groups: [shut]}, hv1], network: hall}
  - {endpoints: [{node: monk, addresses: [10.0.2.11/24], groups: [hall]}, hv1], network: quiet}
  - {endpoints: [{node: imp, addresses: [10.0.1.11/24], groups: [open]}, hv1], network: cave}
  - {endpoints: [{node: ogre, addresses: [10.0.1.12/24], groups: [open]}, hv2], network: cave}
checks:
  - {name: the door is open, from: buddha, to: ananda, protocol: tcp, port: 80}
  - {name: and over there, from: imp, to: ogre, protocol: tcp, port: 80}
`;

/** TCP packets of a machine's connections to a port, by its own port: those it sent, and those it got. */
const countTcp = (frames: readonly Frame[], port: number): Map<number, { packets: number; answerPackets: number }> => {
  const counts = new Map<number, { packets: number; answerPackets: number }>();
  for (const frame of frames) {
    const tcp = dissect(frame.bytes, frame.link).find((layer) => layer.protocol === 'tcp');
    if (tcp === undefined) continue;
    const own = tcp.destinationPort === port ? tcp.sourcePort : tcp.destinationPort;
    const count = counts.get(own) ?? { packets: 0, answerPackets: 0 };
    counts.set(own, count);
    count[tcp.destinationPort === port ? 'packets' : 'answerPackets'] += 1;
  }
  return counts;
};

const suite = (datapath: SwitchDatapath): void => {
  const lab = new TestLab('topologies/flow-log.yml', onDatapath(text, datapath));
  test.after.always(`${datapath}: the lab is gone`, () => lab.release());
  const records = async (): Promise<FlowLogRecord[]> =>
    JSON.parse((await xiyou(['vpc', lab.lab, '--flows', '--json'])).stdout) as FlowLogRecord[];
  const select = (all: readonly FlowLogRecord[], some: Partial<FlowLogRecord>): FlowLogRecord[] =>
    all.filter((one) => Object.entries(some).every(([key, value]) => one[key as keyof FlowLogRecord] === value));

  test.serial(`${datapath}: as many connections as were made, with their packets`, async (t) => {
    await lab.up();
    const open = async (): Promise<boolean> => (await lab.failedChecks()).length === 0;
    await t.notThrowsAsync(poll('the servers listen', open));
    const capture = openCapture({
      namespaces: [{ node: 'buddha', path: `${lab.directory}/netns/buddha`, interfaces: ['eth0'] }],
    });
    t.teardown(() => capture.close());
    const stop = record(capture);
    const many = 7;
    const urls = Array.from({ length: many }, () => 'http://10.0.1.12/hostname');
    for (const url of urls) await lab.exec('buddha', 'curl', '-s', '-o', '/dev/null', url);
    await lab.exec('buddha', 'curl', '-s', '-o', '/dev/null', 'http://[2001:db8:1::12]/hostname');
    for (const url of urls) await lab.exec('imp', 'curl', '-s', '-o', '/dev/null', url);
    const seen = countTcp(await stop(), 80);
    t.is(seen.size, many + 1);
    const mine = (all: readonly FlowLogRecord[], machine: string): FlowLogRecord[] =>
      select(all, { machine, protocol: 'tcp', action: 'accept', destinationPort: 80 }).filter(({ sourcePort = 0 }) =>
        seen.has(sourcePort),
      );
    const complete = async (): Promise<boolean> => {
      const all = await records();
      return ['buddha', 'ananda'].every((machine) => mine(all, machine).length >= many + 1);
    };
    await t.notThrowsAsync(poll('each connection has its record at both ends', complete));
    const all = await records();
    for (const [machine, direction] of [
      ['buddha', 'out'],
      ['ananda', 'in'],
    ] as const) {
      const own = mine(all, machine);
      t.is(own.length, many + 1, machine);
      for (const one of own) {
        const { packets, answerPackets, sourcePort = 0 } = one;
        t.deepEqual({ packets, answerPackets }, seen.get(sourcePort), `${machine} ${sourcePort}`);
        t.like(one, { direction, tenant: 'temple', network: 'hall', state: 'closed' });
        t.true(one.octets >= packets * 40 && Date.parse(one.start) <= Date.parse(one.end));
      }
      t.is(select(own, { source: '2001:db8:1::11', destination: '2001:db8:1::12' }).length, 1);
    }
    t.true(
      all.every(({ tenant, network }) => tenant === 'temple' && network === 'hall'),
      'the other tenant logs none',
    );
  });

  test.serial(`${datapath}: what a guard held back is rejected, at the guard that did`, async (t) => {
    await lab.exec('buddha', 'curl', '-s', '-m', '1', 'http://10.0.1.12:81/');
    await lab.exec('buddha', 'curl', '-s', '-m', '1', 'http://10.0.1.12:82/');
    await lab.exec('novice', 'ping', '-c', '1', '-W', '1', '10.0.1.11');
    await lab.exec('buddha', 'ping', '-c', '3', '-i', '0.2', '10.0.1.12');
    const rejected = async (): Promise<boolean> => {
      const all = await records();
      return (
        select(all, { machine: 'ananda', action: 'reject' }).length >= 2 &&
        select(all, { machine: 'novice', action: 'reject' }).length >= 1 &&
        select(all, { machine: 'ananda', action: 'accept', protocol: 'icmp' }).length >= 1 &&
        select(all, { machine: 'buddha', action: 'accept', destinationPort: 81 }).length >= 1
      );
    };
    await t.notThrowsAsync(poll('the records are there', rejected));
    const all = await records();
    const held = select(all, { action: 'reject' });
    t.deepEqual(
      held
        .map(({ machine, direction, protocol, source, destination, destinationPort = 0 }) =>
          [machine, direction, protocol, source, destination, destinationPort].join(' '),
        )
        .toSorted(),
      [
        'ananda in tcp 10.0.1.11 10.0.1.12 81',
        'ananda in tcp 10.0.1.11 10.0.1.12 82',
        'novice out icmp 10.0.1.13 10.0.1.11 0',
      ],
    );
    t.true(held.every(({ answerPackets, packets, state }) => answerPackets === 0 && packets > 0 && state === 'quiet'));
    const echo = select(all, { machine: 'ananda', protocol: 'icmp', action: 'accept' });
    t.like(echo[0], { direction: 'in', packets: 3, answerPackets: 3, icmpType: 8 });
    const allowed = select(all, { machine: 'buddha', destinationPort: 81, action: 'accept' });
    t.like(allowed[0], { direction: 'out', answerPackets: 0, state: 'quiet' }, 'its sender was allowed to begin it');
    const { stdout } = await xiyou(['vpc', lab.lab, '--flows']);
    t.regex(stdout, /ananda +in +reject +tcp +10\.0\.1\.11:\d+ +10\.0\.1\.12:81 +\d+ \+ 0/u);
  });

  test.serial(`${datapath}: passports and why still name the guard, and a second up has nothing to do`, async (t) => {
    const trace = await xiyou(['trace', lab.lab, '--from', 'novice', '--', 'ping', '-c', '1', '-W', '1', '10.0.1.11']);
    t.regex(trace.stdout, /what novice may begin \(group shut\): -i to-novice -j DROP counted 1/u);
    const why = await lab.run('why', 'buddha', '10.0.1.12', '--flow', 'tcp/81');
    t.regex(
      why.stdout,
      /no rule says that ananda \(group hall\) may be reached by this[^]*ends in table 42 of hv2\n$/u,
    );
    t.is(eventOf(await lab.up(), 'plan')?.missing, 0);
  });
};

for (const datapath of switchDatapaths) suite(datapath);

test('a lab that logs nothing says so', async (t) => {
  const lab = new TestLab('topologies/flow-log.yml', text.replace('    flow-log: true\n', ''));
  t.teardown(() => lab.release());
  await lab.up();
  const { exitCode, stderr } = await xiyou(['vpc', lab.lab, '--flows']);
  t.is(exitCode, 2);
  t.regex(stderr, /logs no connections[^]*flow-log: true at a tenant or a network/u);
});
