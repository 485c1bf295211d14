/** The SGW: what it passes on, with which TEIDs, and what it tells its user plane. */
import t from 'tap';
import {
  accepted,
  bearerContext,
  cause,
  causes,
  ebi,
  fteid,
  type Fteid,
  ie,
  indication,
  type Message,
  messageType,
  pdnAddress,
  required,
  tunnelInterface,
} from '../../../../../src/signalling/gtpv2/index.ts';
import { type Draft, Gtpv2Timeout } from '../../../../../lab/epc/gtpv2/transaction.ts';
import { Sgw } from '../../../../../lab/epc/sgw/sgw.ts';
import type { Session, Tunnel } from '../../../../../lab/gtp/config.ts';
import { fakeClock } from '../../../../helpers/fake-clock.ts';
import { gtpv2Messages } from '../../../../helpers/gtpv2-messages.ts';

const sample = (name: string): Message => {
  const message = gtpv2Messages.get(name);
  if (message === undefined) throw new Error(`no sample ${name}`);
  return message;
};
const yes = [ie(cause, accepted)];

const makeSgw = (
  pgw: (draft: Draft) => Message | Error = ({ type }) =>
    type === messageType['Create Session Request']
      ? sample('Create Session Response, S5')
      : about('Delete Session Response', 0, ...yes),
  occupy = (): void => undefined,
) => {
  const slots = new Map<number, Session>();
  const [toPgw, toMme]: [Draft[], Draft[]] = [[], []];
  const ended: Tunnel[] = [];
  const delivered: { slot: number; teid: number; packets: number }[] = [];
  const clock = fakeClock();
  const timers = { t3Response: 3000, echo: 60_000 };
  const config = { timers, s11: { local: '10.70.1.2' }, s5: { local: '10.70.5.1' }, s1u: { local: '10.70.2.2' } };
  const sgw = new Sgw(config, {
    clock,
    restarts: 3,
    askPgw: async (_to, draft) => {
      toPgw.push(draft);
      const answer = pgw(draft);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    askMme: async (_to, draft) => {
      toMme.push(draft);
      return { ...draft, type: messageType['Delete Bearer Response'], sequence: 1, ies: yes };
    },
    warn: (error) => {
      throw error;
    },
    plane: {
      install: (session) => {
        occupy();
        slots.set(slots.size, session);
        return slots.size - 1;
      },
      replace: (slot, session) => void slots.set(slot, session),
      remove: (slot) => void slots.delete(slot),
      deliver: (slot, tunnel, packets) => void delivered.push({ slot, teid: tunnel.teidOut, packets: packets.length }),
      endTunnel: (tunnel) => void ended.push(tunnel),
    },
  });
  const answerOf = async (serve: Sgw['serveS11'], message: Message): Promise<Draft> => {
    let answer: Draft | undefined;
    await serve({ message, from: { address: '10.70.1.1', port: 2123 }, answer: (draft) => (answer = draft) });
    if (answer === undefined) throw new Error('no answer');
    return answer;
  };
  const s11 = (message: Message): Promise<Draft> => answerOf((incoming) => sgw.serveS11(incoming), message);
  const s5 = (message: Message): Promise<Draft> => answerOf((incoming) => sgw.serveS5(incoming), message);
  return { sgw, clock, slots, ended, delivered, toPgw, toMme, s11, s5 };
};
const causeIn = ({ ies }: Draft) => required(ies, cause);
const enodeb = { interface: tunnelInterface['S1-U eNodeB GTP-U'], teid: 0x2001, ipv4: '10.70.2.1' };
const about = (type: keyof typeof messageType, teid: number, ...ies: Message['ies']): Message => ({
  ...{ type: messageType[type], teid, sequence: 7, ies },
});

void t.test('a session is created on both sides, with an own TEID for each of four tunnels', async (t) => {
  const { sgw, s11, slots, toPgw } = makeSgw();
  const answer = await s11(sample('Create Session Request'));
  t.equal(answer.teid, 0x1100);
  t.same([causeIn(answer), required(answer.ies, pdnAddress)], [accepted, { ipv4: '10.45.0.2' }]);
  const [asked] = toPgw;
  if (asked === undefined) throw new Error('the PGW was not asked');
  const bearer = required(answer.ies, bearerContext);
  const s5u = required(required(asked.ies, bearerContext), fteid, 2);
  const own = [required(answer.ies, fteid), required(asked.ies, fteid), required(bearer, fteid), s5u];
  t.same(
    own.map(({ ipv4 }) => ipv4),
    ['10.70.1.2', '10.70.5.1', '10.70.2.2', '10.70.5.1'],
  );
  t.equal(new Set(own.map(({ teid }) => teid)).size, 4);
  t.ok(
    own.every(({ teid }) => teid >> 16 === 3),
    'the start counts in them',
  );
  const core = { teidIn: s5u.teid, teidOut: 0x5100, peer: '10.70.5.2' };
  const s1u = required(bearer, fteid).teid;
  t.same(
    [...slots.values()],
    [{ access: { teidIn: s1u, teidOut: 0, peer: '0.0.0.0' }, core, held: true }],
    'nowhere to yet',
  );

  const teid = required(answer.ies, fteid).teid;
  const modify = ie(bearerContext, [ie(ebi, 5), ie(fteid, enodeb)]);
  t.same(causeIn(await s11(about('Modify Bearer Request', teid, modify))), accepted);
  t.same([...slots.values()], [{ access: { teidIn: s1u, teidOut: 0x2001, peer: '10.70.2.1' }, core }]);
  const told = { learntFrom: 'Create Session Response' };
  t.match(
    sgw.status(),
    {
      sessions: [
        {
          s11: { control: { local: teid, remote: 0x1100, learntFrom: 'Create Session Request' } },
          s5: { control: told, user: { local: s5u.teid, remote: 0x5100, ...told } },
          s1u: { user: { local: s1u, remote: 0x2001, learntFrom: 'Modify Bearer Request' } },
        },
      ],
    },
    'each TEID of somebody else with the message that told it',
  );
  await s11(about('Release Access Bearers Request', teid));
  t.match([...slots.values()], [{ access: { teidOut: 0 } }], 'idle');
  t.same(causeIn(await s11(about('Delete Session Request', teid, ie(ebi, 5), ie(indication, ['OI'])))), accepted);
  t.equal(toPgw[1]?.teid, 0x5000, 'the PGW is told, at its TEID');
  t.equal(slots.size, 0);
  t.equal(causeIn(await s11(about('Modify Bearer Request', teid))).value, causes['Context Not Found']);
});

void t.test('without OI the PGW does not hear of a Delete Session Request', async (t) => {
  const { s11, toPgw } = makeSgw();
  const { teid } = required((await s11(sample('Create Session Request'))).ies, fteid);
  await s11(about('Delete Session Request', teid, ie(ebi, 5)));
  t.equal(toPgw.length, 1);
});

void t.test('a PGW that refuses, that is silent, and that answers nonsense', async (t) => {
  const poor = makeSgw(() =>
    about('Create Session Response', 0, ie(cause, { value: causes['User authentication failed'] })),
  );
  t.same(causeIn(await poor.s11(sample('Create Session Request'))), { value: 92, remote: true });
  const silent = makeSgw(() => new Gtpv2Timeout('nobody'));
  t.same(causeIn(await silent.s11(sample('Create Session Request'))), { value: 100, remote: true });
  const mad = makeSgw(() => about('Create Session Response', 0, ...yes));
  t.same(causeIn(await mad.s11(sample('Create Session Request'))), { value: 107, remote: true });
  for (const { sgw, slots } of [poor, silent, mad]) t.same([sgw.status()['sessions'], slots.size], [[], 0]);
});

void t.test('a session that the PGW ends is ended at the MME, too', async (t) => {
  const { s11, s5, sgw, toPgw, toMme, slots } = makeSgw();
  await s11(sample('Create Session Request'));
  const teid = required(toPgw[0]?.ies ?? [], fteid).teid;
  t.same(causeIn(await s5(about('Delete Bearer Request', teid, ie(ebi, 5)))), accepted);
  t.match(toMme, [{ type: messageType['Delete Bearer Request'], teid: 0x1100 }]);
  t.same([sgw.status()['sessions'], slots.size], [[], 0]);
  t.equal(causeIn(await s5(about('Delete Bearer Request', teid, ie(ebi, 5)))).value, causes['Context Not Found']);
});

void t.test('a phone that comes twice has one session', async (t) => {
  const { s11, slots } = makeSgw();
  await s11(sample('Create Session Request'));
  await s11(sample('Create Session Request'));
  t.equal(slots.size, 1, 'the first one is replaced');
});

void t.test('a peer that has restarted: its sessions are gone, and the other side is told', async (t) => {
  const { s11, sgw, slots, toPgw, toMme } = makeSgw();
  await s11(sample('Create Session Request'));
  sgw.forget('10.9.9.9');
  t.equal(slots.size, 1);
  sgw.forget('10.70.1.1');
  t.same([slots.size, sgw.status()['sessions']], [0, []]);
  t.match(
    toPgw.slice(1),
    [{ type: messageType['Delete Session Request'], teid: 0x5000 }],
    'the MME: address and credit',
  );
  await s11(sample('Create Session Request'));
  sgw.forget('10.70.5.2');
  t.same([slots.size, sgw.status()['sessions']], [0, []]);
  t.match(toMme, [{ type: messageType['Delete Bearer Request'], teid: 0x1100 }], 'the PGW: the phone begins anew');
  t.equal(causeIn(toMme[0] ?? { type: 0, ies: [] }).value, causes['Reactivation Requested']);
});

void t.test('a tunnel that its other end does not know', async (t) => {
  const { s11, sgw, slots, toPgw, toMme } = makeSgw();
  const { teid } = required((await s11(sample('Create Session Request'))).ies, fteid);
  await s11(about('Modify Bearer Request', teid, ie(bearerContext, [ie(ebi, 5), ie(fteid, enodeb)])));
  const event = 'errorIndication';
  sgw.tunnelLost({ event, side: 'access', teid: 0x9999, peer: '10.70.2.1' });
  sgw.tunnelLost({ event, side: 'access', teid: 0x2001, peer: '10.70.2.9' });
  sgw.tunnelLost({ event, side: 'core', teid: 0x2001, peer: '10.70.2.1' });
  t.match([...slots.values()], [{ access: { teidOut: 0x2001 } }], 'others change nothing');
  sgw.tunnelLost({ event, side: 'access', teid: 0x2001, peer: '10.70.2.1' });
  t.match([...slots.values()], [{ access: { teidOut: 0 } }], 'the eNodeB: the phone is idle');
  sgw.tunnelLost({ event, side: 'core', teid: 0x5100, peer: '10.70.5.2' });
  t.same([slots.size, sgw.status()['sessions']], [0, []], 'the PGW: the session is no more');
  t.match(toMme, [{ type: messageType['Delete Bearer Request'], teid: 0x1100 }]);
  t.equal(toPgw.length, 1, 'who has forgotten it need not be told');
});

void t.test('a session that is overtaken while the PGW makes it leaves nothing there', async (t) => {
  let overtake: (() => void) | undefined;
  const { s11, sgw, slots, toPgw } = makeSgw((draft) => {
    if (draft.type === messageType['Create Session Request']) overtake?.();
    return draft.type === messageType['Create Session Request']
      ? sample('Create Session Response, S5')
      : about('Delete Session Response', 0, ...yes);
  });
  overtake = () => sgw.forget('10.70.1.1');
  t.not(causeIn(await s11(sample('Create Session Request'))).value, causes['Request accepted']);
  t.match(toPgw.slice(1), [{ type: messageType['Delete Session Request'], teid: 0x5000 }]);
  t.same([slots.size, sgw.status()['sessions']], [0, []]);
});

void t.test('a user plane without room is a cause, and nothing stays at the PGW', async (t) => {
  const { s11, sgw, toPgw } = makeSgw(undefined, () => {
    throw new RangeError('the session table is full');
  });
  t.equal(causeIn(await s11(sample('Create Session Request'))).value, causes['No resources available']);
  t.match(toPgw.slice(1), [{ type: messageType['Delete Session Request'], teid: 0x5000 }]);
  t.same(sgw.status()['sessions'], []);
});

void t.test('a handover switches the tunnel, and the eNodeB before is told where its packets end', async (t) => {
  const { s11, slots, ended } = makeSgw();
  const created = await s11(sample('Create Session Request'));
  const { teid } = required(created.ies, fteid);
  const modify = (end: Fteid): Promise<Draft> =>
    s11(about('Modify Bearer Request', teid, ie(bearerContext, [ie(ebi, 5), ie(fteid, end)])));
  await modify(enodeb);
  await modify(enodeb);
  t.same(ended, [], 'the same eNodeB');
  await modify({ ...enodeb, teid: 0x3001, ipv4: '10.70.2.9' });
  t.match([...slots.values()], [{ access: { teidOut: 0x3001, peer: '10.70.2.9' } }]);
  t.match(ended, [{ teidOut: 0x2001, peer: '10.70.2.1' }]);
  await s11(about('Release Access Bearers Request', teid));
  await modify(enodeb);
  t.equal(ended.length, 1, 'a phone that was idle comes from nowhere');
});

/** A session whose phone is idle. */
const idleSession = async () => {
  const bench = makeSgw();
  const created = await bench.s11(sample('Create Session Request'));
  const { teid } = required(created.ies, fteid);
  const connect = (): Promise<Draft> =>
    bench.s11(about('Modify Bearer Request', teid, ie(bearerContext, [ie(ebi, 5), ie(fteid, enodeb)])));
  await connect();
  await bench.s11(about('Release Access Bearers Request', teid));
  const packet = (length: number): void => bench.sgw.downlinkData({ slot: 0, packet: new Uint8Array(length) });
  const notifications = (): number =>
    bench.toMme.filter(({ type }) => type === messageType['Downlink Data Notification']).length;
  const held = (): unknown => [...bench.slots.values()][0]?.held;
  return { ...bench, teid, connect, packet, notifications, held };
};

void t.test('packets of an idle phone wait, the MME is told once, and they go when the phone is there', async (t) => {
  const { connect, packet, notifications, delivered, sgw, clock, held } = await idleSession();
  t.equal(held(), true);
  for (let count = 0; count < 70; count += 1) packet(100);
  t.equal(notifications(), 1);
  t.match(sgw.status(), { sessions: [{ connected: false, waiting: 64 }] });
  await connect();
  t.match(delivered.splice(0), [{ slot: 0, teid: 0x2001, packets: 64 }]);
  t.equal(held(), undefined);
  packet(100);
  t.match(delivered.splice(0), [{ slot: 0, teid: 0x2001, packets: 1 }], 'one that was on its way here');
  t.equal(clock.waiting(), 0);
});

void t.test('a phone that is not found: its packets are dropped, and it is left alone for a while', async (t) => {
  const { s11, teid, packet, notifications, sgw, clock, held, connect, delivered } = await idleSession();
  packet(100);
  const failure = ie(cause, { value: causes['UE not responding'] });
  const told = about('Downlink Data Notification Failure Indication', teid, failure);
  await sgw.serveS11({ message: told, from: { address: '10.70.1.1', port: 2123 }, answer: () => t.fail('an answer') });
  t.match([held(), sgw.status()], [undefined, { sessions: [{ waiting: 0 }] }]);
  packet(100);
  t.equal(notifications(), 1);
  await clock.pass(10_000);
  t.equal(held(), true);
  packet(100);
  t.equal(notifications(), 2);
  await clock.pass(60_000);
  t.equal(held(), undefined, 'nobody has said anything for a minute');
  await connect();
  t.same(delivered, []);
  packet(1);
  t.equal(clock.waiting(), 0);
  await s11(about('Release Access Bearers Request', teid));
  packet(1);
  await s11(about('Delete Session Request', teid, ie(ebi, 5)));
  packet(1);
  await clock.pass(0);
  t.equal(clock.waiting(), 0, 'nothing is left of a session that is over');
});
