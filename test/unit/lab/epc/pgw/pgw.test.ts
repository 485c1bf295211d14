/** The PGW in fake time: sessions, refusals, credit. */
import t from 'tap';
import { parsePrefix } from '../../../../../src/address/ip.ts';
import {
  application,
  ccRequestTypes,
  credit,
  type DiameterMessage,
} from '../../../../../src/signalling/diameter/index.ts';
import { DiameterPeerError } from '../../../../../lab/epc/diameter/pending.ts';
import type { RequestDraft } from '../../../../../lab/epc/diameter/peer-options.ts';
import {
  apn,
  causes,
  cause,
  bearerContext,
  ebi,
  fteid,
  find,
  ie,
  imsi,
  type Message,
  messageType,
  pdnAddress,
  required,
} from '../../../../../src/signalling/gtpv2/index.ts';
import type { Draft } from '../../../../../lab/epc/gtpv2/transaction.ts';
import { Ocs } from '../../../../../lab/epc/ocs/ocs.ts';
import { Pgw } from '../../../../../lab/epc/pgw/pgw.ts';
import { AddressPool } from '../../../../../lab/epc/pgw/pool.ts';
import { fakeClock } from '../../../../helpers/fake-clock.ts';
import { gtpv2Messages } from '../../../../helpers/gtpv2-messages.ts';
import { avp, base, find as findAvp } from '../../../../../src/signalling/diameter/index.ts';
import type { Session } from '../../../../../lab/gtp/config.ts';

const IMSI = '460001234567890';
const prefix = (text: string): NonNullable<ReturnType<typeof parsePrefix>> => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const request = gtpv2Messages.get('Create Session Request, S5');
if (request === undefined) throw new Error('no sample');

const makePgw = (octets: number, reachable = true, pool = '10.45.0.0/30', room = 1024) => {
  const clock = fakeClock();
  const ocs = new Ocs(1000, [{ imsi: IMSI, octets }]);
  const slots = new Map<number, Session>();
  const carried = { up: 0, down: 0 };
  const asked: Draft[] = [];
  const charged: RequestDraft[] = [];
  /** While `on`, the OCS serves requests and its answers come too late: `late` delivers them, or tells of their loss. */
  const slow: { on: boolean; readonly late: ((isLost?: boolean) => void)[] } = { on: false, late: [] };
  const pgw = new Pgw(
    {
      s5: { local: '10.70.5.2' },
      ...{ tun: 'gtp0', gateway: '10.45.0.1', dns: ['10.45.0.1'] },
      pools: new Map([['cmnet', prefix(pool)]]),
      gy: { local: '10.70.6.1', ocs: '10.70.6.2', host: 'pgw.test', realm: 'test' },
    },
    {
      ...{ clock, restarts: 1, realm: 'test', newSession: () => `pgw;${charged.length}`, warn: () => undefined },
      request: async (draft, late): Promise<DiameterMessage> => {
        charged.push(draft);
        if (!reachable) throw new DiameterPeerError('not-open', 'no connection');
        const header = { request: true, proxiable: true, error: false, retransmitted: false, hopByHop: 1, endToEnd: 1 };
        const message = { ...header, command: draft.command, application: application.creditControl };
        const avps = [avp(base.sessionId, draft.session ?? ''), ...draft.avps];
        const answer = { ...message, request: false, avps: ocs.answer({ ...message, avps }) };
        if (!slow.on) return answer;
        slow.late.push((isLost = false) => late?.(isLost ? undefined : answer));
        throw new DiameterPeerError('timeout', 'no answer to CCR');
      },
      ask: async (_to, draft) => {
        asked.push(draft);
        return { ...draft, sequence: 1 };
      },
      plane: {
        install: (session) => {
          if (slots.size >= room) throw new RangeError('the session table is full');
          slots.set(slots.size, session);
          return slots.size - 1;
        },
        remove: (slot) => void slots.delete(slot),
        count: () => ({ ...carried }),
      },
    },
  );
  const serve = async (message: Message): Promise<Draft> => {
    let answer: Draft | undefined;
    const from = { address: '10.70.5.1', port: 2123 };
    await pgw.serve({ message, from, answer: (draft) => (answer = draft) });
    if (answer === undefined) throw new Error('no answer');
    return answer;
  };
  /** Creates a session; the cause, and the answer. */
  const create = async (more: Partial<Message> = {}) => {
    const answer = await serve({ ...request, ...more });
    return { value: required(answer.ies, cause).value, answer };
  };
  return { clock, ocs, pgw, slots, carried, asked, charged, slow, serve, create };
};
const other = (number: string): Partial<Message> => ({
  ies: request.ies.map((one) => (one.type === imsi.type ? ie(imsi, number) : one)),
});
const named = (name: string): Partial<Message> => ({
  ies: request.ies.map((one) => (one.type === apn.type ? ie(apn, name) : one)),
});

void t.test('a session has an address, two TEIDs, and the tunnel of the SGW', async (t) => {
  const { create, slots, serve, ocs, pgw } = makePgw(5000);
  const { value, answer } = await create();
  t.equal(value, causes['Request accepted']);
  t.equal(answer.teid, 0x5500, 'to the TEID that the SGW told');
  t.same(find(answer.ies, pdnAddress), { ipv4: '10.45.0.2' });
  const control = required(answer.ies, fteid, 1);
  const user = required(required(answer.ies, bearerContext), fteid, 2);
  t.same(
    [...slots.values()],
    [{ address: '10.45.0.2', access: { teidIn: user.teid, teidOut: 0x5600, peer: '10.70.5.1' } }],
  );
  const learntFrom = 'Create Session Request';
  t.match(pgw.status()['sessions'], [
    {
      s5: {
        control: { local: control.teid, remote: 0x5500, learntFrom },
        user: { local: user.teid, remote: 0x5600, learntFrom },
      },
    },
  ]);
  t.match(ocs.status(), { sessions: [{ reserved: 1000 }] });
  const gone = await serve({
    type: messageType['Delete Session Request'],
    teid: control.teid,
    sequence: 9,
    ies: [ie(ebi, 5)],
  });
  t.equal(required(gone.ies, cause).value, causes['Request accepted']);
  t.same([slots.size, pgw.status()['sessions']], [0, []]);
  t.match(ocs.status(), { sessions: [] });
  const twice = await serve({ type: messageType['Delete Session Request'], teid: control.teid, sequence: 10, ies: [] });
  t.equal(required(twice.ies, cause).value, causes['Context Not Found']);
});

void t.test('refusals have their causes and leave nothing behind', async (t) => {
  const poor = makePgw(0);
  t.equal((await poor.create()).value, causes['User authentication failed']);
  const alone = makePgw(5000, false);
  t.equal((await alone.create()).value, causes['Remote peer not responding']);
  const { create, slots, ocs } = makePgw(5000);
  t.equal((await create(named('other.mnc000.mcc460.gprs'))).value, causes['Missing or unknown APN']);
  t.equal((await create(named('CMNET'))).value, causes['Request accepted'], 'names have no case');
  ocs.pay('460000000000002', 5000);
  t.equal((await create(other('460000000000002'))).value, causes['All dynamic addresses are occupied']);
  t.equal(slots.size, 1);
  t.equal((await create()).value, causes['Request accepted'], 'the same phone again: its first session makes room');
  t.equal(slots.size, 1);
  for (const { slots, pgw } of [poor, alone])
    t.same([slots.size, pgw.status()['pools']], [0, [{ apn: 'cmnet', given: 0 }]]);
});

void t.test('credit that is granted too late is given back', async (t) => {
  const requestTypes = ({ charged }: ReturnType<typeof makePgw>): unknown[] =>
    charged.map(({ avps }) => findAvp(avps, credit.ccRequestType));
  const { initial, termination } = ccRequestTypes;
  for (const isLost of [false, true]) {
    const bench = makePgw(5000);
    bench.slow.on = true;
    t.equal((await bench.create()).value, causes['Remote peer not responding']);
    t.match(bench.ocs.status(), { accounts: [{ reserved: 1000 }] }, 'the OCS has a session');
    t.equal(bench.charged.length, 1);
    bench.slow.on = false;
    for (const settle of bench.slow.late) settle(isLost);
    await bench.clock.pass(0);
    t.same(requestTypes(bench), [initial, termination], isLost ? 'nobody knows whether it was served' : 'served');
    t.same([bench.charged[1]?.session, bench.slots.size], [bench.charged[0]?.session, 0]);
    t.match(bench.ocs.status(), { accounts: [{ octets: 5000, reserved: 0 }], sessions: [] });
    t.equal(bench.clock.waiting(), 0);
  }
  const poor = makePgw(0);
  poor.slow.on = true;
  await poor.create();
  poor.slow.on = false;
  for (const settle of poor.slow.late) settle();
  await poor.clock.pass(0);
  t.same(requestTypes(poor), [initial], 'a refusal has no session to be closed');
});

void t.test('when the last grant is used up, the session is ended from here', async (t) => {
  const { clock, create, carried, asked, slots, ocs, charged } = makePgw(1500);
  await create();
  carried.up = 999;
  await clock.pass(1000);
  t.equal(charged.length, 1, 'nothing is asked for while the grant lasts');
  carried.down = 1;
  await clock.pass(200);
  t.equal(charged.length, 2);
  t.match(ocs.status(), { sessions: [{ reserved: 500 }] });
  carried.down = 501;
  await clock.pass(200);
  t.equal(charged.length, 3);
  t.match(ocs.status(), { accounts: [{ octets: 0, used: 1500 }], sessions: [] });
  t.match(asked, [{ type: messageType['Delete Bearer Request'], teid: 0x5500 }]);
  t.equal(slots.size, 0);
  await clock.pass(10_000);
  t.equal(clock.waiting(), 0, 'and nothing goes on');
});

void t.test('a session that the SGW does not know is over, and the OCS hears of it', async (t) => {
  const { create, pgw, slots, ocs, clock } = makePgw(5000);
  await create();
  const event = { event: 'errorIndication', side: 'access' } as const;
  await pgw.tunnelLost({ ...event, teid: 0x5601, peer: '10.70.5.1' });
  await pgw.tunnelLost({ ...event, teid: 0x5600, peer: '10.70.5.9' });
  t.equal(slots.size, 1, 'of other tunnels nothing follows');
  await pgw.tunnelLost({ ...event, teid: 0x5600, peer: '10.70.5.1' });
  t.same([slots.size, pgw.status()['sessions']], [0, []]);
  t.match(pgw.status()['pools'], [{ given: 0 }]);
  t.match(ocs.status(), { sessions: [], accounts: [{ octets: 5000, reserved: 0 }] });
  t.equal(clock.waiting(), 0);
});

void t.test('two requests at once for the same connection make one session', async (t) => {
  const { create, slots, pgw, ocs } = makePgw(5000, true, '10.45.0.0/29');
  const answers = await Promise.all([create(), create()]);
  t.same(
    answers.map(({ value }) => value),
    [causes['Request accepted'], causes['Request accepted']],
  );
  t.equal(slots.size, 1);
  t.match(pgw.status(), { pools: [{ given: 1 }] });
  t.equal((pgw.status()['sessions'] as unknown[]).length, 1);
  t.equal((ocs.status()['sessions'] as unknown[]).length, 1);
});

void t.test('a user plane without room is a cause and costs nothing', async (t) => {
  const { create, pgw, ocs, clock } = makePgw(5000, true, '10.45.0.0/30', 0);
  t.equal((await create()).value, causes['No resources available']);
  t.match(pgw.status(), { sessions: [], pools: [{ given: 0 }] });
  t.match(ocs.status(), { sessions: [], accounts: [{ reserved: 0 }] });
  t.equal(clock.waiting(), 0);
});

/** IMSIs whose last digits are no place in a small pool. */
const guest = (number: number): string => `46000123456789${number}`;

void t.test('a pool goes round, and gives no address that is another’s', (t) => {
  const pool = new AddressPool(prefix('10.45.0.0/29'), ['10.45.0.1', '10.45.0.4']);
  const taken = [1, 2, 3, 4].map((number) => pool.take(guest(number)));
  t.same(taken, ['10.45.0.2', '10.45.0.3', '10.45.0.5', '10.45.0.6']);
  t.equal(pool.take(guest(5)), undefined);
  pool.release('10.45.0.5');
  pool.release('10.45.0.9');
  t.same([pool.take(guest(5)), pool.take(guest(6)), pool.given], ['10.45.0.5', undefined, 4]);
  t.end();
});

void t.test('a phone that comes back has its address again, unless another has it meanwhile', (t) => {
  const pool = new AddressPool(prefix('10.45.0.0/29'), []);
  t.same([pool.take(guest(1)), pool.take(guest(2))], ['10.45.0.1', '10.45.0.2']);
  pool.release('10.45.0.1');
  pool.release('10.45.0.2');
  t.same([pool.take(guest(2)), pool.take(guest(1))], ['10.45.0.2', '10.45.0.1'], 'in another order');
  pool.release('10.45.0.1');
  // The others go round, and the last of them gets what was the first phone's.
  t.same(
    [3, 4, 5, 6, 7].map((number) => pool.take(guest(number))),
    ['10.45.0.3', '10.45.0.4', '10.45.0.5', '10.45.0.6', '10.45.0.1'],
  );
  t.equal(pool.take(guest(1)), undefined);
  pool.release('10.45.0.3');
  t.equal(pool.take(guest(1)), '10.45.0.3');
  t.end();
});

void t.test('phones have their place in the pool by their number, in whichever order they come', (t) => {
  const pool = new AddressPool(prefix('10.45.0.0/29'), ['10.45.0.1', '10.45.0.4']);
  const take = (number: number): string | undefined => pool.take(`46000000000000${number}`);
  t.same([take(2), take(1)], ['10.45.0.3', '10.45.0.2']);
  t.same(
    [take(3), take(9)],
    ['10.45.0.5', '10.45.0.6'],
    'the place is the gateway’s, or there is none: the next free one',
  );
  t.equal(take(4), undefined);
  t.end();
});
