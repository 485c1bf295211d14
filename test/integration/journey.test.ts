/** The passport of real packets: the flagship brought up once, in full, and everything a trace promises held against it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import {
  type Lab,
  type TraceResult,
  type Topology,
  down,
  expectJourney,
  ledgerText,
  loadTopology,
  passportOf,
  passportText,
  runTrace,
  up,
  withLab,
} from '../../src/index.ts';
import { bestRoutes } from '../../src/features/bgp/reach.ts';
import { bgpOf } from '../../src/features/bgp/systems.ts';
import { annotate } from '../../src/journey/annotate.ts';
import { nodesOf } from '../../src/journey/expect.ts';
import { type Journey, firstOf } from '../../src/journey/journey.ts';
import { normalise } from '../../src/journey/normalise.ts';
import { gradeOf, packetText } from '../../src/journey/passport.ts';
import { openingOf } from '../../src/journey/request.ts';
import { runIn } from '../../src/kernel/process.ts';
import { pcapngWriter } from '../../src/packet/pcapng.ts';
import { allTables, unforeseen, valleysIn } from '../helpers/bgp-tables.ts';
import { compareWithTshark } from '../helpers/dissection.ts';
import { smallest } from '../helpers/flagship.ts';
import { golden, text } from '../helpers/golden.ts';
import { tsharkFields, tsharkMissing } from '../helpers/tshark.ts';

const name = `t-passport-${process.pid}`;
const scratch = mkdtempSync(path.join(tmpdir(), 'xiyou-journey-'));
let topology: Topology;

/** The layer that a node of the cloud is in: core of core1 and core2, host of host-a. */
const layerOf = (node: string): string => node.replace(/(?:\d+|-[a-z])$/u, '');

const pattern = (text: string): string => text.replaceAll(/[.()]/gu, '\\$&');

/** The address that a machine has on its first interface. */
const addressOf = (node: string): string =>
  topology.nodes.find(({ name }) => name === node)?.interfaces[0]?.addresses[0]?.split('/')[0] ?? '';

/** The table of a packet that a hypervisor has put into VXLAN: from one machine to another, and what is inside. */
const vxlanTable = (
  [from, to]: readonly [string, string],
  [source, destination]: readonly [string, string],
  [sender, receiver]: readonly [string, string],
): RegExp =>
  new RegExp(
    [
      `outer MAC +\\S+ \\(${from}:\\S+\\) +→ \\S+ \\((?:${to}|acc\\d+):\\S+\\)`,
      `outer IP +10\\.20\\.\\d\\.\\d+ \\(${from}\\) +→ 10\\.20\\.\\d\\.\\d+ \\(${to}\\)`,
      'tunnel +VXLAN VNI 5001',
      `inner MAC +\\S+ \\(${sender}:\\S+\\) +→ \\S+ \\(${receiver}:eth0\\)`,
      `inner IP +${pattern(source)} +→ ${pattern(destination)}`,
    ].join('\\n[^\\n]*'),
    'u',
  );

/**
 * A trace of which nothing is missing. On a machine that has other things to do the kernel may drop frames before they are
 * read; then there is no verdict, and the trace is made again.
 */
const trace = async (options: Parameters<typeof runTrace>[1] = {}, lab = name, attempts = 6): Promise<TraceResult> => {
  const result = await withLab(lab, (open) => runTrace(open, options));
  return result.trace.ledger('all').capture.dropped === 0 || attempts === 1
    ? result
    : trace(options, lab, attempts - 1);
};
const inNode = (lab: Lab, node: string, ...argv: string[]) =>
  lab.insideMachine(node).then((place) => runIn(place, argv));

test.before(async () => {
  ({ topology } = await loadTopology('journey'));
  await up({ ...topology, name });
});
test.after.always(async () => {
  await down(name);
  rmSync(scratch, { recursive: true, force: true });
});

test.serial('with one of everything in the cloud, the passport of an order is the golden one', async (t) => {
  const small = `${name}-small`;
  t.teardown(() => down(small));
  const { topology: single } = await loadTopology('journey', smallest);
  await up({ ...single, name: small });
  // The cloud's two borders are the one thing there are two of: half of the answers leave by the one that has to ask the other.
  const direct = async (): Promise<TraceResult> => {
    const result = await trace({}, small);
    const answers = passportOf(result.trace)?.legs.filter((leg) => leg.name === 'answer') ?? [];
    const bent = answers.some((leg) => leg.stamps.some(({ node }) => node === 'border2'));
    return bent ? direct() : result;
  };
  const { command, trace: traced } = await direct();
  t.is(command.exitCode, 0, command.stderr);
  t.regex(command.stdout, /"id":"controller-\d+"/u);
  const passport = passportOf(traced);
  if (passport === undefined) return t.fail('there is no passport');
  t.not(gradeOf(passport), 'unexplained');
  // A phone that had to ask twice on a busy machine has the second TEID of each interface.
  const told = normalise(passportText(passport), traced)
    .replaceAll(small, 'journey')
    .replaceAll(/0x1(\d)[\da-f]{3}\b/gu, '0x1$1···');
  t.is(text(told), golden('passports/journey.txt', told));
});

test.serial('the passport says which shorter path policy passed over', async (t) => {
  const { trace: traced } = await trace();
  const stamps = passportOf(traced)?.legs.flatMap((leg) => leg.stamps) ?? [];
  const at = (node: string): string =>
    stamps
      .filter((stamp) => stamp.node === node)
      .flatMap(({ why }) => why)
      .join('\n');
  t.regex(at('a2'), /AS path 65010 65020 65040 from a provider, local preference 50/u);
  t.regex(at('a2'), /policy passes over the shorter AS path 65666 65040 from a peer: .*AS 65666 is avoided/u);
  t.false(
    stamps.some(({ node }) => node === 'f1'),
    'neither the order nor its answer has been there',
  );
});

test.serial(
  'no AS path in any table has a valley, and without its wish Tang A would go through the kingdom',
  async (t) => {
    const entries = await allTables(
      { exec: (router, ...argv) => withLab(name, (lab) => inNode(lab, router, ...argv)) },
      topology,
    );
    t.deepEqual(valleysIn(entries, topology), []);
    t.deepEqual(unforeseen(entries, topology), []);
    // Five systems announce a prefix of each IP version, the cloud one for each region, and every router but the route
    // server learns of all of them. The cloud's own and those of its fabric know the racks besides, and nobody else does.
    const world = new Set(entries.flatMap(({ router, prefix }) => (router === 'd1' ? [prefix] : [])));
    t.is(world.size, 2 * (5 + 4), [...world].join(' '));
    const isPrivate = (asn: number): boolean => asn >= 4_200_000_000;
    const known = Map.groupBy(entries, ({ router }) => router);
    t.is(known.size, topology.nodes.filter((node) => bgpOf(node) !== undefined).length);
    for (const [router, own] of known) {
      const found = new Set(own.map(({ prefix }) => prefix));
      // In the private network IPv4 is spoken only.
      const six = [...found].some((prefix) => prefix.includes(':'));
      if (router !== 'rs')
        t.deepEqual(
          [...world].filter((prefix) => !found.has(prefix) && (six || !prefix.includes(':'))),
          [],
          router,
        );
      const [{ asn } = { asn: 0 }] = own;
      if (asn !== 65040 && !isPrivate(asn))
        t.deepEqual(
          [...found].filter((prefix) => !world.has(prefix)),
          [],
          router,
        );
    }
    t.deepEqual(
      entries.filter(({ asn, path }) => !isPrivate(asn) && path.slice(0, -1).includes(65040) && !path.every(isPrivate)),
      [],
      'the cloud is nobody’s way',
    );
    t.deepEqual(
      entries.filter(({ asn, path }) => asn < 65040 && path.some(isPrivate)),
      [],
      'and its private numbers are its own',
    );
    t.deepEqual(
      entries.filter(({ asn, best, path }) => asn === 65001 && best && path.length > 1 && path.includes(65666)),
      [],
    );
    // The same systems without a wish, played to their rest.
    const without = topology.nodes.flatMap((node) => (node.name === 'a1' ? bgpOf(node)?.policy : undefined) ?? [])[0];
    const nodes = topology.nodes.map((node) =>
      node.asn === 65001 && bgpOf(node) !== undefined
        ? { ...node, features: { ...node.features, bgp: { ...bgpOf(node), policy: without } } }
        : node,
    );
    t.deepEqual(bestRoutes([65040], nodes, { ...topology, nodes })?.get(65001)?.path, [65666, 65040]);
  },
);

test.serial('over IPv6 the way is the same, and its stamps say so too', async (t) => {
  const { command, trace: traced } = await trace({
    from: 'palace',
    argv: ['ping', '-6', '-n', '-c', '1', '-W', '5', '2001:db8:113::1'],
  });
  t.is(command.exitCode, 0, command.stdout);
  const opening = openingOf(traced, { protocol: 'icmp', address: '2001:db8:113::1' });
  const [request, answer] = [opening.request[0], opening.answer[0]];
  if (request === undefined || answer === undefined) return t.fail('the packet or its answer was not seen');
  t.notThrows(() => {
    expectJourney(traced, request)
      .passes('a6', 'a5', 'a2', 'c1', 'c2', 'd1', 'border')
      .avoids('f1')
      .delivered('gateway')
      .explained();
    expectJourney(traced, answer)
      .passes('border', 'd1', 'c2', 'c1', 'a2', 'a5', 'a6')
      .avoids('f1')
      .delivered('palace')
      .explained();
  });
  const why = passportOf(traced)?.legs[0]?.stamps.flatMap((stamp) => (stamp.node === 'a2' ? stamp.why : [])) ?? [];
  t.regex(why.join('\n'), /policy passes over the shorter AS path 65666 65040 from a peer/u);
});

test.serial('the request passes both tunnels, the translations, the overlay and the balancer', async (t) => {
  const { trace: traced } = await trace();
  const [front, back] = passportOf(traced)?.legs.filter((leg) => leg.name === 'request') ?? [];
  const journey = (number: number | undefined): Journey | undefined => traced.journeys[(number ?? 0) - 1];
  const [request, beyond] = [journey(front?.journey), journey(back?.journey)];
  if (request === undefined || beyond === undefined) return t.fail('the request does not reach the Controller');
  const named = (one: Journey, layer: string): string => nodesOf([one]).find((node) => layerOf(node) === layer) ?? '';
  const [gateway, gatewayHost, balancer] = [
    named(request, 'gateway'),
    named(request, 'host'),
    named(request, 'balancer'),
  ];
  const controller = named(beyond, 'controller');
  t.notThrows(() => {
    expectJourney(traced, request)
      .passes(
        'phone',
        'enb',
        'sgw',
        'pgw',
        'nat',
        'a1',
        'a2',
        'c1',
        'c2',
        'd1',
        'border',
        'firewall',
        gateway,
        balancer,
      )
      .gtpu(0x13001)
      .gtpu(0x16001)
      .snat('nat')
      .dnat(gateway)
      .vxlan(5001)
      .delivered(balancer)
      .explained();
    expectJourney(traced, beyond).vxlan(5001).explained();
  });
  // Every layer is there, whichever of its members the flow took. A stack forwards in its rack, and the fabric between racks.
  const layers = (one: Journey): string[] => nodesOf([one]).map(layerOf);
  const ways = (before: readonly string[], after: readonly string[]): string[] =>
    [['acc'], ['acc', 'agg', 'core', 'agg', 'acc']].map((between) => [...before, ...between, ...after].join(' '));
  const climb = ['firewall', 'core', 'agg', 'acc', 'gateway', 'host'];
  const [way, inside] = [
    layers(request).slice(layers(request).indexOf('firewall')).join(' '),
    layers(beyond).join(' '),
  ];
  t.true(ways(climb, ['host', 'balancer']).includes(way), way);
  t.true(ways(['balancer', 'host'], ['host', 'controller']).includes(inside), inside);
  // The tables of the story: gateway to machine A, machine A to machine B.
  const passport = passportOf(traced);
  const told = passport === undefined ? '' : passportText(passport);
  const [own, other] = [nodesOf([beyond])[1] ?? '', nodesOf([beyond]).at(-2) ?? ''];
  t.regex(
    told,
    vxlanTable([gatewayHost, own], ['198.51.100.1 (nat)', '172.16.0.10 (balancer, balancer2)'], [gateway, balancer]),
  );
  t.regex(
    told,
    vxlanTable(
      [own, other],
      [`${addressOf(balancer)} (${balancer})`, `${addressOf(controller)} (${controller})`],
      [balancer, controller],
    ),
  );
  t.is(back?.continues?.by, 'log');
  t.true(back?.continues?.sameOctets);
});

test.serial('five orders: every packet is delivered and every change is explained', async (t) => {
  for (let order = 0; order < 5; order += 1) {
    const { trace: traced } = await trace();
    const ledger = traced.ledger('scope');
    t.is(ledger.sent, ledger.delivered + ledger.lost, ledgerText(ledger));
    t.is(ledger.lost, 0, ledgerText(ledger));
    t.deepEqual([...ledger.unexplained], [], ledgerText(ledger));
    t.is(ledger.capture.dropped, 0);
  }
});

test.serial(
  'packets that a transit router drops are lost at exactly that router, exactly as often as its kernel counts',
  async (t) => {
    const rule = [
      'FORWARD',
      '-p',
      'icmp',
      '-m',
      'statistic',
      '--mode',
      'nth',
      '--every',
      '20',
      '--packet',
      '0',
      '-j',
      'DROP',
    ];
    await withLab(name, (lab) => inNode(lab, 'c1', 'iptables', '-A', ...rule));
    try {
      const { trace: traced } = await trace({
        from: 'phone',
        argv: ['ping', '-q', '-c', '100', '-i', '0.005', 'www.geektime.com'],
      });
      const counted = await withLab(name, async (lab) =>
        Number(
          /\[(\d+):\d+\] -A FORWARD .*DROP/u.exec(
            (await inNode(lab, 'c1', 'iptables-save', '-c', '-t', 'filter')).stdout,
          )?.[1],
        ),
      );
      const ledger = traced.ledger('scope');
      t.true(counted > 0);
      t.is(ledger.lost, counted, ledgerText(ledger));
      t.is(ledger.sent, ledger.delivered + ledger.lost);
      t.deepEqual(
        ledger.losses.map(({ node, to, packets }) => ({ node, to, packets })),
        [{ node: 'c1', to: undefined, packets: counted }],
      );
      t.regex(ledger.losses[0]?.reason ?? '', /--every 20 .*DROP/u);
      t.deepEqual([...ledger.unexplained], []);
    } finally {
      await withLab(name, (lab) => inNode(lab, 'c1', 'iptables', '-D', ...rule));
    }
  },
);

test.serial('a packet that no route takes on is lost where the way ends', async (t) => {
  const { command, trace: traced } = await trace({
    from: 'phone',
    argv: ['ping', '-q', '-c', '1', '-W', '1', '198.18.0.1'],
  });
  t.is(command.exitCode, 1);
  const ledger = traced.ledger('scope');
  t.is(ledger.lost, 1, ledgerText(ledger));
  t.is(ledger.losses[0]?.node, 'a1', ledgerText(ledger));
});

test.serial(
  'tshark reads every frame of a captured journey as the packet room does, and finds nothing wrong in it',
  async (t) => {
    if (tsharkMissing !== undefined) {
      t.log(tsharkMissing);
      return t.pass();
    }
    const { trace: traced } = await trace();
    const file = path.join(scratch, 'order.pcapng');
    const writer = pcapngWriter();
    const frames = annotate(traced);
    writeFileSync(file, Buffer.concat([writer.header(), writer.frames(frames)]));
    t.deepEqual(await compareWithTshark(file, frames), []);
    const wrong = await tsharkFields(file, ['frame.number', 'frame.interface_name', '_ws.col.Info'], {
      filter: '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0',
      argv: ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE'].flatMap((option) => [
        '-o',
        option,
      ]),
    });
    t.deepEqual(wrong, []);
    const comments = await tsharkFields(file, ['frame.comment'], { filter: 'frame.comment contains "SNAT 10.45.0.2"' });
    t.true(comments.length > 0, 'Wireshark can find the journey by its comments');
  },
);

test.serial('the numbers of a trace name its packets', async (t) => {
  const { trace: traced } = await trace({ from: 'phone', argv: ['ping', '-q', '-c', '1', '10.45.0.1'] });
  const own = traced.scope.flatMap(({ forward }) => forward);
  t.is(own.length, 1, own.map((one) => packetText(firstOf(one))).join('\n'));
  const [journey] = own;
  if (journey === undefined) return t.fail();
  t.is(firstOf(journey).frame.node, 'phone');
  const passport = passportOf(traced, journey.number);
  t.is(passport?.legs.length, 1);
  t.is(passport?.legs[0]?.stamps.at(-1)?.node, 'pgw');
});

test('packets that a lossy line swallows are lost on that line, and its own counters say so', async (t) => {
  const lossy = 't-lossy';
  const { topology: slow } = await loadTopology('slow-link');
  const links = slow.links.map((link) =>
    link.impairment === undefined ? link : { ...link, impairment: { loss: 0.1 } },
  );
  try {
    await up({ ...slow, name: lossy, links });
    const { trace: traced } = await withLab(lossy, (lab) =>
      runTrace(lab, { from: 'h1', argv: ['ping', '-q', '-c', '200', '-i', '0.005', 'h2'] }),
    );
    const ledger = traced.ledger('scope');
    t.true(ledger.lost > 0, ledgerText(ledger));
    t.is(ledger.sent, ledger.delivered + ledger.lost);
    for (const { node, to, reason } of ledger.losses) {
      t.true(['r1 r2', 'r2 r1'].includes(`${node} ${to}`), ledgerText(ledger));
      t.regex(reason ?? '', /^impairment of r[12]:to-r[12]/u, ledgerText(ledger));
    }
  } finally {
    await down(lossy);
  }
});
