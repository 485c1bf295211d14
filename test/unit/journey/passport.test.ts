/** What people get: the passport as text, comments in capture files, JSON, and statements in tests. */
import t from 'tap';
import { annotate } from '../../../src/journey/annotate.ts';
import { expectJourney } from '../../../src/journey/expect.ts';
import type { JourneyExpectation } from '../../../src/journey/expect.ts';
import { normalise } from '../../../src/journey/normalise.ts';
import { gradeOf, passportOf } from '../../../src/journey/passport.ts';
import { ledgerText, passportText, plain } from '../../../src/journey/render-text.ts';
import { traceJson } from '../../../src/journey/render-json.ts';
import { traceOf } from '../../../src/journey/trace.ts';
import type { Trace } from '../../../src/journey/trace.ts';
import { tcpFlag } from '../../../src/packet/layer.ts';
import { golden, text } from '../../helpers/golden.ts';
import { crossingFrames, crossingInput, entryOf } from '../../helpers/journey-frames.ts';

const request = { flags: tcpFlag.ack | tcpFlag.psh, destinationPort: 443 } as const;
const order = (sourcePort: number, start = 0, first = 1): Trace =>
  traceOf(
    crossingInput(
      [
        ...crossingFrames({
          ...request,
          sourcePort,
          at: start,
          identification: first,
          flags: tcpFlag.syn,
          payload: new Uint8Array(),
        }),
        ...crossingFrames({ ...request, sourcePort, at: start + 37_500, identification: first + 1 }),
        ...crossingFrames({ ...request, sourcePort, at: start + 71_250, identification: first + 2, back: true }),
      ],
      { n: { ...crossingInput([]).evidence.nodes['n'], conntrack: [entryOf({ ...request, sourcePort })] } },
    ),
  );
const render = (trace: Trace): string => {
  const passport = passportOf(trace);
  return passport === undefined ? '' : passportText(passport, { layers: true });
};

void t.test('the passport of a request and its answer', (t) => {
  const trace = order(41_234);
  const actual = normalise(`${render(trace)}\n\n${ledgerText(trace.ledger())}`, trace);
  t.equal(text(actual), golden('passports/crossing.txt', actual));
  t.end();
});

void t.test('two runs with other ports, times and identifications make the same golden text', (t) => {
  const [one, two] = [order(41_234), order(60_001, 912_345, 7000)];
  t.not(render(one), render(two));
  t.equal(normalise(render(one), one), normalise(render(two), two));
  t.end();
});

void t.test('a painter colours without changing a letter', (t) => {
  const passport = passportOf(order(41_234));
  if (passport === undefined) throw new Error('no passport');
  const mark = (open: string) => (part: string) => `${open}${part}]`;
  const painted = passportText(passport, {
    painter: {
      title: mark('{T'),
      node: mark('{N'),
      what: mark('{W'),
      faint: mark('{F'),
      good: mark('{G'),
      bad: mark('{B'),
    },
  });
  t.match(painted, '{Gevery change is explained]');
  t.equal(painted.replaceAll(/\{[TNWFGB]|\](?!:)/gu, ''), passportText(passport, { painter: plain }));
  t.equal(gradeOf(passport), 'explained');
  t.end();
});

void t.test('every frame of a journey gets a comment for Wireshark', (t) => {
  const comments = annotate(order(41_234)).map(({ comment }) => comment);
  t.equal(comments.length, 18);
  t.strictSame(comments.slice(6, 12), [
    'journey=2 hop=1',
    'journey=2 hop=2 same octets',
    'journey=2 hop=3 TTL 64 → 63, new link header',
    'journey=2 hop=4 same octets',
    'journey=2 hop=5 SNAT 10.0.1.2 → 198.51.100.1, TTL 63 → 62, new link header',
    'journey=2 hop=6 same octets',
  ]);
  t.end();
});

void t.test('the JSON of a trace is plain', (t) => {
  const json = traceJson(order(41_234));
  t.match(JSON.parse(JSON.stringify(json)), {
    lab: 'fixture',
    from: 'a',
    ledger: { verdict: 'complete', sent: 3, delivered: 3 },
    conversations: [{ origin: 'a', protocol: 'tcp', forward: [1, 2], backward: [3] }],
    journeys: [
      {
        number: 1,
        outcome: { ended: 'delivered', node: 'b' },
        points: [
          { time: 0, point: 'a:eth0 >' },
          { time: 1, point: 'r:to-a <', what: 'same octets', grade: 'exact' },
        ],
      },
      {},
      {},
    ],
    passport: { from: 'a', totals: { stamps: 12 } },
  });
  t.end();
});

void t.test('statements about a journey hold, or throw with the whole path', (t) => {
  const trace = order(41_234);
  const [, data] = trace.journeys;
  if (data === undefined) throw new Error('no journey');
  expectJourney(trace, data)
    .passes('a', 'r', 'n', 'b')
    .passes('r', 'b')
    .avoids('c1')
    .snat()
    .snat('n')
    .delivered()
    .delivered('b')
    .once()
    .explained();
  const fails = (statement: (journey: JourneyExpectation) => unknown, message: RegExp): void => {
    t.throws(() => statement(expectJourney(trace, data)), { message });
  };
  fails((it) => it.passes('b', 'a'), /journey 2 does not pass b, a; its path:\n  a:eth0 >\n  r:to-a <  same octets/);
  fails((it) => it.avoids('r'), /passes r/);
  fails((it) => it.snat('r'), /no source translation at r/);
  fails((it) => it.dnat(), /no destination translation/);
  fails((it) => it.vxlan(5001), /in no VXLAN with VNI 5001/);
  fails((it) => it.gtpu(), /in no GTP-U tunnel/);
  fails((it) => it.delivered('a'), /not delivered to a, it ended delivered/);
  fails((it) => it.lost('n'), /not lost at n/);
  t.end();
});

void t.test('a retransmission is not once', (t) => {
  const again = traceOf(
    crossingInput(
      [1, 2].flatMap((identification) => crossingFrames({ ...request, identification, at: identification * 100_000 })),
    ),
  );
  const [first] = again.journeys;
  if (first === undefined) throw new Error('no journey');
  t.throws(() => expectJourney(again, first).once(), { message: /not the only one of its kind/ });
  const lost = traceOf(crossingInput(crossingFrames().slice(0, 2)));
  const [only] = lost.journeys;
  if (only !== undefined) expectJourney(lost, only).lost('r');
  t.end();
});
