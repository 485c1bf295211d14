/** Rules R3, R4 and R5: nothing is silently thrown away, nothing is called lost that may only not have been seen, and nothing is guessed. */
import t from 'tap';
import type { NodeEvidence } from '../../../src/journey/evidence.ts';
import { ledgerText } from '../../../src/journey/render-text.ts';
import { traceOf } from '../../../src/journey/trace.ts';
import { arp, ethernet } from '../../../src/packet/encode.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import { exactly } from '../../helpers/exactly.ts';
import { crossingFrames, crossingInput, epoch, seen } from '../../helpers/journey-frames.ts';

const ledger = (
  frames: readonly Frame[],
  more: Readonly<Record<string, NodeEvidence>> = {},
  capture?: Parameters<typeof crossingInput>[2],
) => traceOf(crossingInput(frames, more, capture)).ledger('all');

/** `count` packets, of which the chosen ones are seen only up to the given sighting. */
const stream = (count: number, lost: (index: number) => number | undefined, identified = true): Frame[] =>
  Array.from({ length: count }, (_, index) =>
    crossingFrames({ identification: identified ? index + 1 : 0, at: index * 20_000 }).slice(0, lost(index) ?? 6),
  ).flat();

void t.test('R3: every sighting of IP is in exactly one journey, and sent is delivered and lost together', (t) => {
  const frames = [
    ...stream(50, (index) => (index % 10 === 3 ? 2 : index % 10 === 7 ? 5 : undefined)),
    seen(
      'a:eth0 >',
      ethernet(
        { source: '02:00:00:00:01:00', destination: 'ff:ff:ff:ff:ff:ff' },
        arp({ senderMac: '02:00:00:00:01:00', senderIp: '10.0.1.2', targetIp: '10.0.1.1' }),
      ),
      5,
    ),
  ];
  const found = ledger(frames);
  t.equal(found.sightings, frames.length);
  t.equal(found.ip, found.held);
  t.strictSame(found.others, { arp: 1 });
  t.equal(found.sent, found.delivered + found.lost + found.unseen + found.edge + found.stray);
  t.match(found, { verdict: 'lossy', sent: 50, delivered: 40, lost: 10, unexplained: { length: 0 } });
  exactly(
    t,
    found.losses.map(({ node, to, packets }) => [node, to, packets]),
    [
      ['r', undefined, 5],
      ['n', 'b', 5],
    ],
  );
  t.end();
});

void t.test('R3: a loss of exactly N is put against the rule that counted exactly N', (t) => {
  const rule = 'iptables -A FORWARD -p udp -m udp --dport 53 -m statistic --mode random --probability 0.05 -j DROP';
  const other = 'iptables -A FORWARD -p tcp -j DROP';
  const drops = [
    { by: 'firewall', rule: other, packets: 9 },
    { by: 'firewall', rule, packets: 5 },
  ] as const;
  const found = ledger(
    stream(99, (index) => (index % 20 === 11 ? 2 : undefined)),
    { r: { ...crossingInput([]).evidence.nodes['r'], drops } },
  );
  t.match(found, { sent: 99, delivered: 94, lost: 5 });
  exactly(t, found.losses, [
    {
      node: 'r',
      packets: 5,
      journeys: [12, 32, 52, 72, 92],
      ambiguous: 0,
      reason: `${rule} counted 5`,
      grade: 'explained',
    },
  ]);
  t.match(
    ledgerText(found, { title: (node) => (node === 'r' ? 'transit r' : node) }),
    `lost at transit r: 5 packets; ${rule} counted 5`,
  );
  // A counter that does not agree is only a hint, and what no counter covers is said to have none.
  const few = ledger(
    stream(20, (index) => (index < 4 ? 2 : undefined)),
    { r: { ...crossingInput([]).evidence.nodes['r'], drops: [{ ...drops[1], packets: 3 }] } },
  );
  exactly(
    t,
    few.losses.map(({ packets, grade }) => [packets, grade]),
    [
      [3, 'explained'],
      [1, 'unexplained'],
    ],
  );
  exactly(
    t,
    ledger(
      stream(20, (index) => (index < 2 ? 2 : undefined)),
      { r: { ...crossingInput([]).evidence.nodes['r'], drops: [drops[1]] } },
    ).losses,
    [{ packets: 2, grade: 'inferred' }],
  );
  t.end();
});

void t.test('a loss for want of a route, or by a blackhole, names it', (t) => {
  const routes = (prefix: string, type?: string) => ({
    r: { routes: [{ prefix, nextHops: [], protocol: 'static', type }] },
  });
  exactly(
    t,
    ledger(
      stream(2, () => 2),
      routes('192.0.2.0/24'),
    ).losses,
    [{ packets: 2, reason: 'r has no route to 198.51.100.2' }],
  );
  exactly(
    t,
    ledger(
      stream(2, () => 2),
      routes('198.51.100.0/24', 'blackhole'),
    ).losses,
    [{ reason: 'r has a blackhole route for 198.51.100.0/24', grade: 'explained' }],
  );
  t.end();
});

void t.test('a loss on a cable is put against the sender’s queue at that interface', (t) => {
  const drops = [
    { by: 'queue', rule: 'impairment of r:to-a', interface: 'to-a', packets: 3 },
    { by: 'queue', rule: 'impairment of r:to-n', interface: 'to-n', packets: 3 },
  ] as const;
  const found = ledger(
    stream(10, (index) => (index < 3 ? 3 : undefined)),
    { r: { ...crossingInput([]).evidence.nodes['r'], drops } },
  );
  exactly(t, found.losses, [
    { node: 'r', to: 'n', packets: 3, reason: 'impairment of r:to-n counted 3', grade: 'explained' },
  ]);
  t.end();
});

void t.test('R4: when the capture dropped frames, nothing is called lost', (t) => {
  const nodes = Object.fromEntries(
    ['a', 'r', 'n', 'b'].map((name) => [name, { received: 100, dropped: name === 'n' ? 4 : 0 }]),
  );
  const found = ledger(
    stream(10, (index) => (index === 4 ? 3 : undefined)),
    {},
    { nodes, to: epoch + 60_000_000_000n },
  );
  t.match(found, {
    verdict: 'incomplete',
    sent: 10,
    delivered: 9,
    lost: 0,
    unseen: 1,
    losses: { length: 0 },
    capture: { dropped: 4, nodes: ['n'] },
  });
  const text = ledgerText(found);
  t.match(text, /10 packets: 9 delivered, 0 lost, 1 not seen to the end/);
  t.match(text, /the capture dropped 4 frames at n/);
  t.notMatch(text, /lost at/);
  t.end();
});

void t.test('R5: 600 identical packets are counted right, and never guessed', (t) => {
  const found = ledger(stream(600, (index) => (index % 5 === 2 ? 2 : undefined), false));
  t.match(found, { sent: 600, delivered: 480, lost: 120, unexplained: { length: 0 } });
  exactly(t, found.losses, [{ node: 'r', packets: 120, journeys: { length: 0 } }], 'no journey is blamed');
  t.equal(found.losses[0]?.ambiguous, 120);
  exactly(t, found.ambiguous, [{ flow: 'udp 10.0.1.2:40000 > 198.51.100.2:53', lost: 120 }]);
  t.ok((found.ambiguous[0]?.packets ?? 0) > 590, 'all but those before the first loss');
  t.match(ledgerText(found), /lost at r: 120 packets \(which of their like is not known\)/);
  t.match(ledgerText(found), /cannot be told apart; 120 of them did not arrive, and which ones is not known/);
  t.end();
});

void t.test('R5: with IP identification the same stream is told apart', (t) => {
  const found = ledger(stream(600, (index) => (index % 5 === 2 ? 2 : undefined)));
  t.match(found, { delivered: 480, lost: 120, ambiguous: { length: 0 } });
  t.equal(found.losses[0]?.journeys.length, 120);
  t.end();
});

void t.test('the edges of the capture are no losses: its end, its beginning, and nodes it did not cover', (t) => {
  const frames = crossingFrames();
  const nodes = Object.fromEntries(['a', 'r', 'n', 'b'].map((name) => [name, { received: 9, dropped: 0 }]));
  t.match(
    ledger(frames.slice(0, 4), {}, { nodes, to: epoch + 6000n }),
    { verdict: 'complete', edge: 1, lost: 0 },
    'in flight when the capture ended',
  );
  t.match(
    ledger(frames.slice(2), {}, { nodes, from: epoch + 2000n, to: epoch + 60_000_000_000n }),
    { verdict: 'complete', delivered: 1 },
    'in flight when it began',
  );
  const partly = Object.fromEntries(Object.entries(nodes).filter(([name]) => name !== 'b'));
  t.match(
    ledger(frames.slice(0, 5), {}, { nodes: partly, to: epoch + 60_000_000_000n }),
    { verdict: 'complete', edge: 1 },
    'b was not captured',
  );
  t.match(
    ledger(frames.slice(0, 5)),
    { verdict: 'lossy', lost: 1, losses: { 0: { node: 'n', to: 'b' }, length: 1 } },
    'b was captured, and did not get it',
  );
  t.end();
});

void t.test('a packet out of nowhere is unexplained', (t) => {
  const found = ledger(crossingFrames().slice(2));
  t.equal(found.verdict, 'unexplained');
  exactly(t, found.unexplained, [
    { at: 'r:to-n >', text: 'a packet out of nowhere: udp 10.0.1.2:40000 > 198.51.100.2:53' },
  ]);
  t.end();
});
