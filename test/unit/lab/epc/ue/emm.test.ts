/** The phone's mobility management against a network that a test plays message by message. */
import t from 'tap';
import { SequenceWindow } from '../../../../../src/signalling/aka/sqn.ts';
import { Usim } from '../../../../../src/signalling/aka/usim.ts';
import { capabilityOf } from '../../../../../src/signalling/nas/capability.ts';
import { encodeNas, decodeNas, type PlainMessage } from '../../../../../src/signalling/nas/message.ts';
import { Emm } from '../../../../../lab/epc/ue/emm.ts';
import type { InitialMessage } from '../../../../../lab/epc/ue/rrc.ts';
import { timers, type UeEvent } from '../../../../../lab/epc/ue/types.ts';
import { fakeClock, type FakeClock } from '../../../../helpers/fake-clock.ts';
import { guti, imsi, keys, plmn, ScriptedMme } from '../../../../helpers/scripted-mme.ts';

interface Phone {
  readonly emm: Emm;
  readonly clock: FakeClock;
  readonly mme: ScriptedMme;
  readonly events: UeEvent[];
  /** The message that the phone sent last and nobody has read; fails when there is none. */
  readonly heard: () => PlainMessage;
  readonly sent: InitialMessage[];
  readonly releases: () => number;
}

const makePhone = ({ window, k = keys.k }: { window?: SequenceWindow; k?: Uint8Array } = {}): Phone => {
  const clock = fakeClock();
  const mme = new ScriptedMme();
  const sent: InitialMessage[] = [];
  const events: UeEvent[] = [];
  let releases = 0;
  const emm = new Emm({
    clock,
    lower: {
      send: (initial) => void sent.push(initial),
      release: () => {
        releases += 1;
      },
    },
    usim: new Usim({ k, opc: keys.opc }, window),
    imsi,
    plmn,
    apn: 'cmnet',
    capability: capabilityOf([0, 1, 2], [1, 2]),
    told: (event) => void events.push(event),
    log: () => undefined,
  });
  const heard = (): PlainMessage => {
    const next = sent.shift();
    if (next === undefined) throw new Error('the phone said nothing');
    return mme.read(next.nas);
  };
  return { emm, clock, mme, events, heard, sent, releases: () => releases };
};

/** Everything from the attach request to the attach complete. */
const attach = ({ emm, mme, heard }: Phone): void => {
  emm.on();
  heard();
  emm.receive(mme.challenge());
  heard();
  emm.receive(mme.command());
  heard();
  emm.receive(mme.accept());
  heard();
};

void t.test('a phone attaches, with its IMSI the first time', async (t) => {
  const phone = makePhone();
  const { emm, clock, mme, events, heard } = phone;
  t.equal(emm.state, 'off');
  emm.on();
  const request = heard();
  t.match(request, { kind: 'attach-request', keySet: 7, attachType: 1, identity: { kind: 'imsi', digits: imsi } });
  if (request.kind !== 'attach-request') return;
  t.match(decodeNas(request.esm, 'uplink'), { kind: 'pdn-connectivity-request', informationTransfer: 1, pti: 1 });
  await clock.pass(7);
  emm.receive(mme.challenge());
  t.same(heard(), { kind: 'authentication-response', res: mme.vector?.xres });
  emm.receive(mme.command(2, 2));
  t.same(heard(), { kind: 'security-mode-complete' });
  emm.receive(mme.say({ kind: 'esm-information-request', ebi: 0, pti: 1 }));
  t.match(heard(), { kind: 'esm-information-response', pti: 1, apn: 'cmnet' });
  t.equal(emm.state, 'registered-initiated');
  emm.receive(mme.accept());
  const complete = heard();
  t.equal(complete.kind, 'attach-complete');
  if (complete.kind === 'attach-complete')
    t.match(decodeNas(complete.esm, 'uplink'), { kind: 'activate-default-bearer-accept', ebi: 5 });
  t.equal(emm.state, 'registered');
  t.same(emm.guti, guti);
  t.equal(events.length, 1);
  t.match(events[0], {
    kind: 'attached',
    milliseconds: 7,
    bearer: { address: '10.45.0.2', dns: ['10.45.0.1'], ebi: 5, qci: 9, apn: 'cmnet.mnc000.mcc460.gprs' },
  });
  t.equal(clock.waiting(), 0, 'no timer is left');
});

void t.test('a network with another key is not believed', async (t) => {
  const phone = makePhone({ k: new Uint8Array(16).fill(9) });
  phone.emm.on();
  phone.heard();
  phone.emm.receive(phone.mme.challenge());
  t.same(phone.heard(), { kind: 'authentication-failure', cause: 20 });
  phone.emm.receive(encodeNas({ kind: 'authentication-reject' }));
  t.match(phone.events, [{ kind: 'refused', cause: 3 }]);
  t.equal(phone.emm.state, 'deregistered');
  await phone.clock.pass(timers.t3402);
  t.equal(phone.sent.length, 0, 'it does not try again');

  const silent = makePhone({ k: new Uint8Array(16).fill(9) });
  silent.emm.on();
  silent.heard();
  silent.emm.receive(silent.mme.challenge());
  await silent.clock.pass(timers.t3418);
  t.match(silent.events, [{ kind: 'refused', error: /MAC failure/u }], 'T3418');
});

void t.test('a sequence number out of range is resynchronised', (t) => {
  const window = new SequenceWindow(Array.from({ length: 32 }, () => 1000));
  const phone = makePhone({ window });
  const { emm, mme, heard } = phone;
  emm.on();
  heard();
  emm.receive(mme.challenge());
  const failure = heard();
  t.match(failure, { kind: 'authentication-failure', cause: 21 });
  if (failure.kind !== 'authentication-failure' || failure.auts === undefined) throw new Error('no AUTS');
  t.ok(mme.resynchronise(failure.auts), 'the AUTS is right');
  t.equal(Math.floor(mme.sqn / 32), 1000);
  emm.receive(mme.challenge());
  t.same(heard(), { kind: 'authentication-response', res: mme.vector?.xres });
  emm.receive(mme.command());
  heard();
  emm.receive(mme.accept());
  t.equal(emm.state, 'registered');
  t.end();
});

void t.test('a challenge that comes again is answered again', (t) => {
  const { emm, mme, heard } = makePhone();
  emm.on();
  heard();
  const challenge = mme.challenge();
  emm.receive(challenge);
  const first = heard();
  emm.receive(challenge);
  t.same(heard(), first, 'and not taken for an old one');
  t.end();
});

void t.test('reject causes say whether the phone tries again', async (t) => {
  const final = [2, 3, 6, 7, 8, 11, 12, 13, 14, 15];
  for (const cause of final) {
    const phone = makePhone();
    phone.emm.on();
    phone.heard();
    phone.emm.receive(encodeNas({ kind: 'attach-reject', cause }));
    t.match(phone.events, [{ kind: 'refused', cause }]);
    t.equal(phone.clock.waiting(), 0, `cause ${cause} is final`);
  }
  for (const cause of [17, 19, 22]) {
    const phone = makePhone();
    phone.emm.on();
    phone.heard();
    phone.emm.receive(encodeNas({ kind: 'attach-reject', cause }));
    phone.emm.released();
    await phone.clock.pass(timers.t3411 - 1);
    t.equal(phone.sent.length, 0);
    await phone.clock.pass(1);
    t.equal(phone.heard().kind, 'attach-request', `cause ${cause} passes`);
    t.equal(phone.events.length, 1);
  }
  t.end();
});

void t.test('an unknown access point is explained by its ESM cause', (t) => {
  const phone = makePhone();
  phone.emm.on();
  phone.heard();
  const esm = encodeNas({ kind: 'pdn-connectivity-reject', ebi: 0, pti: 1, cause: 27 });
  phone.emm.receive(encodeNas({ kind: 'attach-reject', cause: 19, esm }));
  t.match(phone.events, [{ kind: 'refused', cause: 19, error: /ESM cause 27: Missing or unknown APN/u }]);
  t.end();
});

void t.test('nobody answers: T3410, then T3411, five times, then T3402', async (t) => {
  const phone = makePhone();
  phone.emm.on();
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    t.equal(phone.heard().kind, 'attach-request', `attempt ${attempt}`);
    await phone.clock.pass(timers.t3410);
    t.equal(phone.events.length, attempt);
    t.equal(phone.sent.length, 0);
    if (attempt < 5) await phone.clock.pass(timers.t3411);
  }
  await phone.clock.pass(timers.t3402 - 1);
  t.equal(phone.sent.length, 0);
  await phone.clock.pass(1);
  t.equal(phone.heard().kind, 'attach-request');
  t.end();
});

void t.test('a detach waits for its answer; the next attach has GUTI and keys', async (t) => {
  const phone = makePhone();
  const { emm, mme, events, heard } = phone;
  attach(phone);
  emm.detach();
  t.match(heard(), {
    kind: 'detach-request',
    detachType: { type: 1, switchOff: false },
    identity: { kind: 'guti', guti },
  });
  t.equal(emm.state, 'deregistered-initiated');
  t.same(
    events.map(({ kind }) => kind),
    ['attached'],
  );
  await phone.clock.pass(timers.t3421);
  t.match(heard(), { kind: 'detach-request' }, 'T3421');
  emm.receive(mme.say({ kind: 'detach-accept' }));
  t.match(events[1], { kind: 'detached', by: 'phone' });
  t.equal(emm.state, 'deregistered');
  emm.released();

  emm.on();
  const initial = phone.sent[0];
  t.same(initial?.guti, guti);
  t.equal(initial?.nas[0], 0x17, 'signed, and not ciphered');
  t.match(heard(), { kind: 'attach-request', keySet: 0, identity: { kind: 'guti', guti } });
  emm.receive(mme.accept({ address: '10.45.0.9' }));
  t.equal(heard().kind, 'attach-complete', 'without another authentication');
  t.equal(emm.bearer?.address, '10.45.0.9');
  t.end();
});

void t.test('a network that has lost the keys asks for everything again', (t) => {
  const phone = makePhone();
  const { emm, mme, heard } = phone;
  attach(phone);
  emm.off();
  heard();
  emm.released();
  mme.context = undefined;
  emm.on();
  const [initial] = phone.sent.splice(0);
  t.equal(initial?.nas[0], 0x17);
  emm.receive(encodeNas({ kind: 'identity-request', identityType: 1 }));
  t.same(heard(), { kind: 'identity-response', identity: { kind: 'imsi', digits: imsi } });
  emm.receive(mme.challenge());
  t.equal(heard().kind, 'authentication-response');
  emm.receive(mme.command());
  t.equal(heard().kind, 'security-mode-complete');
  emm.receive(mme.accept());
  t.equal(emm.state, 'registered');
  t.end();
});

void t.test('switching off tells the network and waits for nothing', (t) => {
  const phone = makePhone();
  attach(phone);
  phone.emm.off();
  t.match(phone.heard(), { kind: 'detach-request', detachType: { type: 1, switchOff: true } });
  t.equal(phone.emm.state, 'off');
  t.match(phone.events[1], { kind: 'detached', by: 'phone' });
  t.equal(phone.clock.waiting(), 0);
  t.end();
});

void t.test('the network detaches a phone, and may want it back', (t) => {
  const phone = makePhone();
  const { emm, mme, events, heard } = phone;
  attach(phone);
  emm.receive(mme.say({ kind: 'network-detach-request', detachType: { type: 2, switchOff: false } }));
  t.equal(heard().kind, 'detach-accept');
  t.match(events[1], { kind: 'detached', by: 'network' });
  emm.released();
  t.equal(emm.state, 'deregistered');
  t.equal(phone.clock.waiting(), 0);

  const other = makePhone();
  attach(other);
  other.emm.receive(other.mme.say({ kind: 'network-detach-request', detachType: { type: 1, switchOff: false } }));
  t.equal(other.heard().kind, 'detach-accept');
  t.equal(other.sent.length, 0, 'the connection ends first');
  other.emm.released();
  t.match(other.heard(), { kind: 'attach-request', identity: { kind: 'guti' } });
  t.end();
});

void t.test('messages that anybody could have sent are not believed', (t) => {
  const phone = makePhone();
  const { emm, mme, heard } = phone;
  emm.on();
  heard();
  emm.receive(mme.accept());
  t.equal(emm.state, 'registered-initiated', 'an unprotected accept');
  emm.receive(encodeNas({ kind: 'identity-request', identityType: 3 }));
  t.equal(phone.sent.length, 0, 'an unprotected question for more than the IMSI');
  emm.receive(mme.challenge());
  heard();
  const command = mme.command();
  emm.receive(command.map((octet, index) => (index === command.length - 1 ? octet ^ 1 : octet)));
  t.match(heard(), { kind: 'security-mode-reject' });
  emm.receive(command);
  heard();
  emm.receive(encodeNas({ kind: 'attach-reject', cause: 8 }));
  t.equal(emm.state, 'registered-initiated', 'an unprotected reject after protected messages');
  const accept = mme.accept();
  emm.receive(accept);
  heard();
  emm.receive(accept);
  t.equal(phone.sent.length, 0, 'a replayed accept');
  t.end();
});

void t.test('a command that repeats other capabilities is refused', (t) => {
  const { emm, mme, heard } = makePhone();
  emm.on();
  heard();
  emm.receive(mme.challenge());
  heard();
  mme.capability = capabilityOf([0], [1]);
  emm.receive(mme.command());
  t.same(decodeNas(encodeNas(heard()), 'uplink'), { kind: 'security-mode-reject', cause: 23 });
  t.end();
});

void t.test('an idle phone that is called asks for its bearers', async (t) => {
  const phone = makePhone();
  const { emm, mme } = phone;
  attach(phone);
  emm.released();
  t.equal(emm.state, 'registered');
  emm.paged(guti.mmeCode, 1);
  t.equal(phone.sent.length, 0, 'somebody else is called');
  emm.paged(guti.mmeCode, guti.mTmsi);
  const [request] = phone.sent.splice(0);
  t.match(request, { cause: 'mt-Access', guti });
  t.equal(mme.context?.openServiceRequest(request?.nas ?? new Uint8Array()), 2);
  t.equal(emm.state, 'service-request-initiated');
  emm.bearersSetUp();
  t.equal(emm.state, 'registered');

  emm.released();
  emm.service();
  phone.sent.splice(0);
  await phone.clock.pass(timers.t3417);
  t.equal(emm.state, 'registered', 'T3417');
  emm.service();
  phone.sent.splice(0);
  emm.receive(encodeNas({ kind: 'service-reject', cause: 9 }));
  t.equal(emm.state, 'deregistered');
  emm.released();
  t.match(phone.sent.length, 1);
  mme.context = undefined;
  t.match(phone.heard(), { kind: 'attach-request', identity: { kind: 'imsi' } }, 'with its own name');
});

void t.test('the end of the only bearer is the end of the registration', (t) => {
  const phone = makePhone();
  attach(phone);
  phone.emm.receive(phone.mme.say({ kind: 'deactivate-bearer-request', ebi: 5, pti: 0, cause: 36 }));
  t.match(phone.heard(), { kind: 'deactivate-bearer-accept', ebi: 5 });
  t.match(phone.events[1], { kind: 'detached', by: 'network' });
  t.equal(phone.emm.state, 'deregistered');
  t.end();
});

void t.test('no cell answers', async (t) => {
  const phone = makePhone();
  phone.emm.on();
  phone.heard();
  phone.emm.connectionFailed('no cell answers');
  t.match(phone.events, [{ kind: 'refused', error: 'no cell answers' }]);
  await phone.clock.pass(timers.t3411);
  t.equal(phone.heard().kind, 'attach-request');
});
