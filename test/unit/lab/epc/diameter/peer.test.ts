/** Diameter peers in fake time: capabilities, watchdog, requests and answers, farewells, and peers that misbehave. */
import t from 'tap';
import * as diameter from '../../../../../src/signalling/diameter/index.ts';
import type { Avp, DiameterMessage } from '../../../../../src/signalling/diameter/index.ts';
import { DiameterPeer, disconnectCauses } from '../../../../../lab/epc/diameter/peer.ts';
import type { PeerOptions } from '../../../../../lab/epc/diameter/peer-options.ts';
import { fakeClock, type FakeClock } from '../../../../helpers/fake-clock.ts';
import { diameterMessages, identityOf } from '../../../../helpers/diameter-messages.ts';

const { application, avp, base, command, decodeMessage, encodeMessage, find, results } = diameter;

interface Side {
  readonly peer: DiameterPeer;
  /** What it sent, each message with its time. */
  readonly sent: { readonly message: DiameterMessage; readonly at: number }[];
  readonly states: string[];
  readonly requests: DiameterMessage[];
  readonly errors: unknown[];
  closed: boolean;
  /** Who gets what it sends; nobody while undefined. */
  other: DiameterPeer | undefined;
}

type More = Partial<Omit<PeerOptions, 'clock' | 'transport'>>;

const stateless = avp(base.authSessionState, 1);

const makeSide = (clock: FakeClock, name: string, role: PeerOptions['role'], more: More = {}): Side => {
  const side: Omit<Side, 'peer'> = { sent: [], states: [], requests: [], errors: [], closed: false, other: undefined };
  const peer = new DiameterPeer({
    local: identityOf(name),
    clock,
    role,
    // In the middle of its range: no jitter.
    random: () => 0.5,
    transport: {
      send: (octets) => {
        side.sent.push({ message: decodeMessage(octets), at: clock.now() });
        made.other?.receive(octets);
      },
      close: () => (made.closed = true),
    },
    onState: (state, reason) => void side.states.push(reason === undefined ? state : `${state}: ${reason}`),
    onError: (error) => void side.errors.push(error),
    onRequest: () => [diameter.success, stateless],
    ...more,
  });
  const made: Side = { ...side, peer };
  return made;
};

interface Pair {
  readonly clock: FakeClock;
  readonly mme: Side;
  readonly hss: Side;
}
const makePair = (mmeMore: More = {}, hssMore: More = {}): Pair => {
  const clock = fakeClock();
  const mme = makeSide(clock, 'mme', 'initiator', mmeMore);
  const hss = makeSide(clock, 'hss', 'responder', hssMore);
  mme.other = hss.peer;
  hss.other = mme.peer;
  hss.peer.start();
  mme.peer.start();
  return { clock, mme, hss };
};

const names = (side: Side): string[] => side.sent.map(({ message }) => diameter.commandAbbreviation(message));
const lastOf = (side: Side): DiameterMessage => {
  const last = side.sent.at(-1);
  if (last === undefined) throw new Error('nothing was sent');
  return last.message;
};
const sample = (name: string): DiameterMessage => {
  const message = diameterMessages.get(name);
  if (message === undefined) throw new Error(`no sample ${name}`);
  return message;
};
/** The AVPs of a sample behind Session-Id, Origin-Host and Origin-Realm, which the peer writes itself. */
const content = (name: string): readonly Avp[] =>
  sample(name).avps.filter(
    ({ code }) => ![base.sessionId, base.originHost, base.originRealm].some((one) => one.code === code),
  );
const air = { command: command.authenticationInformation, application: application.s6a };
const outcomeOf = <T>(promise: Promise<T>): Promise<T | Error> =>
  promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

void t.test('two peers exchange capabilities', async (t) => {
  const { clock, mme, hss } = makePair();
  t.same([names(mme), names(hss)], [['CER'], ['CEA']]);
  t.same([mme.states, hss.states], [['open'], ['open']]);
  t.match(mme.peer.remote, {
    host: 'hss.epc.mnc000.mcc460.3gppnetwork.org',
    realm: 'epc.mnc000.mcc460.3gppnetwork.org',
    productName: 'Xiyou',
    originStateId: 1_700_000_000,
  });
  t.same(hss.peer.remote?.applications, new Set([16_777_251, 4]));
  t.equal(clock.waiting(), 2, 'a watchdog each, nothing else');
});

void t.test('peers that have nothing to talk about part', (t) => {
  const gx = { ...identityOf('pcrf'), applications: [{ id: 16_777_238, vendor: 10_415 }] };
  const { mme, hss } = makePair({}, { local: gx });
  t.equal(find(lastOf(hss).avps, base.resultCode), results.DIAMETER_NO_COMMON_APPLICATION);
  t.match(hss.states, [/^closed: mme.*NO_COMMON_APPLICATION/u]);
  t.match(mme.states, [/^closed: refused: DIAMETER_NO_COMMON_APPLICATION/u]);
  t.same([mme.closed, hss.closed], [true, true]);
  const relay = { ...gx, applications: [{ id: application.relay }] };
  t.same(makePair({}, { local: relay }).mme.states, ['open'], 'a relay talks about everything');
  t.end();
});

void t.test('a stranger is refused as a protocol error', (t) => {
  const { mme, hss } = makePair({}, { accept: ({ host }) => host.startsWith('sgsn.') });
  const answer = lastOf(hss);
  t.match([answer.error, find(answer.avps, base.resultCode)], [true, results.DIAMETER_UNKNOWN_PEER]);
  t.match(mme.states, [/UNKNOWN_PEER/u]);
  t.end();
});

void t.test('who says nothing or something else before the capabilities is let go', async (t) => {
  const clock = fakeClock();
  const silent = makeSide(clock, 'hss', 'responder');
  silent.peer.start();
  await clock.pass(10_000);
  t.same(silent.states, ['closed: no capabilities in time']);
  t.ok(silent.closed);
  const early = makeSide(clock, 'hss', 'responder');
  early.peer.start();
  early.peer.receive(encodeMessage(sample('Update-Location-Request')));
  t.same(early.states, ['closed: ULR before the capabilities']);
  const nameless = makeSide(clock, 'hss', 'responder');
  nameless.peer.start();
  const cer = sample('Capabilities-Exchange-Request');
  nameless.peer.receive(encodeMessage({ ...cer, avps: cer.avps.filter(({ code }) => code !== base.originHost.code) }));
  t.equal(find(lastOf(nameless).avps, base.resultCode), results.DIAMETER_MISSING_AVP);
  t.match(nameless.states, [/MISSING_AVP/u]);
  await t.rejects(nameless.peer.request({ ...air, avps: [] }), { name: 'DiameterPeerError', fault: 'not-open' });
  t.equal(clock.waiting(), 0);
});

void t.test('requests are answered, each its own', async (t) => {
  const { mme, hss } = makePair(
    {},
    {
      onRequest: async (request) => [
        diameter.success,
        stateless,
        avp(base.userName, find(request.avps, base.sessionId) ?? ''),
      ],
    },
  );
  const draft = { ...air, avps: content('Authentication-Information-Request') };
  const [one, two] = await Promise.all([mme.peer.request(draft), mme.peer.request({ ...draft, session: 'mme;1;x' })]);
  t.equal(find(two.avps, base.userName), 'mme;1;x');
  t.match(find(one.avps, base.userName), /^mme\.epc.*;1700000000;1$/u);
  t.equal(one.avps[0]?.code, base.sessionId.code, 'Session-Id comes first');
  const [first, second] = mme.sent.slice(1).map(({ message }) => message);
  t.ok(first && second && first.hopByHop !== second.hopByHop && first.endToEnd !== second.endToEnd);
  t.match([one.hopByHop, one.endToEnd, one.proxiable], [first?.hopByHop, first?.endToEnd, true]);
  t.match(find(lastOf(hss).avps, base.originHost), /^hss\./u);
});

void t.test('a request without an answer ends after its time, and a late answer is dropped', async (t) => {
  const { clock, mme, hss } = makePair({ answerTimeout: 4000, watchdogInterval: 60_000 });
  hss.other = undefined;
  const outcome = outcomeOf(mme.peer.request({ ...air, avps: content('Authentication-Information-Request') }));
  await clock.pass(3999);
  t.equal(mme.sent.length, 2);
  await clock.pass(1);
  t.match(await outcome, { name: 'DiameterPeerError', fault: 'timeout', message: 'no answer to AIR within 4000 ms' });
  mme.peer.receive(encodeMessage(lastOf(hss)));
  t.same(mme.states, ['open']);
});

void t.test('an answer of another command or without its origin does not count as one', async (t) => {
  const { clock, mme, hss } = makePair();
  hss.other = undefined;
  const outcome = outcomeOf(mme.peer.request({ ...air, avps: content('Authentication-Information-Request') }));
  const { hopByHop } = lastOf(mme);
  mme.peer.receive(encodeMessage({ ...sample('Update-Location-Answer'), hopByHop }));
  await clock.pass(0);
  const bad = sample('Authentication-Information-Answer');
  mme.peer.receive(
    encodeMessage({ ...bad, hopByHop, avps: bad.avps.filter(({ code }) => code !== base.originHost.code) }),
  );
  t.match(await outcome, { name: 'DiameterError', code: results.DIAMETER_MISSING_AVP });
});

void t.test('the watchdog asks, doubts, and gives up', async (t) => {
  const { clock, mme, hss } = makePair();
  hss.other = undefined;
  await clock.pass(29_999);
  t.same(names(mme), ['CER']);
  await clock.pass(1);
  t.same(names(mme), ['CER', 'DWR']);
  t.equal(find(lastOf(hss).avps, base.resultCode), results.DIAMETER_SUCCESS);
  await clock.pass(30_000);
  t.same(mme.states, ['open', 'suspect: no answer to the watchdog']);
  const outcome = outcomeOf(mme.peer.request({ ...air, avps: content('Authentication-Information-Request') }, 100_000));
  await clock.pass(30_000);
  t.same(mme.states.slice(2), ['closed: silent for too long']);
  t.match(await outcome, { name: 'DiameterPeerError', fault: 'lost' });
  t.ok(mme.closed);
});

void t.test('anything that comes in puts the watchdog off, and clears a doubt', async (t) => {
  const { clock, mme, hss } = makePair({}, { watchdogInterval: 1_000_000 });
  for (let minute = 0; minute < 10; minute += 1) {
    await clock.pass(20_000);
    mme.peer.receive(encodeMessage({ ...sample('Device-Watchdog-Request'), hopByHop: minute }));
  }
  t.equal(names(mme).filter((name) => name === 'DWR').length, 0);
  hss.other = undefined;
  await clock.pass(60_000);
  t.match(mme.states.at(-1), /^suspect/u);
  mme.peer.receive(encodeMessage(sample('Device-Watchdog-Request')));
  t.same(mme.states.slice(2), ['open']);
  hss.other = mme.peer;
  await clock.pass(300_000);
  t.same(mme.states.slice(3), []);
});

void t.test('a question of the watchdog is settled by its answer alone', async (t) => {
  const { clock, mme, hss } = makePair({}, { watchdogInterval: 1_000_000 });
  hss.other = undefined;
  await clock.pass(35_000);
  t.equal(names(mme).at(-1), 'DWR');
  mme.peer.receive(encodeMessage(sample('Device-Watchdog-Request')));
  await clock.pass(29_999);
  t.same(mme.states, ['open'], 'other messages give time');
  await clock.pass(1);
  t.match(mme.states.at(-1), /^suspect/u, 'but no second question');
});

void t.test('jitter is at most two seconds', async (t) => {
  for (const [random, from, to] of [
    [0, 27_999, 28_000],
    [0.999_999, 31_998, 32_000],
  ] as const) {
    const { clock, mme } = makePair({ random: () => random }, { watchdogInterval: 100_000 });
    await clock.pass(from);
    t.same(names(mme), ['CER']);
    await clock.pass(to - from);
    t.same(names(mme), ['CER', 'DWR']);
  }
});

void t.test('what nobody here speaks is refused as the standard says', async (t) => {
  const { hss } = makePair();
  const ulr = sample('Update-Location-Request');
  const ask = (request: DiameterMessage): [number | undefined, boolean, number | undefined] => {
    hss.peer.receive(encodeMessage(request));
    const answer = lastOf(hss);
    t.equal(answer.hopByHop, request.hopByHop);
    t.equal(find(answer.avps, base.sessionId), find(request.avps, base.sessionId), 'the session is named');
    return [find(answer.avps, base.resultCode), answer.error, find(answer.avps, base.failedAvp)?.[0]?.code];
  };
  t.same(ask({ ...ulr, application: 16_777_238 }), [results.DIAMETER_APPLICATION_UNSUPPORTED, true, undefined]);
  t.same(ask({ ...ulr, command: 999 }), [results.DIAMETER_COMMAND_UNSUPPORTED, true, undefined]);
  t.same(ask({ ...ulr, application: 0, command: 274 }), [results.DIAMETER_COMMAND_UNSUPPORTED, true, undefined]);
  const strange = { code: 60_000, vendor: 99, flags: 0xc0, data: new Uint8Array(1) };
  t.same(ask({ ...ulr, avps: [...ulr.avps, strange] }), [results.DIAMETER_AVP_UNSUPPORTED, false, 60_000]);
  const without = ulr.avps.filter(({ code }) => code !== base.userName.code);
  t.same(ask({ ...ulr, avps: without }), [results.DIAMETER_MISSING_AVP, false, 1]);
  t.equal(hss.peer.state, 'open');
});

void t.test('malformed requests are refused, a lost stream ends the connection', async (t) => {
  const { mme, hss } = makePair();
  const octets = encodeMessage(sample('Update-Location-Request'));
  // The length of the second AVP: beyond the end.
  octets.set([0xff, 0xff, 0xff], 20 + 60 + 5);
  t.notSame(octets, encodeMessage(sample('Update-Location-Request')));
  hss.peer.receive(octets);
  t.equal(find(lastOf(hss).avps, base.resultCode), results.DIAMETER_INVALID_AVP_LENGTH);
  t.equal(hss.peer.state, 'open');
  hss.other = undefined;
  const outcome = outcomeOf(mme.peer.request({ ...air, avps: content('Authentication-Information-Request') }));
  const answer = encodeMessage({ ...sample('Authentication-Information-Answer'), hopByHop: lastOf(mme).hopByHop });
  answer.set([0xff, 0xff, 0xff], 20 + 5);
  mme.peer.receive(answer);
  t.match(await outcome, { name: 'DiameterError', code: results.DIAMETER_INVALID_AVP_LENGTH });
  mme.peer.receive(Uint8Array.of(2, 0, 0, 20));
  t.match(mme.states.at(-1), /^closed: Diameter: DIAMETER_INVALID_MESSAGE_LENGTH/u);
  mme.peer.receive(octets);
  t.ok(mme.closed);
});

void t.test('what goes wrong in an application is answered', async (t) => {
  const missing = new diameter.DiameterError(results.DIAMETER_UNKNOWN_SESSION_ID, 'no such session');
  for (const [onRequest, code, told] of [
    [() => Promise.reject(missing), results.DIAMETER_UNKNOWN_SESSION_ID, 0],
    [() => raise(new Error('no table')), results.DIAMETER_UNABLE_TO_COMPLY, 1],
    [() => [], results.DIAMETER_UNABLE_TO_COMPLY, 1],
  ] as const) {
    const { mme, hss } = makePair({}, { onRequest });
    const answer = await mme.peer.request({ ...air, avps: content('Authentication-Information-Request') });
    t.same(diameter.resultOf(answer), { code, vendor: 0 });
    t.equal(hss.errors.length, told);
  }
});
const raise = (error: Error): never => {
  throw error;
};

void t.test('3GPP results are answers like others', async (t) => {
  const { mme } = makePair({}, { onRequest: () => [diameter.tgppResult(5420)] });
  const answer = await mme.peer.request({ ...air, avps: content('Authentication-Information-Request') });
  t.same([diameter.resultOf(answer), answer.error], [{ code: 5420, vendor: 10_415 }, false]);
});

void t.test('a farewell ends the connection on both sides', async (t) => {
  const { clock, mme, hss } = makePair({}, { onRequest: () => new Promise(() => undefined) });
  const outcome = outcomeOf(mme.peer.request({ ...air, avps: content('Authentication-Information-Request') }));
  mme.peer.disconnect();
  t.same(names(mme).slice(-1), ['DPR']);
  t.equal(find(lastOf(mme).avps, base.disconnectCause), 0);
  t.same([mme.states, mme.closed], [['open', 'closing', 'closed: disconnected'], true]);
  t.same([hss.states, hss.closed], [['open', 'closing'], false], 'who was told waits for the other to close');
  t.match(await outcome, { fault: 'lost' });
  hss.peer.lost('end of the stream');
  t.same(hss.states.at(-1), 'closed: end of the stream');
  await clock.pass(100_000);
  t.equal(clock.waiting(), 0);
});

void t.test('a farewell without an answer ends it too', async (t) => {
  const { clock, mme, hss } = makePair();
  hss.other = undefined;
  mme.peer.disconnect(disconnectCauses.busy);
  mme.peer.disconnect();
  await clock.pass(10_000);
  t.same(mme.states.slice(1), ['closing', 'closed: no farewell in time']);
  t.equal(names(mme).filter((name) => name === 'DPR').length, 1);
  await clock.pass(10_000);
  t.equal(hss.states.at(-1), 'closed: no farewell in time');
});

void t.test('an answer to a farewell that was never said changes nothing', (t) => {
  const { mme } = makePair();
  mme.peer.receive(encodeMessage(sample('Disconnect-Peer-Answer')));
  t.same(mme.states, ['open']);
  t.end();
});

void t.test('a connection that breaks fails what waits', async (t) => {
  const { clock, mme, hss } = makePair();
  hss.other = undefined;
  const outcome = outcomeOf(mme.peer.request({ ...air, avps: content('Authentication-Information-Request') }));
  mme.peer.lost('ECONNRESET');
  mme.peer.lost('again');
  t.match(await outcome, { name: 'DiameterPeerError', fault: 'lost', message: 'ECONNRESET' });
  t.same(mme.states, ['open', 'closed: ECONNRESET']);
  t.notOk(mme.closed, 'the transport is gone already');
  hss.peer.lost('ECONNRESET');
  t.equal(clock.waiting(), 0);
});
