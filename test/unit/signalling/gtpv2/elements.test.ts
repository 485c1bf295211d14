/** Information elements against octets written by hand from TS 29.274, clause 8, and their limits. */
import t from 'tap';
import { describeIe } from '../../../../src/signalling/gtpv2/index.ts';
import * as gtpv2 from '../../../../src/signalling/gtpv2/index.ts';
import { gtpv2Messages, moreElements } from '../../../helpers/gtpv2-messages.ts';
import { mobileCorpus, mobileCorpusMissing } from '../../../helpers/mobile-corpus.ts';

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (content: Uint8Array): string => Buffer.from(content).toString('hex');
const plmn = { mcc: '460', mnc: '00' };

/** The octets are what the value becomes, and the other way round. */
const both = <T>(what: string, codec: gtpv2.IeCodec<T>, value: T, written: string): void => {
  t.equal(hex(codec.encode(value)), hex(octets(written)), `${what} is written`);
  t.same(codec.decode(octets(written)), value, `${what} is read`);
};

both('IMSI', gtpv2.imsi, '460001234567890', '64 00 10 32 54 76 98 f0');
both('MSISDN', gtpv2.msisdn, '861380013800', '68 31 08 10 83 00');
both('APN', gtpv2.apn, 'cmnet.gprs', '05 636d6e6574 04 67707273');
both('AMBR', gtpv2.ambr, { uplink: 50_000, downlink: 100_000 }, '0000c350 000186a0');
both('EBI', gtpv2.ebi, 15, '0f');
both('serving network', gtpv2.servingNetwork, plmn, '64 f0 00');
both('serving network with three digits', gtpv2.servingNetwork, { mcc: '310', mnc: '410' }, '13 00 14');
both(
  'ULI',
  gtpv2.userLocation,
  { tai: { plmn, tac: 0x3001 }, ecgi: { plmn, eci: 0x00e0101 } },
  '18 64f000 3001 64f000 000e0101',
);
both('F-TEID', gtpv2.fteid, { interface: 11, teid: 0x1200, ipv4: '10.70.1.2' }, '8b 00001200 0a460102');
both(
  'F-TEID of both families',
  gtpv2.fteid,
  { interface: 7, teid: 1, ipv4: '127.0.0.4', ipv6: '::1' },
  'c7 00000001 7f000004 00000000000000000000000000000001',
);
both('PAA', gtpv2.pdnAddress, { ipv4: '10.45.0.2' }, '01 0a2d0002');
both(
  'PAA of both families',
  gtpv2.pdnAddress,
  { ipv6: { prefixLength: 64, address: '2001:db8::2' }, ipv4: '10.45.0.2' },
  '03 40 20010db8000000000000000000000002 0a2d0002',
);
both('PAA of a connection without IP', gtpv2.pdnAddress, {}, '04');
both(
  'bearer QoS',
  gtpv2.bearerQos,
  {
    priority: { level: 8, mayPreempt: false, preemptable: true },
    qci: 1,
    maximum: { uplink: 2 ** 40 - 1, downlink: 1 },
    guaranteed: { uplink: 0, downlink: 41 },
  },
  '60 01 ffffffffff 0000000001 0000000000 0000000029',
);
both('cause', gtpv2.cause, { value: 92, remote: true }, '5c 01');
both('cause of a bearer context', gtpv2.cause, { value: 64, bearerContextError: true }, '40 02');
both('cause of a connection', gtpv2.cause, { value: 64, pdnConnectionError: true }, '40 04');
both('cause with an element', gtpv2.cause, { value: 70, offending: { type: 93, instance: 1 } }, '46 00 5d 0000 01');
both('indication', gtpv2.indication, ['OI', 'S11TF'], '08 00 00 00 00 08');
both('indication of nothing', gtpv2.indication, [], '00 00');
both('time zone of Peking', gtpv2.timeZone, { minutes: 480, daylightSaving: 0 }, '23 00');
both('time zone of Newfoundland', gtpv2.timeZone, { minutes: -210, daylightSaving: 1 }, '49 01');
both(
  'PCO',
  gtpv2.pco,
  [
    { id: gtpv2.pcoOption.dnsServerIpv4, content: octets('08080808') },
    { id: gtpv2.pcoOption.ipv4LinkMtu, content: octets('05b8') },
  ],
  '80 000d 04 08080808 0010 02 05b8',
);
both('retention priority', gtpv2.retentionPriority, { level: 15, mayPreempt: true, preemptable: false }, '3d');

void t.test('octets behind what is known are passed over', (t) => {
  t.equal(gtpv2.ebi.decode(octets('f5ff')), 5);
  t.same(gtpv2.fteid.decode(octets('8a 00000001 0a000001 ffff')), { interface: 10, teid: 1, ipv4: '10.0.0.1' });
  t.same(gtpv2.indication.decode(octets('0000000000000000ff')), []);
  t.end();
});

void t.test('elements that are too short or make no sense say so', (t) => {
  const short = (codec: gtpv2.IeReader<unknown>, content: string): void =>
    void t.throws(() => codec.decode(octets(content)), { name: 'Gtpv2Error', fault: 'length' }, codec.name);
  short(gtpv2.recovery, '');
  short(gtpv2.ambr, '0000c350 0001');
  short(gtpv2.fteid, '8b 00001200 0a4601');
  short(gtpv2.pdnAddress, '03 40 2001');
  short(gtpv2.userLocation, '18 64f000 3001 64f000 000e01');
  short(gtpv2.pco, '80 000d 05 08080808');
  short(gtpv2.cause, '10');
  short(gtpv2.bearerContext, '49 0001');
  const wrong = (codec: gtpv2.IeReader<unknown>, content: string): void =>
    void t.throws(() => codec.decode(octets(content)), { name: 'Gtpv2Error', fault: 'incorrect' }, codec.name);
  wrong(gtpv2.imsi, '64 f0 10');
  wrong(gtpv2.servingNetwork, '6a f0 00');
  wrong(gtpv2.apn, '05 636d6e65');
  wrong(gtpv2.apn, '03 612e62');
  wrong(gtpv2.apn, '');
  wrong(gtpv2.fteid, '0b 00001200');
  wrong(gtpv2.ipAddress, '0a0000');
  t.end();
});

void t.test('values that do not fit are refused when writing', (t) => {
  t.throws(() => gtpv2.imsi.encode('46000x'), RangeError);
  t.throws(() => gtpv2.apn.encode('no dot at the end.'), RangeError);
  t.throws(() => gtpv2.apn.encode(`${'a'.repeat(60)}.${'b'.repeat(60)}`), RangeError);
  t.throws(() => gtpv2.servingNetwork.encode({ mcc: '46', mnc: '0' }), RangeError);
  t.throws(() => gtpv2.ebi.encode(16), RangeError);
  t.throws(() => gtpv2.ambr.encode({ uplink: 2 ** 32, downlink: 0 }), RangeError);
  t.throws(() => gtpv2.fteid.encode({ interface: 1, teid: 1 }), RangeError);
  t.throws(() => gtpv2.fteid.encode({ interface: 1, teid: 1, ipv4: '::1' }), RangeError);
  t.throws(() => gtpv2.timeZone.encode({ minutes: 7, daylightSaving: 0 }), RangeError);
  t.end();
});

void t.test('elements are asked for by type and instance', (t) => {
  const ies = [gtpv2.ie(gtpv2.ebi, 5), gtpv2.ie(gtpv2.ebi, 6, 1), gtpv2.ie(gtpv2.ebi, 7, 1)];
  t.equal(gtpv2.find(ies, gtpv2.ebi), 5);
  t.equal(gtpv2.find(ies, gtpv2.ebi, 2), undefined);
  t.same(gtpv2.findAll(ies, gtpv2.ebi, 1), [6, 7]);
  t.throws(() => gtpv2.required(ies, gtpv2.apn), {
    name: 'Gtpv2Error',
    fault: 'missing',
    offending: { type: 71, instance: 0 },
  });
  t.end();
});

type AnyCodec = gtpv2.IeReader<unknown> & { readonly encode: (value: never) => Uint8Array };
const isCodec = (one: unknown): one is AnyCodec =>
  typeof one === 'object' && one !== null && 'encode' in one && 'decode' in one;
const codecs = new Map(
  Object.values<unknown>(gtpv2)
    .filter(isCodec)
    .map((codec) => [codec.type, codec]),
);
const flat = (ies: readonly gtpv2.Ie[]): gtpv2.Ie[] =>
  ies.flatMap((one) => (one.type === 93 ? [one, ...flat(gtpv2.bearerContext.decode(one.octets))] : [one]));
/** Elements whose value is written with other octets than it was read from. */
const changed = (ies: readonly gtpv2.Ie[]): string[] =>
  flat(ies).flatMap((one) => {
    const codec = codecs.get(one.type);
    if (codec === undefined) return [];
    const again = hex(codec.encode(codec.decode(one.octets) as never));
    return again === hex(one.octets) ? [] : [`${codec.name}: ${hex(one.octets)} -> ${again}`];
  });

void t.test('every element is written as it was read', (t) => {
  t.same(changed([...gtpv2Messages.values()].flatMap(({ ies }) => ies)), []);
  t.same(changed(moreElements), []);
  for (const one of moreElements) t.ok(describeIe(one).name);
  t.ok(codecs.size >= 30, `${codecs.size} codecs`);
  t.end();
});

void t.test('so is every element of real networks', { skip: mobileCorpusMissing ?? false }, (t) => {
  const ies = mobileCorpus('gtpv2.json').flatMap(({ octets }) => gtpv2.decodeMessage(octets).ies);
  t.same(
    [...new Set(changed(ies))],
    [
      // Spare bits that open5gs or its phone sets; only the two lowest are the mode (8.58).
      'Selection Mode: fc -> 00',
      // Octets behind the last flag that is known and set are not written: they say nothing.
      'Indication: 08000000 -> 0800',
      'Indication: 001000000000020000 -> 0010',
      'Indication: 080000000000000000 -> 0800',
    ],
  );
  t.end();
});
