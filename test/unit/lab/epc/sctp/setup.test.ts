/** How associations begin, begin anew, and what a stranger's packets lead to: RFC 9260, sections 5 and 8.4. */
import t from 'tap';
import type { Chunk, InitChunk } from '../../../../../src/signalling/sctp/chunk.ts';
import { bakeCookie, type Cookie, openCookie } from '../../../../../lab/epc/sctp/cookie.ts';
import { encodePacket } from '../../../../../src/signalling/sctp/encode.ts';
import { cookieMeaning } from '../../../../../lab/epc/sctp/setup.ts';
import type { CloseReason } from '../../../../../lab/epc/sctp/types.ts';
import { ADDRESSES, makePair, Network, type Pair, PORTS } from '../../../../helpers/sctp-network.ts';
import { data, usrsctpInit } from '../../../../helpers/sctp-packets.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(1);

const cookie: Cookie = {
  created: 12.5,
  life: 60_000,
  localPort: 1,
  remotePort: 2,
  localTag: 0xffff_ffff,
  remoteTag: 4,
  localTsn: 5,
  remoteTsn: 6,
  window: 7,
  outboundStreams: 8,
  inboundStreams: 9,
  localTieTag: 10,
  remoteTieTag: 11,
};

void t.test('a cookie opens for its maker and for the address it was made for', (t) => {
  const [secret, other] = [bytes(32), new Uint8Array(32)];
  const octets = bakeCookie(cookie, secret, '10.0.0.1');
  t.same(openCookie(octets, secret, '10.0.0.1'), cookie);
  t.equal(openCookie(octets, secret, '10.0.0.2'), undefined);
  t.equal(openCookie(octets, other, '10.0.0.1'), undefined);
  t.equal(openCookie(octets.subarray(1), secret, '10.0.0.1'), undefined);
  for (let at = 0; at < octets.length; at += 1) {
    const changed = Uint8Array.from(octets);
    changed[at] = (changed[at] ?? 0) ^ 1;
    if (openCookie(changed, secret, '10.0.0.1') !== undefined) t.fail(`octet ${at}`);
  }
  t.end();
});

void t.test('the table of RFC 9260, 5.2.4', (t) => {
  const meaning = (localTag: number, remoteTag: number, localTieTag: number, remoteTieTag: number): string =>
    cookieMeaning({ ...cookie, localTag, remoteTag, localTieTag, remoteTieTag }, 100, 200);
  t.equal(meaning(1, 2, 100, 200), 'restart', 'A');
  t.equal(meaning(100, 2, 0, 0), 'collision', 'B');
  t.equal(meaning(1, 200, 0, 0), 'discard', 'C');
  t.equal(meaning(100, 200, 7, 7), 'duplicate', 'D');
  t.equal(meaning(1, 2, 0, 0), 'discard');
  t.equal(meaning(1, 2, 100, 7), 'discard');
  t.equal(meaning(1, 2, 7, 200), 'discard');
  t.equal(meaning(1, 200, 100, 200), 'discard');
  t.end();
});

void t.test('both sides may begin at the same moment: one association comes of it', async (t) => {
  for (const weather of [{}, { jitter: 300 }, { loss: 0.3, jitter: 100 }])
    for (let seed = 1; seed <= 20; seed += 1) {
      const net = new Network(seed, weather);
      const [a, b] = [net.endpoint(ADDRESSES.a), net.endpoint(ADDRESSES.b)];
      const connecting = Promise.all([
        a.connect(ADDRESSES.b, PORTS.b, { localPort: PORTS.a }),
        b.connect(ADDRESSES.a, PORTS.a, { localPort: PORTS.b }),
      ]);
      net.clock.run(1e6, () => [a, b].every(({ associations }) => associations[0]?.state === 'established'));
      const [left, right] = await connecting;
      let [toLeft, toRight] = [0, 0];
      left.onMessage(() => (toLeft += 1));
      right.onMessage(() => (toRight += 1));
      for (let n = 0; n < 20; n += 1) {
        left.send(0, 18, bytes(2000));
        right.send(0, 18, bytes(2000));
      }
      void left.close();
      net.clock.run(1e6);
      t.same([toLeft, toRight, a.idle, b.idle], [20, 20, true, true], `seed ${seed}, ${JSON.stringify(weather)}`);
    }
});

void t.test('a peer that begins anew from the same port takes the association over', async (t) => {
  const { net, accepted, connect, b } = makePair(20);
  const [, theirs] = await connect();
  const heard: string[] = [];
  theirs.onMessage(({ bytes: { length } }) => heard.push(`${length} octets`));
  theirs.onRestart(() => heard.push('restart'));
  theirs.onClose((reason) => heard.push(reason.kind));
  theirs.send(3, 18, bytes(5));
  net.clock.run(1000);
  // The process dies without a word; a new one at the same address takes the same port.
  const again = net.endpoint(ADDRESSES.a);
  theirs.send(3, 18, bytes(1000));
  const connecting = again.connect(ADDRESSES.b, PORTS.b, { localPort: PORTS.a });
  net.clock.run(500);
  const ours = await connecting;
  t.equal(ours.state, 'established');
  t.same(accepted, [theirs], 'it is the same association to the listener');
  t.equal(b.associations.length, 1);
  const got: number[] = [];
  ours.onMessage(({ bytes: { length } }) => got.push(length));
  ours.send(3, 18, bytes(20));
  theirs.send(3, 18, bytes(30));
  net.clock.run(1000);
  t.same(heard, ['restart', '20 octets']);
  t.same(got, [30], 'what was under way before is lost, streams begin anew');
  t.equal(theirs.statistics().restarts, 1);
  void ours.close();
  net.clock.run(1000);
  t.same(heard, ['restart', '20 octets', 'shutdown']);
});

void t.test('a restart needs all four packets: an INIT alone changes nothing', async (t) => {
  const { net, connect } = makePair(21);
  const [ours, theirs] = await connect();
  let restarts = 0;
  theirs.onRestart(() => (restarts += 1));
  const init: InitChunk = {
    type: 'init',
    tag: 77,
    window: 9000,
    outboundStreams: 1,
    inboundStreams: 1,
    initialTsn: 1,
    parameters: [],
  };
  for (let n = 0; n < 10; n += 1) net.transmit(ADDRESSES.a, ADDRESSES.b, encodePacket(PORTS.a, PORTS.b, 0, [init]));
  let got = 0;
  theirs.onMessage(() => (got += 1));
  ours.send(0, 18, bytes(10));
  net.clock.run(1000);
  t.same([restarts, got, ours.state, theirs.state], [0, 1, 'established', 'established']);
});

void t.test('a peer that restarts while a shutdown waits for it is shut down after all', async (t) => {
  const { net, connect, b } = makePair(22);
  const [, theirs] = await connect();
  const again = net.endpoint(ADDRESSES.a);
  const closing = theirs.close();
  const connecting = again.connect(ADDRESSES.b, PORTS.b, { localPort: PORTS.a });
  net.clock.run(5000);
  const ours = await connecting;
  t.same([(await ours.closed).kind, (await closing).kind, b.associations.length], ['shutdown', 'shutdown', 0]);
});

void t.test('a cookie that is too old is refused with its age, and asked for again with a longer life', async (t) => {
  const { net, connect, ladder } = makePair(23, {}, { cookieLife: 500 });
  let delayed: Uint8Array | undefined;
  net.tamper = (octets, from, packet) => {
    if (packet.chunks[0]?.type !== 'cookieEcho' || delayed !== undefined) return octets;
    delayed = octets;
    net.clock.after(600, () => net.transmit(from, ADDRESSES.b, octets));
    return undefined;
  };
  const [ours] = await connect();
  t.equal(ours.state, 'established');
  t.same(ladder().slice(-6), ['a: cookieEcho', 'b: error', 'a: init', 'b: initAck', 'a: cookieEcho', 'b: cookieAck']);
});

/** A stranger at 10.0.0.9 who sends packets made by hand to b's listening port, or another one. */
const stranger = ({ net }: Pair, ...chunks: readonly Chunk[]): { send: (tag: number, port?: number) => string[] } => ({
  send: (tag, port = PORTS.b) => {
    net.seen.length = 0;
    net.transmit('10.0.0.9', ADDRESSES.b, encodePacket(4000, port, tag, chunks));
    net.clock.run(100);
    return net.seen
      .filter(({ from }) => from === ADDRESSES.b)
      .map(
        ({ packet }) =>
          `${packet.tag} ${packet.chunks.map((chunk) => (chunk.type === 'abort' || chunk.type === 'shutdownComplete' ? `${chunk.type} ${chunk.reflected}` : chunk.type)).join(' ')}`,
      );
  },
});

void t.test('packets out of the blue are answered as RFC 9260, 8.4 says', (t) => {
  const pair = makePair(24);
  const reply = (chunk: Chunk, tag = 99, port?: number): string[] => stranger(pair, chunk).send(tag, port);
  const init: InitChunk = {
    type: 'init',
    tag: 7,
    window: 9000,
    outboundStreams: 1,
    inboundStreams: 1,
    initialTsn: 1,
    parameters: [],
  };
  t.same(reply(data(1)), ['99 abort true']);
  t.same(reply({ type: 'heartbeat', information: bytes(4) }), ['99 abort true']);
  t.same(reply({ type: 'shutdownAck' }), ['99 shutdownComplete true']);
  for (const chunk of [
    { type: 'abort', reflected: false, causes: [] },
    { type: 'shutdownComplete', reflected: false },
    { type: 'cookieAck' },
    { type: 'error', causes: [{ type: 3, value: bytes(4) }] },
    { type: 'cookieEcho', cookie: bytes(80) },
  ] as const)
    t.same(reply(chunk), [], chunk.type);
  t.same(reply(init, 0), ['7 initAck']);
  t.same(reply(init, 0, 9), ['7 abort false'], 'nobody listens');
  t.same(reply(init, 5), [], 'an INIT has no tag');
  t.same(reply({ ...init, tag: 0 }, 0), [], 'and asks for one');
  t.same(reply({ ...init, outboundStreams: 0 }, 0), ['7 abort false']);
  t.same(reply({ ...init, inboundStreams: 0 }, 0), ['7 abort false']);
  t.same(reply({ ...init, window: 1499 }, 0), ['7 abort false']);
  t.same(reply({ ...init, parameters: [{ type: 11, value: bytes(4) }] }, 0), ['7 abort false'], 'a host name');
  t.same(stranger(pair, init, data(1)).send(0), [], 'an INIT comes alone');
  t.equal(pair.b.associations.length, 0);
  t.end();
});

void t.test('unknown parameters of an INIT are skipped, reported, or end it, by their high bits', (t) => {
  const { net } = makePair(25);
  const reported = (...types: readonly number[]): number[] => {
    net.seen.length = 0;
    const parameters = types.map((type) => ({ type, value: bytes(5) }));
    const init: InitChunk = {
      type: 'init',
      tag: 7,
      window: 9000,
      outboundStreams: 1,
      inboundStreams: 1,
      initialTsn: 1,
      parameters,
    };
    net.transmit('10.0.0.9', ADDRESSES.b, encodePacket(4000, PORTS.b, 0, [init]));
    net.clock.run(100);
    const [answer] = net.seen.at(-1)?.packet.chunks ?? [];
    if (answer?.type !== 'initAck') throw new Error('no INIT ACK');
    return answer.parameters.filter(({ type }) => type === 8).map(({ value }) => Buffer.from(value).readUInt16BE(0));
  };
  t.same(reported(0xc123, 0x8123, 0xc124), [0xc123, 0xc124]);
  t.same(reported(0x4123, 0xc123), [0x4123]);
  t.same(reported(0x3fff, 0xc123), []);
  net.seen.length = 0;
  net.transmit('10.0.0.9', ADDRESSES.b, usrsctpInit);
  net.clock.run(100);
  const [answer] = net.seen.at(-1)?.packet.chunks ?? [];
  t.match(answer, { type: 'initAck', outboundStreams: 16, parameters: [{ type: 7 }, { type: 8 }] });
  t.end();
});

/** Sends chunks to an established `b` as if `a` had; returns what `b` answers. */
const inside = async (
  seed: number,
): Promise<{ say: (...chunks: readonly Chunk[]) => Chunk[]; ended: () => CloseReason | undefined; tsn: number }> => {
  const { net, connect } = makePair(seed);
  const [, theirs] = await connect();
  const [init, initAck] = net.seen.map(({ packet }) => packet.chunks[0]);
  if (init?.type !== 'init' || initAck?.type !== 'initAck') throw new Error('no handshake');
  net.vanish(ADDRESSES.a);
  let reason: CloseReason | undefined;
  theirs.onMessage(() => undefined);
  theirs.onClose((why) => (reason = why));
  return {
    tsn: init.initialTsn,
    ended: () => reason,
    say: (...chunks) => {
      net.seen.length = 0;
      net.transmit(ADDRESSES.a, ADDRESSES.b, encodePacket(PORTS.a, PORTS.b, initAck.tag, chunks));
      net.clock.run(300);
      return net.seen.filter(({ from }) => from === ADDRESSES.b).flatMap(({ packet }) => packet.chunks);
    },
  };
};

void t.test('an unknown chunk is skipped, reported, or ends its packet, by its high bits', async (t) => {
  const { say, tsn } = await inside(26);
  const unknown = (code: number): Chunk => ({ type: 'unknown', code, octets: Uint8Array.of(code, 0, 0, 4) });
  const types = (chunks: readonly Chunk[]): string[] => chunks.map(({ type }) => type);
  t.same(types(say(unknown(0x80), data(tsn))), ['sack']);
  t.same(types(say(unknown(0xc9), data(tsn + 1, { sequence: 1 }))), ['error', 'sack']);
  t.same(types(say(unknown(0x3f), data(tsn + 2, { sequence: 2 }))), []);
  t.match(say(unknown(0x7f), data(tsn + 2, { sequence: 2 })), [
    { type: 'error', causes: [{ type: 6, value: { 0: 0x7f } }] },
  ]);
});

void t.test('data for a stream that there is not is acknowledged, reported and thrown away', async (t) => {
  const { say, tsn, ended } = await inside(27);
  t.match(say(data(tsn, { stream: 99 })), [
    { type: 'error', causes: [{ type: 1, value: { 0: 0, 1: 99 } }] },
    { type: 'sack', cumulative: tsn },
  ]);
  t.equal(ended(), undefined);
});

void t.test(
  'what cannot be lived with ends the association: no data, a TSN never sent, fragments of two messages',
  async (t) => {
    const unsent: Chunk = { type: 'sack', cumulative: 0x7777_7777, window: 9000, gaps: [], duplicates: [] };
    const cases: readonly (readonly [(tsn: number) => readonly Chunk[], number])[] = [
      [(tsn) => [data(tsn, { payload: bytes(0) })], 9],
      [() => [unsent], 13],
      [(tsn) => [data(tsn, { last: false }), data(tsn + 1)], 13],
    ];
    for (const [chunk, cause] of cases) {
      const { say, tsn, ended } = await inside(28);
      t.match(say(...chunk(tsn)), [{ type: 'abort', causes: [{ type: cause }] }]);
      t.match(ended(), { kind: 'aborted', by: 'local' });
    }
  },
);

void t.test('a wrong verification tag makes a packet nothing, an ABORT too', async (t) => {
  const { net, connect } = makePair(29);
  const [, theirs] = await connect();
  const abort: Chunk = { type: 'abort', reflected: false, causes: [] };
  for (const [tag, chunk] of [
    [1, abort],
    [0, abort],
    [0, { ...abort, reflected: true }],
    [1, { ...abort, reflected: true }],
    [1, { type: 'shutdownComplete', reflected: true }],
  ] as const)
    net.transmit(ADDRESSES.a, ADDRESSES.b, encodePacket(PORTS.a, PORTS.b, tag, [chunk]));
  net.clock.run(100);
  t.equal(theirs.state, 'established');
});

void t.test('before the peer has a tag nobody can break off what has begun', (t) => {
  const net = new Network(31);
  const a = net.endpoint(ADDRESSES.a);
  a.connect(ADDRESSES.b, PORTS.b, { localPort: PORTS.a }).catch(() => undefined);
  const abort: Chunk = { type: 'abort', reflected: true, causes: [] };
  net.transmit(ADDRESSES.b, ADDRESSES.a, encodePacket(PORTS.b, PORTS.a, 0, [abort]));
  net.clock.run(100);
  t.equal(a.associations[0]?.state, 'cookie-wait');
  a.close();
  t.end();
});

void t.test('ports are one association each; a port is listened to once', async (t) => {
  const { net, a, b, connect, accepted } = makePair(30);
  await connect();
  const more = Promise.all([1, 2, 3].map(() => a.connect(ADDRESSES.b, PORTS.b)));
  net.clock.run(1000);
  t.equal(new Set((await more).map(({ local }) => local.port)).size, 3);
  t.equal(accepted.length, 4);
  t.throws(() => b.listen(PORTS.b, () => undefined), { name: 'SctpError' });
  t.throws(() => void a.connect(ADDRESSES.b, PORTS.b, { localPort: PORTS.a }), { name: 'SctpError' });
  b.close();
  net.clock.run(1000);
  t.ok(a.idle && b.idle);
});
