/** The security context: both sides against each other, and everybody who would come between them. */
import t from 'tap';
import { algorithms } from '../../../../src/signalling/aka/eea.ts';
import { deriveKenb } from '../../../../src/signalling/aka/kdf.ts';
import { COUNTS, estimateCount, isNearlyUsedUp } from '../../../../src/signalling/nas/count.ts';
import { decodeNas, encodeNas } from '../../../../src/signalling/nas/message.ts';
import {
  NasSecurityContext,
  type SecurityContextOptions,
  isProtected,
} from '../../../../src/signalling/nas/security.ts';
import { acceptableUnprotected } from '../../../../src/signalling/nas/unprotected.ts';
import { hexText } from '../../../../src/signalling/octets.ts';
import { hex } from '../aka/vectors.ts';

const kasme = hex('238e457e0f758badbca8d34bb2612c10428d426757cb5553b2b184fa64bfc549');
const plain = encodeNas({ kind: 'emm-status', cause: 97 });

const pair = (options: Partial<SecurityContextOptions> = {}): { ue: NasSecurityContext; mme: NasSecurityContext } => {
  const common = { keySet: 3, kasme, eea: 2, eia: 2, ...options } as const;
  return {
    ue: new NasSecurityContext({ ...common, side: 'ue' }),
    mme: new NasSecurityContext({ ...common, side: 'mme' }),
  };
};

/** Of every refusal. */
const name = 'NasSecurityError';

/** The octets with one bit of one octet turned. */
const turned = (octets: Uint8Array, at: number): Uint8Array =>
  Uint8Array.from(octets, (octet, index) => (index === at ? octet ^ 1 : octet));

void t.test('what one side protects the other opens, with every algorithm', (t) => {
  for (const eea of algorithms) {
    for (const eia of algorithms) {
      const { ue, mme } = pair({ eea, eia });
      t.same(mme.open(ue.protect(plain)), { message: plain, count: 0, header: 2 }, `EEA${eea} EIA${eia}, uplink`);
      t.same(ue.open(mme.protect(plain)), { message: plain, count: 0, header: 2 }, 'downlink');
      t.same(mme.open(ue.protect(plain)), { message: plain, count: 1, header: 2 }, 'the next');
    }
  }
  t.end();
});

void t.test('header types say what is ciphered', (t) => {
  const types = { integrity: 1, integrityCiphered: 2, integrityNewContext: 3, integrityCipheredNewContext: 4 } as const;
  for (const [type, header] of Object.entries(types)) {
    const { ue, mme } = pair();
    const octets = ue.protect(plain, type as keyof typeof types);
    t.ok(isProtected(octets));
    t.equal(octets[0], (header << 4) | 7, type);
    t.equal(hexText(octets.subarray(6)) === hexText(plain), header % 2 === 1, 'in the clear when the type is odd');
    t.same(mme.open(octets), { message: plain, count: 0, header });
  }
  t.notOk(isProtected(plain));
  t.notOk(isProtected(hex('5201d9')), 'a session message of bearer 5');
  t.end();
});

void t.test('a message that was changed on the way changes nothing', (t) => {
  const { ue, mme } = pair();
  const octets = ue.protect(plain);
  for (let at = 1; at < octets.length; at += 1)
    t.throws(() => mme.open(turned(octets, at)), { name, fault: 'integrity' }, `octet ${at}`);
  t.throws(() => ue.open(octets), { name, fault: 'integrity' }, 'sent back to its sender');
  t.equal(mme.nextCounts.uplink, 0);
  t.same(mme.open(octets).message, plain);
  t.end();
});

void t.test('a message counts once, and one that was lost does not matter', (t) => {
  const { ue, mme } = pair();
  const first = ue.protect(plain);
  ue.protect(plain);
  const third = ue.protect(plain);
  t.equal(mme.open(third).count, 2);
  t.throws(() => mme.open(third), { name, fault: 'replay', message: /uplink NAS COUNT 2 was used before/u });
  t.throws(() => mme.open(first), { name, fault: 'replay' }, 'and an older one comes too late');
  t.throws(() => mme.open(plain), { name, fault: 'not-protected' });
  t.throws(() => mme.open(hex('27')), { name: 'NasError' });
  t.end();
});

void t.test('the number goes on over the end of its eight bits', (t) => {
  const { ue, mme } = pair({ uplinkCount: 0xfe });
  const counts = Array.from({ length: 4 }, () => mme.open(ue.protect(plain)).count);
  t.same(counts, [0xfe, 0xff, 0x100, 0x101]);
  for (let lost = 0; lost < 255; lost += 1) ue.protect(plain);
  t.equal(mme.open(ue.protect(plain)).count, 0x101 + 256, '255 lost in a row');
  for (let lost = 0; lost < 256; lost += 1) ue.protect(plain);
  t.throws(() => mme.open(ue.protect(plain)), { name, fault: 'integrity' }, '256 are too many');
  t.end();
});

void t.test('when the numbers are used up only new keys help', (t) => {
  const { ue, mme } = pair({ uplinkCount: COUNTS - 1, downlinkCount: COUNTS });
  t.ok(mme.nearlyUsedUp);
  t.equal(mme.open(ue.protect(plain)).count, COUNTS - 1);
  t.throws(() => ue.protect(plain), { name, fault: 'exhausted' });
  t.throws(() => mme.serviceRequest(), { name, fault: 'exhausted' });
  t.throws(() => mme.open(pair().ue.protect(plain)), { name, fault: 'exhausted' });
  t.notOk(pair().ue.nearlyUsedUp);
  t.end();
});

void t.test('a service request is four octets', (t) => {
  const { ue, mme } = pair({ uplinkCount: 30 });
  const requests = Array.from({ length: 3 }, () => ue.serviceRequest());
  t.same(
    requests.map((octets) => octets.length),
    [4, 4, 4],
  );
  const [first, second, third] = requests.map((octets) => () => mme.openServiceRequest(octets));
  t.match(decodeNas(requests[2] ?? plain, 'uplink'), { kind: 'service-request', keySet: 3, sequence: 0 });
  t.same([first?.(), second?.(), third?.()], [30, 31, 32], 'over the end of five bits');
  t.throws(() => third?.(), { name, fault: 'replay' });
  for (const at of [1, 2, 3])
    t.throws(
      () => mme.openServiceRequest(turned(ue.serviceRequest(), at)),
      { name, fault: 'integrity' },
      `octet ${at}`,
    );
  t.throws(() => mme.openServiceRequest(plain), { name, fault: 'not-protected' });
  t.throws(() => mme.open(ue.serviceRequest()), { name, fault: 'not-protected' });
  t.end();
});

void t.test('the smallest number not used', (t) => {
  t.equal(estimateCount(0, 0, 8), 0);
  t.equal(estimateCount(0x100, 0xff, 8), 0x1ff);
  t.equal(estimateCount(0x1fe, 0xfe, 8), 0x1fe);
  t.equal(estimateCount(0x1ff, 0xfe, 8), 0x2fe);
  t.equal(estimateCount(33, 0, 5), 64);
  t.notOk(isNearlyUsedUp(0xff_feff));
  t.ok(isNearlyUsedUp(0xff_ff00));
  t.end();
});

void t.test('KeNB is of the uplink count', (t) => {
  t.same(pair().mme.kenb(7), deriveKenb(kasme, 7));
  t.end();
});

void t.test('without keys only some messages count', (t) => {
  t.ok(acceptableUnprotected('attach-request', 'uplink'));
  t.ok(acceptableUnprotected('attach-reject', 'downlink'));
  t.notOk(acceptableUnprotected('attach-accept', 'downlink'));
  t.notOk(acceptableUnprotected('security-mode-complete', 'uplink'));
  t.notOk(acceptableUnprotected('attach-request', 'downlink'));
  t.end();
});
