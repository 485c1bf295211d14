/** GTPv2 transactions in fake time: repetition, duplicates, restarts, and peers that misbehave. */
import t from 'tap';
import {
  accepted,
  cause,
  causes,
  checkMandatory,
  decodeMessage,
  ebi,
  encodeMessage,
  find,
  Gtpv2Error,
  ie,
  type Message,
  messageType,
  recovery,
} from '../../../../../src/signalling/gtpv2/index.ts';
import type { Draft, Incoming, Remote } from '../../../../../lab/epc/gtpv2/transaction.ts';
import { type Endpoint, gtpv2Endpoint } from '../../../../../lab/epc/gtpv2/endpoint.ts';
import type { PathEvent } from '../../../../../lab/epc/gtpv2/path.ts';
import { fakeClock, type FakeClock } from '../../../../helpers/fake-clock.ts';
import { gtpv2Messages } from '../../../../helpers/gtpv2-messages.ts';

const peer: Remote = { address: '10.70.1.2', port: 2123 };
const session: Draft = { type: messageType['Delete Session Request'], teid: 0x1200, ies: [ie(ebi, 5)] };
const yes: Draft = { type: messageType['Delete Session Response'], teid: 0x1100, ies: [ie(cause, accepted)] };

interface Node {
  readonly clock: FakeClock;
  readonly endpoint: Endpoint;
  /** What was sent, each message with where to. */
  readonly sent: { readonly message: Message; readonly octets: Uint8Array; readonly to: Remote; readonly at: number }[];
  readonly requests: Incoming[];
  readonly events: PathEvent[];
  readonly errors: unknown[];
}

const makeNode = (serve: (incoming: Incoming) => void | Promise<void> = () => undefined, more = {}): Node => {
  const clock = fakeClock();
  const [sent, requests, events, errors]: [Node['sent'], Incoming[], PathEvent[], unknown[]] = [[], [], [], []];
  const endpoint = gtpv2Endpoint({
    clock,
    restartCounter: 5,
    send: (octets, to) => void sent.push({ message: decodeMessage(octets), octets, to, at: clock.now() }),
    onRequest: (incoming) => {
      requests.push(incoming);
      return serve(incoming);
    },
    onPath: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
    ...more,
  });
  return { clock, endpoint, sent, requests, events, errors };
};

/** How a promise ended, for promises that are expected to fail later. */
const outcomeOf = <T>(promise: Promise<T>): Promise<T | Error> =>
  promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

void t.test('a request is sent N3 times, T3 apart, and given up', async (t) => {
  const { clock, endpoint, sent } = makeNode();
  const outcome = outcomeOf(endpoint.request(peer, session));
  await clock.pass(8999);
  t.same(
    sent.map(({ at }) => at),
    [0, 3000, 6000],
  );
  t.equal(endpoint.counters.unanswered, 0);
  await clock.pass(1);
  t.match(await outcome, {
    name: 'Gtpv2Timeout',
    message: '10.70.1.2 did not answer Delete Session Request (3 times sent)',
  });
  t.same(new Set(sent.map(({ octets }) => Buffer.from(octets).toString('hex'))).size, 1, 'octet for octet the same');
  t.match(endpoint.counters, { sent: 3, repeated: 2, unanswered: 1 });
  await clock.pass(100_000);
  t.equal(sent.length, 3);
  t.equal(clock.waiting(), 0, 'no timer stays behind');
});

void t.test('timing may be told for one request', async (t) => {
  const { clock, endpoint, sent } = makeNode();
  const outcome = outcomeOf(endpoint.request(peer, session, { t3Response: 100, n3Requests: 5 }));
  await clock.pass(500);
  t.equal(sent.length, 5);
  t.type(await outcome, Error);
});

void t.test('an answer ends the repetitions, also a late one', async (t) => {
  const { clock, endpoint, sent } = makeNode();
  const outcome = endpoint.request(peer, session);
  await clock.pass(3500);
  const answer = encodeMessage({ ...yes, sequence: sent[0]?.message.sequence ?? 0 });
  endpoint.receive(answer, peer);
  t.match(await outcome, { type: messageType['Delete Session Response'], teid: 0x1100 });
  await clock.pass(10_000);
  t.equal(sent.length, 2);
  endpoint.receive(answer, peer);
  t.match(endpoint.counters, { unexpected: 1, unanswered: 0 }, 'the answer to the repetition is dropped');
});

void t.test('only the right peer, sequence number and type answer', async (t) => {
  const { clock, endpoint, sent } = makeNode();
  const outcome = outcomeOf(endpoint.request(peer, session));
  const sequence = sent[0]?.message.sequence ?? 0;
  endpoint.receive(encodeMessage({ ...yes, sequence }), { ...peer, address: '10.70.1.3' });
  endpoint.receive(encodeMessage({ ...yes, sequence }), { ...peer, port: 2124 });
  endpoint.receive(encodeMessage({ ...yes, sequence: sequence + 1 }), peer);
  endpoint.receive(encodeMessage({ ...yes, type: messageType['Modify Bearer Response'], sequence }), peer);
  t.equal(endpoint.counters.unexpected, 4);
  await clock.pass(9000);
  t.match(await outcome, { name: 'Gtpv2Timeout' });
});

void t.test('an answer without its Cause is an error, and no reason to ask again', async (t) => {
  const { endpoint, sent } = makeNode();
  const outcome = outcomeOf(endpoint.request(peer, session));
  endpoint.receive(encodeMessage({ ...yes, ies: [], sequence: sent[0]?.message.sequence ?? 0 }), peer);
  t.match(await outcome, { name: 'Gtpv2Error', fault: 'missing' });
  t.equal(sent.length, 1);
});

void t.test('sequence numbers: each its own, commands above the others, round and round', async (t) => {
  const { clock, endpoint, sent } = makeNode(undefined, { firstSequence: 2 ** 23 - 2 });
  const outcomes = [
    endpoint.request(peer, session),
    endpoint.request(peer, session),
    endpoint.request(peer, session),
    endpoint.request(peer, { ...session, type: messageType['Delete Bearer Command'] }),
  ].map(outcomeOf);
  t.same(
    sent.map(({ message }) => message.sequence),
    [0x7f_fffe, 0x7f_ffff, 0, 0x80_0001],
  );
  await clock.pass(9000);
  await Promise.all(outcomes);
});

void t.test('closing ends all requests; sequence numbers are counted for all peers together', async (t) => {
  const { clock, endpoint, sent } = makeNode(undefined, { firstSequence: 2 ** 23 - 1 });
  const first = outcomeOf(endpoint.request(peer, session, { t3Response: 1_000_000 }));
  const other = outcomeOf(endpoint.request({ ...peer, address: '10.70.1.9' }, session));
  t.same(
    sent.map(({ message }) => message.sequence),
    [0x7f_ffff, 0],
  );
  endpoint.close();
  t.match([await first, await other], [{ message: 'closed' }, { message: 'closed' }]);
  t.equal(clock.waiting(), 0);
});

void t.test('a command is answered by the request that it leads to, which is served as well', async (t) => {
  const { endpoint, sent, requests } = makeNode((incoming) =>
    incoming.answer({ type: 100, teid: 1, ies: [ie(cause, accepted)] }),
  );
  const outcome = endpoint.request(peer, { type: messageType['Delete Bearer Command'], teid: 7, ies: [] });
  const sequence = sent[0]?.message.sequence ?? 0;
  endpoint.receive(
    encodeMessage({ type: messageType['Delete Bearer Request'], teid: 9, sequence, ies: [ie(ebi, 6)] }),
    peer,
  );
  t.match(await outcome, { type: messageType['Delete Bearer Request'] });
  t.equal(requests.length, 1);
  t.match(sent[1]?.message, { type: messageType['Delete Bearer Response'], sequence });
});

void t.test('a repeated request is served once and answered from memory', async (t) => {
  const { clock, endpoint, sent, requests } = makeNode();
  const request = encodeMessage({ ...session, sequence: 77 });
  const from = { ...peer, port: 40_000 };
  endpoint.receive(request, from);
  endpoint.receive(request, from);
  t.equal(requests.length, 1, 'a repetition of what is being worked on is dropped');
  t.equal(sent.length, 0);
  requests[0]?.answer(yes);
  requests[0]?.answer({ ...yes, teid: 0xbad });
  t.equal(sent.length, 1, 'only the first answer counts');
  t.match(sent[0], { message: { ...yes, sequence: 77 }, to: from });
  await clock.pass(8000);
  endpoint.receive(request, from);
  t.equal(requests.length, 1);
  t.equal(sent.length, 2);
  t.same(sent[1]?.octets, sent[0]?.octets, 'the same octets again');
  t.match(endpoint.counters, { duplicates: 2, received: 3 });
  await clock.pass(1000);
  endpoint.receive(request, from);
  t.equal(requests.length, 2, 'after N3 times T3 nobody repeats: it is a new request');
  endpoint.receive(request, { ...from, port: 40_001 });
  endpoint.receive(encodeMessage({ ...session, sequence: 78 }), from);
  t.equal(requests.length, 4, 'another port or another number is another request');
  endpoint.close();
  t.equal(clock.waiting(), 0);
});

void t.test('a request that is never answered is forgotten after a minute', async (t) => {
  const { clock, endpoint, requests, sent } = makeNode();
  endpoint.receive(encodeMessage({ ...session, sequence: 1 }), peer);
  await clock.pass(60_000);
  t.equal(clock.waiting(), 0);
  requests[0]?.answer(yes);
  t.equal(sent.length, 0, 'its answer comes too late');
});

void t.test('no more than ten thousand answers are kept', async (t) => {
  const { clock, endpoint, requests } = makeNode((incoming) => incoming.answer(yes));
  for (let sequence = 0; sequence < 10_500; sequence += 1)
    endpoint.receive(encodeMessage({ ...session, sequence }), peer);
  t.equal(clock.waiting(), 10_000);
  endpoint.receive(encodeMessage({ ...session, sequence: 10_499 }), peer);
  t.equal(requests.length, 10_500, 'the youngest is kept');
  endpoint.receive(encodeMessage({ ...session, sequence: 0 }), peer);
  t.equal(requests.length, 10_501, 'the oldest is not');
  endpoint.close();
});

void t.test('requests that are wrong are refused with the reason', async (t) => {
  const { endpoint, sent, requests } = makeNode();
  const create = gtpv2Messages.get('Create Session Request');
  if (create === undefined) throw new Error('no sample');
  const octets = encodeMessage(create);
  endpoint.receive(encodeMessage({ ...create, ies: create.ies.filter(({ type }) => type !== 71) }), peer);
  endpoint.receive(octets.subarray(0, -1), peer);
  endpoint.receive(Uint8Array.from(octets).fill(0xff, 14, 15), peer);
  t.equal(requests.length, 0);
  t.same(
    sent.map(({ message }) => ({ ...message, ies: find(message.ies, cause) })),
    [
      { value: causes['Mandatory IE missing'], offending: { type: 71, instance: 0 } },
      { value: causes['Invalid length'] },
      { value: causes['Invalid length'], offending: { type: 1, instance: 0 } },
    ].map((ies) => ({ type: 33, teid: 0, sequence: create.sequence, priority: undefined, ies })),
  );
  t.match(endpoint.counters, { malformed: 2 });
});

void t.test('what is no request is dropped without a word when it is wrong', async (t) => {
  const { endpoint, sent } = makeNode();
  for (const octets of [
    new Uint8Array(),
    Uint8Array.of(0x48),
    encodeMessage({ ...yes, sequence: 3 }).subarray(0, -1),
    encodeMessage({ type: 1, sequence: 3, ies: [ie(recovery, 1)] }).subarray(0, -1),
    Uint8Array.of(0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0),
    encodeMessage({ type: 250, teid: 0, sequence: 3, ies: [] }),
    encodeMessage({ ...yes, sequence: 3 }),
  ])
    endpoint.receive(octets, peer);
  t.equal(sent.length, 0);
  t.match(endpoint.counters, { received: 7, malformed: 5, unexpected: 2 });
});

void t.test('a later version is told which one is spoken here', async (t) => {
  const { endpoint, sent } = makeNode();
  endpoint.receive(Uint8Array.of(0x60, 32, 0, 4, 0, 0, 1, 0), peer);
  t.match(sent, [{ message: { type: messageType['Version Not Supported Indication'], teid: undefined }, to: peer }]);
});

void t.test('a peer that speaks another version is not asked again', async (t) => {
  const { clock, endpoint, sent } = makeNode();
  const outcome = outcomeOf(endpoint.request(peer, session));
  const elsewhere = outcomeOf(endpoint.request({ ...peer, address: '10.70.1.9' }, session));
  endpoint.receive(encodeMessage({ type: 3, sequence: 0xffff, ies: [] }), peer);
  t.match(await outcome, { name: 'Gtpv2Timeout', message: '10.70.1.2 does not speak version 2 of GTP' });
  await clock.pass(9000);
  t.equal(sent.length, 4, 'the other peer still is');
  t.match(await elsewhere, { message: /did not answer/u });
});

void t.test('an error in a procedure is answered', async (t) => {
  const missing = new Gtpv2Error('missing', 'no EBI', { offending: { type: 73, instance: 0 } });
  for (const [error, value, told] of [
    [missing, causes['Mandatory IE missing'], []],
    [new Error('no table'), causes['System failure'], [new Error('no table')]],
  ] as const)
    for (const serve of [() => Promise.reject(error), () => raise(error)]) {
      const { clock, endpoint, sent, errors } = makeNode(serve);
      endpoint.receive(encodeMessage({ ...session, sequence: 5 }), peer);
      await clock.pass(0);
      t.equal(sent.length, 1);
      t.match(find(sent[0]?.message.ies ?? [], cause), { value });
      t.match(errors, told);
      endpoint.close();
    }
});
const raise = (error: Error): never => {
  throw error;
};

void t.test('messages without an answer are sent once and taken as they come', async (t) => {
  const { clock, endpoint, sent, requests } = makeNode();
  const failure = gtpv2Messages.get('Downlink Data Notification Failure Indication');
  if (failure === undefined) throw new Error('no sample');
  endpoint.notify(peer, failure);
  await clock.pass(10_000);
  t.equal(sent.length, 1);
  endpoint.receive(encodeMessage(failure), peer);
  t.match(requests, [{ message: { type: failure.type } }]);
});

void t.test('Echo is answered with the restart counter', async (t) => {
  const { endpoint, sent, requests } = makeNode();
  endpoint.receive(encodeMessage({ type: 1, sequence: 9, ies: [ie(recovery, 1)] }), { ...peer, port: 4000 });
  t.match(sent, [{ message: { type: 2, sequence: 9, teid: undefined }, to: { port: 4000 } }]);
  t.equal(find(sent[0]?.message.ies ?? [], recovery), 5);
  t.equal(requests.length, 0);
  checkMandatory(sent[0]?.message ?? yesMessage);
});
const yesMessage: Message = { ...yes, sequence: 0 };

void t.test('a watched peer is up, down and up again', async (t) => {
  const { clock, endpoint, sent, events } = makeNode();
  const reply = (counter: number): void => {
    const last = sent.at(-1);
    if (last === undefined) throw new Error('nothing was sent');
    const answer = {
      type: messageType['Echo Response'],
      sequence: last.message.sequence,
      ies: [ie(recovery, counter)],
    };
    endpoint.receive(encodeMessage(answer), peer);
  };
  endpoint.watch(peer.address);
  endpoint.watch(peer.address);
  t.match(sent, [{ message: { type: messageType['Echo Request'] }, to: peer }]);
  reply(7);
  await clock.pass(59_999);
  t.equal(sent.length, 1, 'not more than once a minute');
  await clock.pass(1);
  reply(7);
  await clock.pass(0);
  t.match(events, [{ kind: 'up', remote: peer }]);
  await clock.pass(60_000 + 9000);
  t.match(events.slice(1), [{ kind: 'down', remote: peer }]);
  t.equal(sent.length, 5);
  await clock.pass(60_000);
  reply(8);
  await clock.pass(0);
  t.match(events.slice(2), [{ kind: 'restarted', remote: peer, before: 7, after: 8 }, { kind: 'up' }]);
  endpoint.unwatch(peer.address);
  await clock.pass(300_000);
  t.equal(sent.length, 6);
});

void t.test('a peer that has restarted counts its requests anew: they are no repetitions', async (t) => {
  const { endpoint, requests, sent } = makeNode((incoming) => incoming.answer(yes));
  const ask = (counter: number): void => {
    const ies = [...session.ies, ie(recovery, counter)];
    endpoint.receive(encodeMessage({ ...session, sequence: 1, ies }), peer);
  };
  ask(1);
  ask(1);
  t.equal(requests.length, 1);
  ask(2);
  t.equal(requests.length, 2);
  ask(2);
  t.same([requests.length, sent.length], [2, 4]);
  t.same(endpoint.size(), { requests: 0, answers: 1 });
  endpoint.close();
});

void t.test('a peer that was just heard of is asked an interval later', async (t) => {
  const { clock, endpoint, sent } = makeNode();
  endpoint.watch(peer.address, 60_000);
  await clock.pass(59_999);
  t.equal(sent.length, 0);
  await clock.pass(1);
  t.equal(sent.length, 1);
  endpoint.unwatch(peer.address);
  endpoint.watch(peer.address, 60_000);
  endpoint.unwatch(peer.address);
  await clock.pass(600_000);
  t.equal(sent.length, 3, 'only the repetitions of the first question');
});

void t.test('a restart shows in any message, and only when the counter goes forward', async (t) => {
  const { endpoint, events } = makeNode((incoming) => incoming.answer(yes));
  let sequence = 0;
  const hear = (counter: number | undefined, from = peer): void => {
    sequence += 1;
    const more = counter === undefined ? [] : [ie(recovery, counter)];
    endpoint.receive(encodeMessage({ ...session, sequence, ies: [...session.ies, ...more] }), from);
  };
  for (const counter of [250, undefined, 250, 249, 254, 2, 254, 2]) hear(counter);
  hear(9, { ...peer, address: '10.70.1.9' });
  t.same(
    events.map((event) => (event.kind === 'restarted' ? [event.before, event.after] : event.kind)),
    [
      [250, 254],
      [254, 2],
    ],
  );
  endpoint.close();
});
