/** Packets wait at the SGW: which phones the MME calls, where, how often, and what the SGW hears of it. */
import t from 'tap';
import { defaultTimers } from '../../../../../lab/epc/mme/config.ts';
import { CALLS } from '../../../../../lab/epc/mme/paging.ts';
import type { Draft } from '../../../../../lab/epc/gtpv2/transaction.ts';
import { cause, causes, ebi, ie, messageType, required } from '../../../../../src/signalling/gtpv2/index.ts';
import { encodePlmn } from '../../../../../src/signalling/identity.ts';
import { bigEndian } from '../../../../../src/signalling/octets.ts';
import { decodeS1ap, encodeS1ap, s1ap, type S1apPdu } from '../../../../../src/signalling/s1ap/s1ap.ts';
import { IMSI, makeMme, plmn } from '../../../../helpers/mme-bench.ts';

const setup = (id: number, tac: number): S1apPdu =>
  s1ap('S1SetupRequest', {
    'Global-ENB-ID': { pLMNidentity: encodePlmn(plmn), 'eNB-ID': { 'macroENB-ID': id } },
    SupportedTAs: [{ tAC: bigEndian(tac, 2), broadcastPLMNs: [encodePlmn(plmn)] }],
    DefaultPagingDRX: 'v128',
  });

/** A phone that is attached and idle, two eNodeBs in its areas, and one that came later with an area of its own. */
const makeBench = async () => {
  const bench = makeMme();
  const { mme, send, makePhone, clock, phones, count } = bench;
  send(setup(0xe01, 7));
  const heard: S1apPdu[][] = [];
  const join = (id: number, tac: number): void => {
    const list: S1apPdu[] = [];
    heard.push(list);
    const enodeb = mme.join(`10.1.1.${id & 15}`, (pdu) => void list.push(decodeS1ap(encodeS1ap(pdu))));
    mme.receive(enodeb, setup(id, tac));
    list.length = 0;
  };
  join(0xe02, 8);
  const phone = makePhone();
  await phone.attach(undefined);
  await clock.pass(0);
  join(0xe03, 9);
  await phone.idle();
  await clock.pass(0);
  const [{ pdn } = {}] = phones() as readonly { readonly pdn?: { readonly s11: { readonly local: number } } }[];
  const answers: Draft[] = [];
  const type = messageType['Downlink Data Notification'];
  const notify = (teid = pdn?.s11.local): number => {
    const message = { type, teid, sequence: 1, ies: [ie(ebi, 5)] };
    mme.serveGateway({ message, from: { address: '10.1.3.2', port: 2123 }, answer: (draft) => answers.push(draft) });
    return required(answers.at(-1)?.ies ?? [], cause).value;
  };
  const pages = (): number[] => [count('Paging'), ...heard.map((list) => list.length)];
  const failures = (): Draft[] =>
    bench.asked.filter((draft) => draft.type === messageType['Downlink Data Notification Failure Indication']);
  return { ...bench, phone, notify, pages, failures, heard };
};

void t.test('a phone is called wherever it may be, until it answers', async (t) => {
  const { notify, pages, phone, clock, phones, heard, failures } = await makeBench();
  t.equal(notify(), causes['Request accepted']);
  t.same(pages(), [1, 1, 0], 'in both areas that it was told, and not in the one that came later');
  const [page] = heard[0] ?? [];
  t.match(page, { ies: { UEIdentityIndexValue: Number(BigInt(IMSI) % 1024n), CNDomain: 'ps' } });
  t.equal(notify(), causes['Request accepted']);
  t.same(pages(), [1, 1, 0], 'it is called already');
  await clock.pass(defaultTimers.t3413);
  t.same(pages(), [2, 2, 0]);
  t.match(phones(), [{ paging: true }]);
  t.match(await phone.service(), { attached: true });
  await clock.pass(0);
  t.match(phones(), [{ paging: false, connected: true }]);
  await clock.pass(60_000);
  t.same([pages(), failures(), clock.waiting()], [[2, 2, 0], [], 0]);
});

void t.test('a phone that does not answer: the SGW is told after the third call', async (t) => {
  const { notify, pages, clock, phones, failures } = await makeBench();
  notify();
  await clock.pass(CALLS * defaultTimers.t3413 - 1);
  t.same([pages()[0], failures()], [CALLS, []]);
  await clock.pass(1);
  t.match(failures(), [{ teid: 0x1200 }]);
  t.equal(required(failures()[0]?.ies ?? [], cause).value, causes['UE not responding']);
  t.match(phones(), [{ paging: false, connected: false, state: 'registered' }]);
  t.equal(clock.waiting(), 0);
  notify();
  t.equal(pages()[0], CALLS + 1, 'it may be there the next time');
});

void t.test('sessions that there are not, and a phone whose connection the SGW has lost', async (t) => {
  const { notify, pages, phone, clock, phones, sent, send } = await makeBench();
  t.equal(notify(99), causes['Context Not Found']);
  await phone.service();
  await clock.pass(0);
  t.match(phones(), [{ connected: true }]);
  sent.length = 0;
  const end = phone.next();
  t.equal(notify(), causes['Request accepted']);
  t.match(await end, { released: { radioNetwork: 'release-due-to-eutran-generated-reason' } });
  await clock.pass(0);
  t.match(phones(), [{ connected: false, paging: true, pdn: { s1u: { enodeb: undefined } } }]);
  t.equal(pages()[0], 1);
  send(s1ap('Reset', { Cause: { misc: 'om-intervention' }, ResetType: { 's1-Interface': 'reset-all' } }));
  t.match(await phone.service(), { attached: true });
});
