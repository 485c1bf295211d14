/** The HSS: vectors that a SIM card accepts, resynchronisation, subscriptions, refusals. */
import t from 'tap';
import { SequenceWindow } from '../../../../../src/signalling/aka/sqn.ts';
import { Usim } from '../../../../../src/signalling/aka/usim.ts';
import {
  application,
  avp,
  base,
  command,
  DiameterError,
  type DiameterMessage,
  type Avp,
  experimentalResults,
  readSubscription,
  readVectors,
  resultOf,
  s6a,
} from '../../../../../src/signalling/diameter/index.ts';
import { Hss } from '../../../../../lab/epc/hss/hss.ts';
import { concatenate } from '../../../../../src/packet/octets.ts';

const plmn = { mcc: '460', mnc: '00' };
const keys = { k: new Uint8Array(16).fill(1), opc: new Uint8Array(16).fill(2) };
const ambr = { uplink: 1_000_000, downlink: 2_000_000 };
const subscriber = {
  imsi: '460000000000001',
  keys,
  msisdn: '8613800000001',
  apns: ['cmnet'],
  ambr,
  sqn: 0,
  barred: undefined,
};

const makeHss = (): Hss => {
  let number = 0;
  return new Hss([subscriber, { ...subscriber, imsi: '460000000000015', barred: 15 }], (length) => {
    number += 1;
    return new Uint8Array(length).fill(number);
  });
};
const request = (code: number, imsi: string, ...avps: readonly Avp[]): DiameterMessage => ({
  ...{ request: true, proxiable: true, error: false, retransmitted: false, hopByHop: 1, endToEnd: 1 },
  command: code,
  application: application.s6a,
  avps: [avp(base.originHost, 'mme.test'), avp(base.userName, imsi), avp(s6a.visitedPlmnId, plmn), ...avps],
});
const air = (imsi = subscriber.imsi, count = 1, ...more: readonly Avp[]): DiameterMessage =>
  request(
    command.authenticationInformation,
    imsi,
    avp(s6a.requestedEutranAuthenticationInfo, [avp(s6a.numberOfRequestedVectors, count), ...more]),
  );

void t.test('a SIM card accepts each vector once, and answers what the HSS expects', (t) => {
  const hss = makeHss();
  const usim = new Usim(keys);
  const vectors = readVectors(hss.answer(air(subscriber.imsi, 9)));
  t.equal(vectors.length, 5, 'at most five at once');
  for (const { rand, autn, xres, kasme } of vectors) {
    const outcome = usim.challenge(rand, autn, plmn);
    t.match(outcome, { outcome: 'authenticated' });
    if (outcome.outcome === 'authenticated') t.same([outcome.res, outcome.kasme], [xres, kasme]);
    t.match(usim.challenge(rand, autn, plmn), { outcome: 'synch-failure' }, 'not twice');
  }
  t.end();
});

void t.test('after a resynchronisation vectors follow on the number of the SIM card', (t) => {
  const hss = makeHss();
  const usim = new Usim(keys, new SequenceWindow(Array.from({ length: 32 }, () => 5000)));
  const [vector] = readVectors(hss.answer(air()));
  if (vector === undefined) throw new Error('no vector');
  const refused = usim.challenge(vector.rand, vector.autn, plmn);
  if (refused.outcome !== 'synch-failure') throw new Error(refused.outcome);
  const wrong = concatenate(vector.rand, new Uint8Array(14));
  hss.answer(air(subscriber.imsi, 1, avp(s6a.resynchronizationInfo, wrong)));
  t.match(hss.status()[0], { resynchronisations: 0 }, 'an AUTS that nobody made changes nothing');
  const told = avp(s6a.resynchronizationInfo, concatenate(vector.rand, refused.auts));
  const [next] = readVectors(hss.answer(air(subscriber.imsi, 1, told)));
  t.match(usim.challenge(next?.rand ?? new Uint8Array(), next?.autn ?? new Uint8Array(), plmn), {
    outcome: 'authenticated',
  });
  t.match(hss.status()[0], { resynchronisations: 1 });
  t.end();
});

void t.test('Update-Location tells the subscription, and who is barred', (t) => {
  const hss = makeHss();
  const locate = (imsi: string): readonly Avp[] => hss.answer(request(command.updateLocation, imsi));
  t.match(readSubscription(locate(subscriber.imsi)), {
    barred: false,
    msisdn: subscriber.msisdn,
    ambr,
    apns: [{ apn: 'cmnet', qci: 9 }],
  });
  t.match(hss.status()[0], { mme: 'mme.test' });
  t.match(resultOf({ avps: locate('460000000000015') }), { code: experimentalResults.DIAMETER_ERROR_RAT_NOT_ALLOWED });
  t.equal(hss.bar(subscriber.imsi, 11), true);
  t.match(readSubscription(locate(subscriber.imsi)), { barred: true, barring: 1 });
  t.equal(hss.bar('460000000000099', 11), false);
  hss.answer(request(command.purgeUe, subscriber.imsi));
  t.match(hss.status()[0], { mme: undefined });
  t.end();
});

void t.test('who is not known, and what is not served', (t) => {
  const hss = makeHss();
  t.same(resultOf({ avps: hss.answer(air('460000000000099')) }), { code: 5001, vendor: 10_415 });
  t.same(resultOf({ avps: hss.answer(request(command.authenticationInformation, subscriber.imsi)) }), {
    code: experimentalResults.DIAMETER_AUTHENTICATION_DATA_UNAVAILABLE,
    vendor: 10_415,
  });
  t.throws(() => hss.answer(request(command.reset, subscriber.imsi)), DiameterError);
  t.end();
});
