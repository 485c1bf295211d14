/** Requests whose connection breaks, or is not there yet, in fake time. */
import t from 'tap';
import * as diameter from '../../../../../src/signalling/diameter/index.ts';
import type { Avp, DiameterMessage } from '../../../../../src/signalling/diameter/index.ts';
import { Failover } from '../../../../../lab/epc/diameter/failover.ts';
import { DiameterPeer } from '../../../../../lab/epc/diameter/peer.ts';
import { EndToEnd } from '../../../../../lab/epc/diameter/pending.ts';
import { identityOf } from '../../../../helpers/diameter-messages.ts';
import { fakeClock } from '../../../../helpers/fake-clock.ts';

const { application, avp, base, command, decodeMessage, find } = diameter;
const TIMEOUT = 4000;

/** A gateway and an OCS that answers when a test lets it; connections come and go. */
const makeBench = () => {
  const clock = fakeClock();
  const endToEnd = new EndToEnd(() => 0.5);
  let sessions = 0;
  const newSession = (): string => `pgw;1;${(sessions += 1)}`;
  const failover = new Failover({ clock, remote: 'the OCS', timeout: TIMEOUT, endToEnd, newSession });
  /** Application requests as they were on the wire. */
  const asked: DiameterMessage[] = [];
  const owed: (() => void)[] = [];
  const served = (): Promise<readonly Avp[]> =>
    new Promise((resolve) => {
      owed.push(() =>
        resolve([
          diameter.success,
          avp(base.authApplicationId, application.creditControl),
          avp(diameter.credit.ccRequestType, 1),
          avp(diameter.credit.ccRequestNumber, 0),
        ]),
      );
    });
  const connect = (): { readonly breakDown: () => void; readonly pgw: DiameterPeer } => {
    const common = { clock, random: () => 0.5, onError: (error: unknown) => t.fail(String(error)) };
    const ocs: DiameterPeer = new DiameterPeer({
      ...common,
      local: identityOf('ocs'),
      role: 'responder',
      transport: { send: (octets) => queueMicrotask(() => pgw.receive(octets)), close: () => undefined },
      onRequest: served,
    });
    const pgw: DiameterPeer = new DiameterPeer({
      ...common,
      endToEnd,
      local: identityOf('pgw'),
      role: 'initiator',
      transport: {
        send: (octets) => {
          const message = decodeMessage(octets);
          if (message.request && message.application !== application.base) asked.push(message);
          queueMicrotask(() => ocs.receive(octets));
        },
        close: () => undefined,
      },
      onState: (state) => {
        if (state === 'open') failover.opened(pgw);
        if (state === 'closed') failover.lost();
      },
      onRequest: () => [],
    });
    ocs.start();
    pgw.start();
    const breakDown = (): void => {
      pgw.lost('ECONNRESET');
      ocs.lost('ECONNRESET');
    };
    return { breakDown, pgw };
  };
  const late: (DiameterMessage | undefined)[] = [];
  /** Makes a request; what becomes of it. */
  const ask = (session?: string): Promise<DiameterMessage | Error> =>
    failover
      .request(
        {
          command: command.creditControl,
          application: application.creditControl,
          ...(session === undefined ? {} : { session }),
          avps: [
            avp(base.destinationRealm, 'test'),
            avp(base.authApplicationId, application.creditControl),
            avp(diameter.credit.serviceContextId, diameter.GY_SERVICE_CONTEXT),
            avp(diameter.credit.ccRequestType, 1),
            avp(diameter.credit.ccRequestNumber, 0),
          ],
        },
        (answer) => void late.push(answer),
      )
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return { clock, failover, asked, owed, connect, ask, late };
};
const short = ({ endToEnd, retransmitted, avps }: DiameterMessage) => ({
  endToEnd,
  retransmitted,
  session: find(avps, base.sessionId),
});

void t.test('a request whose connection breaks is sent again on the next, and told apart from a new one', async (t) => {
  const { clock, asked, owed, connect, ask, late, failover } = makeBench();
  const first = connect();
  const outcomes = [ask(), ask('own')];
  await clock.pass(1000);
  first.breakDown();
  await clock.pass(500);
  t.equal(failover.waiting, 2);
  connect();
  await clock.pass(0);
  t.equal(failover.waiting, 0);
  const [one, other, again, otherAgain] = asked.map(short);
  t.match([one, other], [{ retransmitted: false }, { retransmitted: false, session: 'own' }]);
  t.same(again, { ...one, retransmitted: true }, 'the same identifier and session');
  t.same(otherAgain, { ...other, retransmitted: true });
  t.not(one?.endToEnd, other?.endToEnd);
  for (const settle of owed) settle();
  const answers = await Promise.all(outcomes);
  t.ok(answers.every((answer) => !(answer instanceof Error)));
  await clock.pass(TIMEOUT);
  t.same([late, asked.length], [[], 4]);
  t.equal(clock.waiting(), 2, 'two watchdogs of the connection, nothing else');
});

void t.test('all copies of a request have the time of one answer', async (t) => {
  const { clock, connect, ask, late, asked } = makeBench();
  const first = connect();
  const outcome = ask();
  await clock.pass(3000);
  first.breakDown();
  await clock.pass(100);
  connect();
  await clock.pass(899);
  t.equal(asked.length, 2);
  let settled = false;
  void outcome.then(() => (settled = true));
  await clock.pass(0);
  t.equal(settled, false);
  await clock.pass(1);
  t.match(await outcome, { name: 'DiameterPeerError', fault: 'timeout' });
  t.same(late, [], 'an answer may still come');
});

void t.test('a request waits for a connection, but no longer than for its answer', async (t) => {
  const { clock, connect, ask, asked, owed, late } = makeBench();
  const outcome = ask();
  await clock.pass(TIMEOUT - 1);
  connect();
  await clock.pass(0);
  t.match(asked, [{ retransmitted: false }], 'its first copy');
  for (const settle of owed) settle();
  t.notMatch(await outcome, { name: 'DiameterPeerError' });
  const alone = makeBench();
  const unheard = alone.ask();
  await alone.clock.pass(TIMEOUT);
  t.match(await unheard, { fault: 'not-open', message: 'no connection with the OCS within 4000 ms' });
  t.same([late, alone.late, alone.clock.waiting()], [[], [], 0], 'what was never sent has no late answer');
});

void t.test('who gave a request up hears of its late answer, or that none can come', async (t) => {
  const slow = makeBench();
  slow.connect();
  const outcome = slow.ask('one');
  await slow.clock.pass(TIMEOUT);
  t.match(await outcome, { fault: 'timeout' });
  for (const settle of slow.owed) settle();
  await slow.clock.pass(0);
  t.equal(slow.late.length, 1);
  t.match(slow.late[0] && diameter.resultOf(slow.late[0]), { code: 2001 });

  const broken = makeBench();
  const first = broken.connect();
  const given = broken.ask();
  await broken.clock.pass(TIMEOUT);
  t.match(await given, { fault: 'timeout' });
  first.breakDown();
  t.same(broken.late, [undefined], 'the connection is gone, with what it might have brought');

  const silent = makeBench();
  silent.connect().breakDown();
  await silent.clock.pass(0);
  const unsent = silent.ask();
  const second = silent.connect();
  await silent.clock.pass(10);
  second.breakDown();
  await silent.clock.pass(TIMEOUT);
  t.match(await unsent, { fault: 'timeout', message: 'the OCS was lost before its answer to CCR' });
  t.same(silent.late, [undefined]);
});

void t.test('a peer that says good-bye gets no more requests', async (t) => {
  const { clock, connect, ask, asked, failover } = makeBench();
  connect().pgw.disconnect();
  const outcome = ask();
  await clock.pass(0);
  t.same([asked.length, failover.waiting], [0, 1]);
  failover.stop();
  t.match(await outcome, { fault: 'not-open' });
  t.match(await ask(), { fault: 'not-open' }, 'nor after the end');
});
