/** The two halves of data transfer by themselves: inbound.ts, reassembly.ts, outbound.ts, path.ts, serial.ts. */
import t from 'tap';
import { Inbound } from '../../../../../lab/epc/sctp/inbound.ts';
import { Outbound } from '../../../../../lab/epc/sctp/outbound.ts';
import { defaults, fragmentLength } from '../../../../../lab/epc/sctp/parameters.ts';
import { Path } from '../../../../../lab/epc/sctp/path.ts';
import { sequenceBefore, tsnBefore, tsnDistance } from '../../../../../lab/epc/sctp/serial.ts';
import { data } from '../../../../helpers/sctp-packets.ts';

const CAPACITY = 10_000;
const ROOM = 1468;
const violation = { name: 'ProtocolViolation' };

void t.test('serial numbers go round', (t) => {
  t.ok(tsnBefore(0xffff_ffff, 0));
  t.notOk(tsnBefore(0, 0xffff_ffff));
  t.notOk(tsnBefore(5, 5));
  t.equal(tsnDistance(0xffff_fffe, 3), 5);
  t.equal(tsnDistance(3, 0xffff_fffe), -5);
  t.ok(sequenceBefore(65_535, 0));
  t.notOk(sequenceBefore(0, 65_535));
  t.end();
});

void t.test('a SACK says what came: cumulative TSN, blocks, duplicates; over the end of the numbers, too', (t) => {
  const inbound = new Inbound(0xffff_fffe, CAPACITY);
  const receive = (offset: number): boolean => inbound.receive(data(0xffff_fffe + offset, { unordered: true }));
  const sack = (): unknown => {
    const { cumulative, gaps, duplicates } = inbound.sack(1000);
    return [cumulative, gaps, duplicates];
  };
  t.ok(receive(0));
  t.notOk(inbound.sackDue);
  inbound.packetDone();
  t.notOk(inbound.sackDue);
  t.ok(inbound.sackOwed);
  inbound.packetDone();
  t.ok(inbound.sackDue, 'the second packet is acknowledged at once');
  t.same(sack(), [0xffff_fffe, [], []]);
  t.notOk(inbound.sackOwed);
  for (const offset of [2, 5, 3, 7]) t.ok(receive(offset));
  t.ok(inbound.sackDue, 'a hole is reported at once');
  t.same(sack(), [
    0xffff_fffe,
    [
      [2, 3],
      [5, 5],
      [7, 7],
    ],
    [],
  ]);
  t.notOk(receive(5));
  t.notOk(receive(0));
  t.ok(receive(6));
  t.same(sack(), [
    0xffff_fffe,
    [
      [2, 3],
      [5, 7],
    ],
    [3, 0xffff_fffe],
  ]);
  t.ok(receive(1));
  t.same(sack(), [1, [[2, 4]], []]);
  t.ok(receive(4));
  t.same(sack(), [5, [], []]);
  t.equal(inbound.duplicatesSeen, 2);
  t.end();
});

void t.test('ordered messages wait for their turn, each stream for itself; unordered ones do not', (t) => {
  const inbound = new Inbound(1, CAPACITY);
  const taken = (): number[] => {
    const payloads: number[] = [];
    for (let message = inbound.take(); message !== undefined; message = inbound.take())
      payloads.push(message.bytes[0] ?? -1);
    return payloads;
  };
  const message = (tsn: number, stream: number, sequence: number, unordered = false): void => {
    inbound.receive(data(tsn, { stream, sequence, unordered, payload: Uint8Array.of(tsn) }));
  };
  message(2, 0, 1);
  message(3, 5, 0);
  message(4, 0, 2);
  message(5, 0, 0, true);
  t.same(taken(), [3, 5]);
  message(1, 0, 0);
  t.same(taken(), [1, 2, 4]);
  t.equal(inbound.window, CAPACITY);
  t.end();
});

void t.test('fragments that come in any order make one message', (t) => {
  const orders = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
    [2, 0, 3, 1],
  ];
  for (const order of orders) {
    const inbound = new Inbound(100, CAPACITY);
    for (const index of order)
      inbound.receive(
        data(100 + index, { first: index === 0, last: index === 3, payload: Uint8Array.of(index, index) }),
      );
    t.same([...(inbound.take()?.bytes ?? [])], [0, 0, 1, 1, 2, 2, 3, 3], JSON.stringify(order));
    t.equal(inbound.take(), undefined);
    t.equal(inbound.window, CAPACITY);
  }
  t.end();
});

void t.test('fragments that do not belong together are a violation of the protocol', (t) => {
  const receive =
    (...pair: readonly ReturnType<typeof data>[]) =>
    (): void => {
      const inbound = new Inbound(1, CAPACITY);
      for (const chunk of pair) inbound.receive(chunk);
    };
  t.throws(receive(data(1, { last: false }), data(2)), violation);
  t.throws(receive(data(2, { first: false }), data(1)), violation);
  t.throws(receive(data(1, { last: false }), data(2, { first: false, stream: 1 })), violation);
  t.throws(receive(data(1, { last: false }), data(2, { first: false, sequence: 1 })), violation);
  t.throws(receive(data(1), data(2)), violation, 'a sequence number twice');
  t.end();
});

void t.test('the window shrinks by what is held, and what does not fit is dropped', (t) => {
  const inbound = new Inbound(1, CAPACITY);
  const payload = new Uint8Array(1000);
  t.ok(inbound.receive(data(1, { payload })));
  t.equal(inbound.window, CAPACITY - 1000, 'a message that the user has not taken');
  inbound.take();
  t.equal(inbound.window, CAPACITY);
  let tsn = 3;
  while (inbound.receive(data(tsn, { payload, sequence: tsn - 1 }))) tsn += 1;
  t.equal(tsn, 3 + 9);
  t.ok(inbound.window < 1000);
  t.ok(inbound.receive(data(2, { payload, sequence: 1 })), 'the next expected one may free the others');
  t.notOk(inbound.receive(data(1 + 40_000)), 'too far ahead');
  t.end();
});

void t.test('a message longer than the buffer is refused instead of waited for', (t) => {
  const inbound = new Inbound(1, CAPACITY);
  const payload = new Uint8Array(1000);
  t.throws(() => {
    for (let tsn = 1; tsn < 100; tsn += 1) inbound.receive(data(tsn, { first: tsn === 1, last: false, payload }));
  }, violation);
  t.end();
});

const outbound = (): { path: Path; out: Outbound } => {
  const path = new Path(defaults);
  const out = new Outbound(1, path);
  out.window = 1 << 20;
  return { path, out };
};
const unit = fragmentLength(1500);

void t.test('a message is cut into chunks with TSNs in a row, and small ones share a packet', (t) => {
  const { out } = outbound();
  out.push(3, 18, new Uint8Array(2 * unit + 1), false);
  out.push(3, 18, new Uint8Array(20), false);
  out.push(3, 18, new Uint8Array(20), true);
  const packets = [out.take(ROOM, 0), out.take(ROOM, 0), out.take(ROOM, 0)];
  t.same(
    packets.map((chunks) =>
      chunks.map(({ tsn, first, last, sequence, payload }) => [tsn, first, last, sequence, payload.length]),
    ),
    [
      [[1, true, false, 0, unit]],
      [[2, false, false, 0, unit]],
      [
        [3, false, true, 0, 1],
        [4, true, true, 1, 20],
        [5, true, true, 0, 20],
      ],
    ],
  );
  t.equal(out.flight, 2 * unit + 41);
  t.equal(out.acknowledge({ cumulative: 5, window: 1000, gaps: [] }, 10).advanced, true);
  t.ok(out.empty);
  t.same([out.flight, out.buffered, out.window], [0, 0, 1000]);
  t.throws(() => out.acknowledge({ cumulative: 6 }, 10), violation);
  t.notOk(out.acknowledge({ cumulative: 2 }, 10).progress, 'an old SACK is nothing');
  t.end();
});

/** Sends full chunks as the window allows; returns the TSNs. */
const fill = (out: Outbound, now = 0): number[] => {
  const tsns: number[] = [];
  for (let chunks = out.take(ROOM, now); chunks.length > 0; chunks = out.take(ROOM, now))
    tsns.push(...chunks.map(({ tsn }) => tsn));
  return tsns;
};

void t.test('slow start doubles the window each round trip, congestion avoidance adds a unit', (t) => {
  const { path, out } = outbound();
  t.equal(path.cwnd, 4404);
  out.push(0, 18, new Uint8Array(200 * unit), false);
  let flying = fill(out);
  /** Acknowledges what is in flight one by one, each answered by as much new data as may go; returns how much it was. */
  const round = (): number => {
    const before = flying;
    flying = before.flatMap((tsn) => {
      out.acknowledge({ cumulative: tsn, window: 1 << 20, gaps: [] }, 20);
      return fill(out);
    });
    return before.length;
  };
  t.same([round(), round(), round()], [4, 8, 16]);
  path.ssthresh = path.cwnd - 1;
  const before = path.cwnd;
  round();
  t.equal(path.cwnd, before + unit);
  t.end();
});

void t.test('three reports make a chunk lost: sent again at once, the window halved once', (t) => {
  const { path, out } = outbound();
  path.cwnd = 20 * unit;
  out.push(0, 18, new Uint8Array(40 * unit), false);
  t.equal(fill(out).length, 20);
  const sack = (last: number): boolean =>
    out.acknowledge(
      {
        cumulative: 0,
        window: 1 << 20,
        gaps: [
          [2, 3],
          [5, last],
        ],
      },
      10,
    ).fastRetransmit;
  t.same([sack(6), sack(7), sack(8)], [false, false, true]);
  t.equal(path.cwnd, 10 * unit);
  t.same(
    out.take(ROOM, 10, true).map(({ tsn }) => tsn),
    [1],
    'the first lost one, whatever the window',
  );
  t.same(
    out.take(ROOM, 10).map(({ tsn }) => tsn),
    [],
    'no more than the window',
  );
  t.equal(sack(9), false, 'only once per chunk');
  t.equal(path.cwnd, 10 * unit);
  const effect = out.acknowledge({ cumulative: 3, window: 1 << 20, gaps: [[2, 8]] }, 20);
  t.ok(effect.advanced);
  t.same(
    out.take(ROOM, 20).map(({ tsn }) => tsn),
    [4],
  );
  t.end();
});

void t.test('what a timeout has given up is not lost a second time', (t) => {
  const { path, out } = outbound();
  path.cwnd = 10 * unit;
  out.push(0, 18, new Uint8Array(10 * unit), false);
  fill(out);
  out.timedOut();
  t.equal(out.flight, 0);
  for (const last of [5, 6, 7, 8]) out.acknowledge({ cumulative: 0, window: 1 << 20, gaps: [[4, last]] }, 10);
  t.equal(out.flight, 0);
  path.cwnd = 10 * unit;
  t.same(fill(out), [1, 2, 3, 9, 10]);
  t.equal(out.flight, 5 * unit);
  t.end();
});

void t.test('what a receiver takes back is in flight again', (t) => {
  const { out } = outbound();
  out.push(0, 18, new Uint8Array(3 * unit), false);
  fill(out);
  out.acknowledge({ cumulative: 0, window: 9000, gaps: [[2, 3]] }, 1);
  t.equal(out.flight, unit);
  out.acknowledge({ cumulative: 0, window: 9000, gaps: [] }, 1);
  t.equal(out.flight, 3 * unit);
  t.end();
});

void t.test('without room at the peer one chunk asks for news', (t) => {
  const { out } = outbound();
  out.window = 0;
  out.push(0, 18, new Uint8Array(4 * unit), false);
  t.equal(fill(out).length, 1);
  t.ok(out.probing);
  out.acknowledge({ cumulative: 1, window: 0, gaps: [] }, 1);
  t.equal(fill(out).length, 1);
  out.acknowledge({ cumulative: 2, window: unit, gaps: [] }, 1);
  t.equal(fill(out).length, 1);
  t.end();
});

void t.test('the RTO follows RFC 9260, 6.3.1, within its bounds', (t) => {
  const path = new Path({ ...defaults, rtoMin: 100 });
  t.equal(path.rto, 1000);
  path.measured(200);
  t.equal(path.rto, 200 + 4 * 100);
  path.measured(200);
  t.equal(path.rto, 200 + 4 * 75);
  path.measured(600);
  t.equal(path.rto, 250 + 4 * (0.75 * 75 + 0.25 * 400));
  path.backOff();
  t.equal(path.rto, 2 * (250 + 625));
  for (let n = 0; n < 10; n += 1) path.backOff();
  t.equal(path.rto, 60_000);
  for (let n = 0; n < 100; n += 1) path.measured(1);
  t.equal(path.rto, 100);
  t.end();
});

void t.test('a timeout leaves a window of one unit; rest halves what was grown', (t) => {
  const path = new Path(defaults);
  path.cwnd = 40 * unit;
  path.rested(2500);
  t.same([path.cwnd, path.ssthresh], [10 * unit, 40 * unit]);
  path.timedOut();
  t.same([path.cwnd, path.ssthresh], [unit, 5 * unit]);
  path.rested(10_000);
  t.equal(path.cwnd, unit, 'rest does not widen it');
  t.end();
});
