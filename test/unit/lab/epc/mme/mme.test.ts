/** The MME in fake time, between a real HSS, a scripted SGW, and phones that answer or fall silent. */
import t from 'tap';
import { causes, cause, ebi, ie, messageType, required } from '../../../../../src/signalling/gtpv2/index.ts';
import { type Draft, Gtpv2Timeout } from '../../../../../lab/epc/gtpv2/transaction.ts';
import { Usim } from '../../../../../src/signalling/aka/usim.ts';
import { defaultTimers } from '../../../../../lab/epc/mme/config.ts';
import { encodePlmn } from '../../../../../src/signalling/identity.ts';
import { bigEndian } from '../../../../../src/signalling/octets.ts';
import { s1ap, type S1apPdu } from '../../../../../src/signalling/s1ap/s1ap.ts';
import { type Quirks } from '../../../../helpers/epc-phone.ts';

import { CGI, IMSI, keys, makeMme, plmn, TAI } from '../../../../helpers/mme-bench.ts';

const {
  'Create Session Request': create,
  'Modify Bearer Request': modify,
  'Delete Session Request': remove,
} = messageType;
const { 'Release Access Bearers Request': idle } = messageType;

void t.test('a phone attaches and leaves', async (t) => {
  const { makePhone, phones, types, clock } = makeMme();
  const phone = makePhone();
  t.match(await phone.attach(undefined), { attached: true, address: '10.45.0.2' });
  await clock.pass(0);
  t.match(phones(), [
    {
      imsi: IMSI,
      state: 'registered',
      cell: CGI['cell-ID'],
      connected: true,
      pdn: { address: '10.45.0.2', s11: { learntFrom: 'Create Session Response' } },
    },
  ]);
  t.match(await phone.detach(false), { seen: ['detach-accept'], released: { nas: 'detach' } });
  await clock.pass(0);
  t.match(phones(), [{ state: 'deregistered', connected: false, pdn: undefined }]);
  t.same(types(), [create, modify, remove]);
  await clock.pass(60_000);
  t.equal(clock.waiting(), 0, 'no timer is left');
});

void t.test(
  'a challenge that is not answered is sent five times, T3460 apart, and then the phone is let go',
  async (t) => {
    const { makePhone, lose, clock, count, phones } = makeMme();
    lose('DownlinkNASTransport');
    const phone = makePhone();
    const attached = phone.attach(undefined);
    await clock.pass(5 * 6000 - 1);
    t.equal(count('DownlinkNASTransport'), 5);
    t.equal(count('UEContextReleaseCommand'), 0);
    await clock.pass(1);
    t.match(await attached, { seen: [], released: { nas: 'normal-release' } });
    t.equal(count('DownlinkNASTransport'), 5);
    t.same(phones(), [], 'who never attached is forgotten');
    await clock.pass(60_000);
    t.equal(clock.waiting(), 0);
  },
);

void t.test('an eNodeB that does not answer costs the session', async (t) => {
  const { makePhone, lose, clock, types, phones } = makeMme();
  lose('InitialContextSetupRequest');
  const attached = makePhone().attach(undefined);
  await clock.pass(defaultTimers.s1);
  t.match(await attached, { cause: 17 });
  t.same(types(), [create, remove]);
  t.match(phones(), [{ state: 'deregistered', pdn: undefined }]);
});

void t.test('peers that are down, and gateways that refuse', async (t) => {
  const cases = [
    [{ hssDown: true }, { cause: 17 }],
    [{ sgw: () => new Gtpv2Timeout('silence') }, { cause: 19, esm: 38 }],
    [{ sgw: () => causes['User authentication failed'] }, { cause: 19, esm: 29 }],
    [{ sgw: () => causes['All dynamic addresses are occupied'] }, { cause: 19, esm: 26 }],
    [{ sgw: () => causes['System failure'] }, { cause: 19, esm: 30 }],
  ] as const;
  for (const [options, expected] of cases) {
    const { makePhone, phones } = makeMme(options);
    t.match(await makePhone().attach(undefined), expected);
    t.same(phones(), []);
  }
  t.match(await makeMme().makePhone().attach('other'), { cause: 19, esm: 27 });
});

void t.test('a wrong key is an authentication reject', async (t) => {
  const { makePhone } = makeMme();
  const phone = makePhone(new Usim({ ...keys, k: new Uint8Array(16) }));
  t.match(await phone.attach(undefined), {
    seen: ['authentication-request', 'authentication-reject'],
    released: { nas: 'authentication-failure' },
  });
});

void t.test('idle, a service request, a lost eNodeB, and a reset', async (t) => {
  const { mme, enodeb, makePhone, clock, types, phones, send, sent } = makeMme();
  const phone = makePhone();
  await phone.attach(undefined);
  await clock.pass(0);
  await phone.idle();
  await clock.pass(0);
  t.match(phones(), [{ state: 'registered', connected: false }]);
  t.match(await phone.service(), { attached: true });
  await clock.pass(0);
  t.match(phones(), [{ state: 'registered', connected: true }]);
  t.same(types(), [create, modify, idle, modify]);
  send(s1ap('Reset', { Cause: { misc: 'om-intervention' }, ResetType: { 's1-Interface': 'reset-all' } }));
  t.equal(sent.at(-1)?.name, 'ResetAcknowledge');
  t.match(phones(), [{ state: 'registered', connected: false }]);
  await phone.service();
  await clock.pass(0);
  mme.leave(enodeb, 'lost');
  await clock.pass(0);
  t.match(phones(), [{ state: 'registered', connected: false, pdn: { s1u: { enodeb: undefined } } }]);
  t.same(types().slice(4), [idle, modify, idle]);
  t.match(mme.status(), { enodebs: [] });
});

const resetAll = s1ap('Reset', { Cause: { misc: 'om-intervention' }, ResetType: { 's1-Interface': 'reset-all' } });

/** A phone that comes back from idle, and an SGW that has not answered yet what it was told about that. */
const comingBack = async () => {
  let answer: (value: number) => void = () => undefined;
  let slow = false;
  const bench = makeMme({
    sgw: (type) =>
      slow && type === modify ? new Promise<number>((resolve) => (answer = resolve)) : causes['Request accepted'],
  });
  const phone = bench.makePhone();
  await phone.attach(undefined);
  await bench.clock.pass(0);
  await phone.idle();
  slow = true;
  void phone.service();
  await bench.clock.pass(0);
  return { ...bench, phone, answer: (value: number) => answer(value), hurry: () => (slow = false) };
};

void t.test('a reset while the SGW is being told of the connection: it hears both, in their order', async (t) => {
  const { clock, types, phones, send, answer } = await comingBack();
  t.same(types(), [create, modify, idle, modify]);
  send(resetAll);
  await clock.pass(0);
  t.equal(types().length, 4, 'not before it has answered');
  answer(causes['Request accepted']);
  await clock.pass(0);
  t.same(types().slice(4), [idle]);
  t.match(phones(), [{ state: 'registered', connected: false, pdn: { s1u: { enodeb: undefined } } }]);
});

void t.test('a phone that is back by another connection before the SGW has answered keeps its bearer', async (t) => {
  const { clock, types, phones, send, answer, hurry, phone } = await comingBack();
  send(resetAll);
  hurry();
  await phone.service();
  await clock.pass(0);
  answer(causes['Request accepted']);
  await clock.pass(0);
  t.same(types().slice(4), [modify]);
  t.match(phones(), [{ state: 'registered', connected: true }]);
});

void t.test('the gateways end a session: the phone is sent away', async (t) => {
  const { mme, makePhone, clock, asked, phones } = makeMme();
  const phone = makePhone();
  await phone.attach(undefined);
  await clock.pass(0);
  const [{ pdn } = {}] = phones() as readonly { readonly pdn?: { readonly s11: { readonly local: number } } }[];
  const answers: Draft[] = [];
  const message = { type: messageType['Delete Bearer Request'], teid: pdn?.s11.local, sequence: 1, ies: [ie(ebi, 5)] };
  const from = { address: '10.1.3.2', port: 2123 };
  mme.serveGateway({ message, from, answer: (draft) => void answers.push(draft) });
  t.match(await phone.next(), { seen: ['network-detach-request'], type: 2, released: { nas: 'detach' } });
  t.equal(answers[0]?.teid, 0x1200);
  await clock.pass(0);
  t.match(phones(), [{ state: 'deregistered', connected: false, pdn: undefined }]);
  t.notOk(
    asked.some(({ type }) => type === remove),
    'the gateways need not be told',
  );
  mme.serveGateway({ message, from, answer: (draft) => void answers.push(draft) });
  t.equal(required(answers[1]?.ies ?? [], cause).value, causes['Context Not Found']);
});

void t.test('a phone that attaches again while the first attach waits is served once', async (t) => {
  const { makePhone, lose, clock, phones, count } = makeMme();
  lose('DownlinkNASTransport');
  const first = makePhone();
  const lost = first.attach(undefined);
  await clock.pass(100);
  lose();
  const second = makePhone();
  t.match(await second.attach(undefined), { attached: true });
  await clock.pass(defaultTimers.s1);
  t.match(phones(), [{ imsi: IMSI, state: 'registered', connected: true }]);
  t.equal(count('UEContextReleaseCommand'), 1, 'the first connection');
  await Promise.race([lost, clock.pass(60_000)]);
});

void t.test('what a phone does not answer is sent five times, and then it is let go', async (t) => {
  const { t3460, t3450, t3470, t3489 } = defaultTimers;
  const cases: readonly (readonly [string, number, Quirks])[] = [
    ['authentication-request', t3460, {}],
    ['security-mode-command', t3460, {}],
    ['esm-information-request', t3489, { hiding: true }],
    ['attach-accept', t3450, {}],
    ['identity-request', t3470, { stranger: true }],
  ];
  for (const [kind, timer, quirks] of cases) {
    const { makePhone, clock, sent, types, phones, count } = makeMme();
    const attached = makePhone().attach(undefined, { ...quirks, swallow: [kind] });
    await clock.pass(5 * timer - 1);
    t.equal(count('UEContextReleaseCommand'), 0, kind);
    await clock.pass(1);
    const { seen, released } = await attached;
    t.equal((seen as string[]).filter((one) => one === kind).length, 5, kind);
    t.same(released, { nas: 'normal-release' }, kind);
    t.same(types(), kind === 'attach-accept' ? [create, remove] : [], `${kind}: nothing is left at the gateways`);
    t.ok(phones().every((phone) => phone['state'] === 'deregistered' && phone['pdn'] === undefined));
    const before = sent.length;
    await clock.pass(60_000);
    t.same([clock.waiting(), sent.length], [0, before], `${kind}: no timer is left`);
  }
});

void t.test('a phone that does not answer when it is sent away is let go after T3422', async (t) => {
  const { mme, makePhone, clock, phones } = makeMme();
  const phone = makePhone();
  await phone.attach(undefined, { swallow: ['network-detach-request'] });
  await clock.pass(0);
  mme.forgetSessions();
  const end = phone.next();
  await clock.pass(5 * defaultTimers.t3422);
  t.match(await end, { seen: Array.from({ length: 5 }, () => 'network-detach-request'), released: { nas: 'detach' } });
  t.match(phones(), [{ state: 'deregistered', connected: false, pdn: undefined }]);
  await clock.pass(60_000);
  t.equal(clock.waiting(), 0);
});

void t.test('a wrong answer to the challenge is an authentication reject', async (t) => {
  const { makePhone, phones } = makeMme();
  t.match(await makePhone().attach(undefined, { wrongRes: true }), {
    seen: ['authentication-request', 'authentication-reject'],
    released: { nas: 'authentication-failure' },
  });
  t.same(phones(), []);
});

void t.test('a bearer that the SGW does not know: the phone is called back', async (t) => {
  const { makePhone, clock, send, types, phones } = makeMme();
  const phone = makePhone();
  await phone.attach(undefined);
  await clock.pass(0);
  const [{ s1 } = {}] = phones() as readonly { readonly s1?: { readonly mmeUeId: number } }[];
  const ids = { 'MME-UE-S1AP-ID': s1?.mmeUeId ?? 0, 'eNB-UE-S1AP-ID': phone.enbUeId };
  const lost = (bearer: number): void =>
    send(
      s1ap('E-RABReleaseIndication', {
        ...ids,
        'E-RABReleasedList': [{ 'e-RAB-ID': bearer, cause: { transport: 'transport-resource-unavailable' } }],
      }),
    );
  lost(6);
  t.match(phones(), [{ state: 'registered' }], 'not its bearer');
  const end = phone.next();
  lost(5);
  t.match(await end, { seen: ['network-detach-request'], type: 1, released: { nas: 'detach' } });
  t.same(types(), [create, modify, remove]);
  t.match(await phone.attach(undefined), { attached: true });
});

void t.test('a Reset from here, and an eNodeB that sets up S1 anew', async (t) => {
  const { mme, enodeb, makePhone, clock, phones, send, sent, types } = makeMme();
  const phone = makePhone();
  await phone.attach(undefined);
  await clock.pass(0);
  t.equal(mme.reset('nobody', undefined), undefined);
  t.same(await mme.reset('10.1.1.1', ['460000000000009']), { connections: 0, acknowledged: true });
  const part = mme.reset('10.1.1.1', [IMSI]);
  const item = { 'eNB-UE-S1AP-ID': phone.enbUeId };
  t.match(sent.at(-1), { name: 'Reset', ies: { ResetType: { 'partOfS1-Interface': [item] } } });
  t.match(phones(), [{ state: 'registered', connected: false }]);
  send(s1ap('ResetAcknowledge', {}));
  t.same(await part, { connections: 1, acknowledged: true });
  await phone.service();
  await clock.pass(0);
  const all = mme.reset('10.1.1.1', undefined);
  t.match(sent.at(-1), { name: 'Reset', ies: { ResetType: { 's1-Interface': 'reset-all' } } });
  await clock.pass(defaultTimers.s1);
  t.same(await all, { connections: 1, acknowledged: false });
  await phone.service();
  await clock.pass(0);
  t.match(phones(), [{ connected: true }]);
  const setup = s1ap('S1SetupRequest', {
    'Global-ENB-ID': { pLMNidentity: encodePlmn(plmn), 'eNB-ID': { 'macroENB-ID': 1 } },
    SupportedTAs: [{ tAC: bigEndian(7, 2), broadcastPLMNs: [encodePlmn(plmn)] }],
    DefaultPagingDRX: 'v128',
  });
  send(setup);
  t.match(phones(), [{ state: 'registered', connected: false }], 'S1 Setup erases connections');
  await phone.service();
  await clock.pass(0);
  const second = mme.join('10.1.1.1', () => undefined);
  mme.receive(second, setup);
  t.match(phones(), [{ state: 'registered', connected: false }], 'and those of an association that nobody has ended');
  t.equal((mme.status()['enodebs'] as unknown[]).length, 1);
  mme.leave(enodeb, 'lost');
  await clock.pass(0);
  t.same(types(), [create, modify, idle, modify, idle, modify, idle, modify, idle]);
});

void t.test('networks and phones that are not known', async (t) => {
  const { send, sent } = makeMme();
  const setup = (network: Uint8Array): S1apPdu =>
    s1ap('S1SetupRequest', {
      'Global-ENB-ID': { pLMNidentity: network, 'eNB-ID': { 'macroENB-ID': 1 } },
      SupportedTAs: [{ tAC: bigEndian(7, 2), broadcastPLMNs: [network] }],
      DefaultPagingDRX: 'v128',
    });
  send(setup(encodePlmn({ mcc: '001', mnc: '01' })));
  t.match(sent, [{ name: 'S1SetupFailure', ies: { Cause: { misc: 'unknown-PLMN' } } }]);
  send(setup(encodePlmn(plmn)));
  t.match(sent[1], { name: 'S1SetupResponse' });
  send(s1ap('UEContextReleaseRequest', { 'MME-UE-S1AP-ID': 9, 'eNB-UE-S1AP-ID': 9, Cause: { nas: 'detach' } }));
  t.match(sent[2], { name: 'ErrorIndication', ies: { Cause: { radioNetwork: 'unknown-mme-ue-s1ap-id' } } });
  // A SERVICE REQUEST of a phone that nobody knows.
  send(
    s1ap('InitialUEMessage', {
      ...{ 'eNB-UE-S1AP-ID': 3, TAI, 'EUTRAN-CGI': CGI },
      'NAS-PDU': Uint8Array.of(0xc7, 0, 0, 0),
      'RRC-Establishment-Cause': 'mo-Data',
    }),
  );
  t.same(
    sent.slice(3).map(({ name }) => name),
    ['DownlinkNASTransport', 'UEContextReleaseCommand'],
  );
});
