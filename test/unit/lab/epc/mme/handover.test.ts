/** Handover in the MME, between two eNodeBs that a test plays. */
import t from 'tap';
import { defaultTimers } from '../../../../../lab/epc/mme/config.ts';
import { causes, messageType } from '../../../../../src/signalling/gtpv2/index.ts';
import { deriveNextHop } from '../../../../../src/signalling/aka/kdf.ts';
import { encodePlmn } from '../../../../../src/signalling/identity.ts';
import { bigEndian } from '../../../../../src/signalling/octets.ts';
import {
  decodeS1ap,
  encodeS1ap,
  type MessageName,
  s1ap,
  type S1apMessage,
  type S1apPdu,
  transportLayerAddress,
} from '../../../../../src/signalling/s1ap/s1ap.ts';
import { CGI, makeMme, plmn, TAI } from '../../../../helpers/mme-bench.ts';

const TARGET = 0xe02;
const TARGET_TEID = 0x7001;
const setup = (id: number): S1apPdu =>
  s1ap('S1SetupRequest', {
    'Global-ENB-ID': { pLMNidentity: encodePlmn(plmn), 'eNB-ID': { 'macroENB-ID': id } },
    eNBname: `enb${id & 15}`,
    SupportedTAs: [{ tAC: TAI.tAC, broadcastPLMNs: [encodePlmn(plmn)] }],
    DefaultPagingDRX: 'v128',
  });

/** A phone that is attached at one eNodeB, and another eNodeB. */
const makeBench = async (options: Parameters<typeof makeMme>[0] = {}) => {
  const bench = makeMme(options);
  const { mme, send, makePhone, clock, phones, sent } = bench;
  send(setup(0xe01));
  const toTarget: S1apPdu[] = [];
  const target = mme.join('10.1.1.9', (pdu) => void toTarget.push(decodeS1ap(encodeS1ap(pdu))));
  mme.receive(target, setup(TARGET));
  toTarget.length = 0;
  const phone = makePhone();
  await phone.attach(undefined);
  await clock.pass(0);
  const mmeUeId = (): number => (phones()[0]?.['s1'] as { readonly mmeUeId: number } | undefined)?.mmeUeId ?? 0;
  const first = { 'MME-UE-S1AP-ID': mmeUeId(), 'eNB-UE-S1AP-ID': phone.enbUeId };
  const required = (id = TARGET): void =>
    send(
      s1ap('HandoverRequired', {
        ...first,
        HandoverType: 'intralte',
        Cause: { radioNetwork: 'handover-desirable-for-radio-reason' },
        TargetID: {
          'targeteNB-ID': {
            'global-ENB-ID': { pLMNidentity: encodePlmn(plmn), 'eNB-ID': { 'macroENB-ID': id } },
            'selected-TAI': TAI,
          },
        },
        'Source-ToTarget-TransparentContainer': Uint8Array.of(1, 2, 3),
      }),
    );
  const next = <N extends MessageName>(list: S1apPdu[], name: N): S1apMessage<N> => {
    const pdu = list.shift();
    if (pdu?.name !== name) throw new Error(`${pdu?.name ?? 'nothing'} instead of ${name}`);
    return pdu as S1apPdu as S1apMessage<N>;
  };
  sent.length = 0;
  const source = <N extends MessageName>(name: N): S1apMessage<N> => next(sent, name);
  const other = <N extends MessageName>(name: N): S1apMessage<N> => next(toTarget, name);
  const answer = (pdu: S1apPdu): Promise<void> => {
    mme.receive(target, pdu);
    return clock.pass(0);
  };
  const acknowledge = async (): Promise<{ 'MME-UE-S1AP-ID': number; 'eNB-UE-S1AP-ID': number }> => {
    const { 'MME-UE-S1AP-ID': id } = other('HandoverRequest').ies;
    const second = { 'MME-UE-S1AP-ID': id, 'eNB-UE-S1AP-ID': 77 };
    await answer(
      s1ap('HandoverRequestAcknowledge', {
        ...second,
        'E-RABAdmittedList': [
          {
            'e-RAB-ID': 5,
            transportLayerAddress: transportLayerAddress('10.1.5.9'),
            'gTP-TEID': bigEndian(TARGET_TEID, 4),
          },
        ],
        'Target-ToSource-TransparentContainer': Uint8Array.of(4, 5, 6),
      }),
    );
    return second;
  };
  return { ...bench, target, toTarget, phone, first, required, source, other, answer, acknowledge };
};

const { 'Create Session Request': create, 'Modify Bearer Request': modify } = messageType;
const arrived = { TAI, 'EUTRAN-CGI': { ...CGI, 'cell-ID': 0xe0201 } };
const released = (ies: S1apMessage<'UEContextReleaseCommand'>['ies']): S1apPdu => {
  const pair = ies['UE-S1AP-IDs']['uE-S1AP-ID-pair'];
  return s1ap('UEContextReleaseComplete', {
    'MME-UE-S1AP-ID': pair?.['mME-UE-S1AP-ID'] ?? 0,
    'eNB-UE-S1AP-ID': pair?.['eNB-UE-S1AP-ID'] ?? 0,
  });
};

void t.test('a phone is handed over, and its packets with it', async (t) => {
  const bench = await makeBench();
  const { first, source, other, answer, acknowledge, required, send, clock, types, phones, mme } = bench;
  required();
  t.match(bench.toTarget[0], {
    ies: {
      'Source-ToTarget-TransparentContainer': Uint8Array.of(1, 2, 3),
      SecurityContext: { nextHopChainingCount: 2 },
    },
  });
  const second = await acknowledge();
  t.not(second['MME-UE-S1AP-ID'], first['MME-UE-S1AP-ID']);
  t.match(source('HandoverCommand').ies, {
    ...first,
    'Target-ToSource-TransparentContainer': Uint8Array.of(4, 5, 6),
  });
  const count = { 'pDCP-SN': 1, hFN: 0 };
  const status = {
    'bearers-SubjectToStatusTransferList': [{ 'e-RAB-ID': 5, 'uL-COUNTvalue': count, 'dL-COUNTvalue': count }],
  };
  send(s1ap('ENBStatusTransfer', { ...first, 'eNB-StatusTransfer-TransparentContainer': status }));
  t.match(other('MMEStatusTransfer').ies, { ...second, 'eNB-StatusTransfer-TransparentContainer': status });
  t.match(phones(), [{ enodeb: 'enb1' }], 'until it has arrived it is where it was');
  await answer(s1ap('HandoverNotify', { ...second, ...arrived }));
  t.match(phones(), [
    { connected: true, enodeb: 'enb2', pdn: { s1u: { enodeb: { teid: TARGET_TEID, address: '10.1.5.9' } } } },
  ]);
  t.same(types(), [create, modify, modify]);
  const { ies } = source('UEContextReleaseCommand');
  t.same(ies.Cause, { radioNetwork: 'successful-handover' });
  send(released(ies));
  await clock.pass(0);
  t.match(mme.status(), {
    enodebs: [
      { name: 'enb1', connections: 0 },
      { name: 'enb2', connections: 1 },
    ],
  });
  await clock.pass(60_000);
  t.equal(clock.waiting(), 0, 'no timer is left');
  t.match(phones(), [{ connected: true, enodeb: 'enb2', cell: 0xe0201 }]);
});

void t.test('each handover takes the next key of the chain', async (t) => {
  const { phone, first, other, required, answer, source, send, clock, phones } = await makeBench();
  required();
  const { SecurityContext: given, 'MME-UE-S1AP-ID': id } = other('HandoverRequest').ies;
  await answer(s1ap('HandoverFailure', { 'MME-UE-S1AP-ID': id, Cause: { radioNetwork: 'cell-not-available' } }));
  t.match(source('HandoverPreparationFailure').ies, { ...first, Cause: { radioNetwork: 'cell-not-available' } });
  required();
  const { SecurityContext: after } = other('HandoverRequest').ies;
  t.equal(after.nextHopChainingCount, 3);
  t.same(after.nextHopParameter, deriveNextHop(phone.kasme, given.nextHopParameter));
  t.match(phones(), [{ enodeb: 'enb1' }]);
  send(s1ap('HandoverCancel', { ...first, Cause: { radioNetwork: 'tS1relocprep-expiry' } }));
  await clock.pass(0);
});

void t.test('no place: unknown, refused, silent, or taken back', async (t) => {
  const { first, required, source, other, answer, acknowledge, send, clock, mme, target, phones } = await makeBench();
  const refused = (why: string): unknown =>
    t.match(source('HandoverPreparationFailure').ies, { ...first, Cause: { radioNetwork: why } });
  required(0xe09);
  refused('unknown-targetID');
  required(0xe01);
  refused('unknown-targetID');
  required();
  required();
  refused('interaction-with-other-procedure');
  other('HandoverRequest');
  await clock.pass(defaultTimers.s1);
  refused('ho-failure-in-target-EPC-eNB-or-target-system');
  t.ok(
    other('UEContextReleaseCommand').ies['UE-S1AP-IDs']['mME-UE-S1AP-ID'] !== undefined,
    'it may have heard all the same',
  );
  await clock.pass(defaultTimers.s1);
  required();
  const second = await acknowledge();
  source('HandoverCommand');
  send(s1ap('HandoverCancel', { ...first, Cause: { radioNetwork: 'tS1relocprep-expiry' } }));
  source('HandoverCancelAcknowledge');
  await clock.pass(0);
  const { ies } = other('UEContextReleaseCommand');
  t.match(ies.Cause, { radioNetwork: 'handover-cancelled' });
  await answer(released(ies));
  t.equal(second['eNB-UE-S1AP-ID'], 77);
  required();
  other('HandoverRequest');
  mme.leave(target, 'lost');
  await clock.pass(0);
  refused('ho-failure-in-target-EPC-eNB-or-target-system');
  t.match(phones(), [{ connected: true, enodeb: 'enb1' }]);
  await clock.pass(60_000);
  t.equal(clock.waiting(), 0);
});

void t.test('a phone that does not arrive', async (t) => {
  const { required, acknowledge, source, other, answer, clock, phones, first, send } = await makeBench();
  required();
  await acknowledge();
  source('HandoverCommand');
  await clock.pass(defaultTimers.handover);
  const { ies } = other('UEContextReleaseCommand');
  t.match(ies.Cause, { radioNetwork: 'tS1relocoverall-expiry' });
  await answer(released(ies));
  t.match(phones(), [{ connected: true, enodeb: 'enb1' }]);
  send(s1ap('UEContextReleaseRequest', { ...first, Cause: { radioNetwork: 'tS1relocoverall-expiry' } }));
  await clock.pass(0);
  source('UEContextReleaseCommand');
});

void t.test('a phone that comes back, or leaves, in the middle', async (t) => {
  const { required, acknowledge, source, other, answer, clock, phones, phone } = await makeBench();
  required();
  await acknowledge();
  source('HandoverCommand');
  const back = phone.service();
  await clock.pass(0);
  t.match(await back, { attached: true });
  await answer(released(other('UEContextReleaseCommand').ies));
  t.match(phones(), [{ connected: true, enodeb: 'enb1', s1: { enbUeId: phone.enbUeId } }]);
  await clock.pass(60_000);
  t.equal(clock.waiting(), 0);
});

void t.test('a SGW that has forgotten the session: nothing is left of the connection', async (t) => {
  let value: number = causes['Request accepted'];
  const { required, acknowledge, source, other, answer, clock, phones } = await makeBench({ sgw: () => value });
  required();
  const second = await acknowledge();
  source('HandoverCommand');
  value = causes['Context Not Found'];
  await answer(s1ap('HandoverNotify', { ...second, ...arrived }));
  source('UEContextReleaseCommand');
  other('UEContextReleaseCommand');
  await clock.pass(defaultTimers.s1);
  t.match(phones(), [{ connected: false }]);
});
