/** One association from INIT to SHUTDOWN COMPLETE, and what the timers do when the peer is silent. */
import t from 'tap';
import { defaults } from '../../../../../lab/epc/sctp/parameters.ts';
import type { CloseReason, Message, SctpAssociation } from '../../../../../lab/epc/sctp/types.ts';
import { ADDRESSES, makePair, Network } from '../../../../helpers/sctp-network.ts';

const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value);
/** Collects what an association hears. */
const listenTo = (association: SctpAssociation): { messages: Message[]; closed: CloseReason[] } => {
  const heard: { messages: Message[]; closed: CloseReason[] } = { messages: [], closed: [] };
  association.onMessage((message) => heard.messages.push(message));
  association.onClose((reason) => heard.closed.push(reason));
  return heard;
};
/** Milliseconds between neighbours. */
const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => Math.round(time - (times[index] ?? 0)));

void t.test('four packets make an association, three end it', async (t) => {
  const { net, a, b, connect, ladder } = makePair(1);
  const [ours, theirs] = await connect();
  t.same(ladder(), ['a: init', 'b: initAck', 'a: cookieEcho', 'b: cookieAck']);
  t.same([ours.local, ours.remote], [theirs.remote, theirs.local]);
  t.same(ours.streams, { inbound: 16, outbound: 16 });
  const closing = ours.close();
  t.throws(() => ours.send(0, 18, bytes(1)), { name: 'SctpError' });
  net.clock.run(1000);
  t.same(ladder(), ['a: shutdown', 'b: shutdownAck', 'a: shutdownComplete']);
  t.same([await closing, await theirs.closed], [{ kind: 'shutdown' }, { kind: 'shutdown' }]);
  t.ok(a.idle);
  t.same(b.associations, []);
  t.ok(a.owing > 0, 'who sends the last packet may be asked for it again');
  t.equal(b.owing, 0);
  net.clock.run(4000);
  t.equal(a.owing, 0);
});

void t.test('streams are as many as the poorer side has', async (t) => {
  const net = new Network(2);
  const [a, b] = [net.endpoint(ADDRESSES.a), net.endpoint(ADDRESSES.b)];
  b.listen(5000, () => undefined, { streams: 3 });
  const connecting = a.connect(ADDRESSES.b, 5000, { streams: 7 });
  net.clock.run(1000);
  const ours = await connecting;
  t.same(ours.streams, { inbound: 3, outbound: 3 });
  t.same(b.associations[0]?.streams, { inbound: 3, outbound: 3 });
  t.throws(() => ours.send(3, 18, bytes(1)), { name: 'RangeError' });
  t.throws(() => ours.send(0, 18, bytes(0)), { name: 'RangeError' });
  t.throws(() => ours.send(0, 18, bytes(defaults.receiveBuffer + 1)), { name: 'RangeError' });
});

void t.test('each packet of the handshake may be lost once: T1 sends it again after a second', async (t) => {
  for (const [lost, expected] of [
    ['init', ['a: init', 'a: init', 'b: initAck', 'a: cookieEcho', 'b: cookieAck']],
    ['initAck', ['a: init', 'b: initAck', 'a: init', 'b: initAck', 'a: cookieEcho', 'b: cookieAck']],
    ['cookieEcho', ['a: init', 'b: initAck', 'a: cookieEcho', 'a: cookieEcho', 'b: cookieAck']],
    ['cookieAck', ['a: init', 'b: initAck', 'a: cookieEcho', 'b: cookieAck', 'a: cookieEcho', 'b: cookieAck']],
  ] as const) {
    const { net, accepted, connect, ladder } = makePair(3);
    let hasLost = false;
    net.tamper = (octets, _from, packet) => {
      if (hasLost || packet.chunks[0]?.type !== lost) return octets;
      hasLost = true;
      return undefined;
    };
    const [ours] = await connect();
    net.clock.run(100);
    t.same(ladder(), expected, lost);
    t.equal(accepted.length, 1);
    t.ok(net.clock.now() > 1000 && net.clock.now() < 1200, lost);
    t.equal(ours.state, 'established');
  }
});

void t.test(
  'a port where nobody listens refuses; an address where nobody is does not answer for 243 seconds',
  async (t) => {
    const net = new Network(4);
    const a = net.endpoint(ADDRESSES.a);
    net.endpoint(ADDRESSES.b);
    const refused = a.connect(ADDRESSES.b, 9).catch((error: unknown) => error);
    net.clock.run(1000);
    t.match(await refused, { reason: { kind: 'aborted', by: 'peer' }, message: /10\.0\.0\.2:9: the peer aborted/u });
    net.record = true;
    const before = net.clock.now();
    const silent = a.connect('10.0.0.9', 5000).catch((error: unknown) => error);
    net.clock.run(1e7, () => a.idle);
    t.match(await silent, { reason: { kind: 'unreachable', timer: 'T1-init' } });
    // Max.Init.Retransmits is 8: 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60 seconds.
    t.equal(net.clock.now() - before, 243_000);
    t.same(gaps(net.seen.map(({ at }) => at)), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  },
);

void t.test('a COOKIE ECHO that nobody answers ends with T1-cookie', async (t) => {
  const { net, a, connect } = makePair(5);
  net.tamper = (octets, _from, packet) => (packet.chunks[0]?.type === 'cookieEcho' ? undefined : octets);
  t.match(await connect().catch((error: unknown) => error), { reason: { kind: 'unreachable', timer: 'T1-cookie' } });
  t.ok(a.idle);
});

void t.test(
  'messages arrive whole and in order, with stream and PPID; a SACK answers at once or within 200 ms',
  async (t) => {
    const { net, connect, ladder } = makePair(6);
    const [ours, theirs] = await connect();
    const { messages } = listenTo(theirs);
    net.clock.run(1000);
    ladder();
    const started = net.clock.now();
    ours.send(2, 46, bytes(100, 7), { unordered: true });
    net.clock.run(1000);
    t.equal((net.seen[1]?.at ?? 0) - started, 10 + 200);
    t.same(ladder(), ['a: data', 'b: sack']);
    ours.send(1, 18, bytes(3000, 8));
    net.clock.run(1000);
    t.same(ladder(), ['a: data', 'a: data', 'a: data', 'b: sack', 'b: sack']);
    t.same(
      messages.map(({ stream, ppid, bytes, unordered }) => [stream, ppid, bytes.length, bytes[0], unordered]),
      [
        [2, 46, 100, 7, true],
        [1, 18, 3000, 8, false],
      ],
    );
  },
);

void t.test('an answer travels with the SACK, small messages together', async (t) => {
  const { net, connect, ladder } = makePair(7);
  const [ours, theirs] = await connect();
  theirs.onMessage(() => {
    for (let n = 0; n < 5; n += 1) theirs.send(0, 18, bytes(100));
  });
  ladder();
  ours.send(0, 18, bytes(10));
  net.clock.run(15);
  t.same(ladder(), ['a: data', 'b: sack data data data data data']);
});

void t.test('a peer that vanishes is given up after eleven timeouts of T3-rtx, 363 seconds', async (t) => {
  const { net, connect } = makePair(8);
  const [ours] = await connect();
  const { closed } = listenTo(ours);
  net.weather = { loss: 1 };
  net.seen.length = 0;
  const started = net.clock.now();
  ours.send(0, 18, bytes(100));
  net.clock.run(1e7, () => closed.length > 0);
  t.same(closed, [{ kind: 'unreachable', timer: 'T3-rtx' }]);
  // Association.Max.Retrans is 10: 1 + 2 + 4 + 8 + 16 + 32 + 5 * 60 seconds.
  t.equal(net.clock.now() - started, 363_000);
  const sent = net.seen.filter(({ from }) => from === ADDRESSES.a);
  t.same(
    gaps(sent.map(({ at }) => at)),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000],
  );
  t.same(
    sent.map(({ packet }) => packet.chunks[0]?.type),
    [...Array.from({ length: 11 }, () => 'data'), 'abort'],
  );
});

void t.test('T3-rtx begins anew when the oldest chunk is acknowledged', async (t) => {
  const { net, connect } = makePair(8, { delay: 100 });
  const [ours] = await connect();
  net.clock.run(1000);
  ours.send(0, 18, bytes(100));
  ours.send(0, 18, bytes(100));
  // Its SACK will come 1150 ms after the first two were sent, and 950 ms after theirs came.
  net.clock.run(150);
  net.weather = { delay: 400 };
  ours.send(0, 18, bytes(100));
  net.clock.run(1040);
  t.same([ours.buffered, ours.statistics().timeouts], [0, 0]);
});

void t.test('an idle association asks every 30 seconds and an RTO, and misses a peer that vanished', async (t) => {
  const { net, connect, ladder } = makePair(9);
  const [ours, theirs] = await connect();
  ladder();
  net.clock.run(65_000);
  const heartbeats = ladder();
  t.same(heartbeats.filter((line) => line.startsWith('a')).sort(), [
    'a: heartbeat',
    'a: heartbeat',
    'a: heartbeatAck',
    'a: heartbeatAck',
  ]);
  t.match(ours.statistics(), { heartbeatsSent: 2, heartbeatsAnswered: 2, srtt: 20 });
  net.weather = { loss: 1 };
  const [left, right] = [listenTo(ours), listenTo(theirs)];
  const started = net.clock.now();
  net.clock.run(1e7, () => left.closed.length > 0 && right.closed.length > 0);
  t.same(
    [left.closed, right.closed],
    [[{ kind: 'unreachable', timer: 'heartbeat' }], [{ kind: 'unreachable', timer: 'heartbeat' }]],
  );
  const seconds = (net.clock.now() - started) / 1000;
  // Eleven unanswered: 12 intervals of 30 s, and RTOs of 1, 1, 2, 4, 8, 16, 32, 5 * 60 s give or take a half.
  t.ok(seconds > 360 + 182 - 30 && seconds < 360 + 546, `${seconds} s`);
  t.ok(net.clock.idle, 'no timer is left');
});

void t.test('a heartbeat that is answered makes an old timeout forgotten', async (t) => {
  const { net, connect } = makePair(10, {}, { associationMaxRetrans: 2 });
  const [ours] = await connect();
  for (let round = 0; round < 5; round += 1) {
    net.weather = { loss: 1 };
    net.clock.run(60_000);
    net.weather = {};
    net.clock.run(100_000);
  }
  t.equal(ours.state, 'established');
});

void t.test('an abort ends both sides at once and says why', async (t) => {
  const { net, connect } = makePair(11);
  const [ours, theirs] = await connect();
  ours.abort('the operator said so');
  net.clock.run(1000);
  t.same(await ours.closed, { kind: 'aborted', by: 'local', detail: 'the operator said so' });
  t.same(await theirs.closed, { kind: 'aborted', by: 'peer', detail: 'userInitiatedAbort (the operator said so)' });
});

void t.test('what was sent before close arrives; so does what the other side still had under way', async (t) => {
  const { net, connect } = makePair(12, { loss: 0.1 });
  const [ours, theirs] = await connect();
  const [left, right] = [listenTo(ours), listenTo(theirs)];
  for (let n = 0; n < 50; n += 1) {
    ours.send(0, 18, bytes(2000, n));
    theirs.send(0, 18, bytes(2000, n));
  }
  void ours.close();
  net.clock.run(1e6, () => left.closed.length > 0 && right.closed.length > 0);
  t.same([left.closed, right.closed], [[{ kind: 'shutdown' }], [{ kind: 'shutdown' }]]);
  t.same([left.messages.length, right.messages.length], [50, 50]);
});

void t.test('both sides may close at the same moment', async (t) => {
  const { net, connect, ladder } = makePair(13);
  const [ours, theirs] = await connect();
  ladder();
  const closing = Promise.all([ours.close(), theirs.close()]);
  net.clock.run(1000);
  t.same(await closing, [{ kind: 'shutdown' }, { kind: 'shutdown' }]);
  t.same(ladder().slice(0, 4).sort(), ['a: shutdown', 'a: shutdownAck', 'b: shutdown', 'b: shutdownAck']);
});

void t.test('each packet of the shutdown may be lost; the last one is asked for out of the blue', async (t) => {
  for (const lost of ['shutdown', 'shutdownAck', 'shutdownComplete']) {
    const { net, connect } = makePair(14);
    const [ours, theirs] = await connect();
    let hasLost = false;
    net.tamper = (octets, _from, packet) => {
      if (hasLost || packet.chunks[0]?.type !== lost) return octets;
      hasLost = true;
      return undefined;
    };
    const closing = ours.close();
    net.clock.run(2000);
    t.same([await closing, await theirs.closed], [{ kind: 'shutdown' }, { kind: 'shutdown' }], lost);
  }
});

void t.test('a shutdown that nobody answers ends with T2-shutdown or, at the latest, with its guard', async (t) => {
  const { net, connect } = makePair(15, {}, { associationMaxRetrans: 4 });
  const [ours] = await connect();
  net.weather = { loss: 1 };
  const closing = ours.close();
  net.clock.run(1e7, () => ours.state === 'closed');
  t.same(await closing, { kind: 'unreachable', timer: 'T2-shutdown' });

  const guarded = makePair(16, {}, { associationMaxRetrans: 100 });
  const [other] = await guarded.connect();
  guarded.net.weather = { loss: 1 };
  const started = guarded.net.clock.now();
  const ending = other.close();
  guarded.net.clock.run(1e7, () => other.state === 'closed');
  t.same(await ending, { kind: 'aborted', by: 'local', detail: 'T5-shutdown-guard expired' });
  t.equal(guarded.net.clock.now() - started, 300_000);
});

void t.test('a user who pauses slows the sender down, without loss; one who resumes gets everything', async (t) => {
  const { net, connect } = makePair(17, {}, { receiveBuffer: 20_000 });
  const [ours, theirs] = await connect();
  const { messages } = listenTo(theirs);
  theirs.pause();
  for (let n = 0; n < 100; n += 1) ours.send(0, 18, bytes(1000, n));
  net.clock.run(3_600_000);
  t.equal(messages.length, 0);
  t.equal(ours.state, 'established', 'an hour of a closed window is no failure');
  t.equal(ours.statistics().peerWindow, 0);
  t.ok(ours.buffered >= 70_000);
  theirs.resume();
  net.clock.run(120_000);
  t.same(
    messages.map(({ bytes }) => bytes[0]),
    Array.from({ length: 100 }, (_, n) => n),
  );
  t.equal(ours.buffered, 0);
});

void t.test('messages wait for a user who sets the handler later', async (t) => {
  const { net, connect } = makePair(18);
  const [ours, theirs] = await connect();
  ours.send(0, 18, bytes(10));
  net.clock.run(1000);
  t.equal(listenTo(theirs).messages.length, 1);
});

void t.test('send says when it is enough, and onDrain when there is room again', async (t) => {
  const { net, connect } = makePair(19, {}, { sendBuffer: 10_000 });
  const [ours, theirs] = await connect();
  const { messages } = listenTo(theirs);
  let [drained, sent] = [0, 0];
  ours.onDrain(() => (drained += 1));
  while (ours.send(0, 18, bytes(1000))) sent += 1;
  t.equal(sent, 9);
  t.notOk(ours.send(0, 18, bytes(1000)));
  net.clock.run(1000);
  t.same([drained, messages.length], [1, 11]);
  t.ok(ours.send(0, 18, bytes(1000)));
});
