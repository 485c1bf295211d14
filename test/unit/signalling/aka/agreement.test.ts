/** Authentication and key agreement: the network's and the phone's side against each other. */
import t from 'tap';
import {
  deriveKenb,
  deriveNasEncryptionKey,
  deriveNasIntegrityKey,
  deriveNextHop,
  kdf,
} from '../../../../src/signalling/aka/kdf.ts';
import { IND_VALUES, SequenceWindow, nextSqn } from '../../../../src/signalling/aka/sqn.ts';
import { type ChallengeOutcome, Usim } from '../../../../src/signalling/aka/usim.ts';
import { generateVector, resynchronise } from '../../../../src/signalling/aka/vector.ts';
import { bigEndian, hexText } from '../../../../src/signalling/octets.ts';
import { hex } from './vectors.ts';

const keys = { k: hex('465b5ce8b199b49faa5f0a2ee238a6bc'), opc: hex('cd63cb71954a9f4e48a5994e37a02baf') };
const rand = hex('23553cbe9637a89d218ae64dae47bf35');
const servingNetwork = { mcc: '460', mnc: '00' };
const vectorFor = (sqn: number, amf?: Uint8Array) =>
  generateVector(keys, { rand, sqn, servingNetwork, ...(amf === undefined ? {} : { amf }) });
const answer = (usim: Usim, sqn: number): ChallengeOutcome => usim.challenge(rand, vectorFor(sqn).autn, servingNetwork);

void t.test('phone and network come to the same answer and key', (t) => {
  const vector = vectorFor(nextSqn(0));
  t.same(new Usim(keys).challenge(rand, vector.autn, servingNetwork), {
    outcome: 'authenticated',
    res: vector.xres,
    kasme: vector.kasme,
  });
  const elsewhere = new Usim(keys).challenge(rand, vector.autn, { mcc: '460', mnc: '01' });
  t.not(hexText(elsewhere.outcome === 'authenticated' ? elsewhere.kasme : rand), hexText(vector.kasme), 'the network');
  t.end();
});

void t.test('a challenge of somebody else is refused, and the number in it does not count', (t) => {
  const usim = new Usim(keys);
  const { autn } = vectorFor(nextSqn(0));
  for (const at of [0, 5, 7, 8, 15]) {
    const changed = Uint8Array.from(autn);
    changed[at] = (changed[at] ?? 0) ^ 1;
    t.same(usim.challenge(rand, changed, servingNetwork), { outcome: 'mac-failure' }, `octet ${at}`);
  }
  t.equal(usim.window.highest, 0);
  t.equal(usim.challenge(rand, autn, servingNetwork).outcome, 'authenticated');
  t.end();
});

void t.test('a vector that is not for LTE is refused', (t) => {
  const { autn } = vectorFor(nextSqn(0), Uint8Array.of(0, 0));
  t.same(new Usim(keys).challenge(rand, autn, servingNetwork), { outcome: 'non-eps' });
  t.end();
});

void t.test('a replay leads to resynchronisation, and the number after that is accepted', (t) => {
  const ahead = new SequenceWindow();
  // The same IND as the number that is refused below: the others know nothing of it.
  ahead.accept(1_000_000 * IND_VALUES + 1);
  const usim = new Usim(keys, ahead);
  const refused = answer(usim, nextSqn(64));
  if (refused.outcome !== 'synch-failure') return t.fail(refused.outcome);
  t.equal(refused.auts.length, 14);
  const sqn = resynchronise(keys, rand, refused.auts);
  t.equal(sqn, 1_000_000 * IND_VALUES + 1, "the card's highest number");
  t.equal(answer(usim, nextSqn(sqn ?? 0)).outcome, 'authenticated');
  t.equal(answer(usim, nextSqn(sqn ?? 0)).outcome, 'synch-failure', 'once only');
  const forged = Uint8Array.from(refused.auts, (octet, index) => (index === 3 ? octet ^ 1 : octet));
  t.equal(resynchronise(keys, rand, forged), undefined, 'a forged AUTS changes nothing');
  t.equal(resynchronise(keys, new Uint8Array(16), refused.auts), undefined, 'nor one for another challenge');
  t.throws(() => resynchronise(keys, rand, new Uint8Array(13)), { name: 'RangeError' });
  t.end();
});

void t.test('the window takes vectors out of order, each once, and no leap', (t) => {
  const window = new SequenceWindow();
  const [first, second, third] = [nextSqn(0), nextSqn(nextSqn(0)), nextSqn(nextSqn(nextSqn(0)))];
  t.same([first, second, third], [33, 66, 99], 'SEQ and IND are both one further');
  t.same(
    [third, first, second, first, third].map((sqn) => window.accept(sqn)),
    [true, true, true, false, false],
  );
  t.equal(window.highest, third);
  t.equal(window.accept((3 + 2 ** 28 + 1) * IND_VALUES), false, 'more than 2^28 ahead');
  t.equal(window.accept((3 + 2 ** 28) * IND_VALUES), true, '2^28 ahead');
  t.equal(new SequenceWindow(window.accepted).highest, window.highest, 'kept while the phone is off');
  t.equal(nextSqn(31), 32, 'IND goes in a circle');
  t.end();
});

void t.test('keys are derived as TS 33.401 annex A says', (t) => {
  const kasme = hex('238e457e0f758badbca8d34bb2612c10428d426757cb5553b2b184fa64bfc549');
  const kenb = deriveKenb(kasme, 0x01_0203);
  t.same(kenb, kdf(kasme, 0x11, bigEndian(0x01_0203, 4)));
  t.same(deriveNextHop(kasme, kenb), kdf(kasme, 0x12, kenb));
  t.same(deriveNasEncryptionKey(kasme, 2), kdf(kasme, 0x15, Uint8Array.of(1), Uint8Array.of(2)).subarray(16));
  t.same(deriveNasIntegrityKey(kasme, 2), kdf(kasme, 0x15, Uint8Array.of(2), Uint8Array.of(2)).subarray(16));
  t.throws(() => deriveKenb(kasme.subarray(1), 0), { name: 'RangeError' });
  t.end();
});
